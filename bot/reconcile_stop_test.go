package bot

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// With many cards and thread messages in the queues, and a Slack that hangs, the
// stop ends in time and leaves nothing running.
func TestStop_ManyQueuedWhileSlackHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, l := hangingApp(t, nil)
		for i := range 600 {
			id := a.request(t, fmt.Sprint(i)).ID
			l.Edit(id, func(o *order.Order) {
				o.Channel = fmt.Sprintf("C%d", i%20)
				if i%2 == 0 {
					o.State, o.Version = order.Refused, 3
				}
			})
			o, _ := l.Order(t.Context(), id)
			a.reconciler.requested(o, o.CreatedAt)
		}
		passes(t, time.Second)
		began := time.Now()
		if left := a.inflight.Stop(9*time.Second, ackGrace, func() {}); left > 0 {
			t.Errorf("%d are left", left)
		}
		if took := time.Since(began); took > 9*time.Second {
			t.Errorf("the stop took %s", took)
		}
		a.Close()
		passes(t, time.Minute) // until net/http has given up
	})
}
