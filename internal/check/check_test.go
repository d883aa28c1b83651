package check

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"extendbot/internal/secret"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/internal/testpg"
)

// try runs all checks, and writes a line for each result.
func try(ctx context.Context, s settings.Settings, out io.Writer) error {
	return Run(ctx, Config{Settings: s, Version: "test", Report: func(r Result) { fmt.Fprintln(out, r) }})
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(testpg.Suite(servicetest.Main{M: m}))
}

// check tries database, Slack and 0xhost, reports what fails, and orders nothing.
func TestCheck_TriesSettings(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	var out bytes.Buffer
	if err := try(t.Context(), h.Settings, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"ok      keys: signs with " + h.Settings.ApprovalKeys.ID() + ", accepts " + h.Settings.ApprovalKeys.ID() + "\n", "T0TEAM", stage.AliceAccount, "balance 3328.78 EUR", "balance 0.50 EUR"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, out.String())
		}
	}
	h.Settings.SlackAppToken = secret.New("xapp-wrong")
	out.Reset()
	if err := try(t.Context(), h.Settings, &out); err == nil || !strings.Contains(out.String(), "SLACK_APP_TOKEN") {
		t.Errorf("a wrong app token passed: %s", out.String())
	}
	h.Settings.OxhostAPIKey = secret.New("wrong")
	out.Reset()
	if err := try(t.Context(), h.Settings, &out); err == nil || !strings.Contains(out.String(), "FAILED") {
		t.Errorf("a wrong key passed: %s", out.String())
	}
	h.WantCharges(0, 0)
}

// check names each optional scope that the token does not have, and what is
// different without it. That is no failure.
func TestCheck_OptionalScopeIsNoted(t *testing.T) {
	for scope, without := range map[string]string{
		"users:read": "a time such as", "usergroups:read": "a policy file can name people", "im:history": "what people write to the bot in direct messages gets no answer",
		"app_mentions:read": "a mention of the bot gets no answer",
	} {
		t.Run(scope, func(t *testing.T) {
			all := slices.DeleteFunc(slacksim.DefaultScopes(), func(s string) bool { return s == scope })
			h := servicetest.New(t, slacksim.Config{Scopes: all})
			var out bytes.Buffer
			err := try(t.Context(), h.Settings, &out)
			notes := strings.Count(out.String(), "note    slack: without the scope ")
			if people := strings.Contains(out.String(), "note    people: without the scope users:read"); people != (scope == "users:read") {
				t.Errorf("people are noted: %t\n%s", people, out.String())
			}
			if err != nil || notes != 1 || !strings.Contains(out.String(), "note    slack: without the scope "+scope+", "+without) {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}

// check says how to install the app if it is installed for a whole organization.
func TestCheck_InstalledForOrganization(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{EnterpriseID: "E0ACME", OrgInstall: true})
	var out bytes.Buffer
	if err := try(t.Context(), h.Settings, &out); err == nil || !strings.Contains(out.String(), "install the app in that workspace") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// check fails when Socket Mode is switched off, and when the clock is off.
func TestCheck_SocketModeAndClock(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	run := func() (string, error) {
		var out bytes.Buffer
		err := try(t.Context(), h.Settings, &out)
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

// check names the cause when Slack and 0xhost cannot be reached, and never shows
// the password of a proxy.
func TestCheck_NamesNetworkCause(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	for name, test := range map[string]struct{ host, proxy, says string }{
		"unknown authority": {untrusted.URL, "", "SSL_CERT_FILE"},
		"no such host":      {"https://nowhere.invalid", "", "its name was not found"},
		"proxy, no URL":     {"https://slack.test", "http://ops:hunter2 @proxy", "HTTPS_PROXY is not the URL of a proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HTTPS_PROXY", test.proxy)
			s := h.Settings
			s.SlackAPIURL, s.OxhostAPIURL = test.host+"/api/", test.host+"/API/"
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // temporary failures are tried again
			defer cancel()
			var out bytes.Buffer
			err := try(ctx, s, &out)
			said := out.String()
			if n := strings.Count(said, test.says); err == nil || n < 1 || strings.Contains(said, "hunter2") {
				t.Errorf("%q is there %d times: %v\n%s", test.says, n, err, said)
			}
		})
	}
	h.WantCharges(0, 0)
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
	if err := try(t.Context(), h.Settings, &out); err != nil {
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
	if err := try(t.Context(), h.Settings, &out); err == nil || !strings.Contains(out.String(), "FAILED  0xhost account user-nobody-knows") {
		t.Errorf("an account that does not exist passed:\n%s", out.String())
	}
	h.WantCharges(0, 0)
}

// check may run beside a serving extendbot: that it listens on HTTP_ADDR is a
// note.
func TestCheck_ServingOnTheSameAddress(t *testing.T) {
	h := servicetest.Start(t)
	h.Settings.HTTPAddr = h.Service.ProbesAddr()
	var out bytes.Buffer
	if err := try(t.Context(), h.Settings, &out); err != nil || !strings.Contains(out.String(), "note    HTTP_ADDR: another extendbot listens on "+h.Settings.HTTPAddr) {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// A result is one line, also if an error has several.
func TestResult_IsOneLine(t *testing.T) {
	t.Parallel()
	r := Result{Failed, "database", "failed to connect to `host`:\n\t127.0.0.1:1: refused\n\t[::1]:1: refused\n"}
	if got, want := r.String(), "FAILED  database: failed to connect to `host`: 127.0.0.1:1: refused; [::1]:1: refused"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
