package ledger_test

import (
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/internal/testpg"
	"extendbot/ledger"
)

func TestAStartWaitsForADatabaseThatStartsToo(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t)
	url, err := server.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(t.Context(), testpg.Fast); err != nil {
		t.Fatal(err)
	}
	log, said := logtest.NewNullLogger()
	log.SetLevel(logrus.WarnLevel)
	type opened struct {
		l   *ledger.Ledger
		err error
	}
	done := make(chan opened)
	go func() {
		l, err := ledger.Open(t.Context(), ledger.Config{URL: url, Serve: true, Log: log, StartWait: 5 * time.Minute})
		done <- opened{l, err}
	}()
	waitFor(t, func() bool { return len(said.AllEntries()) > 0 })
	if err := server.Start(t.Context()); err != nil {
		t.Error(err)
	}
	got := <-done
	if got.err != nil {
		t.Fatal(got.err)
	}
	if err := got.l.Close(); err != nil {
		t.Error(err)
	}
}
