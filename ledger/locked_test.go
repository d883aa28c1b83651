package ledger_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"extendbot/order"
)

// lock keeps a database locked, as another program might, until the function
// that it returns is called.
func lock(t *testing.T, path string) (release func()) {
	t.Helper()
	conn, err := rawDB(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhileTheDatabaseIsLockedManyWritesFailInBoundedTimeAndLaterOnesSucceed(t *testing.T) {
	t.Parallel()
	const writes = 50
	path := filepath.Join(t.TempDir(), "l.db")
	l := openImpatient(t, "sqlite:"+path)
	orders := make([]order.Order, writes)
	for i := range orders {
		o := sample(order.ID(fmt.Sprintf("o-%02d", i)))
		o.Server.ID = string(o.ID)
		orders[i] = create(t, l, o)
	}
	release := lock(t, path)
	began := time.Now()
	var wg sync.WaitGroup
	for _, o := range orders {
		wg.Go(func() {
			if _, err := try(t, l, o, order.Approved); order.CodeOf(err) != order.CodeUnavailable {
				t.Errorf("order %s: %v", o.ID, err)
			}
		})
	}
	wg.Wait()
	// One batch waits for the lock, and the one that gathered meanwhile: 300 ms
	// each. One after the other they would take 15 s.
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s until all had failed", took)
	}
	release()
	for _, o := range orders {
		wg.Go(func() {
			if _, err := try(t, l, o, order.Approved); err != nil {
				t.Errorf("order %s, after the lock: %v", o.ID, err)
			}
		})
	}
	wg.Wait()
}
