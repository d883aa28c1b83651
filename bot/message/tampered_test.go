package message

import (
	"testing"

	"extendbot/order"
)

// Messages about an order that was changed in the database say so first, also about one
// that may have been sent before it was made pending again.
func TestTampered_SaidFirst(t *testing.T) {
	t.Parallel()
	view := func(s order.State) OrderView {
		v := testView(testOrder(s))
		v.Tampered = true
		return v
	}
	voided := view(order.Cancelled)
	voided.Order.DecidedBy, voided.Order.Attempts, voided.Order.Reason = "", 1, `it was tampered with: state is "pending", but "placed" in its history`
	thread := func(v OrderView) Message {
		m, ok := ThreadMessage(v)
		if !ok {
			t.Errorf("%s has no thread message", v.Order.State)
		}
		return m
	}
	for name, m := range map[string]Message{
		"placed": thread(view(order.Placed)), "refused": thread(view(order.Refused)), "unknown": thread(view(order.Unknown)),
		"canceled": thread(voided), "card": Card(voided), "question": Question(view(order.Unknown)),
		"details": Details(view(order.Placed)), "waiting": Waiting(view(order.Approved)),
	} {
		golden(t, "tampered_"+name, m)
	}
}
