package stage_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Everything in a cast is on the stage, and Env names it.
func TestStage_HoldsItsCast(t *testing.T) {
	t.Parallel()
	for name, cast := range map[string]stage.Cast{"team": stage.Team(), "crowd": stage.Crowd(7, 3, 9)} {
		s, err := stage.Start(cast, slacksim.Config{})
		if err != nil {
			t.Fatal(err)
		}
		env := s.Env("sqlite:x.db")
		for _, p := range cast.People {
			if p.Account == "" {
				continue
			}
			if !strings.Contains(env["ALLOWLIST"], p.ID+":"+p.Account) {
				t.Errorf("%s: %s may not order: %s", name, p.ID, env["ALLOWLIST"])
			}
		}
		for _, p := range cast.Payers() {
			if !s.Oxhost.Balance(p.Account).Equal(p.Balance) || p.Balance.IsZero() {
				t.Errorf("%s: %s has %s, want %s", name, p.ID, s.Oxhost.Balance(p.Account), p.Balance)
			}
		}
		for _, r := range cast.Servers {
			rented, ok := s.Oxhost.Rented(r.ID)
			if !ok || rented.OwnerID != cast.Owner(r.Name).Account || !strings.Contains(env["SERVERS"], r.Name+":"+r.ID) {
				t.Errorf("%s: server %s is rented %+v: %s", name, r.Name, rented, env["SERVERS"])
			}
		}
		if strings.Contains(env["ALLOWLIST"], stage.Mallory) || cast.AccountOf(stage.Mallory) != "" {
			t.Errorf("%s: mallory may order", name)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Two people can order with the same account. Its money and its servers belong to
// the first of them.
func TestCast_SharedAccount(t *testing.T) {
	t.Parallel()
	cast := stage.Team()
	if cast.AccountOf(stage.Carol) != stage.AliceAccount || cast.Owner("web-1").ID != stage.Alice || len(cast.Payers()) != 2 {
		t.Errorf("carol orders with %s, %s has web-1, and %d people pay", cast.AccountOf(stage.Carol), cast.Owner("web-1").ID, len(cast.Payers()))
	}
}

// The policy file of a company says what the short form cannot.
func TestPolicy_OfACompany(t *testing.T) {
	t.Parallel()
	s, err := stage.Start(stage.Company(), slacksim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	env, err := s.EnvWithPolicy("sqlite:x.db", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(env["POLICY_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  db-1: {id: " + stage.DB + ", price: \"69.99\"}\n", "  U0ALICE: {account: " + stage.AliceAccount + ", servers: [\"web-*\", \"db-*\"]} # alice\n",
		"  U0BOB: {account: " + stage.BobAccount + ", servers: [\"test-1\"], max_hours: 72} # bob\n",
		"  - name: databases\n    when: {servers: [\"db-*\"]}\n    approvers: [U0CAROL] # carol\n",
		"  - name: long\n    when: {hours_over: 168}\n    approvers: [S0LEADS] # @leads\nlimits:\n  - {per: person, within: 24h, amount: \"50.00\"}\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if leads, _ := s.Slack.Usergroup(stage.Leads); !slices.Equal(leads.Members, []string{stage.Carol, stage.Dave}) {
		t.Errorf("the leads are %v", leads.Members)
	}
	for _, short := range []string{"ALLOWLIST", "SERVERS"} {
		if _, set := env[short]; set {
			t.Errorf("%s is set, too", short)
		}
	}
}

// A policy file says when a server runs out, in UTC, if the cast does.
func TestPolicy_Expires(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 3, 11, 4, 0, 0, time.FixedZone("CET", 3600))
	text := stage.Cast{Servers: []stage.Server{{ID: "a", Name: "web-1", Expires: at}, {ID: "b", Name: "web-2"}}}.Policy()
	if !strings.Contains(text, "  web-1: {id: a, expires: \"2026-03-03 10:04\"}\n  web-2: b\n") {
		t.Errorf("the policy is\n%s", text)
	}
}

// Environ returns the settings in the form of an environment, always in the same
// order.
func TestEnviron_IsSorted(t *testing.T) {
	t.Parallel()
	if got := stage.Environ(map[string]string{"B": "2", "A": "1"}); !slices.Equal(got, []string{"A=1", "B=2"}) {
		t.Errorf("got %q", got)
	}
}

// A clock runs, can be moved forward, and is not moved back.
func TestClock_Moves(t *testing.T) {
	t.Parallel()
	var c stage.Clock
	began := time.Now()
	c.Move(26 * time.Hour)
	c.Move(-time.Hour)
	if at := c.Now(); at.Sub(began) < 26*time.Hour || at.Sub(began) > 27*time.Hour {
		t.Errorf("it was moved by 26 hours, and shows %s after it", at.Sub(began))
	}
}
