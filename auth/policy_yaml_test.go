package auth

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// lines joins lines, so that a table of tests shows their numbers.
func lines(s ...string) string { return strings.Join(s, "\n") + "\n" }

var goodPolicy = lines(
	`servers:`,
	`  web-1: S1`,
	`  DB-1: "42" # digits stay what they are`,
	`  old: "007"`,
	`people:`,
	`  U0ALICE:`,
	`    account: acc-a`,
	`  U0BOB: {account: "1e3", servers: [db-1, S1]}`,
	`  U0CARO: {account: acc-c, servers: "*"}`,
	`  U0DAN:`,
	`    servers:`,
	`      - "*"`,
	`      - web-1`,
	`    account: acc-d`,
)

// Each person gets the account and the servers that the policy file states, and
// ids are read as they are written.
func TestPolicyYAML_People(t *testing.T) {
	b, err := parsePolicyYAML("policy.yaml", []byte(goodPolicy))
	if err != nil {
		t.Fatal(err)
	}
	p := (&Rules{current: func() (*ruleset, error) { return b, nil }}).ForTeam(team, nil)
	tests := []struct{ user, word, account, id string }{
		{"U0ALICE", "db-1", "acc-a", "42"},
		{"U0ALICE", "old", "acc-a", "007"},
		{"U0BOB", "DB-1", "1e3", "42"},
		{"U0BOB", "web-1", "1e3", "S1"},
		{"U0BOB", "old", "", ""},
		{"U0BOB", "007", "", ""},
		{"U0CARO", "007", "acc-c", "007"},
		{"U0DAN", "old", "acc-d", "007"},
		{"U0CARO", "S99", "", ""},
	}
	for _, tt := range tests {
		got, err := p.Grant(t.Context(), person(tt.user), tt.word)
		if (err == nil) != (tt.id != "") || got.Account != tt.account || got.Server.ID != tt.id {
			t.Errorf("%s %s: got %v, %v", tt.user, tt.word, got, err)
		}
	}
}

// Servers that a person may not use are neither listed nor suggested to them,
// and they may not decide about them.
func TestPolicyYAML_HidesServersOfOthers(t *testing.T) {
	b, err := parsePolicyYAML("policy.yaml", []byte(goodPolicy))
	if err != nil {
		t.Fatal(err)
	}
	p := (&Rules{current: func() (*ruleset, error) { return b, nil }}).ForTeam(team, nil)
	if got := suggest("ol", serversOf(t, p, "U0BOB")); got != nil {
		t.Errorf("bob got the suggestions %v", got)
	}
	want := []order.Server{{Name: "DB-1", ID: "42"}, {Name: "web-1", ID: "S1"}}
	if diff := cmp.Diff(want, serversOf(t, p, "U0BOB")); diff != "" {
		t.Error(diff)
	}
	o := order.Order{Person: person("U0BOB"), Account: "1e3", Server: order.Server{Name: "old", ID: "007"}}
	if _, err := p.MayApprove(t.Context(), person("U0BOB"), o); order.CodeOf(err) != order.CodeUnknownServer {
		t.Errorf("bob may decide about a server that he may not use: %v", err)
	}
}

// Every mistake in a policy file is reported, with its line.
func TestPolicyYAML_MistakesHaveLines(t *testing.T) {
	const servers, alice = "servers: {web-1: S1}", "people: {U0ALICE: {account: a}}"
	const badCharacter = "the file is not valid YAML: it has a character that is not UTF-8, or a control character"
	const oneServer = `servers must be a list of names, ids or patterns, or "*"; leave it out to allow all servers of the file`
	tests := []struct {
		name string
		text string
		want []string
	}{
		{"nothing", "", []string{"p: the file is empty"}},
		{"only a comment", "# soon\n", []string{"p: the file is empty"}},
		{"no mapping", "- a\n", []string{"p:1: the file must be a mapping with at least one entry"}},
		{"a stray quote", lines(servers, `people: "U0ALICE`), []string{"p:3: the file is not valid YAML: found unexpected end of stream"}},
		{"an anchor that is not there", lines(servers, `people: *everybody`), []string{"p:2: the file is not valid YAML"}},
		{"not UTF-8", lines(servers, "people:", "  U0ALICE: {account: \xc3(}"), []string{"p:3: " + badCharacter}},
		{"a control character", lines(servers, "people:", "  U0ALICE: {account: a\x00}"), []string{"p:3: " + badCharacter + " (the line contains an invisible character (character 23))"}},
		{"a non-breaking space", lines(alice, "servers:", "  web-1:\u00a0S1"), []string{"p:3: servers must be a mapping with at least one entry (the line contains a space that is not an ordinary one, such as a non-breaking space (character 9))"}},
		{"an invisible character", lines(alice, "servers:", "  web-1: S1\u200b", "  web-2:"), []string{"p:3: " + wrongServer + " (the line contains an invisible character (character 12))", "p:4: " + wrongServer}},
		{"a tab", lines(alice, "servers:", "\tweb-1: S1"), []string{"p:3: the file is not valid YAML: found character that cannot start any token (the line is indented with a tab; YAML needs spaces)"}},
		{"a placeholder", lines(alice, "servers: {web-1: <id>}"), []string{"p:2: " + wrongServer + " (the line contains a placeholder such as ${NAME} or <name> that was not filled in)"}},
		{"the file in quotation marks", "'" + lines(servers, alice) + "'\n", []string{"p:1: the file must be a mapping with at least one entry (the file has quotation marks around it; remove them)"}},
		{"two documents", lines(servers, alice, "---", servers), []string{"p:3: a second YAML document begins here; the file must have only one"}},
		{"no servers", lines(alice), []string{"p:1: the file has no field servers"}},
		{"no people", lines(servers), []string{"p:1: the file has no field people, and no field groups"}},
		{"an unknown field", lines(servers, alice, "poeple: 1"), []string{"p:3: unknown field; the file has: servers, accounts, people, groups, approvals, limits, admins"}},
		{"a field twice", lines(servers, servers, alice), []string{"p:2: the same key as line 1"}},
		{"a person twice", lines(servers, "people:", "  U0ALICE: {account: a}", "  U0ALICE: {account: b}"), []string{"p:4: the same key as line 3"}},
		{"a name twice", lines(alice, "servers:", "  web-1: a", "  WEB-1: b"), []string{"p:4: the same name as line 3"}},
		{"an id twice", lines(alice, "servers:", "  web-1: a", "  web-2: a"), []string{"p:4: the same server id as line 3"}},
		{"a name that is another's id", lines(alice, "servers:", "  web-1: web-2", "  web-2: a"), []string{"p:4: the name is the server id of line 3"}},
		{"a name that is another's id in other case", lines(alice, "servers:", "  s1: s1", "  web-1: S1"), []string{"p:3: the name is the server id of line 4"}},
		{"a server without id", lines(alice, "servers:", "  web-1:"), []string{"p:3: " + wrongServer}},
		{"a bad name", lines(alice, "servers:", "  web 1: a"), []string{"p:3: " + wrongName}},
		{"a person by name", lines(servers, "people:", "  alice: {account: a}"), []string{"p:3: " + wrongUser}},
		{"a person without account", lines(servers, "people:", "  U0ALICE:", "    servers: [web-1]"), []string{"p:4: a person has no field account"}},
		{"a person that is a word", lines(servers, "people:", "  U0ALICE: a"), []string{"p:3: a person must be a mapping with at least one entry"}},
		{"an unknown field of a person", lines(servers, "people:", "  U0ALICE: {acount: a}"), []string{"p:3: unknown field; a person has: account, servers, max_hours", "p:3: a person has no field account"}},
		{"a bad account", lines(servers, "people:", "  U0ALICE: {account: a b}"), []string{"p:3: " + wrongAccount}},
		{"a list for an account", lines(servers, "people:", "  U0ALICE: {account: [a]}"), []string{"p:3: " + wrongAccount}},
		{"an empty list of servers", lines(servers, "people:", "  U0ALICE: {account: a, servers: []}"), []string{"p:3: " + oneServer}},
		{"one server without a list", lines(servers, "people:", "  U0ALICE: {account: a, servers: web-1}"), []string{"p:3: " + oneServer}},
		{"servers of nothing", lines(servers, "people:", "  U0ALICE: {account: a, servers: }"), []string{"p:3: " + oneServer}},
		{
			"a server that is not there", lines(servers, "people:", "  U0ALICE:", "    account: a", "    servers:", "      - web-1", "      - web-2"),
			[]string{"p:7: no such server: it must be a name, an id or a pattern from servers"},
		},
		{
			"an alias of a person", lines(servers, "people:", "  U0ALICE: &all {account: a}", "  U0BOB: *all", "  U0CARO: {<<: *all}"),
			[]string{
				"p:4: anchors and aliases are not supported", "p:4: a person must be a mapping with at least one entry",
				"p:5: anchors and aliases are not supported", "p:5: unknown field; a person has: account, servers, max_hours", "p:5: a person has no field account",
			},
		},
		{
			"an alias", lines("servers: {web-1: &id S1, web-2: *id}", alice),
			[]string{"p:1: anchors and aliases are not supported", "p:1: " + wrongServer},
		},
		{
			"everything at once, by line", lines("people:", "  alice: {account: a}", "  U0BOB: {}", "servers:", "  web-1: /", "extra: 1"),
			[]string{
				"p:2: " + wrongUser, "p:3: a person must be a mapping with at least one entry",
				"p:3: a person has no field account", "p:5: " + wrongServer, "p:6: unknown field; the file has: servers, accounts, people, groups, approvals, limits, admins",
			},
		},
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

// No mistake quotes the file, which may contain a token by accident.
func TestPolicyYAML_MistakesQuoteNothing(t *testing.T) {
	const token = "hunter2"
	for _, text := range []string{
		"hunter2", "hunter2: 1", "servers: *hunter2", "a: !hunter2!x b", "servers: {hunter2/: hunter2/}",
		"people: {hunter2: {account: hunter2/, servers: [hunter2], hunter2: 1}}", "a: 'hunter2", "hunter2: hunter2: 3",
	} {
		if _, err := parsePolicyYAML("p", []byte(text)); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
