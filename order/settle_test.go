package order_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
	"extendbot/order/ordertest"
)

var admin = person("UADMIN")

// Only admins of the workspace can settle in Slack: not their own order, unless nobody
// else can, and nobody if the policy cannot be read. A press is recorded, and settles
// nothing yet.
func TestSettleBy_OnlyAdmins(t *testing.T) {
	admins := func(users ...string) ordertest.Rules {
		now := aliceAndBob()
		now.Admins = users
		return now
	}
	for name, c := range map[string]struct {
		who  order.Person
		now  ordertest.Rules
		want order.Code
	}{
		"the requester":                   {alice, aliceAndBob(), order.CodeNotAdmin},
		"another person":                  {bob, aliceAndBob(), order.CodeNotAdmin},
		"of another workspace":            {order.Person{Team: "T2", User: "UADMIN"}, aliceAndBob(), order.CodeNotFound},
		"the policy cannot be read":       {admin, broken(order.CodeUnavailable), order.CodeUnavailable},
		"nobody at all":                   {order.Person{}, aliceAndBob(), order.CodeNotFound},
		"nobody of this workspace":        {order.Person{Team: "T1"}, aliceAndBob(), order.CodeNotAdmin},
		"the requester, one of two":       {alice, admins("UALICE", "UADMIN"), order.CodeOwnOrder},
		"the requester, the only admin":   {alice, admins("UALICE"), ""},
		"an admin":                        {admin, aliceAndBob(), ""},
		"an admin who is on no list else": {admin, admins("UBOB", "UADMIN"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			o := d.request()
			d.lose(o.ID, nil)
			d.policy.Set(c.now)
			got, err := d.SettleBy(t.Context(), c.who, order.Settlement{ID: o.ID, Who: "somebody else", Placed: true, HostID: "x", Why: "looked"})
			wantCode(t, err, c.want)
			if now := d.wantState(o.ID, order.Unknown); now.FindingDue() != (c.want == "") {
				t.Errorf("the finding is %+v", now.Finding)
			}
			if c.want != "" {
				return
			}
			if f := got.Finding; f.By != c.who.User || !f.Placed || f.Why != "looked" {
				t.Errorf("the finding is %+v", f)
			}
			if err := d.CheckFinding(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			settled := d.wantState(o.ID, order.Placed)
			if settled.SettledBy != c.who.User || settled.Receipt.OrderID != "" {
				t.Errorf("settled by %q with %+v", settled.SettledBy, settled.Receipt)
			}
			if own := strings.Contains(settled.Reason, "there is no other admin"); own != (c.who == alice) {
				t.Errorf("settled because %q", settled.Reason)
			}
			again, err := d.SettleBy(t.Context(), c.who, order.Settlement{ID: o.ID, Why: "changed my mind"})
			wantCode(t, err, order.CodeConflict)
			if again.State != order.Placed {
				t.Errorf("the order returned with the error is %s", again.State)
			}
		})
	}
}

// A settlement as placed needs a reason.
func TestSettleBy_PlacedNeedsReason(t *testing.T) {
	d := newDesk(t)
	o := d.request()
	d.lose(o.ID, nil)
	_, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Placed: true, Why: " "})
	wantCode(t, err, order.CodeIllegal)
	if now := d.wantState(o.ID, order.Unknown); now.FindingDue() {
		t.Errorf("the finding is %+v", now.Finding)
	}
	if _, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID}); err != nil {
		t.Error(err)
	}
}

// The host's list is read once more before a person's finding settles an order. "Not
// placed" is refused while the list has an order that can be this one. What the list
// shows becomes part of the history.
func TestCheckFinding_ReadsTheList(t *testing.T) {
	long := func(l *order.HostOrder) { l.CreatedAt = l.CreatedAt.Add(-48 * time.Hour) }
	for name, c := range map[string]struct {
		baseline bool
		lines    func() []order.HostOrder
		edit     func(*hostList)
		placed   bool
		want     order.State
		says     string // in the reason, or in the refusal
		hostID   string
	}{
		"nothing is listed":            {true, nil, nil, false, order.NotPlaced, "looked (0xhost's list of orders does not show it)", ""},
		"it is listed":                 {true, one("h-9"), nil, false, order.Unknown, "0xhost lists h-9, which can be it", ""},
		"two are listed":               {true, func() []order.HostOrder { return []order.HostOrder{line("h-8"), line("h-9")} }, nil, false, order.Unknown, "0xhost lists h-8, h-9", ""},
		"for another server":           {true, one("h-9", func(l *order.HostOrder) { l.ServerID = "srv-2" }), nil, false, order.NotPlaced, "does not show it", ""},
		"an old one, no baseline":      {false, one("h-9", long), nil, false, order.NotPlaced, "does not show it", ""},
		"a new one, no baseline":       {false, one("h-9"), nil, false, order.Unknown, "h-9", ""},
		"the list is incomplete":       {true, nil, func(l *hostList) { l.part = true }, false, order.NotPlaced, "is incomplete", ""},
		"no list":                      {true, nil, func(l *hostList) { l.err = errors.New("no") }, false, order.Unknown, "cannot be read now", ""},
		"no list, but placed":          {true, nil, func(l *hostList) { l.err = errors.New("no") }, true, order.Placed, "looked (0xhost's list of orders cannot be read now)", ""},
		"placed, and it is listed":     {true, one("h-9"), nil, true, order.Placed, "looked (0xhost lists h-9, which can be it)", "h-9"},
		"placed, and two are":          {true, func() []order.HostOrder { return []order.HostOrder{line("h-8"), line("h-9")} }, nil, true, order.Placed, "h-8, h-9", ""},
		"placed, and it is not listed": {true, nil, nil, true, order.Placed, "does not show it", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				o := d.request()
				if c.baseline {
					d.baseline(o.ID)
				}
				d.lose(o.ID, func() {
					if c.lines != nil {
						d.list(c.lines()...)
					}
				})
				if c.edit != nil {
					d.hostList.edit(c.edit)
				}
				if _, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Placed: c.placed, Why: "looked"}); err != nil {
					t.Fatal(err)
				}
				d.check(o.ID)
				got := d.wantState(o.ID, c.want)
				said := got.Reason
				if c.want == order.Unknown {
					said = got.Finding.Refused
				}
				if !strings.Contains(said, c.says) || got.RefusalDue() != (c.want == order.Unknown) || got.FindingDue() {
					t.Errorf("it says %q, want %q; the finding is %+v", said, c.says, got.Finding)
				}
				if history := d.ledger.History(o.ID); got.Receipt != nil && got.Receipt.OrderID != c.hostID || c.want != order.Unknown && history[len(history)-1].Why != said {
					t.Errorf("receipt %+v, history %+v", got.Receipt, history)
				}
				if c.want == order.Unknown && !hasDue(d.ledger, order.WorkReconcile, got.Finding.At) {
					t.Errorf("the refusal is not due to be shown: %v", d.ledger.DueWork())
				}
			})
		})
	}
}

// hasDue reports whether work is due at that time or later.
func hasDue(l *ordertest.Ledger, w order.Work, from time.Time) bool {
	for _, due := range l.DueWork() {
		if due.Work == w && !due.At.Before(from) {
			return true
		}
	}
	return false
}

func one(id string, edit ...func(*order.HostOrder)) func() []order.HostOrder {
	return func() []order.HostOrder { return []order.HostOrder{line(id, edit...)} }
}

// check checks the finding about an order until there is nothing left to check.
func (d *desk) check(id order.ID) {
	d.t.Helper()
	for range 1000 {
		err := d.CheckFinding(d.t.Context(), id)
		if err == nil {
			return
		}
		pass(time.Until(wantLater(d.t, err)))
	}
	d.t.Fatal("the checks do not end")
}

// Who found something out must still be allowed to settle the order when that is
// checked.
func TestCheckFinding_PolicyAtTheCheck(t *testing.T) {
	for name, c := range map[string]struct {
		now  ordertest.Rules
		says string
	}{
		"no admin anymore":        {ordertest.Rules{People: []string{"UALICE"}, Admins: []string{"UBOB"}}, "they may not settle it anymore"},
		"a policy without admins": {ordertest.Rules{People: []string{"UALICE"}}, "they may not settle it anymore"},
		"a policy not readable":   {broken(order.CodeUnavailable), "the policy cannot be read now"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				o := d.request()
				d.lose(o.ID, nil)
				if _, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Why: "looked"}); err != nil {
					t.Fatal(err)
				}
				d.policy.Set(c.now)
				d.check(o.ID)
				if got := d.wantState(o.ID, order.Unknown); !strings.Contains(got.Finding.Refused, c.says) {
					t.Errorf("refused because %q", got.Finding.Refused)
				}
				d.policy.Set(aliceAndBob())
				if _, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Why: "looked"}); err != nil {
					t.Fatal(err)
				}
				d.check(o.ID)
				d.wantState(o.ID, order.NotPlaced)
			})
		})
	}
}

// A finding can be checked again and again, and by several processes at once: it
// settles the order once.
func TestCheckFinding_AnyNumberOfTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.lose(o.ID, nil)
		if err := d.CheckFinding(t.Context(), o.ID); err != nil {
			t.Errorf("without a finding: %v", err)
		}
		if _, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Why: "looked"}); err != nil {
			t.Fatal(err)
		}
		d.ledger.AfterRead = func() { pass(time.Millisecond) }
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := d.CheckFinding(t.Context(), o.ID); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(d.ledger.History(o.ID)); n != 5 || d.host.count() != 1 {
			t.Errorf("%d rows of history, %d sent", n, d.host.count())
		}
		d.wantState(o.ID, order.NotPlaced)
	})
}

// An order that was tampered with can be settled by people, but not by a lookup.
func TestCheckFinding_TamperedOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, func() { d.list(line("h-9")) })
		spoil(d.ledger, order.CodeTampered)
		pass(time.Hour)
		if err := d.Lookup(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Unknown)
		if _, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Placed: true, Why: "looked"}); err != nil {
			t.Fatal(err)
		}
		d.check(o.ID)
		d.wantState(o.ID, order.Placed)
	})
}

// An operator's settlement is checked against the host's list, too, unless the Desk
// has none.
func TestSettle_ReadsTheList(t *testing.T) {
	for name, c := range map[string]struct {
		listed, unread, unchecked, placed bool
		want                              order.Code
		says                              string
	}{
		"not placed":                    {want: "", says: "looked (0xhost's list of orders does not show it)"},
		"not placed, but listed":        {listed: true, want: order.CodeListed},
		"not placed, without a list":    {unread: true, want: order.CodeNoList},
		"not placed, not checked":       {listed: true, unchecked: true, says: "looked (0xhost's list of orders was not read)"},
		"placed, without a list":        {unread: true, placed: true, says: "looked (0xhost's list of orders cannot be read now)"},
		"placed, and listed":            {listed: true, placed: true, says: "looked (0xhost lists h-9, which can be it)"},
		"placed, and not in the list":   {placed: true, says: "does not show it"},
		"placed, and not checked":       {listed: true, unchecked: true, placed: true, says: "was not read"},
		"placed, no list, not checked":  {unread: true, unchecked: true, placed: true, says: "was not read"},
		"not placed, no list unchecked": {unread: true, unchecked: true, says: "was not read"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			o := d.request()
			d.baseline(o.ID)
			d.lose(o.ID, func() {
				if c.listed {
					d.list(line("h-9"))
				}
			})
			if c.unread {
				d.hostList.edit(func(l *hostList) { l.err = errors.New("no") })
			}
			operator := d.process("", func(config *order.Config) {
				if c.unchecked {
					config.HostOrders = nil
				}
			})
			got, err := operator.Settle(t.Context(), order.Settlement{ID: o.ID, Who: "ops", Placed: c.placed, Why: "looked"})
			wantCode(t, err, c.want)
			if c.want != "" {
				d.wantState(o.ID, order.Unknown)
				return
			}
			want := order.NotPlaced
			if c.placed {
				want = order.Placed
			}
			if d.wantState(o.ID, want); !strings.Contains(got.Reason, c.says) || got.SettledBy != "ops" {
				t.Errorf("settled by %q because %q", got.SettledBy, got.Reason)
			}
		})
	}
}

// An order of the host can be the outcome of only one order.
func TestSettle_HostOrderOfAnotherOrder(t *testing.T) {
	d := newDesk(t)
	first := d.request()
	d.confirm(first.ID)
	if err := d.Place(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	taken := d.wantState(first.ID, order.Placed).Receipt.OrderID
	o, err := d.Request(t.Context(), order.Request{Key: "k2", Person: alice, Channel: "C1", Server: "web-1", Hours: 72})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.ledger.RecordShown(t.Context(), order.Shown{ID: o.ID, ToldExtendedBy: first.ID, ToldUser: alice.User}); err != nil {
		t.Fatal(err)
	}
	d.lose(o.ID, nil)
	f := order.Settlement{ID: o.ID, Who: "ops", Placed: true, HostID: taken, Why: "looked"}
	got, err := d.Settle(t.Context(), f)
	wantCode(t, err, order.CodeClaimed)
	if e, ok := errors.AsType[*order.Error](err); !ok || e.Order == nil || e.Order.ID != first.ID || got.ID != o.ID {
		t.Errorf("%v, with order %s", err, got.ID)
	}
	d.wantState(o.ID, order.Unknown)
	f.HostID = "another"
	if _, err := d.Settle(t.Context(), f); err != nil {
		t.Errorf("with an unused id: %v", err)
	}
	if got := d.wantState(o.ID, order.Placed); got.Receipt.OrderID != "another" {
		t.Errorf("it has %+v", got.Receipt)
	}
}

// Of many concurrent settlements and lookups, one settles the order.
func TestSettle_ManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, func() { d.list(line("new")) })
		pass(5 * time.Second)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { _ = d.Lookup(t.Context(), o.ID) })
			wg.Go(func() {
				_, _ = d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Placed: i%2 == 0, Why: "looked"})
				_ = d.CheckFinding(t.Context(), o.ID)
			})
			wg.Go(func() {
				_, _ = d.Settle(t.Context(), order.Settlement{ID: o.ID, Who: "ops", Placed: true, Why: "looked"})
			})
		}
		wg.Wait()
		if n := len(d.ledger.History(o.ID)); n != 5 {
			t.Errorf("%d rows of history", n)
		}
	})
}
