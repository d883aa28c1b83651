package auth

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// The short form of the admins is a list of Slack user ids.
func TestParseAdmins_IDs(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, " \n": nil, "U0ALICE": {"U0ALICE"}, " U0ALICE ,\nW0BOB": {"U0ALICE", "W0BOB"},
	} {
		got, err := ParseAdmins(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
}

// Every mistake in the list of admins is reported, with its entry.
func TestParseAdmins_MistakesHavePlaces(t *testing.T) {
	for text, want := range map[string]string{
		"alice":           "entry 1: " + wrongUser,
		"U0ALICE,":        "entry 2: is empty; remove the extra comma",
		"U0ALICE:acc":     "entry 1: " + wrongUser,
		"U0ALICE,U0ALICE": "entry 2: the same person as entry 1",
		"x,,U0BOB,U0BOB":  "entry 1: " + wrongUser + "\nentry 2: is empty; remove the extra comma\nentry 4: the same person as entry 3",
	} {
		got, err := ParseAdmins(text)
		if err == nil || got != nil || err.Error() != want {
			t.Errorf("%q: got %v and %v, want %q", text, got, err, want)
		}
	}
}

// Only admins of this workspace may settle an unknown outcome: not their own, unless
// nobody else can.
func TestMaySettle_OnlyAdmins(t *testing.T) {
	people := []AllowlistEntry{{User: "U0ALICE", Account: "a"}}
	asked := order.Order{Person: person("U0ALICE")}
	unreadable := &Rules{current: func() (*ruleset, error) { return nil, errors.New("gone") }}
	for name, c := range map[string]struct {
		policy *Policy
		who    order.Person
		want   order.Code
	}{
		"an admin off the allowlist may": {NewRules(people, nil, "U0CAROL", "U0DAVE").ForTeam(team, nil), person("U0DAVE"), ""},
		"a requester who is not admin":   {NewRules(people, nil, "U0CAROL").ForTeam(team, nil), person("U0ALICE"), order.CodeNotAdmin},
		"no admins, nobody may":          {NewRules(people, nil).ForTeam(team, nil), person("U0ALICE"), order.CodeNotAdmin},
		"an admin who asked may not":     {NewRules(people, nil, "U0CAROL", "U0ALICE").ForTeam(team, nil), person("U0ALICE"), order.CodeOwnOrder},
		"the only admin may, who asked":  {NewRules(people, nil, "U0ALICE").ForTeam(team, nil), person("U0ALICE"), ""},
		"an empty user id may not":       {NewRules(people, nil, "U0CAROL").ForTeam(team, nil), person(""), order.CodeNotAdmin},
		"another workspace may not":      {NewRules(people, nil, "U0CAROL").ForTeam(team, nil), order.Person{Team: "T0OTHER", User: "U0CAROL"}, order.CodeStranger},
		"before the workspace is known":  {NewRules(people, nil, "U0CAROL").ForTeam("", nil), order.Person{User: "U0CAROL"}, order.CodeStranger},
		"the zero policy refuses":        {&Policy{}, order.Person{User: "U0CAROL"}, order.CodeStranger},
		"rules that cannot be read":      {unreadable.ForTeam(team, nil), person("U0CAROL"), order.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.policy.MaySettle(t.Context(), c.who, asked); order.CodeOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	for _, p := range []*Policy{{}, unreadable.ForTeam(team, nil)} {
		if got := p.Admins(); got != nil {
			t.Errorf("admins %v", got)
		}
	}
}

// A policy file names the admins. A person who is removed from the list is no
// longer an admin.
func TestPolicyYAML_Admins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	const rest = "servers: {web-1: S1}\npeople: {U0ALICE: {account: a}}\n"
	if err := os.WriteFile(path, []byte(rest+"admins: [U0CAROL, U0DAVE]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rules, err := OpenRules(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := rules.ForTeam(team, nil)
	if err := p.MaySettle(t.Context(), person("U0DAVE"), order.Order{Person: person("U0ALICE")}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"U0CAROL", "U0DAVE"}, p.Admins()); diff != "" {
		t.Error(diff)
	}
	// A person who is removed from the list is no longer an admin.
	if err := os.WriteFile(path, []byte(rest+"admins: [U0CAROL]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.MaySettle(t.Context(), person("U0DAVE"), order.Order{Person: person("U0ALICE")}); order.CodeOf(err) != order.CodeNotAdmin {
		t.Errorf("got %v", err)
	}
	for bad, want := range map[string]string{
		"admins: []":                 "p:3: admins must be a list of Slack user ids; leave it out if there are none",
		"admins: U0CAROL":            "p:3: admins must be a list of Slack user ids; leave it out if there are none",
		"admins: [carol]":            "p:3: " + wrongUser,
		"admins: [U0CAROL, U0CAROL]": "p:3: the same id as line 3",
	} {
		if _, err := parsePolicyYAML("p", []byte(rest+bad+"\n")); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", bad, err, want)
		}
	}
}
