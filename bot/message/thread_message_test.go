package message

import (
	"testing"

	"extendbot/order"
)

// Each state that needs a thread message has one, and no other.
func TestThreadMessage_EveryStateThatNeedsOne(t *testing.T) {
	for _, s := range order.States() {
		m, ok := ThreadMessage(testView(testOrder(s)))
		if ok != s.NeedsThreadMessage() {
			t.Errorf("%s: ThreadMessage returns %v, the state needs one: %v", s, ok, s.NeedsThreadMessage())
		}
		if ok {
			t.Run(string(s), func(t *testing.T) { golden(t, "thread_"+string(s), m) })
		}
	}
}
