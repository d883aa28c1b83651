package leases_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"extendbot/order"
)

// No sequence of orders, purchases elsewhere, presses, stops, restarts, deaths of replicas,
// failures of Slack and of the ledger, and time loses a reminder, or repeats one without a lost
// answer or a lost process, and in the end each reminder shows what is true.
func TestReminders_NeverLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.IntRange(1, 3).Draw(t, "processes"))
		for _, name := range names[:rapid.IntRange(1, len(names)).Draw(t, "leased")] {
			w.place(name, order.Hours(rapid.IntRange(1, 80).Draw(t, "first hours")), time.Time{}, "", true)
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { w.settle(); w.check() },
			"time": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 60, 119, 600, 1500, 4000}).Draw(t, "minutes")) * time.Minute)
			},
			"threshold": func(t *rapid.T) { w.next(rapid.IntRange(0, 3).Draw(t, "thresholds")) },
			"order":     func(t *rapid.T) { w.place(drawServer(t), drawHours(t), time.Time{}, "", true) },
			"settled":   func(t *rapid.T) { w.place(drawServer(t), drawHours(t), time.Time{}, "", false) },
			"elsewhere": func(t *rapid.T) {
				w.orders++
				line := order.HostOrder{ID: fmt.Sprint("h", w.orders), AccountID: "other", ServerID: drawServer(t), Status: order.HostCompleted, Hours: drawHours(t), CreatedAt: w.now}
				w.now = w.now.Add(2 * time.Second)
				w.hidden = append(w.hidden, line)
			},
			"list": func(*rapid.T) { w.lines, w.hidden = append(w.lines, w.hidden...), nil },
			"policy": func(t *rapid.T) {
				w.policy[drawServer(t)] = w.now.Add(time.Duration(rapid.IntRange(-60, 6000).Draw(t, "minutes")) * time.Minute).Truncate(time.Minute)
			},
			"one click": func(t *rapid.T) {
				server := drawServer(t)
				if ref, lease := w.pressed(server); ref != "" && server != "" {
					if _, err := w.ledger.OneClick(t.Context(), server, lease); err != nil {
						w.place(server, drawHours(t), lease, ref, true)
					}
				}
			},
			"one click waits": func(t *rapid.T) {
				server := drawServer(t)
				if ref, lease := w.pressed(server); ref != "" {
					if _, err := w.ledger.OneClick(t.Context(), server, lease); err != nil {
						w.orders++
						id := order.ID(fmt.Sprint("o", w.orders))
						w.ledger.Put(order.Order{ID: id, RequestKey: string(id), Version: 1, State: order.Pending, Server: order.Server{ID: server}, Account: "acc", Hours: 24, Lease: lease, Thread: ref, CreatedAt: w.now, ChangedAt: w.now})
					}
				}
			},
			"no order": func(*rapid.T) {
				for _, o := range w.ledger.Orders() {
					if o.State == order.Pending {
						o.State = order.Declined
						w.ledger.Put(o)
					}
				}
			},
			"stop": func(t *rapid.T) {
				w.stop(drawServer(t))
			},
			"slack": func(t *rapid.T) {
				w.slack.fails = rapid.SampledFrom([]string{"", "", "temporary", "unpostable", "lost"}).Draw(t, "fails")
			},
			"away": func(t *rapid.T) {
				p := rapid.SampledFrom(w.procs).Draw(t, "process")
				p.away = !p.away
			},
			"dies": func(t *rapid.T) {
				p := rapid.SampledFrom(w.procs).Draw(t, "process")
				if rapid.Bool().Draw(t, "while it posts") {
					p.dieNext = true
				} else {
					p.die()
				}
			},
			"away while it posts": func(t *rapid.T) { rapid.SampledFrom(w.procs).Draw(t, "process").awayNext = true },
			"stops": func(t *rapid.T) {
				p := rapid.SampledFrom(w.procs).Draw(t, "process")
				if !p.dead {
					p.Close(t.Context())
					p.die()
				}
			},
			"starts": func(*rapid.T) { w.start() },
		})
	})
}
