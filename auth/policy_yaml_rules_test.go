package auth

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/order"
)

// wholePolicy has every field.
var wholePolicy = lines(
	`servers:`,
	`  web-1: 4f3c9a`,
	`  web-2: {id: 4f3c9b, price: 7}`,
	`  db-1: {id: 9a1b22, price: "12.99", expires: "2026-12-01 18:00", about: orders database}`,
	`accounts:`,
	`  acc-17: {name: Ops}`,
	`people:`,
	`  U0ALICE: {account: acc-17}`,
	`  U0BOB: {account: acc-17, servers: [web-1, "DB-*"], max_hours: 72}`,
	`groups:`,
	`  S0OPS: {account: acc-17, servers: ["web-*"], max_hours: 24}`,
	`  S0DBA: {account: acc-23}`,
	`approvals:`,
	`  - name: long`,
	`    when: {hours_over: 72}`,
	`    approvers: [U0CARO, S0LEADS]`,
	`  - name: databases`,
	`    when: {servers: ["db-*", web-2], people: [U0BOB, S0OPS]}`,
	`    approvers: [U0CARO, U0DAVE, S0LEADS]`,
	`    count: 2`,
	`    requester_counts: true`,
	`  - {name: dear, when: {amount_over: "20.00"}, approvers: [U0CARO]}`,
	`limits:`,
	`  - {per: person, within: 24h, hours: 240}`,
	`  - {per: person, within: 1d, amount: 9.5}`,
	`  - {per: server, within: 1d12h, hours: 720}`,
	`  - {per: account, within: 366d, amount: "999999999.9999"}`,
	`  - {per: all, within: 30d, amount: "500.00"}`,
	`admins: [U0CARO]`,
)

func parsed(t *testing.T, text string) *ruleset {
	t.Helper()
	rs, err := parsePolicyYAML("p", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// Every field of a policy file is read.
func TestPolicyYAML_EveryField(t *testing.T) {
	rs := parsed(t, wholePolicy)
	if got := rs.facts["9a1b22"]; !got.price.Decimal.Equal(amount("12.99").Decimal) || got.about != "orders database" || !got.expires.Equal(time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)) {
		t.Errorf("db-1: %+v", got)
	}
	if got := rs.facts["4f3c9b"]; !got.price.Decimal.Equal(amount("7").Decimal) || rs.facts["4f3c9a"].price.Valid {
		t.Errorf("web-2: %+v", got)
	}
	if diff := cmp.Diff(map[string]string{"acc-17": "Ops"}, rs.accounts); diff != "" {
		t.Error(diff)
	}
	all := cmp.AllowUnexported(entry{}, rule{})
	db, web := map[string]bool{"4f3c9a": true, "9a1b22": true}, map[string]bool{"4f3c9a": true, "4f3c9b": true}
	if diff := cmp.Diff(map[string]*entry{
		"U0ALICE": {id: "U0ALICE", line: 8, account: "acc-17", allServers: true},
		"U0BOB":   {id: "U0BOB", line: 9, account: "acc-17", serverIDs: db, maxHours: 72},
	}, rs.people, all); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]*entry{
		{id: "S0OPS", line: 11, account: "acc-17", serverIDs: web, maxHours: 24},
		{id: "S0DBA", line: 12, account: "acc-23", allServers: true},
	}, rs.groups, all); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]*rule{
		{name: "long", line: 14, hoursOver: 72, approvers: []string{"U0CARO", "S0LEADS"}, count: 1},
		{
			name: "databases", line: 17, servers: []string{"db-*", "web-2"}, serverIDs: map[string]bool{"9a1b22": true, "4f3c9b": true},
			people: []string{"U0BOB", "S0OPS"}, approvers: []string{"U0CARO", "U0DAVE", "S0LEADS"}, count: 2, requesterCounts: true,
		},
		{name: "dear", line: 22, amountOver: amount("20"), approvers: []string{"U0CARO"}, count: 1},
	}, rs.approvals, all); diff != "" {
		t.Error(diff)
	}
	day := 24 * time.Hour
	if diff := cmp.Diff([]order.Limit{
		{Per: order.PerPerson, Within: day, Hours: 240}, {Per: order.PerPerson, Within: day, Amount: amount("9.5")},
		{Per: order.PerServer, Within: 36 * time.Hour, Hours: 720}, {Per: order.PerAccount, Within: 366 * day, Amount: amount("999999999.9999")},
		{Per: order.PerAll, Within: 30 * day, Amount: amount("500")},
	}, rs.limits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"S0DBA", "S0LEADS", "S0OPS"}, rs.groupIDs()); diff != "" {
		t.Error(diff)
	}
}

// amount returns an amount of money.
func amount(s string) decimal.NullDecimal {
	return decimal.NewNullDecimal(decimal.RequireFromString(s))
}

// The files of the version before, which had only servers, people and admins, mean
// the same as before.
func TestPolicyYAML_OldFiles(t *testing.T) {
	for name, text := range map[string]string{
		"one person":         "servers: {web-1: S1}\npeople: {U0ALICE: {account: a}}\n",
		"all by asterisk":    "servers: {web-1: S1}\npeople: {U0ALICE: {account: a, servers: \"*\"}}\n",
		"asterisk in a list": "servers: {web-1: S1}\npeople: {U0ALICE: {account: a, servers: [\"*\", web-1]}}\n",
		"digits":             "servers: {web-1: S1, 007: \"42\"}\npeople: {U0ALICE: {account: \"1e3\", servers: [S1]}}\n",
		"admins":             "servers: {web-1: S1}\npeople: {W0BOB: {account: a}, U0ALICE: {account: b}}\nadmins: [U0CARO, U0ALICE]\n",
	} {
		t.Run(name, func(t *testing.T) {
			rs := parsed(t, text)
			p := policyOf(rs, nil)
			g, err := p.Grant(t.Context(), person("U0ALICE"), "WEB-1")
			if err != nil || g.Server != (order.Server{Name: "web-1", ID: "S1"}) || g.MaxHours != 0 {
				t.Fatalf("got %+v, %v", g, err)
			}
			o := order.Order{Person: person("U0ALICE"), Account: g.Account, Server: g.Server, Hours: 9999}
			if ruling, err := p.MayApprove(t.Context(), person("U0ALICE"), o); err != nil || !ruling.Complete || len(ruling.Rules) != 0 {
				t.Errorf("got %+v, %v", ruling, err)
			}
			if len(rs.groupIDs()) != 0 {
				t.Errorf("groups %v", rs.groupIDs())
			}
		})
	}
}

// policyOf returns the policy of the tests' workspace with these rules and groups.
func policyOf(rs *ruleset, groups map[string][]string) *Policy {
	return (&Rules{current: func() (*ruleset, error) { return rs, nil }}).ForTeam(team, groupsOf(groups))
}

// groupsOf returns the members of these groups. A group whose members are nil cannot
// be read, nor can one that is not there.
func groupsOf(groups map[string][]string) Members {
	return func(group string) (map[string]bool, bool) {
		users, ok := groups[group]
		members := map[string]bool{}
		for _, user := range users {
			members[user] = true
		}
		return members, ok && users != nil
	}
}

// A file of almost the maximum size is read in moments, however its rules, people,
// servers, and patterns multiply: it is read while people wait. If each combination of
// them took a microsecond, these files would take hours.
func TestPolicyYAML_LargeFile(t *testing.T) {
	t.Parallel()
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	servers := many(15000, " web-%05d: S%[1]d\n")
	for name, c := range map[string]struct{ text, want string }{
		"rules that only one person satisfies": {"servers:\n" + servers + "people:\n U0LAST: {account: a}\n" + many(7000, " U%05d: {account: a, servers: [web-00000]}\n") +
			"approvals:\n" + many(6000, " - {name: r%d, approvers: [U0LAST], when: {servers: [web-14999]}}\n"), "so it can never have enough approvals"},
		"patterns": {"servers:\n" + servers + "people:\n" + many(12000, " U%05d: {account: a, servers: ['*-*4%[1]d']}\n"), "too many patterns for so many servers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(c.text) > maxFileSize {
				t.Fatalf("the file has %d bytes", len(c.text))
			}
			if _, err := parsePolicyYAML("p", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %.300v", err)
			}
		})
	}
}

// A pattern matches whole names in any case: as a regular expression does.
func TestGlob_WholeNames(t *testing.T) {
	t.Parallel()
	for pattern := range strings.FieldsSeq("* ** web-* *-1 W*b*1 a*a *b*b* a.* *a*") {
		form := regexp.MustCompile("(?i)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
		for name := range strings.FieldsSeq("web-1 WEB-2 web- xweb-1 db-1 wxbb11 a aa aba abab bb abcbd a.b axb x") {
			if got := glob(pattern)(name); got != form.MatchString(name) {
				t.Errorf("%q and %q: got %v", pattern, name, got)
			}
		}
	}
}
