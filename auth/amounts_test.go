package auth

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// amountsPolicy has rules on amounts, of which the first may be for the members of a
// group that cannot be read, and two admins.
var amountsPolicy = lines(
	`servers: {web-1: W1, db-1: D1}`,
	`people: {U0ALICE: {account: a}, U0BOB: {account: a}, U0CARO: {account: a}}`,
	`approvals:`,
	`  - name: lost`,
	`    when: {amount_over: 50, people: [S0LOST]}`,
	`    approvers: [U0DAVE]`,
	`  - name: dear`,
	`    when: {amount_over: "20.00", servers: [db-1]}`,
	`    approvers: [U0DAVE]`,
	`  - name: long`,
	`    when: {hours_over: 72}`,
	`    approvers: [U0CARO, U0DAVE]`,
)

const (
	twoAdmins = "admins: [U0CARO, U0ERIN]\n"
	onlyCaro  = "admins: [U0CARO]\n"
	anAmount  = "limits: [{per: person, within: 24h, hours: 240}, {per: all, within: 30d, amount: 500}]\n"
	noAmount  = "limits: [{per: person, within: 24h, hours: 240}]\n"
)

// costs returns an order with an estimate; "" is a price that is not known.
func costs(o order.Order, estimate string) order.Order {
	if estimate != "" {
		o.Estimate = order.Estimate{Amount: amount(estimate), From: order.PriceFromReceipt}
	}
	return o
}

// A rule on amounts matches if the estimate is higher. Without an estimate, an admin who
// did not ask decides instead of it, and also if a limit is on amounts. Each decision has
// its reason in words.
func TestDecisions_Amounts(t *testing.T) {
	judge := func(o order.Order) func(moment) answer {
		return func(m moment) answer { _, a := m.judge(o); return a }
	}
	approve := func(user string, o order.Order) func(moment) answer {
		return func(m moment) answer { _, a := m.mayApprove(user, o); return a }
	}
	decline := func(user string, o order.Order) func(moment) answer {
		return func(m moment) answer { _, a := m.mayDecline(user, o); return a }
	}
	bob := func(server string, hours order.Hours, estimate string, yes ...string) order.Order {
		return costs(asked("U0BOB", server, hours, "a", yes...), estimate)
	}
	caro := func(server string, yes ...string) order.Order { return asked("U0CARO", server, 24, "a", yes...) }
	known := map[string][]string{"S0LOST": {"U0ALICE"}}
	const (
		rule, limit = "rule dear needs it", "a limit on amounts needs it"
		nobody      = ", and no admin but the requester could approve: put a price into the policy file"
		notBob      = "the yes of the requester does not count"
		noApprover  = " is no approver of a rule that matches"
	)
	for name, c := range map[string]struct {
		more   string // of the policy
		groups map[string][]string
		ask    func(moment) answer
		code   order.Code
		why    string
	}{
		"amount_over: not more":               {twoAdmins, known, approve("U0BOB", bob("db-1", 24, "20.00")), "", "the yes of U0BOB counts"},
		"amount_over: more":                   {twoAdmins, known, approve("U0BOB", bob("db-1", 24, "20.01")), order.CodeNotApprover, notBob},
		"amount_over: an approver":            {twoAdmins, known, approve("U0DAVE", bob("db-1", 24, "20.01")), "", "the yes of U0DAVE counts"},
		"amount_over: an admin":               {twoAdmins, known, approve("U0ERIN", bob("db-1", 24, "20.01")), order.CodeNotApprover, "U0ERIN" + noApprover},
		"amount_over: another server":         {twoAdmins, known, approve("U0BOB", bob("web-1", 24, "20.01")), "", "the yes of U0BOB counts"},
		"amount_over: another person":         {twoAdmins, known, approve("U0BOB", bob("web-1", 24, "50.01")), "", "the yes of U0BOB counts"},
		"amount_over: maybe another person":   {twoAdmins, nil, approve("U0BOB", bob("web-1", 24, "50.01")), order.CodeNotApprover, notBob},
		"amount_over: free of charge":         {twoAdmins, known, approve("U0BOB", bob("db-1", 24, "0.00")), "", "the yes of U0BOB counts"},
		"a limit on amounts, and the price":   {twoAdmins + anAmount, known, approve("U0BOB", bob("web-1", 24, "900")), "", "the yes of U0BOB counts"},
		"no price: not for the rule":          {twoAdmins, known, approve("U0BOB", bob("web-1", 24, "")), "", "the yes of U0BOB counts"},
		"no price: a limit on hours only":     {twoAdmins + noAmount, known, approve("U0BOB", bob("web-1", 24, "")), "", "the yes of U0BOB counts"},
		"no price: the requester":             {twoAdmins, known, approve("U0BOB", bob("db-1", 24, "")), order.CodeNotApprover, notBob},
		"no price: the rule's approver":       {twoAdmins, known, approve("U0DAVE", bob("db-1", 24, "")), order.CodeUnknownServer, "U0DAVE may not use the server"},
		"no price: an admin":                  {twoAdmins, known, approve("U0ERIN", bob("db-1", 24, "")), "", "the yes of U0ERIN counts"},
		"no price: an admin, twice":           {twoAdmins, known, approve("U0ERIN", bob("db-1", 100, "", "U0ERIN")), order.CodeApproved, "U0ERIN said yes already"},
		"no price: the second admin":          {twoAdmins, known, approve("U0ERIN", bob("db-1", 100, "", "U0CARO")), "", "the recorded approvals are enough"},
		"no price: an admin who asks":         {twoAdmins, known, approve("U0CARO", caro("db-1")), order.CodeNotApprover, notBob},
		"no price: the other admin":           {twoAdmins, known, approve("U0ERIN", caro("db-1")), "", "the yes of U0ERIN counts"},
		"no price: a limit, the requester":    {twoAdmins + anAmount, known, approve("U0BOB", bob("web-1", 24, "")), order.CodeNotApprover, notBob},
		"no price: a limit, an admin":         {twoAdmins + anAmount, known, approve("U0CARO", bob("web-1", 24, "")), "", "the yes of U0CARO counts"},
		"no price: maybe another person":      {twoAdmins, nil, approve("U0ERIN", bob("web-1", 24, "")), "", "the yes of U0ERIN counts"},
		"no price: an admin declines":         {twoAdmins, known, decline("U0ERIN", bob("db-1", 24, "")), "", "U0ERIN is an approver"},
		"a price: an admin declines":          {twoAdmins, known, decline("U0ERIN", bob("db-1", 24, "20.01")), order.CodeNotApprover, "U0ERIN" + noApprover},
		"no price: the approver declines":     {twoAdmins, known, decline("U0DAVE", bob("db-1", 24, "")), order.CodeUnknownServer, "U0DAVE may not use the server"},
		"no admin: a price":                   {anAmount, known, judge(bob("db-1", 24, "1.00")), "", "enough people can approve"},
		"no admin: a rule":                    {"", known, judge(bob("db-1", 24, "")), order.CodePriceUnknown, "the price is not known, " + rule + nobody},
		"no admin: a limit":                   {anAmount, known, judge(bob("web-1", 24, "")), order.CodePriceUnknown, "the price is not known, " + limit + nobody},
		"no admin: a press":                   {anAmount, known, approve("U0DAVE", bob("web-1", 100, "")), order.CodePriceUnknown, "the price is not known, " + limit + nobody},
		"no admin: not for the rule":          {"", known, judge(bob("web-1", 24, "")), "", "enough people can approve"},
		"no admin: maybe another person":      {"", nil, judge(bob("web-1", 24, "")), order.CodeGroupUnread, "it is not known now who is in group S0LOST"},
		"no admin: a rule, and maybe one":     {"", nil, judge(bob("db-1", 24, "")), order.CodePriceUnknown, "the price is not known, " + rule + nobody},
		"no admin: a limit, and maybe a rule": {anAmount, nil, judge(bob("web-1", 24, "")), order.CodePriceUnknown, "the price is not known, " + limit + nobody},
		"only the requester is admin":         {onlyCaro, known, judge(caro("db-1")), order.CodePriceUnknown, "the price is not known, " + rule + nobody},
		"only the requester is admin: others": {onlyCaro, known, judge(bob("db-1", 24, "")), "", "enough people can approve"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMoment(parsed(t, amountsPolicy+c.more), groupsOf(c.groups))
			if a := c.ask(m); a.code != c.code || a.why != c.why {
				t.Errorf("got %q, %q; want %q, %q", a.code, a.why, c.code, c.why)
			}
		})
	}
}

// A policy that refuses orders because their price is not known is worth a warning. It is
// none if an admin could approve them, or if all prices are known.
func TestRules_WarnOfUnknownPrices(t *testing.T) {
	const (
		priced  = "servers: {web-1: {id: W1, price: 7}, db-1: {id: D1, price: 8}}\npeople: {U0ALICE: {account: a}}\n"
		partly  = "servers: {web-1: {id: W1, price: 7}, db-1: D1}\npeople: {U0ALICE: {account: a}}\n"
		rule    = "approvals: [{name: dear, when: {amount_over: 9}, approvers: [U0DAVE]}]\n"
		another = "approvals: [{name: long, when: {hours_over: 9}, approvers: [U0DAVE]}]\n"
	)
	for text, want := range map[string]int{
		partly + anAmount: 1, partly + rule: 1, partly + noAmount: 0, partly + another: 0,
		partly + anAmount + onlyCaro: 0, partly + rule + onlyCaro: 0, priced + anAmount: 0, priced + rule: 0, priced: 0,
	} {
		rules, err := ParseRules("p", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := rules.Warnings(); len(got) != want || want > 0 && !strings.HasPrefix(got[0], "orders whose price is not known are refused, because no admin could approve them") {
			t.Errorf("%s\ngot %v", text, got)
		}
	}
}

// The rule of the admins stands for all rules on amounts that cannot be judged, and one
// press counts in it and in each other rule that lists the admin.
func TestJudge_PriceNotKnown(t *testing.T) {
	p := policyOf(parsed(t, amountsPolicy+twoAdmins+anAmount), map[string][]string{"S0LOST": {"U0BOB"}})
	price := order.RuleState{Name: "price not known", Approvers: []string{"U0CARO", "U0ERIN"}, Count: 1, Price: true}
	long := order.RuleState{Name: "long", Approvers: []string{"U0CARO", "U0DAVE"}, Count: 1}
	with := func(s order.RuleState, by ...string) order.RuleState { s.By = by; return s }
	ask := func(hours order.Hours, yes ...string) order.Order { return asked("U0BOB", "db-1", hours, "a", yes...) }
	for name, c := range map[string]struct {
		o        order.Order
		user     string
		want     []order.RuleState
		complete bool
	}{
		"one rule for all":       {ask(24), "U0ERIN", []order.RuleState{with(price, "U0ERIN")}, true},
		"one press counts twice": {ask(100), "U0CARO", []order.RuleState{with(long, "U0CARO"), with(price, "U0CARO")}, true},
		"an admin only":          {ask(100), "U0ERIN", []order.RuleState{long, with(price, "U0ERIN")}, false},
		"an approver only":       {ask(100), "U0DAVE", []order.RuleState{with(long, "U0DAVE"), price}, false},
		"both":                   {ask(100, "U0ERIN"), "U0DAVE", []order.RuleState{with(long, "U0DAVE"), with(price, "U0ERIN")}, true},
	} {
		got, err := p.MayApprove(t.Context(), person(c.user), c.o)
		if diff := cmp.Diff(c.want, got.Rules); err != nil || diff != "" || got.Complete != c.complete {
			t.Errorf("%s: complete %t, %v\n%s", name, got.Complete, err, diff)
		}
	}
	known, err := p.Judge(t.Context(), costs(ask(100), "20.01"))
	if err != nil || slices.ContainsFunc(known.Rules, func(r order.RuleState) bool { return r.Price }) || len(known.Rules) != 2 {
		t.Errorf("with a price: got %+v, %v", known.Rules, err)
	}
}

// The refusal names the rule that nobody can satisfy.
func TestJudge_PriceUnknownNamesRule(t *testing.T) {
	p := policyOf(parsed(t, amountsPolicy+onlyCaro), map[string][]string{"S0LOST": {}})
	_, err := p.Judge(t.Context(), asked("U0CARO", "db-1", 24, "a"))
	if refused, ok := errors.AsType[*order.Error](err); !ok || refused.Code != order.CodePriceUnknown || len(refused.Rules) != 1 || !refused.Rules[0].Price {
		t.Errorf("got %+v", err)
	}
}
