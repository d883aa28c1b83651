package order_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// world is a random life of a few orders: people who ask and click, several
// processes that place orders, are paused in the middle of that, lose the ledger
// and die, and a host with random answers. It runs in a bubble of
// testing/synctest, so its time is the bubble's.
type world struct {
	ledger     *ordertest.Ledger
	hostRecord hostRecord
	alive      []*process
	started    int
	ids        []order.ID
	paused     []*pausedCall // calls of Place that wait for a step that resumes them

	die      fault         // what goes wrong next: "", where the process dies, or how the ledger fails
	verdict  order.Verdict // the verdict of the host's next answer
	pauses   bool          // whether calls of Place are paused at the next chance
	approved map[order.ID]bool
	told     map[telling][]order.ID // which orders extended a server, as people were told
	people   *people
	began    time.Time
	panics   []any // of calls of Place, other than deaths
}

// death is the panic that ends a process.
type death struct{}

func newWorld() *world {
	w := &world{approved: map[order.ID]bool{}, told: map[telling][]order.ID{}, hostRecord: newHostRecord(), people: newPeople(), began: time.Now()}
	w.ledger = ordertest.NewLedger(time.Now)
	w.ledger.Unverified = w.unverified
	w.ledger.After = func(order.Entry) { w.dieAt("after commit") }
	w.ledger.Before = func(e order.Entry) error { w.dieAt("before commit"); return w.away(e, "ledger away") }
	w.ledger.LoseAnswer = func(e order.Entry) error { return w.unclear(e) }
	w.spawn()
	w.spawn()
	return w
}

// fault is what goes wrong next. It may be used by calls that wait for the ledger
// while other steps happen.
type fault struct {
	mu   sync.Mutex
	next string
}

func (f *fault) set(next string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = next
}

// happens reports whether this is what goes wrong next. It does so only once.
func (f *fault) happens(what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next != what {
		return false
	}
	f.next = ""
	return true
}

func (w *world) dieAt(place string) {
	if w.die.happens(place) {
		panic(death{})
	}
}

// away fails an attempt like a ledger that cannot tell whether it committed.
func (w *world) away(e order.Entry, how string) error {
	if e.To != order.Placing || !w.die.happens(how) {
		return nil
	}
	return &order.Error{Code: order.CodeUnavailable}
}

// on runs an action in a process, which is not paused in it. If the process dies
// in it, another one starts.
func (w *world) on(t *rapid.T, act func(d *order.Desk)) {
	p := w.aProcess(t)
	w.pauses = false
	defer w.stepEnded()
	p.run(func() { act(p.Desk) })
}

func (w *world) aProcess(t *rapid.T) *process {
	return w.alive[rapid.IntRange(0, len(w.alive)-1).Draw(t, "process")]
}

// anOrder returns one of the orders, mostly one in these states.
func (w *world) anOrder(t *rapid.T, in ...order.State) order.ID {
	if len(w.ids) == 0 {
		t.Skip("no orders yet")
	}
	var open []order.ID
	for _, o := range w.ledger.Orders() {
		if slices.Contains(in, o.State) {
			open = append(open, o.ID)
		}
	}
	if len(open) == 0 || rarely(t, 10, "any order") {
		open = w.ids
	}
	return rapid.SampledFrom(open).Draw(t, "order")
}

// rarely reports true about once in n times.
func rarely(t *rapid.T, n int, what string) bool {
	return rapid.SampledFrom(append(make([]bool, n-1), true)).Draw(t, what)
}

// check checks what must hold at all times.
func (w *world) check(*rapid.T) {
	for _, broken := range w.hostRecord.broken {
		fatalf("%s", broken)
	}
	if len(w.panics) > 0 {
		fatalf("panic: %v", w.panics[0])
	}
	all := w.ledger.Orders()
	checkPending(all)
	checkLeases(all)
	holders := map[string]int{}
	for _, o := range all {
		id := o.ID
		if n := w.hostRecord.charges(o.Hours); n > 1 && w.hostRecord.lag < checksTime {
			fatalf("order %s was charged %d times", id, n)
		}
		if len(w.hostRecord.arrivals[o.Hours]) > 0 && !w.approved[id] {
			fatalf("order %s was sent and nobody approved it", id)
		}
		if o.Receipt != nil && o.Receipt.Listed && w.hostRecord.own[o.Receipt.OrderID] != o.Hours {
			fatalf("order %s was settled with %s, which belongs to another order", id, o.Receipt.OrderID)
		}
		if !o.ThrottledAt.IsZero() && o.State == order.Refused {
			fatalf("order %s is refused, but may have been charged", id)
		}
		w.checkApprovals(o)
		if o.State.Holds() {
			holders[o.Server.ID]++
		}
		from := order.State("")
		for i, e := range w.ledger.History(id) {
			if e.From != from || !e.From.CanBecome(e.To) || e.Version != i+1 {
				fatalf("order %s: row %d of its history is %+v after %q", id, i, e, from)
			}
			from = e.To
		}
		if from != o.State {
			fatalf("order %s is %s, its history ends with %s", id, o.State, from)
		}
	}
	for server, n := range holders {
		if n > 1 {
			fatalf("%d orders hold %s", n, server)
		}
	}
}

// finish lets all calls and all processes continue, lets time pass, and runs due
// work until nothing changes.
func (w *world) finish() {
	w.die.set("")
	w.pauses, w.verdict = false, order.Done
	for len(w.paused) > 0 {
		w.resume(w.paused[0])
	}
	for _, p := range w.alive {
		p.cutOff.Store(0)
	}
	for range 10 {
		pass(20 * time.Minute)
		for _, id := range w.ids {
			_ = w.alive[0].Expire(context.Background(), id)
			w.place(w.alive[0], id)
			_ = w.alive[0].Lookup(context.Background(), id)
		}
	}
	for _, o := range w.ledger.Orders() {
		id := o.ID
		if !o.State.Final() && o.State != order.Unknown {
			fatalf("order %s ends as %s", id, o.State)
		}
		if w.approved[id] && !o.State.NeedsThreadMessage() {
			fatalf("order %s was approved and is %s without a message in its thread", id, o.State)
		}
	}
}

// No sequence of events sends an order twice, except after attempts that bought
// nothing as far as two lists of the host can show, or leaves the state table, or
// records the same request twice. If the host lists a charge within the time of the
// two lists, no order is ever charged twice.
//
// No order is sent without the approvals that the policy asks for right then, after
// somebody said no, or while it does not verify. No yes is lost or recorded twice, and
// the last one is that of a person who knows whether the server was extended meanwhile.
// A press on a reminder is a request and a yes, and there is one order for each lease.
// No outcome is settled by its requester while there is another admin, or as not placed
// while the list has its charge.
func TestDesk_NoSequenceSendsTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var ended any
		synctest.Test(t, func(*testing.T) {
			w := newWorld()
			defer func() { ended = recover() }()
			defer w.killAll()
			w.hostRecord.lag = rapid.SampledFrom([]time.Duration{checksTime - time.Millisecond, 30 * time.Second, time.Hour, 0, 5 * time.Second}).Draw(rt, "lag")
			rt.Repeat(w.steps())
			w.finish()
			w.check(rt)
		})
		if broken, ok := ended.(brokenPromise); ok {
			rt.Fatal(string(broken))
		}
		if ended != nil { // rapid ends some checks with a panic
			panic(ended)
		}
	})
}

// brokenPromise is the panic of a check that failed. It crosses the bubble's
// edge, and rapid has to tell it from its own panics.
type brokenPromise string

func fatalf(format string, args ...any) { panic(brokenPromise(fmt.Sprintf(format, args...))) }

// draw chooses the host's next answer, and the next failure, if any.
func (w *world) draw(t *rapid.T) {
	w.verdict = rapid.SampledFrom([]order.Verdict{
		order.Throttled, order.Throttled, order.NeverSent, order.Done, order.UnknownOutcome, order.RefusedByHost,
	}).Draw(t, "verdict")
	w.hostRecord.charged = rapid.Bool().Draw(t, "charged")
	w.die.set("")
	if rarely(t, 6, "fails") {
		w.die.set(rapid.SampledFrom([]string{"before commit", "after commit", "sending", "ledger away", "commit unclear"}).Draw(t, "how"))
	}
	w.drawList(t)
}

// drawList chooses how the next lists are answered.
func (w *world) drawList(t *rapid.T) {
	w.hostRecord.list = rapid.SampledFrom([]string{"", "", "", "", "", "", "part", "none"}).Draw(t, "list")
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

// steps returns what can happen.
func (w *world) steps() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"": w.check,
		"time passes": func(t *rapid.T) {
			most := 15
			if rarely(t, 20, "long") {
				most = 1000
			}
			pass(time.Duration(rapid.IntRange(1, most).Draw(t, "seconds")) * time.Second)
			synctest.Wait()
		},
		"buy the same elsewhere": func(t *rapid.T) {
			if rarely(t, 5, "buy") { // rapid soon ends a check whose steps skip after a draw
				w.decoy(w.anOrder(t))
			}
		},
	}
	maps.Copy(all, w.peopleSteps())
	maps.Copy(all, w.processSteps())
	maps.Copy(all, w.policySteps())
	all["press on a reminder"] = w.pressOnReminder
	// What makes an order go on happens most of the time. Rapid prefers names that
	// sort first.
	for _, often := range []string{"click", "place", "press on a reminder", "request", "resume", "time passes"} {
		for i := range 3 {
			all[fmt.Sprintf(" %d %s", i, often)] = all[often]
		}
	}
	return all
}

// peopleSteps returns what people do, and what follows at once.
func (w *world) peopleSteps() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"request": func(t *rapid.T) {
			if len(w.ids) == 10 {
				return // rapid fails after many skips in a row
			}
			server := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "server")
			w.drawList(t)
			w.on(t, func(d *order.Desk) {
				n := len(w.ids) + 1
				o, err := d.Request(context.Background(), order.Request{
					Key: fmt.Sprint(n), Person: alice, Server: server, Hours: order.Hours(n),
				})
				if err == nil {
					w.ids = append(w.ids, o.ID)
					_, _ = d.RecordBaseline(context.Background(), o.ID)
				}
			})
		},
		"click":     w.click,
		"ask again": w.askAgain,
		"expire or void": func(t *rapid.T) {
			id, void := w.anOrder(t, order.Pending), rarely(t, 20, "void")
			w.on(t, func(d *order.Desk) {
				if void {
					_ = d.Void(context.Background(), id, "no channel")
				}
				_ = d.Expire(context.Background(), id)
			})
		},
		"settle": w.settle,
		"lookup": func(t *rapid.T) {
			id := w.anOrder(t, order.Unknown)
			w.drawList(t)
			w.on(t, func(d *order.Desk) { _ = d.Lookup(context.Background(), id) })
		},
	}
}
