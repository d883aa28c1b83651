package service_test

import (
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
)

// Many 429 answers delay the receipts of many orders and lose none.
func TestThrottled_ManyReceipts(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, servicetest.AnyServer)
	var lanes []*servicetest.Lane
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		lanes = append(lanes, servicetest.NewLane(h, "storm-"+name))
	}
	h.Slack.Fail("chat.update", slacksim.Fault{RetryAfter: 2 * time.Second}, 3*len(lanes))
	for _, l := range lanes {
		if err := l.Order(); err != nil {
			t.Fatal(err)
		}
		// From here on, the only post in this channel is the receipt.
		h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: l.Channel, RetryAfter: 2 * time.Second}, 1)
		h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: l.Channel, NoRetryAfter: true}, 1)
	}
	servicetest.WantReceipts(h, lanes)
}
