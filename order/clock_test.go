package order_test

import (
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// An approval whose age cannot be measured, because the clock was set back since,
// is too old.
func TestPlace_ClockSetBackSinceApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, clockAhead(24*time.Hour))
		o := d.request()
		d.confirm(o.ID)
		pass(23 * time.Hour)
		_ = d.process("p2").Place(t.Context(), o.ID)
		d.wantState(o.ID, order.Refused)
		if d.host.count() != 0 {
			t.Error("it was sent 23 hours after the approval")
		}
	})
}

// An order that became unknown before the clock was set back is looked up at
// once. If that does not settle it, people are asked now, and not when the clock
// shows the old time again.
func TestLookup_ClockSetBack(t *testing.T) {
	for _, listed := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, clockAhead(24*time.Hour))
			o := d.request()
			d.baseline(o.ID)
			d.lose(o.ID, nil)
			want := order.Unknown
			if listed {
				d.list(line("new"))
				want = order.Placed
			}
			if err := d.process("p2").Lookup(t.Context(), o.ID); err != nil {
				t.Error(err)
			}
			d.wantState(o.ID, want)
		})
	}
}

// An order that was throttled before the clock was set back waits for its lists
// no longer than before.
func TestResend_ClockSetBackWithoutLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, clockAhead(24*time.Hour))
		d.sends(throttled(0))
		o := d.approved()
		_ = d.Place(t.Context(), o.ID)
		d.hostList.edit(func(b *hostList) { b.part = true })
		began := time.Now()
		d.work(o.ID, d.process("p2"))
		d.wantState(o.ID, order.Unknown)
		if took := time.Since(began); took > order.PlaceWindow {
			t.Errorf("it took %s", took)
		}
	})
}
