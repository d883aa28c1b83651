package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
)

// filled returns the URL of a new database with n final orders.
func filled(t testing.TB, d database, n int) string {
	t.Helper()
	url := d.url(t)
	withServing(t, url, func(l *ledger.Ledger) {
		err := ledger.Fill(t.Context(), l, n, func(i int) []ledger.Transition {
			o := sample(order.ID(fmt.Sprintf("o-%07d", i)))
			life := []ledger.Transition{{Order: o, Entry: order.Entry{Version: 1, At: start, Who: o.Person.User, To: order.Pending}}}
			o.Version, o.State = 2, order.Cancelled
			return append(life, ledger.Transition{Order: o, Entry: order.Entry{Version: 2, At: start, Who: o.Person.User, From: order.Pending, To: o.State}})
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	return url
}

const (
	// someOrders have more rows than are copied between two progress reports.
	someOrders = 150
	// manyOrders are more than are verified at a time.
	manyOrders = 450
)

// stages are those that a move of many orders reports.
var stages = []string{"checking the source", "copying", "reading the copy"}

// A move that was interrupted has moved nothing and can be repeated.
func TestMove_BrokenOff(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a := filled(t, from, someOrders)
		before := proofOf(t, a)
		for _, stage := range stages {
			b := to.url(t)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := ledger.Move(ctx, ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: a}), ledger.WithLongTimeouts(ledger.Config{URL: b}), func(p ledger.Progress) {
				if p.Doing == stage && p.Done > 0 {
					cancel()
				}
			})
			cancel()
			awaitFree(t, from, a)
			awaitFree(t, to, b)
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing was moved") {
				t.Fatalf("interrupted while %s: %v", stage, err)
			}
			if proof := proofOf(t, b); proof.Orders > 0 {
				t.Fatalf("interrupted while %s; the destination contains %+v", stage, proof)
			}
			if moved := mustMove(t, a, b); moved.AlreadyThere {
				t.Errorf("interrupted while %s, but then AlreadyThere", stage)
			}
			if after := proofOf(t, b); !cmp.Equal(after, before) {
				t.Errorf("before %+v, after %+v", before, after)
			}
		}
	})
}

// awaitFree waits until the server has noticed that no ledger is connected to a
// database anymore. Only then are the locks of a move released.
func awaitFree(t *testing.T, d database, url string) {
	t.Helper()
	if !d.shared {
		return
	}
	db := d.raw(t, url)
	await(t, "the connections have ended", func() bool {
		left := -1
		err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM pg_stat_activity"+
			" WHERE datname = current_database() AND application_name = 'extendbot'").Scan(&left)
		return err == nil && left == 0
	})
}

// proofOf verifies a ledger.
func proofOf(t *testing.T, url string) (proof ledger.Proof) {
	t.Helper()
	withServing(t, url, func(l *ledger.Ledger) {
		var differences []string
		if proof, differences = verify(t, l, start.Add(never)); len(differences) > 0 {
			t.Errorf("differences: %v", differences)
		}
	})
	return proof
}

// A move whose connections were cut has moved nothing and can be repeated.
func TestMove_ConnectionCut(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t)
	file := filled(t, databases[0], someOrders)
	for _, stage := range stages {
		url, err := server.CreateDatabase(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cut := 0
		_, err = ledger.Move(t.Context(), ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: file}), ledger.WithLongTimeouts(ledger.Config{URL: url}), func(p ledger.Progress) {
			if p.Doing != stage || p.Done == 0 || cut > 0 {
				return
			}
			n, err := server.CutConnections(t.Context())
			if err != nil {
				t.Error(err)
			}
			cut += n
		})
		if err == nil || cut == 0 || !strings.Contains(err.Error(), "nothing was moved") {
			t.Fatalf("cut %d connections while %s: %v", cut, stage, err)
		}
		awaitFree(t, databases[1], url)
		if moved := mustMove(t, file, url); moved.Orders != someOrders || moved.AlreadyThere {
			t.Errorf("cut while %s; the next move returned %+v", stage, moved)
		}
	}
}

// If the source changes during a move, the move fails and moves nothing. On
// PostgreSQL other processes are not locked out, and on SQLite the command line
// may change orders.
func TestMove_SourceChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, l *ledger.Ledger, o order.Order){
		"an order": func(t *testing.T, l *ledger.Ledger, _ order.Order) { create(t, l, sample("new")) },
		"a step":   func(t *testing.T, l *ledger.Ledger, o order.Order) { step(t, l, o, order.Cancelled) },
		"what a requester was told": func(t *testing.T, l *ledger.Ledger, o order.Order) {
			if err := l.RecordShown(t.Context(), order.Shown{ID: o.ID, ToldExtendedBy: "b"}); err != nil {
				t.Error(err)
			}
		},
		"a baseline": func(t *testing.T, l *ledger.Ledger, o order.Order) {
			if err := l.AddBaseline(t.Context(), o.ID, order.Baseline{At: start}); err != nil {
				t.Error(err)
			}
		},
		"a reminder and a stop": func(t *testing.T, l *ledger.Ledger, _ order.Order) { remind(t, l) },
		"a card": func(t *testing.T, l *ledger.Ledger, o order.Order) {
			if err := l.RecordShown(t.Context(), order.Shown{ID: o.ID, Card: order.ShownMessage{Ref: "c", Version: 1}}); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachWay(t, func(t *testing.T, from, to database) {
				a, b := from.url(t), to.url(t)
				var o order.Order
				withServing(t, a, func(l *ledger.Ledger) { o = create(t, l, sample("a")) })
				other := open(t, a, false) // as the command line does
				changed := false
				_, err := ledger.Move(t.Context(), ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: a}), ledger.WithLongTimeouts(ledger.Config{URL: b}), func(p ledger.Progress) {
					if p.Doing == "reading the copy" && !changed {
						changed = true
						change(t, other, o)
					}
				})
				if !errors.Is(err, ledger.ErrSourceChanged) || !changed {
					t.Errorf("moved: %v", err)
				}
				if moved := mustMove(t, a, b); moved.AlreadyThere {
					t.Error("the first move was committed")
				}
			})
		})
	}
}

// A move reports its progress in each of its stages.
func TestMove_ReportsProgress(t *testing.T) {
	t.Parallel()
	file := filled(t, databases[0], manyOrders)
	last := map[string]ledger.Progress{}
	moved, err := ledger.Move(t.Context(), ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: file}), ledger.WithLongTimeouts(ledger.Config{URL: testpg.Database(t)}), func(p ledger.Progress) {
		if p.Done < last[p.Doing].Done || p.Done > p.Total {
			t.Errorf("from %+v to %+v", last[p.Doing], p)
		}
		last[p.Doing] = p
	})
	if err != nil || moved.Orders != manyOrders || moved.History != 2*manyOrders {
		t.Fatalf("moved %+v, error %v", moved, err)
	}
	for _, stage := range stages {
		if p := last[stage]; p.Total == 0 || p.Done <= p.Total-200 {
			t.Errorf("%s ended at %+v", stage, p)
		}
	}
}
