package order_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// spending is a random life of orders under limits: people who ask and press on several
// processes, presses that are held right before they are committed, a policy and prices
// that change, and a host that charges what it likes. It runs in a bubble of
// testing/synctest, so its time is the bubble's.
type spending struct {
	ledger  *ordertest.Ledger
	policy  *ordertest.Policy
	desks   []*spender
	started int
	prices  map[string]decimal.Decimal // for an hour, by the id of the server; none: not known
	all     []*purchase
	named   int       // how many ids were given out
	began   time.Time // leases count from here
	held    []*heldPress
	hold    bool // whether the next press is held before its commit
	now     committing
	die     fault
	verdict order.Verdict
	charge  func(estimate decimal.NullDecimal) decimal.NullDecimal
	lines   []order.HostOrder
	panics  []any
}

// committing is what is being committed.
type committing struct {
	next  order.Order
	press *press // nil if it is no press
}

// press is a press, and what it was judged by.
type press struct {
	seen  decimal.NullDecimal
	rules ordertest.Rules
}

// pressKey is the key of the press in a context.
type pressKey struct{}

func pressOf(ctx context.Context) *press {
	p, _ := ctx.Value(pressKey{}).(*press)
	return p
}

// heldPress is a press that is held before its commit, until it continues.
type heldPress struct {
	d         *spender
	continues chan struct{}
}

// spender is one process of a spending.
type spender struct {
	*order.Desk

	w    *spending
	dead bool
}

func newSpending() *spending {
	w := &spending{policy: ordertest.NewPolicy(spendingRules()), prices: map[string]decimal.Decimal{}, began: time.Now()}
	for _, server := range []string{"srv-a", "srv-b", "srv-c", "srv-d"} {
		w.prices[server] = euros("0.50").Decimal
	}
	w.ledger = ordertest.NewLedger(time.Now)
	w.ledger.Before = func(order.Entry) error { w.dieAt("before commit"); return nil }
	w.ledger.After = func(e order.Entry) { w.committed(e); w.dieAt("after commit") }
	w.ledger.LoseAnswer = func(order.Entry) error {
		if w.die.happens("commit unclear") {
			return &order.Error{Code: order.CodeUnavailable}
		}
		return nil
	}
	for range 3 {
		w.spawn()
	}
	return w
}

func spendingRules() ordertest.Rules {
	return ordertest.Rules{People: []string{"UALICE", "UBOB", "UCAROL"}, Admins: []string{"UADMIN", "UALICE"}}
}

func (w *spending) dieAt(place string) {
	if w.die.happens(place) {
		panic(death{})
	}
}

// spawn starts a process. The clocks of the processes differ.
func (w *spending) spawn() {
	w.started++
	d := &spender{w: w}
	ahead := []time.Duration{0, 20 * time.Second, -20 * time.Second}[w.started%3]
	c := spendingLedger{w.ledger, d}
	d.Desk = order.NewDesk(order.Config{
		Ledger: c, Policy: spendingPolicy{w.policy}, Host: w, HostOrders: w, Baselines: c, Prices: w, Currency: "EUR",
		ProcessID: fmt.Sprintf("p%d", w.started), Now: func() time.Time { return time.Now().Add(ahead) },
		ConfirmTTL: 3 * time.Hour, ApproveTTL: 3 * time.Hour, MaxHours: 1000, HostTimeout: 30 * time.Second,
		Leases: w,
		NewID:  func(time.Time) order.ID { w.named++; return order.ID(fmt.Sprintf("order-%02d", w.named)) }, // rapid repeats what failed
	})
	w.desks = append(w.desks, d)
}

// on runs f in a process, and returns when that has ended or is held. A process that dies
// is replaced.
func (w *spending) on(t *rapid.T, f func(d *spender)) {
	d := w.desks[rapid.IntRange(0, len(w.desks)-1).Draw(t, "process")]
	go d.run(func() { f(d) }) // ends when it is resumed or killed; the bubble waits for it
	synctest.Wait()
	w.stepEnded()
}

func (d *spender) run(f func()) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		d.dead = true
		if _, died := r.(death); !died {
			d.w.panics = append(d.w.panics, r)
		}
	}()
	f()
}

func (w *spending) stepEnded() {
	w.die.set("")
	w.hold = false
	for _, d := range slices.Clone(w.desks) {
		if d.dead {
			w.desks = slices.DeleteFunc(w.desks, func(other *spender) bool { return other == d })
			w.spawn()
		}
	}
	for _, h := range slices.Clone(w.held) {
		if h.d.dead {
			w.resume(h)
		}
	}
}

func (w *spending) resume(h *heldPress) {
	w.held = slices.DeleteFunc(w.held, func(other *heldPress) bool { return other == h })
	close(h.continues)
	synctest.Wait()
}

// end ends all processes and their calls.
func (w *spending) end() {
	for _, d := range w.desks {
		d.dead = true
	}
	for len(w.held) > 0 {
		w.resume(w.held[0])
	}
}

// spendingLedger is a process's connection to the ledger.
type spendingLedger struct {
	*ordertest.Ledger

	d *spender
}

// commits holds the press that is about to be committed, if that was drawn.
func (l spendingLedger) commits(ctx context.Context, next order.Order) {
	w := l.d.w
	if p := pressOf(ctx); p != nil && w.hold {
		h := &heldPress{d: l.d, continues: make(chan struct{})}
		w.held = append(w.held, h)
		w.hold = false
		<-h.continues
	}
	if l.d.dead {
		panic(death{})
	}
	w.now = committing{next, pressOf(ctx)}
}

func (l spendingLedger) Change(ctx context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	l.commits(ctx, next)
	return l.Ledger.Change(ctx, next, e, due...)
}

func (l spendingLedger) Approve(ctx context.Context, next order.Order, e order.Entry, limits []order.Limit, due ...order.Due) (order.Order, error) {
	l.commits(ctx, next)
	stored, err := l.Ledger.Approve(ctx, next, e, limits, due...)
	if order.CodeOf(err) == order.CodeOverLimit {
		p := *l.d.w.purchase(next.ID)
		p.estimate = next.Estimate.Amount
		l.d.w.checkRefused(&p, pressOf(ctx).rules, e.At, err)
	}
	return stored, err
}

// spendingPolicy remembers by which rules a press is judged.
type spendingPolicy struct{ *ordertest.Policy }

func (p spendingPolicy) MayApprove(ctx context.Context, who order.Person, o order.Order) (order.Ruling, error) {
	pressOf(ctx).rules = p.Rules()
	return p.Policy.MayApprove(ctx, who, o)
}

// Estimate implements [order.Prices].
func (w *spending) Estimate(_ context.Context, o order.Order) (order.Estimate, error) {
	price, known := w.prices[o.Server.ID]
	if !known {
		return order.Estimate{From: order.PriceUnheard}, nil
	}
	return order.Estimate{Amount: decimal.NewNullDecimal(price.Mul(decimal.NewFromInt(int64(o.Hours)))), From: order.PriceFromList}, nil
}

// ExtendServer implements [order.Host].
func (w *spending) ExtendServer(_ context.Context, e order.Extension) (order.Receipt, error) {
	p := w.ofHours(e.Hours)
	if rules := w.policy.Rules(); !p.estimate.Valid && needsPrice(rules, p) && !p.adminSaidYes(rules) {
		fatalf("order %s was sent without a price or the yes of an admin", p.id)
	}
	receipt := order.Receipt{OrderID: "h-" + string(p.id), Type: order.RenewServer, Hours: e.Hours, Amount: w.charge(p.estimate)}
	if w.verdict == order.Done || w.verdict == order.UnknownOutcome && receipt.Amount.Valid {
		w.lines = append(w.lines, order.HostOrder{
			ID: receipt.OrderID, AccountID: e.Account, ServerID: e.ServerID, Hours: e.Hours, Status: order.HostCompleted,
			Amount: receipt.Amount, CreatedAt: time.Now(),
		})
	}
	if w.verdict == order.Done {
		return receipt, nil
	}
	return order.Receipt{}, &order.PlaceError{Verdict: w.verdict, Reason: "no"}
}

// Orders implements [order.HostOrders].
func (w *spending) Orders(context.Context, string) (order.HostOrderList, error) {
	return order.HostOrderList{Complete: true, Orders: slices.Clone(w.lines)}, nil
}

// request lets a person ask for an order.
func (w *spending) request(t *rapid.T) {
	if len(w.all) == 14 {
		return // rapid fails after many skips in a row
	}
	who := person(rapid.SampledFrom([]string{"UALICE", "UALICE", "UBOB", "UCAROL"}).Draw(t, "person"))
	server := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "server")
	w.on(t, func(d *spender) {
		rules := w.policy.Rules()
		p := &purchase{person: who, server: "srv-" + server, account: "acc-" + who.User, hours: order.Hours(len(w.all) + 1), state: order.Pending}
		if rules.Account != "" {
			p.account = rules.Account
		}
		o, err := d.Request(context.Background(), order.Request{Key: fmt.Sprint(p.hours), Person: who, Server: server, Hours: p.hours})
		switch order.CodeOf(err) {
		case "":
			p.id, p.estimate = o.ID, o.Estimate.Amount
			for _, l := range rules.Limits {
				if !w.fits(l, p, o.CreatedAt) {
					fatalf("order %s could be asked for over the limit %+v", p.id, l)
				}
			}
			w.all = append(w.all, p)
			_, _ = d.RecordBaseline(context.Background(), o.ID)
		case order.CodeOverLimit:
			if price, known := w.prices[p.server]; known {
				p.estimate = decimal.NewNullDecimal(price.Mul(decimal.NewFromInt(int64(p.hours))))
			}
			w.checkRefused(p, rules, o.CreatedAt, err) // by the clock of the process
		}
	})
}

// ofHours returns what the model knows about the order of these hours.
func (w *spending) ofHours(hours order.Hours) *purchase {
	return w.all[slices.IndexFunc(w.all, func(p *purchase) bool { return p.hours == hours })]
}

// press lets a person press a button. The card mostly shows the estimate of the order.
func (w *spending) press(t *rapid.T) {
	p := w.one(t, order.Pending)
	o, err := w.ledger.Order(context.Background(), p.id)
	if err != nil {
		fatalf("%v", err)
	}
	user := rapid.SampledFrom([]string{p.person.User, p.person.User, "UALICE", "UBOB", "UCAROL", "UADMIN"}).Draw(t, "presses")
	v := order.Decision{ID: p.id, Person: person(user), Yes: !rarely(t, 15, "no"), Seen: o.ExtendedBy, SeenEstimate: o.Estimate.Amount}
	switch {
	case rarely(t, 6, "nothing shown"):
		v.SeenEstimate = decimal.NullDecimal{}
	case rarely(t, 6, "old card"):
		v.SeenEstimate = euros("0.10")
	}
	w.hold = rarely(t, 3, "held")
	w.die.set(rapid.SampledFrom([]string{"", "", "", "", "", "", "", "before commit", "after commit", "commit unclear"}).Draw(t, "fails"))
	w.on(t, func(d *spender) {
		_, _ = d.Decide(context.WithValue(context.Background(), pressKey{}, &press{seen: v.SeenEstimate}), v)
	})
}

// one returns one of the orders that are in a state, if there is one.
func (w *spending) one(t *rapid.T, in order.State) *purchase {
	var open []*purchase
	for _, p := range w.all {
		if p.state == in {
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		t.Skip("no such order")
	}
	return open[rapid.IntRange(0, len(open)-1).Draw(t, "order")]
}

// setPolicy draws limits and rules.
func (w *spending) setPolicy(t *rapid.T) {
	r := spendingRules()
	r.Admins = rapid.SampledFrom([][]string{r.Admins, r.Admins, {"UADMIN"}, {"UALICE"}}).Draw(t, "admins")
	r.Account = rapid.SampledFrom([]string{"", "", "", "acc"}).Draw(t, "account")
	r.Approvals = rapid.SampledFrom([][]ordertest.Approval{
		nil, nil, nil, {twoOf("UALICE", "UBOB", "UCAROL", "UADMIN")},
		{{Name: "expensive", HoursOver: 2, AmountOver: euros("3"), Approvers: []string{"UCAROL", "UBOB"}}},
	}).Draw(t, "approvals")
	for range rapid.IntRange(0, 3).Draw(t, "limits") {
		l := order.Limit{
			Per:    rapid.SampledFrom([]order.LimitPer{order.PerAll, order.PerPerson, order.PerServer, order.PerAccount}).Draw(t, "per"),
			Within: rapid.SampledFrom([]time.Duration{24 * time.Hour, time.Hour}).Draw(t, "within"),
		}
		if rapid.Bool().Draw(t, "in hours") {
			l.Hours = rapid.SampledFrom([]order.Hours{15, 25, 8}).Draw(t, "hours")
		} else {
			l.Amount = euros(rapid.SampledFrom([]string{"5", "12", "2.50"}).Draw(t, "amount"))
		}
		r.Limits = append(r.Limits, l)
	}
	w.policy.Set(r)
}

// place sends an order to the host, which charges the estimate or something else.
func (w *spending) place(t *rapid.T) {
	p := w.one(t, order.Approved)
	w.verdict = rapid.SampledFrom([]order.Verdict{order.Done, order.Done, order.UnknownOutcome, order.UnknownOutcome, order.RefusedByHost, order.NeverSent}).Draw(t, "verdict")
	amount := rapid.SampledFrom([]string{"estimate", "estimate", "9.99", "0", ""}).Draw(t, "charge")
	w.charge = func(estimate decimal.NullDecimal) decimal.NullDecimal {
		if amount == "estimate" {
			return estimate
		}
		return euros(amount)
	}
	w.on(t, func(d *spender) { _ = d.Place(context.Background(), p.id) })
}

// settle lets an operator or the list of the host settle an order.
func (w *spending) settle(t *rapid.T) {
	p := w.one(t, order.Unknown)
	how := rapid.SampledFrom([]string{"not placed", "placed", "looked up", "placed, with an id"}).Draw(t, "how")
	w.on(t, func(d *spender) {
		s := order.Settlement{ID: p.id, Who: "ops", Why: "looked", Placed: how != "not placed"}
		if how == "looked up" {
			_ = d.Lookup(context.Background(), p.id)
			return
		}
		if how == "placed, with an id" {
			s.HostID = "x-" + string(p.id)
		}
		_, _ = d.Settle(context.Background(), s)
	})
}

func (w *spending) steps() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"": w.check, "request": w.request, "press": w.press, "press on a reminder": w.pressOnReminder, "place": w.place, "settle": w.settle, "policy": w.setPolicy,
		"price": func(t *rapid.T) {
			server := "srv-" + rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "server")
			if price := rapid.SampledFrom([]string{"0.20", "0.50", "0.51", "1.00", ""}).Draw(t, "price"); price != "" {
				w.prices[server] = euros(price).Decimal
				return
			}
			delete(w.prices, server)
		},
		"new estimate": func(t *rapid.T) {
			p := w.one(t, order.Pending)
			w.on(t, func(d *spender) { _, _ = d.RecordBaseline(context.Background(), p.id) })
		},
		"resume": func(t *rapid.T) {
			if len(w.held) == 0 {
				t.Skip("no press is held")
			}
			w.resume(w.held[rapid.IntRange(0, len(w.held)-1).Draw(t, "press")])
			w.stepEnded()
		},
		"time passes": func(t *rapid.T) {
			most := 20
			if rarely(t, 8, "long") {
				most = 1500
			}
			pass(time.Duration(rapid.IntRange(1, most).Draw(t, "minutes")) * time.Minute)
			for _, p := range w.all {
				_ = w.desks[0].Expire(context.Background(), p.id)
			}
		},
		"restart": func(t *rapid.T) {
			w.desks[rapid.IntRange(0, len(w.desks)-1).Draw(t, "process")].dead = true
			w.stepEnded()
		},
	}
	often := map[string]int{"request": 3, "press on a reminder": 2, "press": 6, "place": 2, "resume": 2}
	for name, times := range maps.Clone(often) {
		for i := range times { // rapid prefers names that sort first
			all[fmt.Sprintf(" %d %s", i, name)] = all[name]
		}
	}
	return all
}

// check checks that the model has seen everything that the ledger has.
func (w *spending) check(*rapid.T) {
	if len(w.panics) > 0 {
		panic(w.panics[0])
	}
	checkLeases(w.ledger.Orders())
	for _, o := range w.ledger.Orders() {
		p, history := w.purchase(o.ID), w.ledger.History(o.ID)
		if o.State != p.state || o.State != history[len(history)-1].To {
			fatalf("order %s is %s, %s in the model, and its history is %+v", o.ID, o.State, p.state, history)
		}
		for _, e := range history {
			if e.To == order.Approved && e.From == order.Pending && (!o.DecidedAt.Equal(e.At) || !p.at.Equal(e.At)) {
				fatalf("order %s was approved at %s, and counts from %s", o.ID, e.At, o.DecidedAt)
			}
		}
	}
}

// No sequence of requests, presses, outcomes, settlements, changes of the policy and of
// prices, deaths, and passing time approves an order over a limit of the policy that it was
// approved under, also if presses are judged and committed at different times, on processes
// whose clocks differ. No limit refuses what it leaves enough for, and what it says about
// when enough is free is true.
//
// Nobody approves a price that is clearly higher than what their card showed, an approved
// price does not change, and without one, nothing that a limit or a rule needs it for is
// approved or sent without the yes of an admin who did not ask for it.
func TestDesk_NoSequenceExceedsLimit(t *testing.T) {
	fewerChecks(t, 4) // it has fewer ways to fail than TestDesk_NoSequenceSendsTwice
	rapid.Check(t, func(rt *rapid.T) {
		var ended any
		synctest.Test(t, func(*testing.T) {
			w := newSpending()
			defer func() { ended = recover() }()
			defer w.end()
			w.setPolicy(rt)
			rt.Repeat(w.steps())
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
