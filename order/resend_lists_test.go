package order_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// A process that is paused after its second list, for longer than the list may be
// old, sends nothing: meanwhile the list may show the order.
func TestResend_PausedAfterTheLists(t *testing.T) {
	for _, pause := range []time.Duration{time.Minute, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, steady)
			at := d.sends(throttled(0), nil)
			o := d.approved()
			_ = d.Place(t.Context(), o.ID)
			pass(time.Until(wantLater(t, d.Place(t.Context(), o.ID)))) // after the first list
			d.hostList.edit(func(b *hostList) { b.read = func() { pass(pause); b.read = nil; d.list(line("new")) } })
			d.work(o.ID, d.Desk)
			d.wantState(o.ID, order.Unknown)
			if len(*at) != 1 {
				t.Errorf("paused for %s: sent at %v", pause, *at)
			}
		})
	}
}

// A list without the orders that were listed before is not complete, whatever
// the host says about it.
func TestResend_ListLostOlderOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.sends(throttled(0))
		d.list(line("old"))
		o := d.approved()
		d.hostList.edit(func(b *hostList) { b.lines = nil })
		d.work(o.ID, d.Desk)
		d.wantState(o.ID, order.Unknown)
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

// A line for the same server whose id is written in another case may be the order.
func TestResend_ServerIDInOtherCase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.sends(throttled(0))
		o := d.approved()
		d.list(line("new", func(l *order.HostOrder) { l.ServerID = "SRV-WEB-1" }))
		d.work(o.ID, d.Desk)
		d.wantState(o.ID, order.Unknown)
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

// The same for the lookup of an order whose answer was lost.
func TestLookup_ListLostOlderOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.list(line("old"))
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, nil)
		d.hostList.edit(func(b *hostList) { b.lines = nil })
		d.list(line("new"))
		d.follow(o.ID)
		d.wantState(o.ID, order.Unknown)
	})
}

// No attempt has a RetryAt: the check of PostgreSQL that stops older versions
// relies on it.
func TestResend_AttemptHasNoRetryAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.approved()
		d.host.answer = func(_ context.Context, n int) error {
			if now := d.wantState(o.ID, order.Placing); !now.RetryAt.IsZero() {
				t.Errorf("attempt %d: retry at %s", n, now.RetryAt)
			}
			return throttled(0)
		}
		d.work(o.ID, d.Desk)
		if d.host.count() < 2 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}
