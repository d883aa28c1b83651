package message

import (
	"testing"
	"time"

	"extendbot/order"
)

// An order that waits for 0xhost says why, in each way in which it can wait. A
// message that a later one makes untrue says what the outcome was.
func TestWaiting_SaysWhy(t *testing.T) {
	t.Parallel()
	orders := map[string]order.Order{
		"waiting_placing":   testOrder(order.Placing),
		"waiting_unsent":    testOrder(order.Approved),
		"waiting_retry":     testOrder(order.Approved),
		"waiting_throttled": testOrder(order.Approved),
		"waiting_policy":    testOrder(order.Approved),
	}
	for name, o := range orders {
		switch name {
		case "waiting_retry":
			o.Attempts, o.FirstTry, o.RetryAt, o.Reason = 2, testNow, testNow.Add(4*time.Second), "0xhost refused the connection"
		case "waiting_throttled":
			o.Attempts, o.FirstTry, o.ThrottledAt = 1, testNow, testNow
		}
		v := testView(o)
		v.PolicyUnread = name == "waiting_policy"
		golden(t, name, Waiting(v))
	}
	golden(t, "card_on_its_way", CardOnItsWay(testOrder(order.Pending)))
	golden(t, "ended_canceled", Ended(testOrder(order.Cancelled)))
	golden(t, "ended_expired", Ended(testOrder(order.Expired)))
	golden(t, "superseded_placed", Superseded(testOrder(order.Placed)))
	golden(t, "superseded_not_placed", Superseded(testOrder(order.NotPlaced)))
}
