package message

import (
	"strings"
	"testing"

	"extendbot/order"
)

// Each state that needs a thread message has one; no other state has.
func TestThreadMessage_EveryStateThatNeedsOne(t *testing.T) {
	for _, s := range order.States() {
		m, ok := ThreadMessage(testView(testOrder(s)))
		if ok != s.NeedsThreadMessage() {
			t.Errorf("%s: ThreadMessage returned one: %v; the state needs one: %v", s, ok, s.NeedsThreadMessage())
		}
		if ok {
			t.Run(string(s), func(t *testing.T) { golden(t, "thread_"+string(s), m) })
		}
	}
}

// What the program canceled after its card appeared is said in the thread.
func TestThreadMessage_Voided(t *testing.T) {
	v := testView(testOrder(order.Cancelled))
	v.Order.DecidedBy, v.Order.Reason = "", "it was tampered with: hours is 99999 instead of 72"
	m, ok := ThreadMessage(v)
	if !ok || buttonsOf(m) != "" {
		t.Errorf("message: %v, buttons %q", ok, buttonsOf(m))
	}
	golden(t, "thread_voided", m)
}

// A text of a person or of 0xhost is quoted as it is, even if it begins like the
// code of a refused card.
func TestThreadMessage_ReasonLikeACode(t *testing.T) {
	t.Parallel()
	for _, state := range []order.State{order.Refused, order.Unknown, order.NotPlaced} {
		m, _ := ThreadMessage(OrderView{Order: order.Order{State: state, SettledBy: "ops", Reason: "slack: Bob saw it"}})
		if !strings.Contains(m.Text, "slack: Bob saw it") {
			t.Errorf("%s: %s", state, m.Text)
		}
	}
}
