package order_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// ledgerLeases knows of leases what the newest receipts say.
type ledgerLeases struct{ *ordertest.Ledger }

// Lease implements [order.Leases].
func (l ledgerLeases) Lease(ctx context.Context, s order.Server) (order.Lease, error) {
	found, err := l.LeaseOrders(ctx, s.ID)
	lease := order.Lease{Server: s}
	for i, o := range found.Placed {
		if i == 0 {
			lease.Last = &o
		}
		if o.Receipt != nil {
			lease.ExpiresAt = o.Receipt.ExpiresAt
		}
	}
	return lease, err
}

// leased returns a desk on which web-1 runs for two more hours, each order extends its server
// by its hours and costs 5.00, and the host's list is known.
func leased(t *testing.T, rules ordertest.Rules) (d *desk, p *prices, lease time.Time) {
	t.Helper()
	d, p = priced(t, rules)
	d.Desk = d.leasedProcess("p1", p)
	lease = time.Now().Add(2 * time.Hour)
	d.ledger.Put(order.Order{
		ID: "old", RequestKey: "old", Version: 4, State: order.Placed, Person: alice, Server: order.Server{Name: "web-1", ID: "srv-web-1"},
		CreatedAt: time.Now().Add(-48 * time.Hour), ChangedAt: time.Now().Add(-47 * time.Hour), FirstTry: time.Now().Add(-47 * time.Hour),
		Receipt: &order.Receipt{ExpiresAt: lease},
	})
	return d, p, lease
}

func (d *desk) leasedProcess(id string, p *prices, edit ...func(*order.Config)) *order.Desk {
	return d.process(id, func(c *order.Config) {
		for _, edit := range edit {
			edit(c)
		}
		c.Prices, c.Leases, c.ApproveTTL = p, ledgerLeases{d.ledger}, time.Hour
		c.KnownList = func(string) (order.HostOrderList, time.Time, bool) {
			return order.HostOrderList{Complete: true, Orders: []order.HostOrder{{ID: "h-0", ServerID: "srv-web-1"}, {ID: "h-other", ServerID: "srv-2"}}}, time.Now().Add(-time.Minute), true
		}
		c.Host = extendingHost{d}
	})
}

// extendingHost is the host of a desk, and says until when the server runs.
type extendingHost struct{ d *desk }

func (h extendingHost) ExtendServer(ctx context.Context, e order.Extension) (order.Receipt, error) {
	lease, err := ledgerLeases{h.d.ledger}.Lease(ctx, order.Server{ID: e.ServerID})
	if err != nil {
		return order.Receipt{}, err
	}
	r, err := h.d.host.ExtendServer(ctx, e)
	r.ExpiresAt = lease.ExpiresAt.Add(time.Duration(e.Hours) * time.Hour)
	return r, err
}

// transitions is an Observer that keeps what was recorded.
type transitions struct {
	alarm

	entries []order.Entry
}

func (s *transitions) Transitioned(_ order.Order, e order.Entry) { s.entries = append(s.entries, e) }

// pressOn is a press on a reminder of web-1.
func pressOn(key string, who order.Person, hours order.Hours, lease time.Time) order.Request {
	return order.Request{Key: key, Person: who, Channel: "C1", Thread: "C1:1.5", Server: "web-1", Hours: hours, Lease: lease, SeenEstimate: euros("5")}
}

// A press on a reminder is a request and its approval in one commit, with the host's list
// that was known before it as its baseline, and is then placed like every other order.
func TestRequest_OneClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p, lease := leased(t, aliceAndBob())
		seen := &transitions{}
		desk := d.leasedProcess("p2", p, func(c *order.Config) { c.Observer = seen })
		o, err := desk.Request(t.Context(), pressOn("k", bob, 24, lease))
		if err != nil {
			t.Fatal(err)
		}
		if o.State != order.Approved || o.Version != 2 || o.Thread != "C1:1.5" || !o.Lease.Equal(lease) || o.DecidedBy != bob.User || o.DecidedAt.IsZero() {
			t.Errorf("the order is %+v", o)
		}
		history := d.ledger.History(o.ID)
		var steps []string
		for _, e := range history {
			steps = append(steps, fmt.Sprintf("%d %s>%s by %s", e.Version, e.From, e.To, e.Who))
		}
		if diff := cmp.Diff([]string{"1 >pending by UBOB", "2 pending>approved by UBOB"}, steps); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(history, seen.entries); diff != "" {
			t.Error("the observer was told:", diff)
		}
		if b, err := d.ledger.Baseline(t.Context(), o.ID); err != nil || !slices.Equal(b.IDs, []string{"h-0"}) || !b.Complete {
			t.Errorf("the baseline is %+v, %v", b, err)
		}
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		placed := d.wantState(o.ID, order.Placed)
		if !placed.Receipt.ExpiresAt.Equal(lease.Add(24*time.Hour)) || d.host.count() != 1 {
			t.Errorf("%d sent, receipt %+v", d.host.count(), placed.Receipt)
		}
	})
}

// A press that does not count is refused with the reason. Nothing is recorded, and nothing is
// sent.
func TestRequest_OneClickRefused(t *testing.T) {
	long := ordertest.Approval{Name: "all", Approvers: []string{"UBOB"}, Count: 1}
	for name, c := range map[string]struct {
		rules ordertest.Rules
		first func(d *desk, p *prices, lease time.Time)
		press func(r *order.Request)
		want  order.Code
	}{
		"a stranger":             {rules: aliceAndBob(), press: func(r *order.Request) { r.Person = stranger }, want: order.CodeStranger},
		"too many hours":         {rules: ordertest.Rules{People: []string{"UALICE"}, MaxHours: 20}, press: func(*order.Request) {}, want: order.CodeBadHours},
		"another lease":          {rules: aliceAndBob(), press: func(r *order.Request) { r.Lease = r.Lease.Add(-time.Hour) }, want: order.CodeLeaseOver},
		"a later lease":          {rules: aliceAndBob(), press: func(r *order.Request) { r.Lease = r.Lease.Add(time.Second) }, want: order.CodeLeaseOver},
		"it has passed":          {rules: aliceAndBob(), first: func(*desk, *prices, time.Time) { pass(2 * time.Hour) }, press: func(*order.Request) {}, want: order.CodeLeaseOver},
		"it costs more":          {rules: aliceAndBob(), press: func(r *order.Request) { r.SeenEstimate = euros("4.40") }, want: order.CodeRepriced},
		"over a limit":           {rules: withLimits(aliceAndBob(), order.Limit{Per: order.PerAll, Within: time.Hour, Hours: 23}), press: func(*order.Request) {}, want: order.CodeOverLimit},
		"a direct message":       {rules: withApprovals(aliceAndBob(), long), press: func(r *order.Request) { r.Direct = true }, want: order.CodeNeedsChannel},
		"no price, no admin":     {rules: withLimits(ordertest.Rules{People: []string{"UALICE"}}, order.Limit{Per: order.PerAll, Within: time.Hour, Amount: euros("9")}), first: func(_ *desk, p *prices, _ time.Time) { p.say("", order.PriceFailed) }, press: func(*order.Request) {}, want: order.CodePriceUnknown},
		"another order holds it": {rules: aliceAndBob(), first: func(d *desk, _ *prices, _ time.Time) { d.confirm(d.request().ID) }, press: func(r *order.Request) { r.Key, r.Person = "k2", bob }, want: order.CodeServerHeld},
		"a broken policy":        {rules: broken(order.CodeUnavailable), press: func(*order.Request) {}, want: order.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, p, lease := leased(t, c.rules)
				if c.first != nil {
					c.first(d, p, lease)
				}
				before := len(d.ledger.Orders())
				r := pressOn("k", alice, 24, lease)
				c.press(&r)
				_, err := d.Request(t.Context(), r)
				wantCode(t, err, c.want)
				if n := len(d.ledger.Orders()); n != before || d.host.count() != 0 {
					t.Errorf("%d orders were recorded, %d sent", n-before, d.host.count())
				}
				if e, _ := errors.AsType[*order.Error](err); c.want == order.CodeLeaseOver && !e.Expiry.Equal(lease) {
					t.Errorf("the error says that it runs until %s", e.Expiry)
				}
			})
		})
	}
}

// withApprovals returns rules with approval rules.
func withApprovals(r ordertest.Rules, rules ...ordertest.Approval) ordertest.Rules {
	r.Approvals = rules
	return r
}

// A press that needs the yes of others is a request that waits for it. Asking is not an
// approval, even if the requester's yes counts.
func TestRequest_OneClickNeedsApproval(t *testing.T) {
	amount := order.Limit{Per: order.PerAll, Within: time.Hour, Amount: euros("9")}
	for name, rules := range map[string]ordertest.Rules{
		"of another person":   withApprovals(aliceAndBob(), ordertest.Approval{Name: "all", Approvers: []string{"UALICE", "UBOB"}, Count: 1}),
		"also the requester":  withApprovals(aliceAndBob(), ordertest.Approval{Name: "all", Approvers: []string{"UALICE", "UBOB"}, Count: 1, RequesterCounts: true}),
		"the price is unread": withLimits(aliceAndBob(), amount),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, p, lease := leased(t, rules)
				if len(rules.Limits) > 0 {
					p.say("", order.PriceFailed)
				}
				o, err := d.Request(t.Context(), pressOn("k", alice, 24, lease))
				if err != nil || o.State != order.Pending || len(o.Approvals) > 0 || !o.Lease.Equal(lease) || o.Thread == "" || !o.Deadline.Equal(o.CreatedAt.Add(time.Hour)) {
					t.Errorf("the order is %+v, %v", o, err)
				}
				_, err = d.Request(t.Context(), pressOn("k2", bob, 72, lease))
				wantCode(t, err, order.CodeLeaseTaken)
			})
		})
	}
}

// Twenty presses at once, by two people, on all buttons of the reminders of one lease, in two
// processes, are one order and one charge. All others are told which one.
func TestRequest_TwentyPressesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p, lease := leased(t, aliceAndBob())
		desks := []*order.Desk{d.Desk, d.leasedProcess("p2", p)}
		var (
			wg    sync.WaitGroup
			mu    sync.Mutex
			codes = map[order.Code]int{}
		)
		for i := range 20 {
			wg.Go(func() {
				desk, who := desks[i%2], []order.Person{alice, bob}[i/2%2]
				o, err := desk.Request(t.Context(), pressOn(fmt.Sprint("k", i), who, []order.Hours{24, 72, 168}[i%3], lease))
				if err == nil {
					err = desk.Place(t.Context(), o.ID)
				}
				mu.Lock()
				codes[order.CodeOf(err)]++
				mu.Unlock()
			})
		}
		wg.Wait()
		if d.host.count() != 1 || codes[""] != 1 || codes[order.CodeLeaseTaken]+codes[order.CodeLeaseOver] != 19 {
			t.Errorf("%d sent; answers %v", d.host.count(), codes)
		}
	})
}

// A press on a reminder, and one on the card of an order for the same server, at once: each
// pays for one order at most, and the second one learns of the first.
func TestRequest_OneClickWhileConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p, lease := leased(t, aliceAndBob())
		other, card := d.leasedProcess("p2", p), d.request()
		confirm := order.Decision{ID: card.ID, Person: alice, Yes: true, Seen: card.ExtendedBy, SeenEstimate: card.Estimate.Amount}
		var (
			wg   sync.WaitGroup
			errs [2]error
		)
		wg.Go(func() {
			var o order.Order
			if o, errs[0] = other.Request(t.Context(), pressOn("press", bob, 24, lease)); errs[0] == nil {
				errs[0] = other.Place(t.Context(), o.ID)
			}
		})
		wg.Go(func() {
			if _, errs[1] = d.Decide(t.Context(), confirm); errs[1] == nil {
				errs[1] = d.Place(t.Context(), card.ID)
			}
		})
		wg.Wait()
		if d.host.count() != 1 || (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%d sent; the press: %v; the confirmation: %v", d.host.count(), errs[0], errs[1])
		}
	})
}

// The press of a redelivered envelope is the order that was recorded, whatever became of it.
func TestRequest_OneClickRedelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, lease := leased(t, withLimits(aliceAndBob(), order.Limit{Per: order.PerAll, Within: time.Hour, Hours: 30}))
		first, err := d.Request(t.Context(), pressOn("k", alice, 24, lease))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // also when the lease is over
			again, err := d.Request(t.Context(), pressOn("k", alice, 24, lease))
			if wantCode(t, err, order.CodeDuplicate); again.ID != first.ID {
				t.Errorf("the redelivered press is order %s", again.ID)
			}
			if err := d.Place(t.Context(), first.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// When the order of a press ends without having been placed, the next press counts.
func TestRequest_OneClickAgain(t *testing.T) {
	rules := withApprovals(aliceAndBob(), ordertest.Approval{Name: "all", Approvers: []string{"UBOB"}, Count: 1})
	for name, end := range map[string]struct {
		rules ordertest.Rules
		with  func(d *desk, o order.Order) error
		again bool
	}{
		"declined":  {rules, func(d *desk, o order.Order) error { return d.decided(o.ID, bob, false) }, true},
		"withdrawn": {rules, func(d *desk, o order.Order) error { return d.decided(o.ID, alice, false) }, true},
		"void":      {rules, func(d *desk, o order.Order) error { return d.Void(d.t.Context(), o.ID, "no card") }, true},
		"refused": {aliceAndBob(), func(d *desk, o order.Order) error {
			d.host.answer = func(context.Context, int) error { return &order.PlaceError{Verdict: order.RefusedByHost, Reason: "no"} }
			return d.Place(d.t.Context(), o.ID)
		}, true},
		"expired": {rules, func(d *desk, o order.Order) error {
			pass(time.Hour + time.Second)
			return d.Expire(d.t.Context(), o.ID)
		}, true},
		"not placed": {aliceAndBob(), func(d *desk, o order.Order) error {
			d.host.answer = func(context.Context, int) error { return errors.New("the connection broke") }
			if err := d.Place(d.t.Context(), o.ID); err != nil {
				return err
			}
			_, err := d.Settle(d.t.Context(), order.Settlement{ID: o.ID, Who: "ops", Why: "looked"})
			return err
		}, true},
		"approved": {rules, func(d *desk, o order.Order) error { return d.decided(o.ID, bob, true) }, false},
		"unknown": {aliceAndBob(), func(d *desk, o order.Order) error {
			d.host.answer = func(context.Context, int) error { return errors.New("the connection broke") }
			return d.Place(d.t.Context(), o.ID)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _, lease := leased(t, end.rules)
				o, err := d.Request(t.Context(), pressOn("k", alice, 24, lease))
				if err == nil {
					err = end.with(d, o)
				}
				if err != nil {
					t.Fatal(err)
				}
				_, err = d.Request(t.Context(), pressOn("k2", alice, 24, lease))
				if (err == nil) != end.again {
					t.Errorf("the next press: %v", err)
				}
			})
		})
	}
}

func (d *desk) decided(id order.ID, who order.Person, yes bool) error {
	_, err := d.Decide(d.t.Context(), order.Decision{ID: id, Person: who, Yes: yes})
	return err
}
