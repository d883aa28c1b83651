//go:build chaos

package chaos

import (
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
)

// A minute of 429 answers delays receipts and loses none. This test is here
// because it takes more than a minute.
func TestThrottled_ForAMinute(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, servicetest.AnyServer)
	var lanes []*servicetest.Lane
	for _, name := range []string{"a", "b", "c", "d"} {
		l := servicetest.NewLane(h, "minute-"+name)
		if err := l.Request(); err != nil {
			t.Fatal(err)
		}
		lanes = append(lanes, l)
	}
	h.Slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: 7 * time.Second}, -1)
	h.Slack.Fail("chat.update", slacksim.Fault{NoRetryAfter: true}, 3*len(lanes))
	began := time.Now()
	for _, l := range lanes {
		if err := l.Confirm(); err != nil {
			t.Fatal(err)
		}
	}
	late := func(c slacksim.Call) bool { return c.At.Sub(began) > time.Minute }
	if _, err := h.Slack.WaitCall(h.Ctx, "chat.postMessage", late); err != nil {
		t.Fatalf("the bot stopped trying: %v", err)
	}
	for _, l := range lanes {
		if n := len(h.Slack.Messages(l.Channel)); n != 1 {
			t.Errorf("%d messages in %s during the 429 answers, want the card", n, l.Channel)
		}
	}
	h.Slack.Clear("")
	servicetest.WantReceipts(h, lanes)
}
