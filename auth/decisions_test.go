package auth

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// decisionsPolicy has two approval rules, a group that may order, two groups that
// cannot be read (S0GONE, S0LOST), and two admins.
var decisionsPolicy = lines(
	`servers: {web-1: W1, web-2: W2, db-1: D1, mail-1: M1}`,
	`people:`,
	`  U0ALICE: {account: a}`,
	`  U0BOB: {account: b, servers: ["web-*", db-1], max_hours: 100}`,
	`  U0DAN: {account: a, servers: [web-1, mail-1]}`,
	`groups:`,
	`  S0OPS: {account: c, servers: ["web-*"], max_hours: 48}`,
	`  S0DEV: {account: d, servers: ["web-*", db-1]}`,
	`  S0GONE: {account: e, servers: [db-1]}`,
	`approvals:`,
	`  - name: long`,
	`    when: {hours_over: 72}`,
	`    approvers: [U0CARO, U0ALICE]`,
	`  - name: databases`,
	`    when: {servers: [db-1]}`,
	`    approvers: [U0CARO, U0DAVE, S0LEADS]`,
	`    count: 2`,
	`  - name: mail`,
	`    when: {servers: [mail-1], people: [U0DAN]}`,
	`    approvers: [U0DAN, S0LOST]`,
	`    requester_counts: true`,
	`  - name: strict`,
	`    when: {servers: [web-2], people: [S0LOST]}`,
	`    approvers: [S0EMPTY, U0ALICE]`,
	`  - name: alone`,
	`    when: {servers: [db-1], people: [U0ALICE]}`,
	`    approvers: [S0EMPTY, U0ALICE]`,
	`admins: [U0CARO, U0ALICE]`,
)

var decisionsGroups = map[string][]string{
	"S0OPS": {"U0OLGA", "U0BOTH"}, "S0DEV": {"U0BOTH", "U0DEV"}, "S0LEADS": {"U0LEA", "U0DAVE"}, "S0EMPTY": {},
}

// asked is an order that a person asked for, with the yes of some people.
func asked(user, server string, hours order.Hours, account string, yes ...string) order.Order {
	id := map[string]string{"web-1": "W1", "web-2": "W2", "db-1": "D1", "mail-1": "M1"}[server]
	o := order.Order{ID: "o1", Person: person(user), Account: account, Server: order.Server{Name: server, ID: id}, Hours: hours}
	for _, user := range yes {
		o.Approvals = append(o.Approvals, order.Approval{User: user})
	}
	return o
}

// Every rule of the policy once lets somebody and once refuses somebody, each with
// its reason in words.
func TestDecisions_EachRule(t *testing.T) {
	grant := func(user, server string) func(moment) answer {
		return func(m moment) answer { _, _, a := m.grant(user, server); return a }
	}
	judge := func(o order.Order) func(moment) answer {
		return func(m moment) answer { _, a := m.judge(o); return a }
	}
	approve := func(user string, o order.Order) func(moment) answer {
		return func(m moment) answer { _, a := m.mayApprove(user, o); return a }
	}
	decline := func(user string, o order.Order) func(moment) answer {
		return func(m moment) answer { _, a := m.mayDecline(user, o); return a }
	}
	see := func(user string, o order.Order) func(moment) answer {
		return func(m moment) answer { return m.maySee(user, o) }
	}
	settle := func(user string, o order.Order) func(moment) answer {
		return func(m moment) answer { return m.maySettle(user, o) }
	}
	// read asks while all groups can be read.
	read := func(ask func(moment) answer) func(moment) answer {
		return func(m moment) answer {
			return ask(newMoment(m.ruleset, func(group string) (map[string]bool, bool) { return m.members[group], true }))
		}
	}
	alice := func(server string, hours order.Hours, yes ...string) order.Order {
		return asked("U0ALICE", server, hours, "a", yes...)
	}
	renamed, other := alice("web-1", 24), alice("web-1", 24)
	renamed.Server.Name, other.Server.ID = "web-9", "W2"
	tests := []struct {
		rule string
		ask  func(moment) answer
		code order.Code
		why  string
	}{
		{"people", grant("U0ALICE", "WEB-1"), "", "U0ALICE may extend web-1"},
		{"people: not listed", read(grant("U0EVE", "web-1")), order.CodeStranger, "neither people nor a group of the policy lists the person"},
		{"people: servers", grant("U0BOB", "db-1"), "", "U0BOB may extend db-1"},
		{"people: servers, by id", grant("U0BOB", "W2"), "", "U0BOB may extend web-2"},
		{"people: another server", grant("U0BOB", "mail-1"), order.CodeUnknownServer, "there is no such server, or U0BOB may not use it"},
		{"people: no server", grant("U0ALICE", "web-3"), order.CodeUnknownServer, "there is no such server, or U0ALICE may not use it"},
		{"groups", grant("U0OLGA", "web-1"), "", "U0OLGA may extend web-1"},
		{"groups: not a member, but maybe of one that cannot be read", grant("U0EVE", "db-1"), order.CodeGroupUnread, "it is not known now who is in group S0GONE"},
		{"groups: another server", grant("U0OLGA", "mail-1"), order.CodeUnknownServer, "there is no such server, or U0OLGA may not use it"},
		{"groups: the server is that of a group that cannot be read", grant("U0OLGA", "db-1"), order.CodeGroupUnread, "it is not known now who is in group S0GONE"},
		{"groups: the server is that of no group", read(grant("U0OLGA", "db-1")), order.CodeUnknownServer, "there is no such server, or U0OLGA may not use it"},
		{"groups: an earlier one counts", grant("U0DEV", "db-1"), "", "U0DEV may extend db-1"},

		{"requester: as before", judge(alice("web-1", 24)), "", "enough people can approve"},
		{"requester: no longer listed", read(judge(asked("U0EVE", "web-1", 24, "a"))), order.CodeBarred, "neither people nor a group of the policy lists the person"},
		{"requester: no longer in a group", judge(asked("U0EVE", "web-1", 24, "c")), order.CodeBarred, "U0EVE may not use the server"},
		{"requester: another server", judge(asked("U0BOB", "mail-1", 24, "b")), order.CodeBarred, "U0BOB may not use the server"},
		{"requester: another name", judge(renamed), order.CodeBarred, "the server has another name now"},
		{"requester: another server of that name", judge(other), order.CodeBarred, "the server has another name now"},
		{"requester: another account", judge(asked("U0ALICE", "web-1", 24, "b")), order.CodeBarred, "another account would pay now"},
		{"max_hours", judge(asked("U0BOB", "web-1", 100, "b")), "", "enough people can approve"},
		{"max_hours: more", judge(asked("U0BOB", "web-1", 101, "b")), order.CodeBarred, "U0BOB may order at most 100 hours at once"},
		{"max_hours: of a group", judge(asked("U0OLGA", "web-1", 49, "c")), order.CodeBarred, "U0OLGA may order at most 48 hours at once"},
		{"requester: a member of two groups, the first pays", judge(asked("U0BOTH", "web-1", 24, "d")), order.CodeBarred, "another account would pay now"},
		{"requester: the group cannot be read", judge(asked("U0OLGA", "db-1", 24, "e")), order.CodeGroupUnread, "it is not known now who is in group S0GONE"},
		{"approvers: nobody can, if the rule matches at all", judge(alice("web-2", 24)), order.CodeGroupUnread, "it is not known now who is in group S0LOST"},
		{"approvers: nobody can", judge(alice("db-1", 24)), order.CodeNoApprovers, "rule alone needs 1, and only 0 can approve"},
		{"approvers: somebody can", judge(asked("U0BOB", "web-2", 24, "b")), "", "enough people can approve"},
		{"approvers: of a group that cannot be read", judge(asked("U0DAN", "mail-1", 24, "a")), "", "enough people can approve"},

		{"no rule: the requester", approve("U0ALICE", alice("web-1", 24)), "", "the yes of U0ALICE counts"},
		{"no rule: another person", approve("U0BOB", alice("web-1", 24)), order.CodeNotYours, "no rule matches, so only the requester confirms"},
		{"no rule: a person who may not use the server", approve("U0BOB", alice("mail-1", 24)), order.CodeUnknownServer, "U0BOB may not use the server"},
		{"no rule: the requester, who may no longer", approve("U0BOB", asked("U0BOB", "mail-1", 24, "b")), order.CodeUnknownServer, "U0BOB may not use the server"},
		{"no rule: the requester confirmed under another policy", approve("U0ALICE", alice("web-1", 24, "U0ALICE")), "", "the recorded approvals are enough"},
		{"hours_over: not more", approve("U0BOB", asked("U0BOB", "web-1", 72, "b")), "", "the yes of U0BOB counts"},
		{"hours_over: more", approve("U0BOB", asked("U0BOB", "web-1", 73, "b")), order.CodeNotApprover, "the yes of the requester does not count"},
		{"approvers: a person", approve("U0CARO", asked("U0BOB", "web-1", 73, "b")), "", "the yes of U0CARO counts"},
		{"approvers: another person", approve("U0DAN", asked("U0BOB", "web-1", 73, "b")), order.CodeNotApprover, "U0DAN is no approver of a rule that matches"},
		{"approvers: a stranger, but maybe of a group that cannot be read", approve("U0EVE", asked("U0BOB", "web-1", 73, "b")), order.CodeGroupUnread, "it is not known now who is in group S0GONE"},
		{"approvers: a stranger", read(approve("U0EVE", asked("U0BOB", "web-1", 73, "b"))), order.CodeStranger, "neither people nor a group of the policy lists the person"},
		{"approvers: a group is nobody", read(approve("S0LEADS", asked("U0BOB", "db-1", 24, "b"))), order.CodeStranger, "neither people nor a group of the policy lists the person"},
		{"approvers: a member of a group", approve("U0LEA", asked("U0BOB", "db-1", 24, "b")), "", "the yes of U0LEA counts"},
		{"approvers: a member who left", approve("U0OLGA", asked("U0BOB", "db-1", 24, "b")), order.CodeUnknownServer, "U0OLGA may not use the server"},
		{"approvers: the requester may no longer", approve("U0CARO", asked("U0BOB", "db-1", 101, "b")), order.CodeBarred, "U0BOB may order at most 100 hours at once"},
		{"approvers: nobody can be enough", approve("U0CARO", alice("db-1", 24)), order.CodeNoApprovers, "rule alone needs 1, and only 0 can approve"},
		{"count: the second of two", approve("U0LEA", asked("U0BOB", "db-1", 24, "b", "U0CARO")), "", "the yes of U0LEA counts"},
		{"count: the same person twice", approve("U0CARO", asked("U0BOB", "db-1", 24, "b", "U0CARO")), order.CodeApproved, "U0CARO said yes already"},
		{"count: a rule that has enough", approve("U0ALICE", asked("U0BOB", "db-1", 100, "b", "U0CARO")), order.CodeNotApprover, "the rules of U0ALICE have all their approvals"},
		{"count: enough under the policy as it is now", approve("U0LEA", asked("U0BOB", "db-1", 24, "b", "U0CARO", "U0DAVE")), "", "the recorded approvals are enough"},
		{"requester_counts: false", approve("U0ALICE", alice("web-1", 100)), order.CodeNotApprover, "the yes of the requester does not count"},
		{"requester_counts: true", approve("U0DAN", asked("U0DAN", "mail-1", 24, "a")), "", "the yes of U0DAN counts"},
		{"requester_counts: true, in another rule", approve("U0DAN", asked("U0DAN", "mail-1", 100, "a", "U0DAN")), order.CodeApproved, "U0DAN said yes already"},
		{"approvers: maybe a member of a group that cannot be read", approve("U0LEA", asked("U0DAN", "mail-1", 24, "a")), order.CodeGroupUnread, "it is not known now who is in group S0LOST"},
		{"when.people", approve("U0ALICE", alice("mail-1", 24)), "", "the yes of U0ALICE counts"},
		{"when.people: not a member", read(approve("U0BOB", asked("U0BOB", "web-2", 24, "b"))), "", "the yes of U0BOB counts"},
		{"when.people: a group that cannot be read matches", approve("U0BOB", asked("U0BOB", "web-2", 24, "b")), order.CodeNotApprover, "the yes of the requester does not count"},

		{"decline: the requester withdraws", decline("U0BOB", asked("U0BOB", "db-1", 24, "b")), "", "the requester withdraws"},
		{"decline: the requester, who is no longer listed", decline("U0EVE", asked("U0EVE", "db-1", 24, "b")), "", "the requester withdraws"},
		{"decline: an approver", decline("U0LEA", asked("U0BOB", "db-1", 24, "b")), "", "U0LEA is an approver"},
		{"decline: an approver, although the requester may no longer", decline("U0LEA", asked("U0EVE", "db-1", 24, "b")), "", "U0LEA is an approver"},
		{"decline: another person", decline("U0ALICE", asked("U0BOB", "db-1", 24, "b")), order.CodeNotApprover, "U0ALICE is no approver of a rule that matches"},
		{"decline: a stranger", read(decline("U0EVE", asked("U0BOB", "db-1", 24, "b"))), order.CodeStranger, "neither people nor a group of the policy lists the person"},
		{"decline: no rule", decline("U0ALICE", asked("U0BOB", "web-1", 24, "b")), order.CodeNotYours, "no rule matches, so only the requester confirms"},

		{"see: the requester", see("U0EVE", asked("U0EVE", "db-1", 24, "b")), "", "U0EVE is the requester"},
		{"see: an admin", see("U0CARO", alice("mail-1", 24)), "", "U0CARO is an admin"},
		{"see: may use the server", see("U0DAN", alice("mail-1", 24)), "", "U0DAN may use the server"},
		{"see: an approver", see("U0LEA", alice("db-1", 24)), "", "U0LEA is an approver of rule databases"},
		{"see: another person", see("U0BOB", alice("mail-1", 24)), order.CodeNotFound, "U0BOB may not be told about the order"},
		{"see: a stranger", read(see("U0EVE", alice("mail-1", 24))), order.CodeStranger, "neither people nor a group of the policy lists the person"},
		{"see: a stranger, but maybe of a group that cannot be read", see("U0EVE", alice("mail-1", 24)), order.CodeGroupUnread, "it is not known now who is in group S0GONE"},

		{"admins", settle("U0CARO", alice("web-1", 24)), "", "U0CARO is an admin"},
		{"admins: another person", settle("U0BOB", alice("web-1", 24)), order.CodeNotAdmin, "U0BOB is not an admin"},
		{"admins: asked for it", settle("U0ALICE", alice("web-1", 24)), order.CodeOwnOrder, "U0ALICE asked for it, and there is another admin"},
	}
	m := newMoment(parsed(t, decisionsPolicy), groupsOf(decisionsGroups))
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if a := tt.ask(m); a.code != tt.code || a.why != tt.why {
				t.Errorf("got %q, %q; want %q, %q", a.code, a.why, tt.code, tt.why)
			}
		})
	}
}

// One person counts once in a rule, even if their yes were recorded twice, and one yes
// counts in all rules that list the person.
func TestJudge_OnePersonCountsOnce(t *testing.T) {
	p := policyOf(parsed(t, decisionsPolicy), decisionsGroups)
	ruling, err := p.Judge(t.Context(), asked("U0BOB", "db-1", 100, "b", "U0CARO", "U0CARO"))
	if err != nil || ruling.Complete || len(ruling.Rules) != 2 {
		t.Fatalf("got %+v, %v", ruling, err)
	}
	for i, missing := range []int{0, 1} {
		if rule := ruling.Rules[i]; !slices.Equal(rule.By, []string{"U0CARO"}) || rule.Missing() != missing {
			t.Errorf("got %+v, want %d missing", rule, missing)
		}
	}
}

// Every ruling has all limits of the policy, in the order of the file, also with an error.
func TestPolicy_RulingsHaveLimits(t *testing.T) {
	p := policyOf(parsed(t, decisionsPolicy+lines(
		`limits:`, `  - {per: all, within: 30d, amount: "500.00"}`, `  - {per: person, within: 24h, hours: 240}`,
	)), decisionsGroups)
	want := []order.Limit{{Per: order.PerAll, Within: 30 * 24 * time.Hour, Amount: amount("500")}, {Per: order.PerPerson, Within: 24 * time.Hour, Hours: 240}}
	for name, c := range map[string]struct {
		o    order.Order
		user string
		code order.Code
	}{
		"the requester":             {asked("U0ALICE", "web-1", 24, "a"), "U0ALICE", ""},
		"the first of two":          {asked("U0BOB", "db-1", 24, "b"), "U0CARO", ""},
		"complete":                  {asked("U0BOB", "db-1", 24, "b", "U0CARO", "U0DAVE"), "U0CARO", ""},
		"not an approver":           {asked("U0BOB", "db-1", 24, "b"), "U0ALICE", order.CodeNotApprover},
		"the requester may no more": {asked("U0BOB", "mail-1", 24, "b"), "U0BOB", order.CodeUnknownServer},
		"nobody can approve":        {asked("U0ALICE", "db-1", 24, "a"), "U0CARO", order.CodeNoApprovers},
	} {
		c.o.Estimate.Amount = amount("1")
		judged, _ := p.Judge(t.Context(), c.o)
		approved, err := p.MayApprove(t.Context(), person(c.user), c.o)
		if order.CodeOf(err) != c.code {
			t.Errorf("%s: got %v", name, err)
		}
		for _, got := range []order.Ruling{judged, approved} {
			if diff := cmp.Diff(want, got.Limits); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if len(got.Limits) > 0 { // each ruling has its own
				got.Limits[0].Hours = 1
			}
		}
	}
	ruling, err := policyOf(parsed(t, decisionsPolicy), decisionsGroups).Judge(t.Context(), asked("U0ALICE", "web-1", 24, "a"))
	if err != nil || len(ruling.Limits) != 0 {
		t.Errorf("without limits: got %v, %v", ruling.Limits, err)
	}
}

// The workspace comes first: people and orders of another one, and a workspace that is
// not known yet, are refused whatever the rules say.
func TestPolicy_OtherWorkspace(t *testing.T) {
	rs := parsed(t, decisionsPolicy)
	rules := &Rules{current: func() (*ruleset, error) { return rs, nil }}
	stranger := order.Person{Team: "T0OTHER", User: "U0CARO"}
	theirs := asked("U0ALICE", "web-1", 24, "a")
	theirs.Person.Team = "T0OTHER"
	own := asked("U0ALICE", "web-1", 24, "a")
	for name, c := range map[string]struct {
		policy *Policy
		who    order.Person
		o      order.Order
		want   [5]order.Code // judge, approve, decline, see, settle
	}{
		"a person of another workspace": {rules.ForTeam(team, nil), stranger, own, [5]order.Code{"", order.CodeStranger, order.CodeStranger, order.CodeStranger, order.CodeStranger}},
		"an order of another workspace": {rules.ForTeam(team, nil), person("U0CARO"), theirs, [5]order.Code{order.CodeBarred, order.CodeNotYours, order.CodeNotYours, order.CodeNotFound, order.CodeNotAdmin}},
		"the requester's twin":          {rules.ForTeam(team, nil), person("U0ALICE"), theirs, [5]order.Code{order.CodeBarred, order.CodeNotYours, order.CodeNotYours, order.CodeNotFound, order.CodeNotAdmin}},
		"the workspace is not known":    {rules.ForTeam("", nil), order.Person{User: "U0ALICE"}, own, [5]order.Code{order.CodeUnavailable, order.CodeStranger, order.CodeStranger, order.CodeStranger, order.CodeStranger}},
		"the zero policy":               {&Policy{}, order.Person{User: "U0ALICE"}, own, [5]order.Code{order.CodeUnavailable, order.CodeStranger, order.CodeStranger, order.CodeStranger, order.CodeStranger}},
	} {
		_, judge := c.policy.Judge(t.Context(), c.o)
		_, approve := c.policy.MayApprove(t.Context(), c.who, c.o)
		_, decline := c.policy.MayDecline(t.Context(), c.who, c.o)
		see, settle := c.policy.MaySee(t.Context(), c.who, c.o), c.policy.MaySettle(t.Context(), c.who, c.o)
		var got [5]order.Code
		for i, err := range []error{judge, approve, decline, see, settle} {
			got[i] = order.CodeOf(err)
		}
		if got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// To somebody who may not be told about an order, it looks like one that does not
// exist.
func TestMaySee_LikeAnOrderThatIsNotThere(t *testing.T) {
	p := policyOf(parsed(t, decisionsPolicy), decisionsGroups)
	hidden := asked("U0ALICE", "mail-1", 24, "a")
	for _, user := range []string{"U0BOB", "U0OLGA", "U0EVE"} {
		there, none := p.MaySee(t.Context(), person(user), hidden), p.MaySee(t.Context(), person(user), order.Order{})
		if order.CodeOf(there) == "" || order.CodeOf(there) != order.CodeOf(none) {
			t.Errorf("%s: %v, and without an order %v", user, there, none)
		}
	}
	if err := p.MaySee(t.Context(), person("U0CARO"), order.Order{}); order.CodeOf(err) != order.CodeNotFound {
		t.Errorf("an admin sees an order that is not there: %v", err)
	}
}

// The policy knows the names of accounts, what servers are for, what they cost, and when
// they expire, on the clock of the zone that was set.
func TestPolicy_NamesAndTimes(t *testing.T) {
	rs := parsed(t, wholePolicy)
	rules := &Rules{current: func() (*ruleset, error) { return rs, nil }}
	p := rules.ForTeam(team, nil)
	if p.AccountName("acc-17") != "Ops" || p.AccountName("acc-23") != "" {
		t.Errorf("got %q and %q", p.AccountName("acc-17"), p.AccountName("acc-23"))
	}
	if p.About("9a1b22") != "orders database" || p.About("4f3c9a") != "" {
		t.Errorf("got %q and %q", p.About("9a1b22"), p.About("4f3c9a"))
	}
	if got := rules.Price("9a1b22"); !got.Valid || order.FormatAmount(got) != "12.99" || rules.Price("4f3c9a").Valid || rules.Price("none").Valid {
		t.Errorf("got the price %v", got)
	}
	utc := time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)
	if got, err := rules.Expires("9a1b22"); err != nil || !got.Equal(utc) {
		t.Errorf("expires %s, %v", got, err)
	}
	if got, err := rules.Expires("4f3c9a"); err != nil || !got.IsZero() {
		t.Errorf("expires %s, %v", got, err)
	}
	east := time.FixedZone("east", 2*60*60)
	if got, _ := rules.In(east).Expires("9a1b22"); !got.Equal(utc.Add(-2 * time.Hour)) {
		t.Errorf("in the east, it expires %s", got)
	}
	if diff := cmp.Diff([]string{"S0DBA", "S0LEADS", "S0OPS"}, rules.Groups()); diff != "" {
		t.Error(diff)
	}
	if users, err := rules.Users(); err != nil || !slices.Equal(users, []string{"U0ALICE", "U0BOB", "U0CARO", "U0DAVE"}) {
		t.Errorf("users %s, %v", users, err)
	}
	broken := &Rules{current: func() (*ruleset, error) { return nil, errors.New("gone") }}
	if users, err := broken.Users(); err == nil {
		t.Errorf("rules that cannot be read have the users %v", users)
	}
	if q := broken.ForTeam(team, nil); q.AccountName("acc-17")+q.About("9a1b22") != "" || broken.Price("9a1b22").Valid || broken.Groups() != nil {
		t.Error("rules that cannot be read know something")
	}
	if got, err := broken.Expires("9a1b22"); err == nil || !got.IsZero() {
		t.Errorf("rules that cannot be read: expires %s, %v", got, err)
	}
}
