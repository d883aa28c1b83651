package order_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// world is a random life of a few orders: people who ask and click, several
// processes that place orders and die, a host with random answers.
type world struct {
	ledger  *ordertest.Ledger
	host    *countingHost
	now     time.Time
	alive   []*order.Desk
	started int
	ids     []order.ID

	die      string        // what goes wrong next: "", where the process dies, or how the ledger fails
	verdict  order.Verdict // the verdict of the host's next answer
	sends    map[int]int   // how often an order was sent, by its hours, which are unique
	approved map[order.ID]bool
	listed   chargedList
}

// death is the panic that ends a process.
type death struct{}

func newWorld() *world {
	w := &world{host: &countingHost{}, now: time.Unix(1_700_000_000, 0), sends: map[int]int{}, approved: map[order.ID]bool{}}
	w.ledger = ordertest.NewLedger(func() time.Time { return w.now })
	w.listed.own = map[string]int{}
	w.ledger.After = func(order.Entry) { w.dieAt("after commit") }
	w.ledger.Before = func(e order.Entry) error { w.dieAt("before commit"); return w.away(e, "ledger away") }
	w.ledger.LoseAnswer = func(e order.Entry) error { return w.away(e, "commit unclear") }
	w.host.answer = func(_ context.Context, n int) error {
		if w.verdict == order.NeverSent {
			return &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
		}
		w.sends[int(w.host.sent[n-1].Hours)]++
		w.charge(n)
		w.dieAt("sending")
		switch w.verdict {
		case order.Done:
			return nil
		case order.RefusedByHost:
			return &order.PlaceError{Verdict: order.RefusedByHost, Reason: "no"}
		default:
			return errors.New("lost")
		}
	}
	w.spawn()
	w.spawn()
	return w
}

func (w *world) dieAt(place string) {
	if w.die == place {
		w.die = ""
		panic(death{})
	}
}

// away fails an attempt like a ledger that cannot tell whether it committed.
func (w *world) away(e order.Entry, how string) error {
	if w.die != how || e.To != order.Placing {
		return nil
	}
	w.die = ""
	return &order.Error{Code: order.CodeUnavailable}
}

func (w *world) spawn() {
	w.started++
	w.alive = append(w.alive, order.NewDesk(order.Config{
		Ledger: w.ledger, Policy: &rule{}, Host: w.host, ProcessID: fmt.Sprintf("p%d", w.started),
		ConfirmTTL: 15 * time.Minute, MaxHours: 100_000, HostTimeout: 30 * time.Second,
		Now:        func() time.Time { return w.now },
		HostOrders: &w.listed, Baselines: w.ledger,
	}))
}

// on runs an action in a process. If the process dies in it, another one starts.
func (w *world) on(t *rapid.T, act func(d *order.Desk)) {
	i := rapid.IntRange(0, len(w.alive)-1).Draw(t, "process")
	d := w.alive[i]
	defer func() {
		if r := recover(); r != nil {
			if _, died := r.(death); !died {
				panic(r)
			}
			w.alive = append(w.alive[:i], w.alive[i+1:]...)
			w.spawn()
		}
		w.die = ""
	}()
	act(d)
}

func (w *world) anOrder(t *rapid.T) order.ID {
	if len(w.ids) == 0 {
		t.Skip("no orders yet")
	}
	return rapid.SampledFrom(w.ids).Draw(t, "order")
}

// check checks what must hold at all times.
func (w *world) check(t *rapid.T) {
	holders := map[string]int{}
	for _, o := range w.ledger.Orders() {
		id := o.ID
		if w.sends[int(o.Hours)] > 1 {
			t.Fatalf("order %s was sent %d times", id, w.sends[int(o.Hours)])
		}
		if w.sends[int(o.Hours)] > 0 && !w.approved[id] {
			t.Fatalf("order %s was sent and nobody approved it", id)
		}
		if o.Receipt != nil && o.Receipt.Listed && w.listed.own[o.Receipt.OrderID] != int(o.Hours) {
			t.Fatalf("order %s was settled with %s, which belongs to another order", id, o.Receipt.OrderID)
		}
		if o.State.Holds() {
			holders[o.Server.ID]++
		}
		from := order.State("")
		for i, e := range w.ledger.History(id) {
			if e.From != from || !e.From.CanBecome(e.To) || e.Version != i+1 {
				t.Fatalf("order %s: row %d of its history is %+v after %q", id, i, e, from)
			}
			from = e.To
		}
		if from != o.State {
			t.Fatalf("order %s is %s, its history ends with %s", id, o.State, from)
		}
	}
	for server, n := range holders {
		if n > 1 {
			t.Fatalf("%d orders hold %s", n, server)
		}
	}
}

// finish lets time pass and runs due work until nothing changes.
func (w *world) finish(t *rapid.T) {
	for range 10 {
		w.now = w.now.Add(20 * time.Minute)
		for _, id := range w.ids {
			_ = w.alive[0].Expire(context.Background(), id)
			w.verdict = order.Done
			_ = w.alive[0].Place(context.Background(), id)
			_ = w.alive[0].Lookup(context.Background(), id)
		}
	}
	for _, o := range w.ledger.Orders() {
		id := o.ID
		if !o.State.Final() && o.State != order.Unknown {
			t.Fatalf("order %s ends as %s", id, o.State)
		}
		if w.approved[id] && !o.State.NeedsThreadMessage() {
			t.Fatalf("order %s was approved and is %s without a message in its thread", id, o.State)
		}
	}
}

// No sequence of events sends an order twice, sends it without approval, or
// leaves the state table.
func TestDesk_NoSequenceSendsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		t.Repeat(map[string]func(*rapid.T){
			"": w.check,
			"request": func(t *rapid.T) {
				server := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "server")
				w.on(t, func(d *order.Desk) {
					n := len(w.ids) + 1
					o, err := d.Request(context.Background(), order.Request{
						Key: fmt.Sprint(n), Person: alice, Server: server, Hours: order.Hours(n),
					})
					if err == nil {
						w.ids = append(w.ids, o.ID)
					}
				})
			},
			"click": func(t *rapid.T) {
				v := order.Decision{
					ID: w.anOrder(t), Yes: rapid.Bool().Draw(t, "yes"),
					Person: rapid.SampledFrom([]order.Person{alice, alice, bob}).Draw(t, "person"),
				}
				w.draw(t)
				w.on(t, func(d *order.Desk) {
					defer w.rememberApproval(v.ID)
					_, _ = d.Decide(context.Background(), v)
				})
			},
			"place": func(t *rapid.T) {
				id := w.anOrder(t)
				w.draw(t)
				w.on(t, func(d *order.Desk) { _ = d.Place(context.Background(), id) })
			},
			"expire": func(t *rapid.T) {
				id := w.anOrder(t)
				w.on(t, func(d *order.Desk) { _ = d.Expire(context.Background(), id) })
			},
			"void": func(t *rapid.T) {
				id := w.anOrder(t)
				w.on(t, func(d *order.Desk) { _ = d.Void(context.Background(), id, "no channel") })
			},
			"settle": func(t *rapid.T) {
				f := order.Settlement{ID: w.anOrder(t), Who: "ops", Placed: rapid.Bool().Draw(t, "placed"), Why: "looked"}
				w.on(t, func(d *order.Desk) { _, _ = d.Settle(context.Background(), f) })
			},
			"baseline": func(t *rapid.T) {
				id := w.anOrder(t)
				w.listed.draw(t)
				w.on(t, func(d *order.Desk) { _ = d.RecordBaseline(context.Background(), id) })
			},
			"lookup": func(t *rapid.T) {
				id := w.anOrder(t)
				w.listed.draw(t)
				w.on(t, func(d *order.Desk) { _ = d.Lookup(context.Background(), id) })
			},
			"buy the same elsewhere": func(t *rapid.T) { w.decoy(t, w.anOrder(t)) },
			"wait": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 1000).Draw(t, "seconds")) * time.Second)
			},
		})
		w.check(t)
		w.finish(t)
		w.check(t)
	})
}

// draw chooses the host's next answer, and the next failure, if any.
func (w *world) draw(t *rapid.T) {
	w.verdict = rapid.SampledFrom([]order.Verdict{
		order.Done, order.RefusedByHost, order.NeverSent, order.UnknownOutcome,
	}).Draw(t, "verdict")
	w.listed.charged = rapid.Bool().Draw(t, "charged")
	w.die = rapid.SampledFrom([]string{"", "", "before commit", "after commit", "sending", "ledger away", "commit unclear"}).Draw(t, "fails")
}

// rememberApproval remembers that an order was approved, even if the process
// died right after that.
func (w *world) rememberApproval(id order.ID) {
	for _, e := range w.ledger.History(id) {
		if e.To == order.Approved {
			w.approved[id] = true
		}
	}
}
