package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const somePolicy = `servers:
  web-1: 4f3c9a
  db-1: {id: 9a1b22, expires: "2026-12-01 18:00", about: orders database}
accounts:
  acc-17: {name: Ops}
people:
  U0BOB: {account: acc-17, servers: [web-1, "db-*"], max_hours: 168}
groups:
  S0OPS: {account: acc-17, servers: [web-1]}
approvals:
  - name: long
    when: {hours_over: 72}
    approvers: [U0CARO, S0LEADS]
  - name: databases
    when: {servers: ["db-*"], people: [U0BOB]}
    approvers: [U0CARO, U0DAVE]
    count: 2
admins: [U0CARO]
`

// policyFile writes a policy file that only its owner can read, and returns its path.
func policyFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// usePolicy makes a policy file the only policy in the environment.
func usePolicy(t *testing.T, path string) {
	t.Helper()
	for _, name := range []string{"ALLOWLIST", "SERVERS", "ADMINS", "MAX_HOURS", "OXHOST_TIMEZONE", "CURRENCY", "DATABASE_URL"} {
		t.Setenv(name, "")
		_ = os.Unsetenv(name)
	}
	t.Setenv("POLICY_FILE", path)
}

// wantOutput runs a command and compares its exit code and what it prints.
func wantOutput(t *testing.T, exit int, want []string, args ...string) {
	t.Helper()
	code, out := command(t, args...)
	if wanted := strings.Join(want, "\n") + "\n"; code != exit || out != wanted {
		t.Errorf("%s: exit code %d, want %d; printed:\n%s\nwant:\n%s", strings.Join(args, " "), code, exit, out, wanted)
	}
}

// policy check names every mistake with its line, says how much there is in a file
// without mistakes, and whether the service would use it.
func TestPolicyCheck_MistakesAndSize(t *testing.T) {
	good := policyFile(t, somePolicy)
	wantOutput(t, exitOK, []string{good + ": no mistakes; 2 servers, 1 person, 1 group, 2 approval rules, 0 limits, 1 admin"}, "policy", "check", good)

	bad := policyFile(t, strings.NewReplacer("hours_over", "hourss_over", "count: 2", "count: 3").Replace(somePolicy))
	wantOutput(t, exitFailure, []string{
		bad + ":12: unknown field; when has: hours_over, amount_over, servers, people",
		bad + ":17: the rule asks for more approvals than it has approvers",
		"extendbot: 2 mistakes in the policy file",
	}, "policy", "check", bad)

	if err := os.Chmod(good, 0o666); err != nil {
		t.Fatal(err)
	}
	code, out := command(t, "policy", "check", good)
	if code != exitOK || !strings.Contains(out, "note: the service would not use the file from here: ") || !strings.Contains(out, "writable by everyone") {
		t.Errorf("exit code %d: %s", code, out)
	}
	wantOutput(t, exitUsage, []string{"extendbot: open /nonexistent.yaml: no such file or directory"}, "policy", "check", "/nonexistent.yaml")
	wantOutput(t, exitUsage, []string{"extendbot: extendbot policy check needs the path of a policy file"}, "policy", "check")
	large := policyFile(t, strings.Repeat("#", 1<<20+1))
	wantOutput(t, exitFailure, []string{large + ": is larger than 1048576 bytes", "extendbot: 1 mistake in the policy file"}, "policy", "check", large)
}

// policy check --json has the same for other programs.
func TestPolicyCheck_JSON(t *testing.T) {
	var report policyReport
	readJSON := func(path string, exit int) {
		t.Helper()
		code, out := command(t, "policy", "check", "--json", path)
		report = policyReport{}
		if err := json.NewDecoder(strings.NewReader(out)).Decode(&report); err != nil || code != exit {
			t.Fatalf("exit code %d, %v: %s", code, err, out)
		}
	}
	readJSON(policyFile(t, somePolicy), exitOK)
	if !report.OK || report.Size.Servers != 2 || report.Size.Approvals != 2 || strings.Join(report.Groups, " ") != "S0LEADS S0OPS" || len(report.Mistakes)+len(report.Notes) != 0 {
		t.Errorf("got %+v", report)
	}
	readJSON(policyFile(t, "servers: {web-1: S1}\npeople: {bob: {account: a}}\n"), exitFailure)
	if report.OK || len(report.Mistakes) != 1 || report.Mistakes[0].Line != 2 || !strings.HasPrefix(report.Mistakes[0].What, "the Slack user id must be") {
		t.Errorf("got %+v", report)
	}
}

// policy explain prints the decision and everything that led to it.
func TestPolicyExplain_Decision(t *testing.T) {
	usePolicy(t, policyFile(t, somePolicy))
	tests := []struct {
		args string
		exit int
		want []string
	}{
		{
			"--user u0bob --server db-1 --hours 4D4h --groups s0leads=U0LEA,u0bob --groups S0OPS=", exitOK, []string{
				"yes      U0BOB may ask for db-1 for 100 hours (4 days 4 hours)",
				"server   9a1b22, orders database, expires 2026-12-01 18:00:00 UTC",
				"entry    U0BOB, line 7",
				"account  acc-17 (Ops)",
				"limit    168 hours (7 days) in one order",
				"rule     long, line 11: matches, because 100 hours are more than 72",
				"         needs 1 of: U0CARO, U0LEA",
				"rule     databases, line 14: matches, because db-1 is one of its servers and U0BOB is one of its people",
				"         needs 2 of: U0CARO, U0DAVE",
				"then     the order is placed when all rules that match have their approvals",
			},
		},
		{
			"--user U0OLGA --server WEB-1 --hours 24 --groups S0OPS=U0OLGA", exitOK, []string{
				"yes      U0OLGA may ask for web-1 for 24 hours (1 day)",
				"server   4f3c9a",
				"entry    S0OPS, line 9",
				"account  acc-17 (Ops)",
				"limit    720 hours (30 days) in one order",
				"rule     long, line 11: does not match, because 24 hours are not more than 72",
				"rule     databases, line 14: does not match, because web-1 is none of its servers and U0OLGA is none of its people",
				"then     the requester confirms the order",
				"note     the members of S0LEADS are not known; --groups S0LEADS=… sets them",
			},
		},
		{
			"--user U0BOB --server web-1 --hours 169 --groups S0OPS= --groups S0LEADS=", exitFailure, []string{
				"no       an order of U0BOB is for 1 to 168 hours (bad_hours)",
				"server   4f3c9a",
				"entry    U0BOB, line 7",
				"account  acc-17 (Ops)",
				"limit    168 hours (7 days) in one order",
				"rule     long, line 11: matches, because 169 hours are more than 72",
				"         needs 1 of: U0CARO",
				"rule     databases, line 14: does not match, because web-1 is none of its servers",
				"extendbot: the policy refuses this request",
			},
		},
		{
			"--user U0BOB --server wbe-1 --hours 24 --groups S0OPS= --groups S0LEADS=", exitFailure, []string{
				"no       there is no such server, or U0BOB may not use it (unknown_server)",
				"similar  web-1",
				"extendbot: the policy refuses this request",
			},
		},
		{
			"--user U0EVE --server web-1 --hours 24 --groups S0OPS=U0OLGA --groups S0LEADS=", exitFailure,
			[]string{"no  neither people nor a group of the policy lists the person (stranger)", "extendbot: the policy refuses this request"},
		},
		{
			"--user U0EVE --server web-1 --hours 24 --groups S0LEADS=", exitFailure, []string{
				"no    it is not known now who is in group S0OPS (group_unread)",
				"note  the members of S0OPS are not known; --groups S0OPS=… sets them",
				"extendbot: the policy refuses this request",
			},
		},
	}
	for _, tt := range tests {
		wantOutput(t, tt.exit, tt.want, append([]string{"policy", "explain"}, strings.Fields(tt.args)...)...)
	}
}

// policy explain also explains the short form of the policy.
func TestPolicyExplain_ShortForm(t *testing.T) {
	usePolicy(t, "")
	t.Setenv("ALLOWLIST", "U0ALICE:acc-17")
	t.Setenv("MAX_HOURS", "48")
	wantOutput(t, exitOK, []string{
		"yes      U0ALICE may ask for any-id for 48 hours (2 days)",
		"server   any-id",
		"entry    U0ALICE",
		"account  acc-17",
		"limit    48 hours (2 days) in one order",
		"then     the requester confirms the order",
	}, "policy", "explain", "--user", "U0ALICE", "--server", "any-id", "--hours", "48")
	wantOutput(t, exitFailure, []string{
		"no       an order of U0ALICE is for 1 to 48 hours (bad_hours)",
		"server   any-id",
		"entry    U0ALICE",
		"account  acc-17",
		"limit    48 hours (2 days) in one order",
		"extendbot: the policy refuses this request",
	}, "policy", "explain", "--user", "U0ALICE", "--server", "any-id", "--hours", "49")
}

// policy explain --json has the same for other programs.
func TestPolicyExplain_JSON(t *testing.T) {
	usePolicy(t, policyFile(t, somePolicy))
	code, out := command(t, "policy", "explain", "--json", "--user", "U0BOB", "--server", "db-1", "--hours", "24", "--groups", "S0LEADS=U0LEA")
	var x explained
	if err := json.Unmarshal([]byte(out), &x); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	if !x.Allowed || x.User != "U0BOB" || x.Hours != 24 || x.ServerID != "9a1b22" || x.Account != "acc-17" || x.Entry != "U0BOB" || x.Line != 7 || x.Expires.IsZero() {
		t.Errorf("got %+v", x)
	}
	if len(x.Rules) != 2 || x.Rules[0].Matches || !x.Rules[1].Matches || x.Rules[1].Count != 2 || strings.Join(x.Rules[1].Users, " ") != "U0CARO U0DAVE" {
		t.Errorf("rules %+v", x.Rules)
	}
	if strings.Join(x.Unreadable, " ") != "S0OPS" {
		t.Errorf("unreadable %v", x.Unreadable)
	}
}

// Mistakes in the flags or in the policy lead to exit code 2, and say what to do.
func TestPolicyExplain_MistakesOfUsage(t *testing.T) {
	usePolicy(t, policyFile(t, somePolicy))
	question := []string{"--user", "U0BOB", "--server", "web-1", "--hours", "24"}
	for want, args := range map[string][]string{
		"needs --user, --server, and --hours":                   {"--user", "U0BOB", "--server", "web-1"},
		"--user must be a Slack user id":                        {"--user", "bob", "--server", "web-1", "--hours", "24"},
		"must be whole hours, at least 1, or days":              {"--user", "U0BOB", "--server", "web-1", "--hours", "-1"},
		"invalid argument \"0\" for \"--hours\" flag":           {"--hours", "0"},
		"invalid argument \"\" for \"--hours\" flag":            {"--hours", ""},
		"--groups must be the id of a user group":               append([]string{"--groups", "S0OPS"}, question...),
		"the policy does not name the group S0NONE":             append([]string{"--groups", "S0NONE=U0BOB"}, question...),
		"the group S0OPS is there twice":                        append([]string{"--groups", "S0OPS=", "--groups", "S0OPS=U0BOB"}, question...),
		"the members of S0OPS must be Slack user ids":           append([]string{"--groups", "S0OPS=olga"}, question...),
		"unknown command or argument \"web-1\"":                 {"web-1"},
		"invalid argument \"90m\" for \"--hours\" flag":         {"--hours", "90m"},
		"invalid argument \"9999999\" for":                      {"--hours", "9999999"},
		"the members of S0LEADS must be Slack user ids, which ": append([]string{"--groups", "S0LEADS=U0LEA,,U0BOB"}, question...),
	} {
		if code, out := command(t, append([]string{"policy", "explain"}, args...)...); code != exitUsage || !strings.Contains(out, want) {
			t.Errorf("%v: exit code %d: %s", args, code, out)
		}
	}
	usePolicy(t, policyFile(t, "servers: {web-1: S1}\npeople: {bob: {account: a}}\n"))
	if code, out := command(t, append([]string{"policy", "explain"}, question...)...); code != exitUsage || !strings.Contains(out, "POLICY_FILE") || !strings.Contains(out, ":2: the Slack user id must be") {
		t.Errorf("a broken policy file: exit code %d: %s", code, out)
	}
}
