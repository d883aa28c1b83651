package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
)

// A destination that contains anything else is refused and not changed, even if
// it differs in only one column of one row.
func TestMove_DestinationNotEmpty(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := full(t, from), to.url(t)
		withServing(t, b, func(l *ledger.Ledger) { create(t, l, sample("other")) })
		before := contentOf(t, b)
		_, err := move(t, a, b)
		wantNotEmpty(t, err, 1)
		if diff := cmp.Diff(before, contentOf(t, b)); diff != "" {
			t.Error(diff)
		}

		// As many rows, but one order has a different card.
		c := to.url(t)
		mustMove(t, a, c)
		exec(t, to.raw(t, c), "UPDATE orders SET card_ref = 'elsewhere' WHERE id = 'done'")
		_, err = move(t, a, c)
		wantNotEmpty(t, err, fullOrders)
	})
}

func wantNotEmpty(t *testing.T, err error, orders int) {
	t.Helper()
	if e, ok := errors.AsType[*ledger.NotEmptyError](err); !ok || e.Orders != orders || !strings.Contains(err.Error(), "nothing was moved: ") {
		t.Errorf("want a destination that is not empty with %d orders, got: %v", orders, err)
	}
}

// A destination that is removed during the move counts as not moved: the source
// can still be served.
func TestMove_DestinationRemoved(t *testing.T) {
	t.Parallel()
	a, path := full(t, databases[0]), filepath.Join(t.TempDir(), "b.db")
	remove := sync.OnceFunc(func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	})
	_, err := ledger.Move(t.Context(), ledger.Config{Keys: testKeys, URL: a}, ledger.Config{URL: "sqlite:" + path}, func(ledger.Progress) { remove() })
	if err == nil || !strings.Contains(err.Error(), "it is not known whether it was committed") || !strings.Contains(err.Error(), "was removed or replaced") {
		t.Errorf("the move ended with %v", err)
	}
	if err := serveError(t, a); err != nil {
		t.Errorf("the source: %v", err)
	}
}

// A ledger that is being served can be neither source nor destination of a move.
func TestMove_LedgerIsServed(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			served, idle := d.url(t), full(t, databases[0])
			serving(t, served)
			if _, err := move(t, served, idle); !errors.Is(err, ledger.ErrInUse) || !strings.Contains(err.Error(), "the source") {
				t.Errorf("moved from a ledger that is being served: %v", err)
			}
			if _, err := move(t, idle, served); !errors.Is(err, ledger.ErrInUse) || !strings.Contains(err.Error(), "the destination") {
				t.Errorf("moved to a ledger that is being served: %v", err)
			}
		})
	}
}

// Each process that serves a ledger is noticed, also if it does not lead the
// others.
func TestMove_LedgerHasALivingProcess(t *testing.T) {
	t.Parallel()
	served := databases[1].url(t)
	process(t, served, "p1")
	if _, err := move(t, served, databases[0].url(t)); !errors.Is(err, ledger.ErrInUse) {
		t.Errorf("moved from a ledger that is being served: %v", err)
	}
}

// serving works on a ledger until the test ends. It returns when others can
// detect that.
func serving(t *testing.T, url string) {
	t.Helper()
	work(t, open(t, url, true), func(context.Context, order.ID) error { return nil })
	if strings.HasPrefix(url, "sqlite:") {
		return
	}
	db := databases[1].raw(t, url)
	await(t, "a process leads", func() bool {
		var led bool
		err := db.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT FROM river_leader)").Scan(&led)
		return err == nil && led
	})
}

// A ledger is not moved onto itself, even if the two URLs differ.
func TestMove_SameDatabase(t *testing.T) {
	t.Parallel()
	file := full(t, databases[0])
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(strings.TrimPrefix(file, "sqlite:"), link); err != nil {
		t.Fatal(err)
	}
	server := databases[1].url(t)
	withServing(t, server, func(l *ledger.Ledger) { create(t, l, sample("a")) })
	for _, pair := range [][2]string{{file, file}, {file, "sqlite:" + link}, {server, server}, {server, server + "&application_name=other"}} {
		if _, err := move(t, pair[0], pair[1]); !errors.Is(err, ledger.ErrSameDatabase) {
			t.Errorf("moved onto itself: %v", err)
		}
	}
}

// A move neither creates nor migrates its source.
func TestMove_SourceMissingOrOlder(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		none := from.bare(t)
		if _, err := move(t, none, to.url(t)); !errors.Is(err, ledger.ErrNoDatabase) {
			t.Errorf("no source: %v", err)
		}
		if path, ok := strings.CutPrefix(none, "sqlite:"); ok {
			if _, err := os.Stat(path); err == nil {
				t.Error("it was created")
			}
		}
		older := from.altered(t)
		exec(t, from.raw(t, older), "DELETE FROM extendbot_version WHERE version_id > 3")
		if _, err := move(t, older, to.url(t)); !errors.Is(err, ledger.ErrOlderSchema) || !strings.Contains(err.Error(), "run extendbot migrate") {
			t.Errorf("an older source: %v", err)
		}
	})
}

// A source that was tampered with is not moved. The error lists some of the
// differences.
func TestMove_SourceTampered(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := full(t, from), to.url(t)
		exec(t, from.raw(t, a), "UPDATE orders SET hours = 1")
		_, err := move(t, a, b)
		e, ok := errors.AsType[*ledger.TamperedError](err)
		if !ok || e.Total != fullOrders || len(e.First) != 5 {
			t.Fatalf("moved: %v", err)
		}
		for _, words := range []string{fmt.Sprintf("order approved: hours is 1, but %d in its history", sample("approved").Hours), "and 5 more", "extendbot orders verify"} {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%q is missing in: %v", words, err)
			}
		}
		if c := contentOf(t, b); len(c.Orders) > 0 {
			t.Errorf("the destination has %d orders", len(c.Orders))
		}
	})
}

// The error names the column of a text that PostgreSQL refuses.
func TestMove_TextPostgreSQLRejects(t *testing.T) {
	t.Parallel()
	file := full(t, databases[0])
	exec(t, databases[0].raw(t, file), "UPDATE orders SET card_ref = 'a' || char(0) WHERE id = 'done'")
	_, err := move(t, file, testpg.Database(t))
	if err == nil || !strings.Contains(err.Error(), `column card_ref of order "done"`) {
		t.Errorf("moved: %v", err)
	}
}
