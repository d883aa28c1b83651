package order_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// Of two concurrent settlements, only one can use an order of the host.
func TestDesk_SettleTwiceWithOneHostOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		var ids []order.ID
		for _, server := range []string{"web-1", "web-2"} {
			o, err := d.Request(t.Context(), order.Request{Key: server, Person: alice, Server: server, Hours: 72})
			if err != nil {
				t.Fatal(err)
			}
			d.lose(o.ID, nil)
			ids = append(ids, o.ID)
		}
		d.ledger.Before = func(order.Entry) error { pass(time.Second); return nil }
		var (
			wg   sync.WaitGroup
			errs = make([]error, len(ids))
		)
		for i, id := range ids {
			wg.Go(func() {
				_, errs[i] = d.Settle(t.Context(), order.Settlement{ID: id, Who: "ops", Placed: true, HostID: "h-7", Why: "looked"})
			})
		}
		wg.Wait()
		if errs[0] == nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		wantCode(t, errs[0], order.CodeClaimed)
		if errs[1] != nil {
			t.Error(errs[1])
		}
	})
}

// A lookup does not use an order of the host that a settlement used after the
// list was read.
func TestLookup_HostOrderSettledMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, func() { d.list(line("h-7")) })
		other, err := d.Request(t.Context(), order.Request{Key: "k2", Person: alice, Server: "web-2", Hours: 72})
		if err != nil {
			t.Fatal(err)
		}
		d.lose(other.ID, nil)
		d.ledger.Before = func(order.Entry) error { pass(2 * time.Second); return nil }
		var wg sync.WaitGroup
		wg.Go(func() {
			pass(4 * time.Second) // the settlement is one second after the list was read
			f := order.Settlement{ID: other.ID, Who: "ops", Placed: true, HostID: "h-7", Why: "looked"}
			if _, err := d.Settle(t.Context(), f); err != nil {
				t.Error(err)
			}
		})
		d.follow(o.ID)
		wg.Wait()
		d.wantState(o.ID, order.Unknown)
	})
}
