package order_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// people are what the world knows about approvals without asking the Desk: who pressed
// which button, under which policy, and what was tampered with.
type people struct {
	policy *ordertest.Policy
	prices *prices                      // of every order
	yes    map[order.ID]map[string]bool // false: it is not known whether the yes was recorded
	last   map[order.ID]time.Time       // when somebody last said yes
	no     map[order.ID]bool            // somebody said no, and that was recorded
	// tampered are the orders that do not verify, and why.
	tampered map[order.ID]order.Code
}

func newPeople() *people {
	return &people{
		policy: ordertest.NewPolicy(aliceAndBob()), prices: &prices{}, yes: map[order.ID]map[string]bool{}, last: map[order.ID]time.Time{},
		no: map[order.ID]bool{}, tampered: map[order.ID]order.Code{},
	}
}

// policies are the policies of the world. The first ones are the most frequent.
func policies() []ordertest.Rules {
	rules := func(edit func(*ordertest.Rules), approvals ...ordertest.Approval) ordertest.Rules {
		r := ordertest.Rules{People: []string{"UALICE", "UBOB"}, Account: "acc", Admins: []string{"UADMIN", "UALICE"}, Approvals: approvals}
		if edit != nil {
			edit(&r)
		}
		return r
	}
	two := twoOf("UCAROL", "UDAVE", "UBOB")
	long := ordertest.Approval{Name: "long", HoursOver: 3, Approvers: []string{"UCAROL", "S1"}, Groups: map[string][]string{"S1": {"UDAVE", "UBOB"}}}
	unread := long
	unread.Groups = map[string][]string{"S1": nil}
	expensive := ordertest.Approval{Name: "expensive", AmountOver: euros("2"), Approvers: []string{"UCAROL", "UDAVE"}}
	limits := func(r *ordertest.Rules) { r.Limits = []order.Limit{hoursIn(time.Hour, 20), amountIn(time.Hour, "9")} }
	own := ordertest.Approval{Name: "own", Servers: []string{"srv-a"}, Approvers: []string{"UALICE", "UCAROL"}, Count: 2, RequesterCounts: true}
	return []ordertest.Rules{
		rules(nil), rules(nil, two), rules(nil, long), rules(nil, two, long), rules(nil, own), rules(nil, own, long),
		rules(nil, expensive), rules(limits), rules(limits, expensive, long),
		rules(nil, unread), rules(nil, twoOf("UDAVE", "UADMIN")), rules(nil, twoOf("UCAROL")),
		rules(func(r *ordertest.Rules) { r.People = []string{"UBOB"} }, two),
		rules(func(r *ordertest.Rules) { r.Account = "other" }),
		broken(order.CodeUnavailable),
	}
}

// pressed remembers what a press may have changed.
func (p *people) pressed(v order.Decision, err error, died bool) {
	recorded := err == nil && !died
	switch {
	case !v.Yes:
		p.no[v.ID] = p.no[v.ID] || recorded
	case recorded, died:
		if p.yes[v.ID] == nil {
			p.yes[v.ID] = map[string]bool{}
		}
		p.yes[v.ID][v.Person.User] = p.yes[v.ID][v.Person.User] || recorded
		p.last[v.ID] = time.Now()
	}
}

// mayBeSent returns why o must not be sent now, or "". It is written without the code
// of the policy: it goes by who pressed Approve.
func (p *people) mayBeSent(o order.Order) string {
	now := p.policy.Rules()
	switch {
	case now.Err != nil:
		return "the policy cannot be read"
	case !slices.Contains(now.People, o.Person.User), o.Account != now.Account:
		return "the requester may not order it"
	case p.no[o.ID]:
		return "somebody said no"
	case p.tampered[o.ID] != "":
		return "it was tampered with"
	case time.Since(p.last[o.ID]) > order.ApprovalTTL+order.PlaceWindow:
		return "the last approval is too old"
	}
	asked := false
	unpriced := !o.Estimate.Amount.Valid && slices.ContainsFunc(now.Limits, func(l order.Limit) bool { return l.Hours == 0 })
	for _, rule := range now.Approvals {
		if o.Hours <= rule.HoursOver || rule.Servers != nil && !slices.Contains(rule.Servers, o.Server.ID) {
			continue
		}
		if rule.AmountOver.Valid && !o.Estimate.Amount.Valid {
			unpriced = true
			continue
		}
		if rule.AmountOver.Valid && o.Estimate.Amount.Decimal.Cmp(rule.AmountOver.Decimal) <= 0 {
			continue
		}
		asked = true
		n := 0
		for user := range p.yes[o.ID] {
			member := slices.Contains(rule.Approvers, user)
			for _, group := range rule.Approvers {
				member = member || slices.Contains(rule.Groups[group], user)
			}
			if member && (rule.RequesterCounts || user != o.Person.User) {
				n++
			}
		}
		if n < max(rule.Count, 1) {
			return fmt.Sprintf("the rule %s has %d of %d", rule.Name, n, rule.Count)
		}
	}
	if unpriced && !slices.ContainsFunc(now.Admins, func(admin string) bool {
		_, said := p.yes[o.ID][admin]
		return said && admin != o.Person.User
	}) {
		return "its price is not known, and no admin said yes"
	}
	if _, said := p.yes[o.ID][o.Person.User]; !asked && !unpriced && !said {
		return "the requester did not confirm it"
	}
	return ""
}

// sending checks an order that a process is about to send. Nothing else happened since
// it was judged.
func (w *world) sending(hours order.Hours) {
	for _, o := range w.ledger.Orders() {
		if o.Hours != hours {
			continue
		}
		if why := w.people.mayBeSent(o); why != "" {
			w.hostRecord.report("order %s was sent although %s", o.ID, why)
		}
	}
}

// checkApprovals checks that each recorded yes was pressed, each once, and that none
// was lost.
func (w *world) checkApprovals(o order.Order) {
	said, recorded := w.people.yes[o.ID], users(o.Approvals)
	for i, user := range recorded {
		if _, pressed := said[user]; !pressed || slices.Contains(recorded[:i], user) {
			fatalf("order %s has the approvals %v, but %v pressed", o.ID, recorded, said)
		}
	}
	for user, certain := range said {
		if certain && !slices.Contains(recorded, user) {
			fatalf("order %s lost the yes of %s: it has %v", o.ID, user, recorded)
		}
	}
	rows := 0
	for _, e := range w.ledger.History(o.ID) {
		if e.Approves() {
			rows++
		}
	}
	if rows < len(recorded) {
		fatalf("order %s has %d approvals and %d rows of history for them", o.ID, len(recorded), rows)
	}
	if o.SettledBy == o.Person.User {
		fatalf("order %s was settled by its requester", o.ID)
	}
}

// policySteps returns what happens to the policy and to the database.
func (w *world) policySteps() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"policy": func(t *rapid.T) {
			all := policies()
			if rarely(t, 3, "unusual") {
				w.people.policy.Set(rapid.SampledFrom(all).Draw(t, "policy"))
				return
			}
			w.people.policy.Set(rapid.SampledFrom(all[:9]).Draw(t, "policy"))
		},
		"price": func(t *rapid.T) {
			w.people.prices.say(rapid.SampledFrom([]string{"3", "1", "0.50", ""}).Draw(t, "price"), order.PriceFromList)
		},
		"tamper": func(t *rapid.T) {
			if !rarely(t, 8, "tampered") {
				return
			}
			id := w.anOrder(t, order.Pending, order.Approved)
			w.people.tampered[id] = rapid.SampledFrom([]order.Code{order.CodeTampered, order.CodeKeyUnknown, order.CodeOldVersion}).Draw(t, "how")
		},
	}
}

// unverified is what the ledger finds about an order.
func (w *world) unverified(o order.Order) error {
	if code := w.people.tampered[o.ID]; code != "" {
		return &order.Error{Code: code}
	}
	return nil
}

// settle lets an operator settle an order, or a person in Slack whose answer is then
// checked.
func (w *world) settle(t *rapid.T) {
	id := w.anOrder(t, order.Unknown)
	s := order.Settlement{ID: id, Who: "ops", Placed: rapid.Bool().Draw(t, "placed"), Why: "looked"}
	user := rapid.SampledFrom([]string{"", "UADMIN", "UADMIN", "UALICE", "UCAROL"}).Draw(t, "user")
	w.drawList(t)
	before, err := w.ledger.Order(context.Background(), id)
	if err != nil {
		fatalf("%v", err)
	}
	listed := w.hostRecord.list == "" && w.hostRecord.lists(before.Hours)
	w.on(t, func(d *order.Desk) {
		if user == "" {
			_, _ = d.Settle(context.Background(), s)
			return
		}
		_, _ = d.SettleBy(context.Background(), person(user), s)
		_ = d.CheckFinding(context.Background(), id)
	})
	now, err := w.ledger.Order(context.Background(), id)
	if err != nil {
		fatalf("%v", err)
	}
	if before.State == order.Unknown && now.State == order.NotPlaced && listed {
		fatalf("order %s was settled as not placed by %s, although its charge is listed", id, now.SettledBy)
	}
}

// lists reports whether the list shows a charge for an order now.
func (b *hostRecord) lists(hours order.Hours) bool {
	return slices.ContainsFunc(b.lines, func(l listedLine) bool {
		return b.own[l.ID] == hours && !time.Now().Before(l.listedAt)
	})
}
