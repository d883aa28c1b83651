package auth

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

func TestParseAdminsReadsIDs(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, " \n": nil, "U0ALICE": {"U0ALICE"}, " U0ALICE ,\nW0BOB": {"U0ALICE", "W0BOB"},
	} {
		got, err := ParseAdmins(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
}

func TestParseAdminsSaysWhatIsWrongAndWhere(t *testing.T) {
	for text, want := range map[string]string{
		"alice":           "entry 1: " + wrongUser,
		"U0ALICE,":        "entry 2: is empty; look for a comma too many",
		"U0ALICE:acc":     "entry 1: " + wrongUser,
		"U0ALICE,U0ALICE": "entry 2: the same person as entry 1",
		"x,,U0BOB,U0BOB":  "entry 1: " + wrongUser + "\nentry 2: is empty; look for a comma too many\nentry 4: the same person as entry 3",
	} {
		got, err := ParseAdmins(text)
		if err == nil || got != nil || err.Error() != want {
			t.Errorf("%q: got %v and %v, want %q", text, got, err, want)
		}
	}
}

func TestMaySettleIsForAdmins(t *testing.T) {
	people := []Member{{User: "U0ALICE", Account: "a"}}
	unreadable := &Rules{read: func() (*book, error) { return nil, errors.New("gone") }}
	for name, c := range map[string]struct {
		policy *Policy
		who    order.Person
		want   order.Code
	}{
		"an admin who is on no list may": {NewRules(people, nil, "U0CAROL", "U0DAVE").ForTeam(team), person("U0DAVE"), ""},
		"who may order may not":          {NewRules(people, nil, "U0CAROL").ForTeam(team), person("U0ALICE"), order.CodeNotAdmin},
		"without admins nobody may":      {NewRules(people, nil).ForTeam(team), person("U0ALICE"), order.CodeNotAdmin},
		"nobody in particular may not":   {NewRules(people, nil, "U0CAROL").ForTeam(team), person(""), order.CodeNotAdmin},
		"another workspace may not":      {NewRules(people, nil, "U0CAROL").ForTeam(team), order.Person{Team: "T0OTHER", User: "U0CAROL"}, order.CodeStranger},
		"before the workspace is known":  {NewRules(people, nil, "U0CAROL").ForTeam(""), order.Person{User: "U0CAROL"}, order.CodeStranger},
		"the zero policy refuses":        {&Policy{}, order.Person{User: "U0CAROL"}, order.CodeStranger},
		"rules that cannot be read":      {unreadable.ForTeam(team), person("U0CAROL"), order.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.policy.MaySettle(t.Context(), c.who); order.CodeOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	for _, p := range []*Policy{{}, unreadable.ForTeam(team)} {
		if got := p.Admins(); got != nil {
			t.Errorf("admins %v", got)
		}
	}
}

func TestPolicyFileNamesAdmins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	const rest = "servers: {web-1: S1}\npeople: {U0ALICE: {account: a}}\n"
	if err := os.WriteFile(path, []byte(rest+"admins: [U0CAROL, U0DAVE]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rules, err := OpenRules(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := rules.ForTeam(team)
	if err := p.MaySettle(t.Context(), person("U0DAVE")); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"U0CAROL", "U0DAVE"}, p.Admins()); diff != "" {
		t.Error(diff)
	}
	// Whoever is taken off the list may not from then on.
	if err := os.WriteFile(path, []byte(rest+"admins: [U0CAROL]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.MaySettle(t.Context(), person("U0DAVE")); order.CodeOf(err) != order.CodeNotAdmin {
		t.Errorf("got %v", err)
	}
	for bad, want := range map[string]string{
		"admins: []":                 "p:3: admins must be a list of Slack user ids; leave it out if there are none",
		"admins: U0CAROL":            "p:3: admins must be a list of Slack user ids; leave it out if there are none",
		"admins: [carol]":            "p:3: " + wrongUser,
		"admins: [U0CAROL, U0CAROL]": "p:3: the same person as line 3",
	} {
		if _, err := parseDocument("p", []byte(rest+bad+"\n")); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", bad, err, want)
		}
	}
}
