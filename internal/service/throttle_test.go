package service_test

import (
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
)

// A storm of 429 delays the receipts of many orders and loses none.
func TestThrottled_ManyReceipts(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, servicetest.AnyServer)
	var lanes []*lane
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		lanes = append(lanes, newLane(h, "storm-"+name))
	}
	h.Slack.Fail("chat.update", slacksim.Fault{RetryAfter: 2 * time.Second}, 3*len(lanes))
	for _, l := range lanes {
		if err := l.order(); err != nil {
			t.Fatal(err)
		}
		// From here on what is posted in this channel is the receipt.
		h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: l.channel, RetryAfter: 2 * time.Second}, 1)
		h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: l.channel, NoRetryAfter: true}, 1)
	}
	for _, l := range lanes {
		l.waitReply("Receipt")
		l.waitCard("went through")
		l.wantCharges(1, 1)
	}
	h.Stop()
	for _, l := range lanes {
		l.wantOneReceipt()
	}
}

// A storm of 429 of a minute delays receipts and loses none.
func TestThrottled_ForAMinute(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes more than a minute")
	}
	h := servicetest.Start(t, servicetest.AnyServer)
	var lanes []*lane
	for _, name := range []string{"a", "b", "c", "d"} {
		l := newLane(h, "minute-"+name)
		if err := l.request(); err != nil {
			t.Fatal(err)
		}
		lanes = append(lanes, l)
	}
	h.Slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: 7 * time.Second}, -1)
	h.Slack.Fail("chat.update", slacksim.Fault{NoRetryAfter: true}, 3*len(lanes))
	began := time.Now()
	for _, l := range lanes {
		if err := l.confirm(); err != nil {
			t.Fatal(err)
		}
	}
	late := func(c slacksim.Call) bool { return c.At.Sub(began) > time.Minute }
	if _, err := h.Slack.WaitCall(h.Ctx, "chat.postMessage", late); err != nil {
		t.Fatalf("the bot does not try any more: %v", err)
	}
	for _, l := range lanes {
		if n := len(h.Slack.Messages(l.channel)); n != 1 {
			t.Errorf("%d messages in %s during the storm, want the card", n, l.channel)
		}
	}
	h.Slack.Clear("")
	for _, l := range lanes {
		l.waitReply("Receipt")
		l.waitCard("went through")
		l.wantCharges(1, 1)
	}
	h.Stop()
	for _, l := range lanes {
		l.wantOneReceipt()
	}
}
