package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/ordertest"
)

// execPG runs a statement directly, bypassing the ledger.
func execPG(t *testing.T, url, query string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// A commit survives a crash of the server, even if the server's own setting
// would lose the last ten seconds.
func TestPG_CommitSurvivesCrash(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t, testpg.Setting("synchronous_commit", "off"), testpg.Setting("wal_writer_delay", "10000"))
	l := open(t, server.URL(""), true)
	o := step(t, l, create(t, l, sample("a")), order.Approved)
	if err := server.Restart(t.Context(), testpg.Immediate); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Order(t.Context(), "a"); err != nil || got.Version != o.Version {
		t.Errorf("after the crash it is %s, version %d (%v), was committed as version %d", got.State, got.Version, err, o.Version)
	}
}

// A commit that no standby has does not count as committed. A server that is cut
// off from its standby still shows it, but the standby does not have it.
func TestPG_CommitWithoutStandby(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t)
	l := openImpatient(t, server.URL(""))
	execPG(t, server.URL(""), "ALTER SYSTEM SET synchronous_standby_names = 'gone'")
	execPG(t, server.URL(""), "SELECT pg_reload_conf()")
	waits := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
	type outcome struct {
		id  order.ID
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		// Until the server has read its new setting, commits succeed.
		for n := 0; ; n++ {
			o := sample(order.ID(fmt.Sprintf("a-%d", n)))
			o.Server.ID = string(o.ID)
			if _, err := l.Create(t.Context(), o, order.Entry{Version: 1, At: start, To: order.Pending}); err != nil {
				done <- outcome{o.ID, err}
				return
			}
		}
	}()
	admin, err := pgx.Connect(t.Context(), server.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(t.Context())) }()
	var ended bool
	await(t, "a commit waits for the standby and is cut off", func() bool {
		tag, err := admin.Exec(t.Context(), waits)
		ended = ended || (err == nil && tag.RowsAffected() > 0)
		return ended
	})
	var last outcome
	select {
	case last = <-done:
	case <-time.After(40 * time.Second):
		t.Fatal("the commit did not return")
	}
	wantCode(t, last.err, order.CodeUnavailable)
	if _, err := l.Order(t.Context(), last.id); err != nil {
		t.Errorf("the server does not show it (%v), so this test proves nothing", err)
	}
	execPG(t, server.URL(""), "ALTER SYSTEM RESET synchronous_standby_names")
	execPG(t, server.URL(""), "SELECT pg_reload_conf()")
}

// Connections that became silent are replaced soon.
func TestPG_SilentConnections(t *testing.T) {
	t.Parallel()
	line, through := newLossyProxy(t, testpg.Database(t))
	l := openAsUsual(t, through)
	const together = 6 // half a second each: one request has time for all of them
	request := func(id order.ID) error {
		o := sample(id)
		o.Server.ID = string(id)
		_, err := l.Create(t.Context(), o, order.Entry{Version: 1, At: start, To: order.Pending})
		return err
	}
	errs := make(chan error, together)
	for i := range together {
		go func() { errs <- request(order.ID(fmt.Sprintf("before-%d", i))) }()
	}
	for range together {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	<-time.After(1100 * time.Millisecond) // the pool checks connections that were idle for a second
	line.silence()
	// One after another: each request could get the next silent connection, and
	// wait for it for as long as it may.
	n := 0
	await(t, "a request succeeds", func() bool { n++; return request(order.ID(fmt.Sprintf("after-%d", n))) == nil })
	if n > 2 {
		t.Errorf("%d requests failed before one went through", n-1)
	}
}

// A silent database blocks neither reading nor closing forever.
func TestPG_SilentDatabase(t *testing.T) {
	t.Parallel()
	line, through := newLossyProxy(t, testpg.Database(t))
	l, err := ledger.Open(t.Context(), ledger.WithShortTimeouts(ledger.Config{Keys: testKeys, URL: through, Serve: true}))
	if err != nil {
		t.Fatal(err)
	}
	line.silence()
	reading := make(chan error, 1)
	go func() {
		_, err := l.Order(context.WithoutCancel(t.Context()), "nobody") // without a deadline
		reading <- err
	}()
	closed := make(chan struct{})
	select {
	case err := <-reading:
		// It may have used another connection.
		if code := order.CodeOf(err); code != order.CodeUnavailable && code != order.CodeNotFound {
			t.Errorf("reading: %v", err)
		}
	case <-time.After(40 * time.Second):
		t.Fatal("reading does not end")
	}
	go func() {
		_ = l.Close() // it may report that it did not wait
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(15 * time.Second):
		t.Fatal("closing does not end")
	}
}

// A process that froze in the middle of a write, wherever that is, blocks an
// order for a few seconds and not forever.
func TestPG_FrozenInAWrite(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]loss{
		"history":  {text: "INSERT INTO history", freeze: true},
		"due work": {text: "river_job(", or: `copy "river_job"`, freeze: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := testpg.Database(t)
			line, through := newLossyProxy(t, database)
			frozen, other := openAsUsual(t, through), openAsUsual(t, database)
			o := ordertest.Create(t, other, ordertest.Sample("a"))
			line.next.Store(&at)
			due := order.Due{Work: order.WorkPlace, At: start}
			go func() { _, _ = ordertest.Try(context.WithoutCancel(t.Context()), frozen, o, order.Approved, due) }()
			await(t, "the process freezes", func() bool { return line.next.Load() == nil })
			await(t, "another process changes the order", func() bool {
				_, err := ordertest.Try(t.Context(), other, o, order.Cancelled)
				return err == nil
			})
		})
	}
}
