package auth

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every mistake in the fields of servers, people, groups, approvals and limits is
// reported, with its line.
func TestPolicyYAML_MistakesInRules(t *testing.T) {
	// A file of four lines without mistakes; the lines of a case follow.
	const (
		servers = "servers: {web-1: S1, web-2: S2, db-1: S3}"
		people  = "people: {U0ALICE: {account: a}, U0BOB: {account: b, servers: [web-1]}}"
		rule1   = "approvals:"
		field   = "; an approval rule has: name, approvers, when, count, requester_counts"
	)
	const none = "no such server: it must be a name, an id or a pattern from servers"
	const quoteNumber = "the id is a number in YAML; put it in quotation marks"
	const number = " must be a whole number, from 1 to 999999"
	const amount = ` must be an amount such as "12.99", more than zero and less than a billion, with at most 4 decimals and without a currency`
	const noCount = "everybody for whom the rule matches is one of its approvers and does not count, so it can never have enough approvals"
	const within = "within must be a duration such as 24h, 30d, or 1d12h, from 1h to 366d"
	rules := func(s ...string) string { return lines(append([]string{servers, people, rule1}, s...)...) }
	limits := func(s ...string) string { return lines(append([]string{servers, people, "limits:"}, s...)...) }
	tests := []struct {
		name string
		text string
		want []string
	}{
		// Servers and accounts.
		{"an unknown field of a server", lines("servers: {web-1: {id: S1, cost: 1}}", "people: {U0ALICE: {account: a}}"), []string{"p:1: unknown field; a server has: id, price, expires, about"}},
		{"a server without id", lines("servers:", "  web-1: {about: web}", "people: {U0ALICE: {account: a}}"), []string{"p:2: a server has no field id"}},
		{"two servers without id", lines("servers:", "  web-1: {about: web}", "  web-2: {about: web}", "people: {U0ALICE: {account: a}}"), []string{"p:2: a server has no field id", "p:3: a server has no field id"}},
		{"ids that are no text", lines("servers:", "  web-1: 007", "  web-2: 9e12", "  web-3: {id: 2026-12-01}", "  web-4: {id: true}", "  web-5: 0x1F", "people: {U0ALICE: {account: 17}}", "accounts: {17: {name: Ops}}"), []string{"p:2: " + quoteNumber, "p:3: " + quoteNumber, "p:4: the id is a date in YAML; put it in quotation marks", "p:5: the id is true or false in YAML; put it in quotation marks", "p:6: " + quoteNumber, "p:7: " + quoteNumber, "p:8: " + quoteNumber}},
		{"a list for a server", lines("servers: {web-1: [S1]}", "people: {U0ALICE: {account: a}}"), []string{"p:1: " + wrongServer}},
		{"a price in words", lines("servers: {web-1: {id: S1, price: much}}", "people: {U0ALICE: {account: a}}"), []string{"p:1: price" + amount}},
		{"a price of zero", lines("servers: {web-1: {id: S1, price: 0.00}}", "people: {U0ALICE: {account: a}}"), []string{"p:1: price" + amount}},
		{"a price below zero", lines("servers: {web-1: {id: S1, price: -12.99}}", "people: {U0ALICE: {account: a}}"), []string{"p:1: price" + amount}},
		{"a price that is not there", lines("servers:", "  web-1: {id: S1, price: }", "people: {U0ALICE: {account: a}}"), []string{"p:2: price" + amount}},
		{"a day without a time", lines(`servers: {web-1: {id: S1, expires: 2026-12-01}}`, "people: {U0ALICE: {account: a}}"), []string{`p:1: expires must be a day and a time, such as "2026-12-01 18:00"`}},
		{"a day that is not there", lines(`servers: {web-1: {id: S1, expires: "2026-02-30 18:00"}}`, "people: {U0ALICE: {account: a}}"), []string{`p:1: expires must be a day and a time, such as "2026-12-01 18:00"`}},
		{"a text of two lines", lines(`servers: {web-1: {id: S1, about: "a\nb"}}`, "people: {U0ALICE: {account: a}}"), []string{"p:1: about must be 1 to 64 characters in one line"}},
		{"an empty text", lines(`servers: {web-1: {id: S1, about: ""}}`, "people: {U0ALICE: {account: a}}"), []string{"p:1: about must be 1 to 64 characters in one line"}},
		{"a text that is too long", lines(`servers: {web-1: {id: S1, about: `+strings.Repeat("x", 65)+`}}`, "people: {U0ALICE: {account: a}}"), []string{"p:1: about must be 1 to 64 characters in one line"}},
		{"an account that nobody has", lines(servers, people, "accounts: {c: {name: Ops}}"), []string{"p:3: no such account: no person and no group has this account"}},
		{"an account without name", lines(servers, people, "accounts: {a: {}}"), []string{"p:3: an account must be a mapping with at least one entry", "p:3: an account has no field name"}},
		{"a name for two accounts", lines(servers, people, "accounts:", "  a: {name: Ops}", "  b: {name: OPS}"), []string{"p:5: the same name as line 4"}},
		// People and groups.
		{"a limit of hours in words", lines(servers, "people: {U0ALICE: {account: a, max_hours: many}}"), []string{"p:2: max_hours" + number}},
		{"hours in quotation marks", lines(servers, `people: {U0ALICE: {account: a, max_hours: "72"}}`), []string{"p:2: max_hours" + number}},
		{"no hours", lines(servers, "people: {U0ALICE: {account: a, max_hours: 0}}"), []string{"p:2: max_hours" + number}},
		{"hours with a fraction", lines(servers, "people: {U0ALICE: {account: a, max_hours: 1.5}}"), []string{"p:2: max_hours" + number}},
		{"hours with other digits", lines(servers, "people: {U0ALICE: {account: a, max_hours: 0x10}}"), []string{"p:2: max_hours" + number}},
		{"a pattern for no server", lines(servers, "people:", "  U0ALICE:", "    account: a", "    servers:", `      - "web-*"`, `      - "mail-*"`), []string{"p:7: no server has a name that matches this pattern"}},
		{"a server twice, by name and id", lines(servers, "people:", "  U0ALICE:", "    account: a", "    servers:", "      - web-1", `      - "web-*"`, "      - WEB-1", "      - S1", `      - "WEB-*"`, `      - "*"`), []string{"p:8: the same server as line 6", "p:9: the same server as line 6", "p:10: the same pattern as line 7"}},
		{"a pattern with brackets", lines(servers, `people: {U0ALICE: {account: a, servers: ["web-[12]*"]}}`), []string{"p:2: a pattern must be 1 to 64 letters, digits, dots, underscores, hyphens and asterisks"}},
		{"a pattern for an id", lines(servers, `people: {U0ALICE: {account: a, servers: ["S*"]}}`), []string{"p:2: no server has a name that matches this pattern"}},
		{"a person in groups", lines(servers, "groups: {U0ALICE: {account: a}}"), []string{"p:2: " + wrongGroup}},
		{"a group in people", lines(servers, "people: {S0OPS: {account: a}}"), []string{"p:2: " + wrongUser}},
		{"a group without account", lines(servers, "groups: {S0OPS: {servers: [web-1]}}"), []string{"p:2: a group has no field account"}},
		{"a group twice", lines(servers, "groups:", "  S0OPS: {account: a}", "  S0OPS: {account: b}"), []string{"p:4: the same key as line 3"}},
		{"neither people nor groups", lines(servers, "admins: [U0CARO]"), []string{"p:1: the file has no field people, and no field groups"}},
		{"a group as admin", lines(servers, people, "admins: [S0OPS]"), []string{"p:3: " + wrongUser}},
		// Approval rules.
		{"no rules", rules("  []"), []string{"p:4: approvals must be a list of approval rules; leave it out if there are none"}},
		{"a mapping of rules", rules("  long: {approvers: [U0CARO]}"), []string{"p:4: approvals must be a list of approval rules; leave it out if there are none"}},
		{"a rule that is a word", rules("  - long"), []string{"p:4: an approval rule must be a mapping with at least one entry"}},
		{"a rule without name and approvers", rules("  - {count: 1}"), []string{"p:4: an approval rule has no field name", "p:4: an approval rule has no field approvers"}},
		{"an unknown field of a rule", rules("  - {name: n, approver: [U0CARO]}"), []string{"p:4: unknown field" + field, "p:4: an approval rule has no field approvers"}},
		{"two rules with one name", rules("  - {name: Long, approvers: [U0CARO]}", "  - {name: long, approvers: [U0CARO]}"), []string{"p:5: the same name as the rule in line 4"}},
		{"a list for a name", rules("  - {name: [n], approvers: [U0CARO]}"), []string{"p:4: name must be 1 to 64 characters in one line"}},
		{"an empty condition", rules("  - {name: n, when: {}, approvers: [U0CARO]}"), []string{"p:4: when must be a mapping with at least one entry"}},
		{"an unknown condition", rules("  - {name: n, when: {hours: 3}, approvers: [U0CARO]}"), []string{"p:4: unknown field; when has: hours_over, amount_over, servers, people"}},
		{"a duration for hours", rules("  - {name: n, when: {hours_over: 3d}, approvers: [U0CARO]}"), []string{"p:4: hours_over" + number}},
		{"an amount with a currency", rules("  - {name: n, when: {amount_over: 20 EUR}, approvers: [U0CARO]}"), []string{"p:4: amount_over" + amount}},
		{"an amount of zero", rules(`  - {name: n, when: {amount_over: "0"}, approvers: [U0CARO]}`), []string{"p:4: amount_over" + amount}},
		{"a list for an amount", rules("  - {name: n, when: {amount_over: [20]}, approvers: [U0CARO]}"), []string{"p:4: amount_over" + amount}},
		{"an amount with a comma", rules(`  - {name: n, when: {amount_over: "20,00"}, approvers: [U0CARO]}`), []string{"p:4: amount_over" + amount}},
		{"an amount with an exponent", rules("  - {name: n, when: {amount_over: 1e3}, approvers: [U0CARO]}"), []string{"p:4: amount_over" + amount}},
		{"an amount of a billion", rules("  - {name: n, when: {amount_over: 1000000000}, approvers: [U0CARO]}"), []string{"p:4: amount_over" + amount}},
		{"an amount with five decimals", rules(`  - {name: n, when: {amount_over: "20.00001"}, approvers: [U0CARO]}`), []string{"p:4: amount_over" + amount}},
		{"a server that is not there", rules("  - name: n", "    when:", "      servers:", "        - db-1", "        - db-2", "    approvers: [U0CARO]"), []string{"p:8: " + none}},
		{"a server twice", rules("  - {name: n, when: {servers: [db-1, DB-1]}, approvers: [U0CARO]}"), []string{"p:4: the same server as line 4"}},
		{"a server by name and id", rules("  - {name: n, when: {servers: [db-1, S3, \"db*\", \"DB*\"]}, approvers: [U0CARO]}"), []string{"p:4: the same server as line 4", "p:4: the same pattern as line 4"}},
		{"no servers", rules("  - {name: n, when: {servers: []}, approvers: [U0CARO]}"), []string{"p:4: servers must be a list of names, ids or patterns; leave it out if the rule is for all servers"}},
		{"all servers in one word", rules(`  - {name: n, when: {servers: "*"}, approvers: [U0CARO]}`), []string{"p:4: servers must be a list of names, ids or patterns; leave it out if the rule is for all servers"}},
		{"a person who may order nothing", rules("  - {name: n, when: {people: [U0BOB, U0EVE]}, approvers: [U0CARO]}"), []string{"p:4: no such person: the person is not in people, so the rule never matches for them"}},
		{"a person by name in a condition", rules("  - {name: n, when: {people: [bob]}, approvers: [U0CARO]}"), []string{"p:4: " + wrongMember}},
		{"one person without a list", rules("  - {name: n, when: {people: U0BOB}, approvers: [U0CARO]}"), []string{"p:4: people must be a list of ids of Slack users and user groups; leave it out if the rule is for everybody"}},
		{"an approver by name", rules("  - {name: n, approvers: [caro]}"), []string{"p:4: " + wrongMember}},
		{"an approver twice", rules("  - {name: n, approvers: [U0CARO, U0CARO]}"), []string{"p:4: the same id as line 4"}},
		{"no approvers", rules("  - {name: n, approvers: []}"), []string{"p:4: approvers must be a list of ids of Slack users and user groups"}},
		{"a count of zero", rules("  - {name: n, approvers: [U0CARO], count: 0}"), []string{"p:4: count" + number}},
		{"a count in words", rules("  - {name: n, approvers: [U0CARO], count: all}"), []string{"p:4: count" + number}},
		{"yes for true", rules("  - {name: n, approvers: [U0CARO], requester_counts: yes}"), []string{"p:4: requester_counts must be true or false"}},
		{"true in quotation marks", rules(`  - {name: n, approvers: [U0CARO], requester_counts: "true"}`), []string{"p:4: requester_counts must be true or false"}},
		// Counts that cannot be reached.
		{"more than approvers", rules("  - name: n", "    approvers: [U0CARO, U0DAVE]", "    count: 3"), []string{"p:6: the rule asks for more approvals than it has approvers"}},
		{"the only requester approves", rules("  - {name: n, when: {people: [U0BOB]}, approvers: [U0BOB]}"), []string{"p:4: " + noCount}},
		{"each requester is one of the two", rules("  - {name: n, when: {people: [U0ALICE, U0BOB]}, approvers: [U0ALICE, U0BOB], count: 2}"), []string{"p:4: " + noCount}},
		{"everybody approves alone", lines(servers, "people: {U0ALICE: {account: a}}", rule1, "  - {name: n, approvers: [U0ALICE]}"), []string{"p:4: " + noCount}},
		{"the only one who may use it approves", rules("  - {name: n, when: {servers: [db-1]}, approvers: [U0ALICE]}"), []string{"p:4: " + noCount}},
		// Limits.
		{"no limits", limits("  []"), []string{"p:4: limits must be a list of limits; leave it out if there are none"}},
		{"a mapping of limits", limits("  all: {within: 24h, hours: 1}"), []string{"p:4: limits must be a list of limits; leave it out if there are none"}},
		{"a limit that is a word", limits("  - 240"), []string{"p:4: a limit must be a mapping with at least one entry"}},
		{"a limit of nothing", limits("  - {per: person, within: 24h}"), []string{"p:4: a limit must have one of: hours, amount"}},
		{"a limit of both", limits("  - {per: person, within: 24h, hours: 1, amount: 1}"), []string{"p:4: a limit must have one of: hours, amount"}},
		{"a limit for nobody and no time", limits("  - {hours: 1}"), []string{"p:4: a limit has no field per", "p:4: a limit has no field within"}},
		{"an unknown field of a limit", limits("  - {per: all, within: 24h, hours: 1, currency: EUR}"), []string{"p:4: unknown field; a limit has: per, within, hours, amount"}},
		{"a limit per group", limits("  - {per: group, within: 24h, hours: 1}"), []string{"p:4: per must be one of: person, server, account, all"}},
		{"a limit per person in capitals", limits("  - {per: Person, within: 24h, hours: 1}"), []string{"p:4: per must be one of: person, server, account, all"}},
		{"a limit per two", limits("  - {per: [person, server], within: 24h, hours: 1}"), []string{"p:4: per must be one of: person, server, account, all"}},
		{"a limit within a month", limits("  - {per: all, within: month, hours: 1}"), []string{"p:4: " + within}},
		{"a limit within a number", limits("  - {per: all, within: 24, hours: 1}"), []string{"p:4: " + within}},
		{"a limit within half an hour", limits("  - {per: all, within: 30m, hours: 1}"), []string{"p:4: " + within}},
		{"a limit within two years", limits("  - {per: all, within: 730d, hours: 1}"), []string{"p:4: " + within}},
		{"a limit within less than nothing", limits("  - {per: all, within: -24h, hours: 1}"), []string{"p:4: " + within}},
		{"a limit of no hours", limits("  - {per: all, within: 24h, hours: 0}"), []string{"p:4: hours" + number}},
		{"a limit of hours in quotation marks", limits(`  - {per: all, within: 24h, hours: "240"}`), []string{"p:4: hours" + number}},
		{"a limit of days", limits("  - {per: all, within: 24h, hours: 10d}"), []string{"p:4: hours" + number}},
		{"a limit of zero", limits(`  - {per: all, within: 30d, amount: "0.00"}`), []string{"p:4: amount" + amount}},
		{"a limit below zero", limits("  - {per: all, within: 30d, amount: -500}"), []string{"p:4: amount" + amount}},
		{"a limit with a currency", limits("  - {per: all, within: 30d, amount: 500 EUR}"), []string{"p:4: amount" + amount}},
		{"a limit of a billion", limits(`  - {per: all, within: 30d, amount: "1000000000.00"}`), []string{"p:4: amount" + amount}},
		{"a limit twice", limits("  - {per: all, within: 24h, hours: 1}", "  - {per: all, within: 1d, hours: 2}"), []string{"p:5: the same per and within as the limit in line 4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := parsePolicyYAML("p", []byte(tt.text))
			if err == nil || b != nil {
				t.Fatalf("got %v and %v, want only an error", b, err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A rule is no mistake as long as somebody could satisfy it.
func TestPolicyYAML_PossibleCounts(t *testing.T) {
	const start = "servers: {web-1: S1, db-1: S3}\npeople: {U0ALICE: {account: a}, U0BOB: {account: b, servers: [web-1]}}\n"
	const groups = start + "groups: {S0OPS: {account: a}}\n"
	for name, text := range map[string]string{
		"another person may ask":                  start + "approvals: [{name: n, approvers: [U0ALICE]}]",
		"the requester counts":                    start + "approvals: [{name: n, when: {people: [U0BOB]}, approvers: [U0BOB], requester_counts: true}]",
		"all but the requester":                   start + "approvals: [{name: n, when: {people: [U0BOB]}, approvers: [U0ALICE, U0BOB]}]",
		"a group of any size":                     start + "approvals: [{name: n, approvers: [S0LEADS], count: 9}]",
		"a person and a group":                    start + "approvals: [{name: n, approvers: [U0CARO, S0LEADS], count: 9}]",
		"members of a group may ask":              groups + "approvals: [{name: n, approvers: [U0ALICE, U0BOB], count: 2}]",
		"a condition on a group":                  groups + "approvals: [{name: n, when: {people: [S0OPS]}, approvers: [U0ALICE]}]",
		"a person who may be a member of a group": groups + "approvals: [{name: n, when: {people: [U0CARO]}, approvers: [U0ALICE]}]",
		"a person outside of people approves":     start + "approvals: [{name: n, approvers: [U0CARO]}]",
		"only groups":                             "servers: {web-1: S1}\ngroups: {S0OPS: {account: a}}",
	} {
		if _, err := parsePolicyYAML("p", []byte(text+"\n")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
