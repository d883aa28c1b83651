package message

import (
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
