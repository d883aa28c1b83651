package order_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// withLimits returns rules with limits.
func withLimits(r ordertest.Rules, limits ...order.Limit) ordertest.Rules {
	r.Limits = limits
	return r
}

// limited returns a desk with these rules, whose cards can be pressed for 100 hours, and
// on which each order costs 5.00.
func limited(t *testing.T, r ordertest.Rules) (*desk, *prices) {
	t.Helper()
	d, p := priced(t, r)
	d.Desk = d.process("p1", func(c *order.Config) { c.Prices, c.ConfirmTTL, c.ApproveTTL = p, 100*time.Hour, 100*time.Hour })
	return d, p
}

// ask requests hours of a server for a person.
func (d *desk) ask(who order.Person, server string, hours order.Hours) (order.Order, error) {
	return d.Request(d.t.Context(), order.Request{
		Key: fmt.Sprintf("%s %s %d", who.User, server, hours), Person: who, Channel: "C1", Server: server, Hours: hours,
	})
}

// asked is ask, and ends the test if the request is refused.
func (d *desk) asked(who order.Person, server string, hours order.Hours) order.ID {
	d.t.Helper()
	o, err := d.ask(who, server, hours)
	if err != nil {
		d.t.Fatal(err)
	}
	return o.ID
}

// wantOverLimit checks an error about a limit.
func wantOverLimit(t *testing.T, err error, used string, freeAt time.Time) {
	t.Helper()
	e, ok := errors.AsType[*order.Error](err)
	if !ok || e.Code != order.CodeOverLimit || e.Limit == nil {
		t.Fatalf("%v is not about a limit", err)
	}
	got := fmt.Sprintf("%d h", int(e.Limit.UsedHours))
	if e.Limit.Amount.Valid {
		got = e.Limit.UsedAmount.String()
	}
	if got != used || !e.Limit.FreeAt.Equal(freeAt) {
		t.Errorf("%s is used, and enough is free at %s; want %s and %s", got, e.Limit.FreeAt, used, freeAt)
	}
}

// A request for more than a limit leaves is refused with what is used and when enough is
// free, and nothing is recorded. What waits for its approval uses nothing up.
func TestRequest_OverLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := limited(t, withLimits(aliceAndBob(), order.Limit{Per: order.PerPerson, Within: 24 * time.Hour, Hours: 100}))
		_, err := d.ask(alice, "web-1", 101)
		wantOverLimit(t, err, "0 h", time.Time{})
		d.asked(alice, "web-1", 100) // is not approved
		d.confirm(d.asked(alice, "web-2", 72))
		free := time.Now().Add(24 * time.Hour)
		_, err = d.ask(alice, "web-3", 29)
		wantOverLimit(t, err, "72 h", free)
		if n := len(d.ledger.Orders()); n != 2 {
			t.Errorf("%d orders are recorded", n)
		}
		d.asked(alice, "web-3", 28)
		d.asked(bob, "web-3", 100)
		pass(24 * time.Hour)
		d.asked(alice, "web-4", 100)
	})
}

// A request that is delivered again is not refused because of its own order, which counts
// by now, nor because of what was approved since.
func TestRequest_DeliveredAgainOverLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := limited(t, withLimits(aliceAndBob(), order.Limit{Per: order.PerAll, Within: 24 * time.Hour, Hours: 100}))
		first, waiting := d.asked(alice, "web-1", 100), d.asked(bob, "web-2", 1)
		d.confirm(first)
		for id, again := range map[order.ID]func() (order.Order, error){
			first:   func() (order.Order, error) { return d.ask(alice, "web-1", 100) },
			waiting: func() (order.Order, error) { return d.ask(bob, "web-2", 1) },
		} {
			o, err := again()
			wantCode(t, err, order.CodeDuplicate)
			if o.ID != id {
				t.Errorf("got order %q, want %q", o.ID, id)
			}
		}
		_, err := d.ask(bob, "web-3", 1)
		wantCode(t, err, order.CodeOverLimit)
	})
}

// A last yes for which a limit does not leave enough is not recorded. The order waits, and
// the same person can approve it later: when time has passed, when another order turns out
// not to be bought, when the limit is raised.
func TestDecide_OverLimit(t *testing.T) {
	for name, free := range map[string]func(d *desk, first, second order.ID){
		"time passes": func(*desk, order.ID, order.ID) { pass(24 * time.Hour) },
		"the host refuses the other one": func(d *desk, first, _ order.ID) {
			d.host.answer = func(context.Context, int) error { return &order.PlaceError{Verdict: order.RefusedByHost} }
			_ = d.Place(d.t.Context(), first)
			d.wantState(first, order.Refused)
		},
		"the other one was never bought": func(d *desk, first, second order.ID) {
			d.host.answer = func(context.Context, int) error { return errors.New("lost") }
			_ = d.Place(d.t.Context(), first)
			d.wantState(first, order.Unknown)
			_, err := d.press(second, "UDAVE", true)
			wantOverLimit(d.t, err, "72 h", d.decidedAt(first).Add(24*time.Hour)) // it is reserved
			if _, err := d.Settle(d.t.Context(), order.Settlement{ID: first, Who: "ops", Why: "looked"}); err != nil {
				d.t.Error(err)
			}
		},
		"the limit is raised": func(d *desk, _, _ order.ID) {
			d.policy.Set(withLimits(d.policy.Rules(), hoursIn(24*time.Hour, 144)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rules := withRules(twoOf("UCAROL", "UDAVE"))
				d, _ := limited(t, withLimits(rules, amountIn(24*time.Hour, "100"), hoursIn(24*time.Hour, 100)))
				first, second := d.asked(alice, "web-1", 72), d.asked(bob, "web-2", 72)
				for _, press := range []struct {
					id   order.ID
					user string
				}{{first, "UCAROL"}, {first, "UDAVE"}, {second, "UCAROL"}} { // a yes that is not the last one is not checked
					if _, err := d.press(press.id, press.user, true); err != nil {
						t.Fatal(err)
					}
				}
				before := d.wantState(second, order.Pending)
				_, err := d.press(second, "UDAVE", true)
				wantOverLimit(t, err, "72 h", d.decidedAt(first).Add(24*time.Hour))
				if now := d.wantState(second, order.Pending); now.Version != before.Version || len(d.ledger.History(second)) != now.Version {
					t.Errorf("the yes was recorded: %+v", now)
				}
				free(d, first, second)
				if _, err := d.press(second, "UDAVE", true); err != nil {
					t.Error(err)
				}
				wantHistory(t, d, d.wantState(second, order.Approved))
			})
		})
	}
}

// decidedAt returns when an order was decided.
func (d *desk) decidedAt(id order.ID) time.Time {
	o, err := d.ledger.Order(context.Background(), id)
	if err != nil {
		d.t.Error(err)
	}
	return o.DecidedAt
}

// Of orders that fit one by one, as many are approved as fit together, however many
// processes approve them at once.
func TestDecide_LimitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p := limited(t, withLimits(aliceAndBob(), amountIn(time.Hour, "17")))
		var ids []order.ID
		for i := range 20 {
			ids = append(ids, d.asked([]order.Person{alice, bob}[i%2], fmt.Sprint("web-", i), 72))
		}
		var all sync.WaitGroup
		for i, id := range ids {
			desk := d.process(fmt.Sprint("q", i%4), func(c *order.Config) { c.Prices = p })
			all.Go(func() {
				_, err := desk.Decide(t.Context(), order.Decision{ID: id, Person: []order.Person{alice, bob}[i%2], Yes: true})
				if code := order.CodeOf(err); code != "" && code != order.CodeOverLimit {
					t.Error(err)
				}
			})
		}
		all.Wait()
		approved := 0
		for _, o := range d.ledger.Orders() {
			if o.State == order.Approved {
				approved++
			}
		}
		if approved != 3 {
			t.Errorf("%d orders of 5.00 were approved, want 3 within 17", approved)
		}
	})
}

// A limit that is lowered stops the next order, and not one that is approved already.
func TestPlace_LimitLowered(t *testing.T) {
	d, _ := limited(t, withLimits(aliceAndBob(), hoursIn(time.Hour, 100)))
	first, next := d.asked(alice, "web-1", 72), d.asked(bob, "web-2", 10)
	d.confirm(first)
	d.policy.Set(withLimits(aliceAndBob(), hoursIn(time.Hour, 1)))
	if err := d.Place(t.Context(), first); err != nil {
		t.Error(err)
	}
	d.wantState(first, order.Placed)
	_, err := d.press(next, "UBOB", true)
	wantOverLimit(t, err, "72 h", time.Time{})
}

// An order whose price is not known needs an admin who did not ask for it, if a limit or a
// rule goes by the price. Without such an admin, it can neither be asked for nor approved
// nor sent.
func TestDesk_PriceUnknown(t *testing.T) {
	unknown := func(edit func(*ordertest.Rules)) (*desk, *prices) {
		d, p := limited(t, aliceAndBob())
		p.say("", order.PriceUnheard)
		rules := aliceAndBob()
		edit(&rules)
		d.policy.Set(rules)
		return d, p
	}
	byLimit := func(r *ordertest.Rules) { r.Limits = []order.Limit{amountIn(time.Hour, "100")} }
	byRule := func(r *ordertest.Rules) {
		r.Approvals = []ordertest.Approval{{Name: "expensive", AmountOver: euros("20"), Approvers: []string{"UCAROL"}}}
	}
	aliceIsAdmin := func(edit func(*ordertest.Rules)) func(*ordertest.Rules) {
		return func(r *ordertest.Rules) { edit(r); r.Admins = []string{"UALICE"} }
	}
	for name, edit := range map[string]func(*ordertest.Rules){"limit": byLimit, "rule": byRule} {
		d, _ := unknown(aliceIsAdmin(edit))
		_, err := d.ask(alice, "web-1", 72)
		if wantCode(t, err, order.CodePriceUnknown); len(d.ledger.Orders()) > 0 {
			t.Errorf("%s: the request was recorded", name)
		}
		id := d.asked(bob, "web-1", 72) // alice is another admin for him
		_, err = d.press(id, "UBOB", true)
		wantCode(t, err, order.CodeNotApprover)
		_, err = d.press(id, "UALICE", true)
		wantCode(t, err, "")
		d.wantState(id, order.Approved)
	}

	// At the press, the policy has an amount.
	d, p := unknown(func(*ordertest.Rules) {})
	id := d.asked(alice, "web-1", 72)
	rules := aliceAndBob()
	aliceIsAdmin(byLimit)(&rules)
	d.policy.Set(rules)
	_, err := d.press(id, "UALICE", true)
	wantCode(t, err, order.CodePriceUnknown)
	if now := d.wantState(id, order.Pending); now.Version != 1 {
		t.Errorf("recorded: %+v", now)
	}
	p.say("5", order.PriceFromPolicy)
	if _, err := d.press(id, "UALICE", true); err != nil {
		t.Error(err)
	}

	// Right before the send, it has one.
	for want, edit := range map[string]func(*ordertest.Rules){
		"price is not known":                 aliceIsAdmin(byLimit),
		"rule price not known has 0 of 1":    byLimit,
		"the rule price not known has 0 of ": byRule,
	} {
		d, _ := unknown(func(*ordertest.Rules) {})
		id := d.asked(alice, "web-1", 72)
		d.confirm(id)
		rules := aliceAndBob()
		edit(&rules)
		d.policy.Set(rules)
		if err := d.Place(t.Context(), id); err != nil {
			t.Error(err)
		}
		if o := d.wantState(id, order.Refused); !strings.Contains(o.Reason, want) {
			t.Errorf("refused, because %q, want %q", o.Reason, want)
		}
	}
}

// What limits leave can be told of an order that the policy does not allow anymore, but
// not while the policy cannot be read.
func TestDesk_LimitStates(t *testing.T) {
	d, _ := limited(t, withLimits(aliceAndBob(), hoursIn(time.Hour, 100), amountIn(time.Hour, "7")))
	d.confirm(d.asked(alice, "web-1", 72))
	o, err := d.ask(bob, "web-2", 20)
	wantOverLimit(t, err, "5", d.decidedAt(d.ledger.Orders()[0].ID).Add(time.Hour))
	o = order.Order{Person: bob, Server: o.Server, Hours: 28, Account: "another one"}
	states, err := d.LimitStates(t.Context(), o)
	if err != nil || len(states) != 2 || states[0].LeftHours() != 28 || !states[0].Allows || states[1].LeftAmount().String() != "2" {
		t.Errorf("%+v, %v", states, err)
	}
	d.policy.Set(broken(order.CodeUnavailable))
	if _, err := d.LimitStates(t.Context(), o); order.CodeOf(err) != order.CodeUnavailable {
		t.Errorf("%v", err)
	}
}

// A charge that is higher than expected names the limits that it exceeds, and when they
// leave something again.
func TestDesk_LimitsExceededBy(t *testing.T) {
	const hour = time.Hour
	for name, c := range map[string]struct {
		before   string // what another order cost, an hour before
		estimate string
		charge   string
		limits   []order.Limit
		used     string        // "" if no limit is exceeded
		freeIn   time.Duration // from its approval
	}{
		"as expected":                       {"5", "5", "5", []order.Limit{amountIn(24*hour, "10")}, "", 0},
		"as expected, in a lowered limit":   {"5", "5", "5", []order.Limit{amountIn(24*hour, "9")}, "", 0},
		"more, and it fits":                 {"5", "4", "5", []order.Limit{amountIn(24*hour, "10")}, "", 0},
		"more than what was left":           {"5", "5", "5.01", []order.Limit{amountIn(24*hour, "10")}, "10.01", 23 * hour},
		"free when this one does not count": {"5", "5", "50", []order.Limit{amountIn(24*hour, "10")}, "55", 24 * hour},
		"the other one counts no longer":    {"5", "5", "6", []order.Limit{amountIn(hour, "10")}, "", 0},
		"the price was not known":           {"5", "", "6", []order.Limit{amountIn(24*hour, "10")}, "11", 23 * hour},
		"not known, and it fits":            {"5", "", "5", []order.Limit{amountIn(24*hour, "10")}, "", 0},
		"the charge is not known":           {"5", "5", "", []order.Limit{amountIn(24*hour, "1000")}, "", 0},
		"hours are not exceeded":            {"5", "5", "50", []order.Limit{hoursIn(24*hour, 144)}, "", 0},
		"one of several":                    {"5", "5", "50", []order.Limit{hoursIn(24*hour, 144), amountIn(24*hour, "100"), amountIn(48*hour, "54")}, "55", 47 * hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, p := limited(t, withLimits(aliceAndBob()))
				p.say(c.before, order.PriceFromList)
				d.confirm(d.asked(alice, "web-1", 72))
				pass(hour)
				if p.say(c.estimate, order.PriceFromList); c.estimate == "" {
					p.say("", order.PriceUnread)
				}
				id := d.asked(alice, "web-2", 72)
				d.confirm(id)
				if states, err := d.LimitsExceededBy(t.Context(), d.wantState(id, order.Approved)); err != nil || len(states) > 0 {
					t.Errorf("before the charge: %+v, %v", states, err)
				}
				d.ledger.Edit(id, func(o *order.Order) { o.State, o.Receipt = order.Placed, &order.Receipt{Amount: euros(c.charge)} })
				d.policy.Set(withLimits(ordertest.Rules{}, c.limits...)) // nobody may order anything anymore
				o := d.wantState(id, order.Placed)
				states, err := d.LimitsExceededBy(t.Context(), o)
				if err != nil || (len(states) == 1) != (c.used != "") {
					t.Fatalf("%+v, %v", states, err)
				}
				if c.used != "" && (states[0].UsedAmount.String() != c.used || !states[0].FreeAt.Equal(o.DecidedAt.Add(c.freeIn))) {
					t.Errorf("%s is used, free at %s", states[0].UsedAmount, states[0].FreeAt)
				}
			})
		})
	}
}
