package tellings

import (
	"testing"
	"time"
)

// What one approver is told does not hold up or swallow the click of another one on
// the same card.
func TestTellings_EachPersonAlone(t *testing.T) {
	t.Parallel()
	now := time.Now()
	clock := func() time.Time { return now }
	told := New(clock)
	carol, dave := Listener{"order-1", "U0CAROL"}, Listener{"order-1", "U0DAVE"}
	arrived := now
	now = now.Add(time.Second)
	told.Once(t.Context(), carol, "other", arrived, func() bool { now = now.Add(time.Second); return true }, func() bool { return true })
	if !told.TooEarly(t.Context(), carol, "", arrived) {
		t.Error("carol's click of before counts, although she did not know")
	}
	if told.TooEarly(t.Context(), dave, "", arrived) {
		t.Error("dave's click does not count, because carol was told something")
	}
	times := 0
	told.Once(t.Context(), dave, "other", arrived, func() bool { times++; return true }, func() bool { return true })
	if times != 1 {
		t.Errorf("dave was told %d times", times)
	}
}
