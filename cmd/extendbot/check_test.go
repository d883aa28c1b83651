package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"extendbot/internal/secret"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// check tries database, Slack and 0xhost, reports what fails, and orders nothing.
func TestCheck_TriesSettings(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	var out bytes.Buffer
	if err := check(t.Context(), h.Settings, terminal{out: &out}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"T0TEAM", stage.AliceAccount, "3328.78"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, out.String())
		}
	}
	h.Settings.SlackAppToken = secret.New("xapp-wrong")
	out.Reset()
	if err := check(t.Context(), h.Settings, terminal{out: &out}); err == nil || !strings.Contains(out.String(), "SLACK_APP_TOKEN") {
		t.Errorf("a wrong app token passed: %s", out.String())
	}
	h.Settings.OxhostAPIKey = secret.New("wrong")
	out.Reset()
	if err := check(t.Context(), h.Settings, terminal{out: &out}); err == nil || !strings.Contains(out.String(), "FAILED") {
		t.Errorf("a wrong key passed: %s", out.String())
	}
	h.WantCharges(0, 0)
}

// check says how to install the app if it is installed for a whole organization.
func TestCheck_InstalledForOrganization(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{EnterpriseID: "E0ACME", OrgInstall: true})
	var out bytes.Buffer
	if err := check(t.Context(), h.Settings, terminal{out: &out}); err == nil || !strings.Contains(out.String(), "install the app in that workspace") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// check fails when Socket Mode is switched off, and when the clock is off.
func TestCheck_SocketModeAndClock(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	run := func() (string, error) {
		var out bytes.Buffer
		err := check(t.Context(), h.Settings, terminal{out: &out})
		return out.String(), err
	}
	if out, err := run(); err != nil || !strings.Contains(out, "ok      clock") {
		t.Errorf("%v\n%s", err, out)
	}
	h.Slack.Fail("apps.connections.open", slacksim.NotSwitchedOn(), 1)
	if out, err := run(); err == nil || !strings.Contains(out, "FAILED  slack") || !strings.Contains(out, "switch Socket Mode on") {
		t.Errorf("Socket Mode is off: %v\n%s", err, out)
	}
	h.Slack.SetClockOffset(time.Hour)
	if out, err := run(); err == nil || !strings.Contains(out, "FAILED  clock") || !strings.Contains(out, "behind Slack's") {
		t.Errorf("the clock is an hour off: %v\n%s", err, out)
	}
}

// check tries each account of a policy file once.
func TestCheck_EachAccountOfPolicy(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	h.Settings.Allowlist, h.Settings.Servers = nil, nil
	h.Settings.PolicyFile = filepath.Join(t.TempDir(), "policy.yaml")
	policy := "servers: {web-1: " + stage.Web + "}\npeople:\n" +
		"  U0ALICE: {account: " + stage.AliceAccount + "}\n  U0BOB: {account: " + stage.BobAccount + "}\n  U0CAROL: {account: " + stage.AliceAccount + "}\n"
	if err := os.WriteFile(h.Settings.PolicyFile, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := check(t.Context(), h.Settings, terminal{out: &out}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, account := range []string{stage.AliceAccount, stage.BobAccount} {
		if n := strings.Count(out.String(), "0xhost account "+account); n != 1 {
			t.Errorf("account %s was tried %d times:\n%s", account, n, out.String())
		}
	}
	policy = strings.Replace(policy, stage.BobAccount, "user-nobody-knows", 1)
	if err := os.WriteFile(h.Settings.PolicyFile, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := check(t.Context(), h.Settings, terminal{out: &out}); err == nil || !strings.Contains(out.String(), "FAILED  0xhost account user-nobody-knows") {
		t.Errorf("an account that does not exist passed:\n%s", out.String())
	}
	h.WantCharges(0, 0)
}

// check --health works as a container's health check, without a shell.
func TestCheck_Health(t *testing.T) {
	h := servicetest.Start(t)
	t.Setenv("HTTP_ADDR", h.Service.ProbesAddr())
	// The command waits two seconds for the answer, so it may need more than one try.
	var out string
	h.WaitUntil(func() bool {
		var code int
		code, out = command(t, "check", "--health")
		return code == exitOK
	}, func() string { return "a service that runs: " + out })
	h.Stop()
	if code, _ := command(t, "check", "--health"); code != exitFailure {
		t.Errorf("without a running service: exit code %d", code)
	}
}

// check fails for a database that serve cannot open, and says why. One that is
// served now, does not exist yet, or can be read by others passes, with a note.
func TestCheck_DatabaseAsServe(t *testing.T) {
	h := servicetest.Start(t)
	try := func(url string) (string, error) {
		t.Helper()
		var out bytes.Buffer
		d, err := settings.ParseDatabase(url)
		if err != nil {
			t.Fatal(err)
		}
		s := h.Settings
		s.Database = d
		err = check(t.Context(), s, terminal{out: &out})
		return out.String(), err
	}
	for url, why := range map[string]string{
		"sqlite:/nope/x.db":                     "FAILED  database: DATABASE_URL: open the ledger /nope/x.db: the database file cannot be opened",
		"postgres://bot:hunter2@db.invalid/bot": "FAILED  database: DATABASE_URL: the connection to PostgreSQL on another machine could be unencrypted",
	} {
		out, err := try(url)
		if err == nil || !strings.Contains(out, why) || strings.Contains(out, "hunter2") {
			t.Errorf("%s: %v\n%s", url, err, out)
		}
		t.Setenv("DATABASE_URL", url)
		if code, serve := command(t, "migrate"); code == exitOK || !strings.Contains(serve, strings.TrimPrefix(why, "FAILED  database: ")) {
			t.Errorf("%s: the program itself says %s", url, serve)
		}
	}
	path := filepath.Join(t.TempDir(), "x.db")
	if out, err := try("sqlite:" + path); err != nil || !strings.Contains(out, "does not exist yet; the first start creates it") {
		t.Errorf("a new database: %v\n%s", err, out)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil { //nolint:gosec // that is what the note is about
		t.Fatal(err)
	}
	if out, err := try("sqlite:" + path); err != nil || !strings.Contains(out, "note    database: "+path+" can be read by everyone") {
		t.Errorf("a database that others can read: %v\n%s", err, out)
	}
	if out, err := try(h.Settings.Database.Reveal()); err != nil || !strings.Contains(out, "note    database: another extendbot is serving it now") {
		t.Errorf("a database in use: %v\n%s", err, out)
	}
}
