package order_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
	"extendbot/order/ordertest"
)

func person(user string) order.Person { return order.Person{Team: "T1", User: user} }

// withRules returns the policy of aliceAndBob with approval rules.
func withRules(rules ...ordertest.Approval) ordertest.Rules {
	now := aliceAndBob()
	now.Approvals = rules
	return now
}

// twoOf returns a rule that asks for the yes of two people.
func twoOf(approvers ...string) ordertest.Approval {
	return ordertest.Approval{Name: "two", Approvers: approvers, Count: 2}
}

// press lets a person press a button on the card of an order.
func (d *desk) press(id order.ID, user string, yes bool) (order.Order, error) {
	d.t.Helper()
	return d.Decide(d.t.Context(), order.Decision{ID: id, Person: person(user), Yes: yes})
}

func users(approvals []order.Approval) (list []string) {
	for _, a := range approvals {
		list = append(list, a.User)
	}
	return list
}

// Each press on a card with approval rules is answered as the rules say, and the last
// yes that they ask for approves the order.
func TestDecide_ApprovalRules(t *testing.T) {
	long := ordertest.Approval{Name: "long", Approvers: []string{"UCAROL", "S1"}, Groups: map[string][]string{"S1": {"UDAVE"}}}
	own := ordertest.Approval{Name: "own", Approvers: []string{"UALICE", "UCAROL"}, Count: 2, RequesterCounts: true}
	unread := ordertest.Approval{Name: "unread", Approvers: []string{"S2", "UCAROL"}, Groups: map[string][]string{"S2": nil}}
	for name, c := range map[string]struct {
		rules   []ordertest.Approval
		presses string // "USER+" for a yes, "USER-" for a no, each with the code of its error
		want    order.State
		by      string // whose yes is recorded
	}{
		"without a rule the requester confirms":    {nil, "UBOB+not_yours UALICE+", order.Approved, "UALICE"},
		"or withdraws":                             {nil, "UBOB-not_yours UALICE-", order.Cancelled, ""},
		"one approver":                             {[]ordertest.Approval{long}, "UALICE+not_approver UBOB+not_approver UNOBODY+stranger UCAROL+", order.Approved, "UCAROL"},
		"a member of a group":                      {[]ordertest.Approval{long}, "UDAVE+", order.Approved, "UDAVE"},
		"two approvers":                            {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, "UCAROL+ UDAVE+", order.Approved, "UCAROL UDAVE"},
		"the same person counts once":              {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, "UCAROL+ UCAROL+approved", order.Pending, "UCAROL"},
		"one press counts for two rules":           {[]ordertest.Approval{long, twoOf("UCAROL", "UDAVE")}, "UDAVE+ UCAROL+", order.Approved, "UDAVE UCAROL"},
		"one rule is not enough":                   {[]ordertest.Approval{long, {Name: "x", Approvers: []string{"UERIN"}}}, "UDAVE+ UCAROL+", order.Pending, "UDAVE UCAROL"},
		"the requester does not count":             {[]ordertest.Approval{twoOf("UALICE", "UCAROL", "UDAVE")}, "UALICE+not_approver UCAROL+", order.Pending, "UCAROL"},
		"unless the rule says so":                  {[]ordertest.Approval{own}, "UALICE+ UCAROL+", order.Approved, "UALICE UCAROL"},
		"but alone they are not two":               {[]ordertest.Approval{own}, "UALICE+ UALICE+approved", order.Pending, "UALICE"},
		"an approver declines":                     {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, "UCAROL+ UBOB-not_approver UDAVE- UCAROL+decided", order.Declined, "UCAROL"},
		"one who approved before declines":         {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, "UCAROL+ UCAROL-", order.Declined, "UCAROL"},
		"the requester withdraws":                  {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, "UCAROL+ UALICE- UDAVE+decided", order.Cancelled, "UCAROL"},
		"also one who is an approver":              {[]ordertest.Approval{own}, "UALICE-", order.Cancelled, ""},
		"a stranger learns nothing":                {[]ordertest.Approval{long}, "UCAROL+ UNOBODY+stranger UNOBODY-stranger", order.Approved, "UCAROL"},
		"a member of a group that cannot be read":  {[]ordertest.Approval{unread}, "UBOB+group_unread UCAROL+", order.Approved, "UCAROL"},
		"a rule for other servers does not matter": {[]ordertest.Approval{{Name: "db", Servers: []string{"srv-db-1"}, Approvers: []string{"UCAROL"}}}, "UALICE+", order.Approved, "UALICE"},
		"nor one for more hours":                   {[]ordertest.Approval{{Name: "long", HoursOver: 72, Approvers: []string{"UCAROL"}}}, "UALICE+", order.Approved, "UALICE"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.policy.Set(withRules(c.rules...))
			o := d.request()
			for p := range strings.FieldsSeq(c.presses) {
				i := strings.IndexAny(p, "+-")
				_, err := d.press(o.ID, p[:i], p[i] == '+')
				if want := order.Code(p[i+1:]); order.CodeOf(err) != want {
					t.Errorf("%s: %v, want %q", p, err, want)
				}
			}
			got := d.wantState(o.ID, c.want)
			if by := strings.Join(users(got.Approvals), " "); by != c.by {
				t.Errorf("approved by %q, want %q", by, c.by)
			}
			wantHistory(t, d, got)
		})
	}
}

// wantHistory checks that each yes of an order is one row of its history.
func wantHistory(t *testing.T, d *desk, o order.Order) {
	t.Helper()
	var rows []order.Approval
	for _, e := range d.ledger.History(o.ID) {
		if e.Approves() {
			rows = append(rows, order.Approval{User: e.Who, At: e.At})
		}
	}
	if diff := cmp.Diff(o.Approvals, rows); diff != "" {
		t.Errorf("the history has other approvals (-order +history):\n%s", diff)
	}
	if o.State == order.Approved && (o.DecidedBy != rows[len(rows)-1].User || !o.DecidedAt.Equal(rows[len(rows)-1].At)) {
		t.Errorf("decided by %s at %s", o.DecidedBy, o.DecidedAt)
	}
}

// Of many approvers who press at once, as many are recorded as the rule asks for. No
// press is answered with "decided" while the order is pending, and none is lost.
func TestDecide_ApprovalsAtOnce(t *testing.T) {
	for _, count := range []int{2, 10, 20} {
		synctest.Test(t, func(t *testing.T) {
			var all []string
			for i := range 20 {
				all = append(all, fmt.Sprintf("U%d", i))
			}
			d := newDesk(t)
			d.policy.Set(withRules(ordertest.Approval{Name: "many", Approvers: all, Count: count}))
			o := d.request()
			d.ledger.AfterRead = func() { pass(time.Millisecond) } // all read before anyone writes
			var (
				wg    sync.WaitGroup
				mu    sync.Mutex
				codes = map[order.Code]int{}
			)
			for i, user := range all {
				other := d.process(fmt.Sprintf("p%d", i%3))
				wg.Go(func() {
					_, err := other.Decide(t.Context(), order.Decision{ID: o.ID, Person: person(user), Yes: true})
					mu.Lock()
					defer mu.Unlock()
					codes[order.CodeOf(err)]++
				})
			}
			wg.Wait()
			d.ledger.AfterRead = nil
			if codes[""] != count || codes[order.CodeDecided] != 20-count || len(codes) > 2 {
				t.Errorf("%d of 20: answers %v", count, codes)
			}
			got := d.wantState(o.ID, order.Approved)
			names := users(got.Approvals)
			slices.Sort(names)
			if len(slices.Compact(names)) != count {
				t.Errorf("approved by %v", users(got.Approvals))
			}
			wantHistory(t, d, got)
		})
	}
}

// What counts is the policy at each press: an approver who is removed no longer
// counts, a rule that is added has to be satisfied, and one that is removed does not.
func TestDecide_PolicyChangesBetweenPresses(t *testing.T) {
	for name, c := range map[string]struct {
		before, after []ordertest.Approval
		press         string // after USER1's yes under the rules before
		code          order.Code
		want          order.State
	}{
		"an approver was removed":                 {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, []ordertest.Approval{twoOf("UDAVE", "UERIN")}, "UDAVE", "", order.Pending},
		"and may not say yes":                     {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, []ordertest.Approval{twoOf("UDAVE", "UERIN")}, "UCAROL", order.CodeStranger, order.Pending},
		"a rule needs nobody else anymore":        {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, []ordertest.Approval{{Name: "one", Approvers: []string{"UCAROL"}}}, "UCAROL", "", order.Approved},
		"a rule was added":                        {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, []ordertest.Approval{twoOf("UCAROL", "UDAVE"), {Name: "x", Approvers: []string{"UERIN"}}}, "UDAVE", "", order.Pending},
		"all rules were removed":                  {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, nil, "UALICE", "", order.Approved},
		"nobody can satisfy a rule":               {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, []ordertest.Approval{twoOf("UCAROL")}, "UCAROL", order.CodeNoApprovers, order.Pending},
		"a card that needed nobody needs someone": {nil, []ordertest.Approval{{Name: "one", Approvers: []string{"UCAROL"}}}, "UALICE", order.CodeNotApprover, order.Pending},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.policy.Set(withRules(c.before...))
			o := d.request()
			if len(c.before) > 0 {
				if _, err := d.press(o.ID, "UCAROL", true); err != nil {
					t.Fatal(err)
				}
			}
			d.policy.Set(withRules(c.after...))
			_, err := d.press(o.ID, c.press, true)
			wantCode(t, err, c.code)
			d.wantState(o.ID, c.want)
		})
	}
}

// The requester's rights are judged at each press of an approver.
func TestDecide_RequesterIsBarred(t *testing.T) {
	for name, change := range map[string]func(*ordertest.Rules){
		"not on the list":      func(r *ordertest.Rules) { r.People = []string{"UBOB"} },
		"another account pays": func(r *ordertest.Rules) { r.Account = "other" },
		"not this server":      func(r *ordertest.Rules) { r.Servers = []order.Server{{Name: "db-1", ID: "srv-db-1"}} },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			now := withRules(ordertest.Approval{Name: "one", Approvers: []string{"UCAROL"}})
			d.policy.Set(now)
			o := d.request()
			change(&now)
			d.policy.Set(now)
			_, err := d.press(o.ID, "UCAROL", true)
			wantCode(t, err, order.CodeBarred)
			d.wantState(o.ID, order.Pending)
		})
	}
}

// A request that nobody can approve is refused and not recorded. One whose approvers
// are in a group that cannot be read just now is recorded.
func TestRequest_NoApprovers(t *testing.T) {
	d := newDesk(t)
	ask := func(rules ...ordertest.Approval) error {
		t.Helper()
		d.policy.Set(withRules(rules...))
		_, err := d.Request(t.Context(), order.Request{Key: "k", Person: alice, Server: "web-1", Hours: 1})
		return err
	}
	for _, rules := range [][]ordertest.Approval{
		{twoOf("UCAROL")},
		{twoOf("UALICE", "UCAROL")},
		{{Name: "one", Approvers: []string{"UDAVE"}}, {Name: "two", Approvers: []string{"S1"}, Groups: map[string][]string{"S1": {}}}},
	} {
		wantCode(t, ask(rules...), order.CodeNoApprovers)
	}
	if len(d.ledger.Orders()) != 0 {
		t.Fatal("it was recorded")
	}
	if err := ask(ordertest.Approval{Name: "one", Approvers: []string{"S1"}, Groups: map[string][]string{"S1": nil}}); err != nil {
		t.Error(err)
	}
}

// A request waits for others longer than for its own confirmation, and the history
// says what was missing when it expires.
func TestRequest_DeadlineForApprovals(t *testing.T) {
	for name, c := range map[string]struct {
		rules  []ordertest.Approval
		yes    string
		wait   time.Duration
		reason string
	}{
		"its own confirmation": {nil, "", 15 * time.Minute, "nobody confirmed it within 15m"},
		"approvals":            {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, "", 8 * time.Hour, "not enough people said yes within 8h"},
		"half of them":         {[]ordertest.Approval{twoOf("UCAROL", "UDAVE")}, "UCAROL", 8 * time.Hour, "not enough people said yes within 8h"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.policy.Set(withRules(c.rules...))
				o := d.request()
				if c.yes != "" {
					if _, err := d.press(o.ID, c.yes, true); err != nil {
						t.Fatal(err)
					}
				}
				if at := wantLater(t, d.Expire(t.Context(), o.ID)); !at.Equal(o.CreatedAt.Add(c.wait)) {
					t.Errorf("expires at %s, requested at %s", at, o.CreatedAt)
				}
				pass(c.wait)
				_, err := d.press(o.ID, "UALICE", true)
				wantCode(t, err, order.CodeDecided)
				if got := d.wantState(o.ID, order.Expired); got.Reason != c.reason {
					t.Errorf("expired because %q, want %q", got.Reason, c.reason)
				}
			})
		})
	}
}
