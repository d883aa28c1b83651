package order_test

import (
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
