package auth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.yaml.in/yaml/v4"

	"extendbot/order"
)

// Any text is either a complete ruleset or an error. A ruleset has what another reader
// finds in the same text, and allows nobody anything by accident. No mistake repeats
// what is in the text, wherever it is.
func FuzzPolicyYAML(f *testing.F) {
	for _, s := range []string{
		goodPolicy, wholePolicy, decisionsPolicy, "", "a: &x [*x]", "<<: {a: 1}", "people: {? [a] : b}", "- \xff", "--- a\n--- b",
		"people:\n\tU0ALICE: 1", "servers: {s1: s1, web-1: S1}\npeople: {U0ALICE: {account: a}}",
		"servers: {web-1: {id: S1, price: 1, expires: 2}}\ngroups: {S0OPS: {account: a}}\nlimits: [{per: all, within: 30d, amount: 5}]",
		"servers: {web-1: {id: S1, price: 007.5}, web-2: {id: S2, price: 0x1}}\npeople: {U0A: {account: a}}\nlimits: [{per: person, within: 1.5h, hours: 5}, {per: person, within: 90m, amount: 012.50}]",
		"servers: {web-1: S1}\npeople: {U0A: {account: a}}\napprovals: [{name: x, when: {amount_over: 2, hours_over: 1}, approvers: [S0X], count: 2, requester_counts: true}]",
		"servers: {web-1: 00, 0000: 01, 000: 000}\npeople: {U00: {account: 00}}",
	} {
		f.Add([]byte(s), 0)
		f.Add([]byte(s), len(s)/2)
	}
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		const token = "hunter2Xq9"
		i := at % (len(text) + 1)
		if i < 0 {
			i = -i
		}
		if _, err := parsePolicyYAML("p", slices.Concat(text[:i], []byte(token), text[i:])); err != nil && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(token)) {
			t.Fatalf("%q at %d is in the mistake: %v", text, i, err)
		}
		rs, err := parsePolicyYAML("p", text)
		if (rs == nil) != (err != nil) {
			t.Fatalf("got %v and %v", rs, err)
		}
		if err != nil {
			return
		}
		checkServers(t, text, rs)
		checkEntries(t, text, rs)
		checkLikeAnotherReader(t, text, rs)
	})
}

// checkServers checks that what people type means one server.
func checkServers(t *testing.T, text []byte, rs *ruleset) {
	for _, s := range rs.servers {
		for _, typed := range []string{s.Name, s.ID, strings.ToUpper(s.Name), strings.ToLower(s.Name)} {
			if got := rs.find(typed); len(got) == 0 || got[0] != s {
				t.Fatalf("%q: %q means %v, want %v", text, typed, got, s)
			}
		}
	}
	if len(rs.servers) == 0 || rs.anyID {
		t.Fatalf("%q: got %+v", text, rs)
	}
}

// checkEntries checks that nobody gets rights without an account and servers, and that
// every rule can be satisfied.
func checkEntries(t *testing.T, text []byte, rs *ruleset) {
	var all []*entry
	for user, e := range rs.people {
		all = append(all, e)
		if e.id != user || checkUser(user) != "" {
			t.Fatalf("%q: %q has the rights %+v", text, user, e)
		}
	}
	for _, e := range slices.Concat(all, rs.groups) {
		if !order.ValidHostID(e.account) || !e.allServers && len(e.serverIDs) == 0 || checkMember(e.id) != "" || e.maxHours < 0 {
			t.Fatalf("%q has the rights %+v", text, e)
		}
	}
	if len(all)+len(rs.groups) == 0 {
		t.Fatalf("%q: nobody may order", text)
	}
	for _, r := range rs.approvals {
		persons := !slices.ContainsFunc(r.approvers, isGroup)
		if r.name == "" || r.count < 1 || len(r.approvers) == 0 || persons && len(r.approvers) < r.count || r.amountOver.Valid && !r.amountOver.Decimal.IsPositive() {
			t.Fatalf("%q has the rule %+v", text, r)
		}
	}
	checkLimits(t, text, rs.limits)
	for id, facts := range rs.facts {
		if facts.price.Valid && !facts.price.Decimal.IsPositive() {
			t.Fatalf("%q: server %s costs %v", text, id, facts.price)
		}
	}
}

// checkLimits checks that each limit bounds something, and that no two bound the same.
func checkLimits(t *testing.T, text []byte, limits []order.Limit) {
	for i, l := range limits {
		known := l.Per == order.PerPerson || l.Per == order.PerServer || l.Per == order.PerAccount || l.Per == order.PerAll
		hours, money := l.Hours > 0, l.Amount.Valid && l.Amount.Decimal.IsPositive()
		same := func(other order.Limit) bool {
			return l.Per == other.Per && l.Within == other.Within && l.Amount.Valid == other.Amount.Valid
		}
		if !known || hours == money || l.Hours < 0 || l.Within < time.Hour || l.Within > 366*24*time.Hour || slices.ContainsFunc(limits[:i], same) {
			t.Fatalf("%q has the limit %+v", text, l)
		}
	}
}

// readPolicy is a policy file as a YAML library decodes it. The keys are texts: as
// numbers, 0 and 00 would be the same.
type readPolicy struct {
	Servers, People, Groups map[string]any
	Approvals               []struct {
		Name            string
		Approvers       []string
		Count           *int
		RequesterCounts bool `yaml:"requester_counts"`
		When            struct {
			HoursOver  int    `yaml:"hours_over"`
			AmountOver string `yaml:"amount_over"`
			Servers    []string
			People     []string
		}
	}
	Limits []struct {
		Per, Within, Amount string
		Hours               int
	}
	Admins []string
}

// checkLikeAnotherReader compares the ruleset with what the YAML library decodes.
func checkLikeAnotherReader(t *testing.T, text []byte, rs *ruleset) {
	var read readPolicy
	if err := yaml.Load(text, &read); err != nil {
		t.Fatalf("%q is used, but is no YAML of that form: %v", text, err)
	}
	if len(read.Servers) != len(rs.servers) || len(read.People) != len(rs.people) || len(read.Groups) != len(rs.groups) ||
		len(read.Approvals) != len(rs.approvals) || len(read.Limits) != len(rs.limits) || !slices.Equal(read.Admins, rs.admins) {
		t.Fatalf("%q: got %+v, want %+v", text, rs, read)
	}
	for i, want := range read.Approvals {
		got, count := rs.approvals[i], 1
		if want.Count != nil {
			count = *want.Count
		}
		if got.name != want.Name || got.count != count || got.requesterCounts != want.RequesterCounts || int(got.hoursOver) != want.When.HoursOver ||
			!isAmount(got.amountOver, want.When.AmountOver) || !slices.Equal(got.approvers, want.Approvers) || !slices.Equal(got.servers, want.When.Servers) || !slices.Equal(got.people, want.When.People) {
			t.Fatalf("%q: got %+v, want %+v", text, got, want)
		}
	}
	for i, want := range read.Limits {
		got := rs.limits[i]
		within, days := strings.ToLower(want.Within), time.Duration(0)
		if n, rest, ok := strings.Cut(within, "d"); ok {
			number, err := strconv.Atoi(n)
			if err != nil {
				t.Fatalf("%q: %q days: %v", text, n, err)
			}
			within, days = rest+"0s", time.Duration(number)*24*time.Hour
		}
		hours, err := time.ParseDuration(within)
		if err != nil || got.Within != days+hours || string(got.Per) != want.Per || int(got.Hours) != want.Hours || !isAmount(got.Amount, want.Amount) {
			t.Fatalf("%q: got %+v, want %+v", text, got, want)
		}
	}
	for _, s := range rs.servers {
		price := ""
		if all, ok := read.Servers[s.Name].(map[string]any); ok && all["price"] != nil {
			price = fmt.Sprint(all["price"])
		}
		if got := rs.facts[s.ID].price; got.Valid != (price != "") {
			t.Fatalf("%q: got the price %v, want %q", text, got, price)
		}
	}
}

// isAmount reports whether an amount is what a file says; "" is none.
func isAmount(got decimal.NullDecimal, text string) bool {
	want, err := decimal.NewFromString(text)
	return got.Valid == (text != "") && (!got.Valid || err == nil && want.Equal(got.Decimal))
}
