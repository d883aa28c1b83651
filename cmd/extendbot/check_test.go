package main

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"extendbot/internal/check"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
)

// check and the log of the start say who else can read the file of a secret, and
// show nothing of it.
func TestCheck_ReadableSecretIsNoted(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	path := filepath.Join(t.TempDir(), "token")
	token := h.Settings.SlackBotToken.Reveal()
	if err := errors.Join(os.WriteFile(path, []byte(token), 0o600), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	env := h.Env(h.Settings.Database.Reveal())
	delete(env, "SLACK_BOT_TOKEN")
	env["SLACK_BOT_TOKEN_FILE"] = path
	for name, value := range env {
		t.Setenv(name, value)
	}
	const warning = "can be read by everyone on this machine"
	if code, out := command(t, "check"); code != exitOK || !strings.Contains(out, "note    settings: SLACK_BOT_TOKEN_FILE: "+path+" "+warning) || strings.Contains(out, token) {
		t.Errorf("check: %d\n%s", code, out)
	}
	var err error
	if h.Settings, err = settings.Parse(env); err != nil {
		t.Fatal(err)
	}
	h.Start()
	h.WaitLogged(warning)
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
	h := servicetest.New(t, slacksim.Config{})
	try := func(url string) (string, error) {
		t.Helper()
		var out bytes.Buffer
		d, err := settings.ParseDatabase(url)
		if err != nil {
			t.Fatal(err)
		}
		s := h.Settings
		s.Database = d
		err = runCheck(t.Context(), s, "", terminal{out: &out, err: io.Discard})
		return out.String(), err
	}
	for url, why := range map[string]string{
		"sqlite:/nope/x.db":                     "FAILED  database: DATABASE_URL: open the ledger /nope/x.db: the folder /nope does not exist",
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
	h.Start()
	if out, err := try(h.Settings.Database.Reveal()); err != nil || !strings.Contains(out, "note    database: another extendbot is serving it now") {
		t.Errorf("a database in use: %v\n%s", err, out)
	}
}

// What serve fails on, check fails on too: with exit code 1, and one line that
// says what to do. Nothing of what is secret is shown.
func TestCheck_FailsWhereServeFails(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nobody connects
	for name, c := range map[string]struct {
		config slacksim.Config
		env    map[string]string
		want   string // in the line that failed
	}{
		"the port is taken":      {env: map[string]string{"HTTP_ADDR": taken.Addr().String()}, want: "FAILED  HTTP_ADDR: HTTP_ADDR: another program listens there: stop it, or use another port"},
		"an address elsewhere":   {env: map[string]string{"HTTP_ADDR": "203.0.113.1:80"}, want: "FAILED  HTTP_ADDR: HTTP_ADDR: this machine does not have that address"},
		"a name that is unknown": {env: map[string]string{"HTTP_ADDR": "no-such-host.invalid:80"}, want: "FAILED  HTTP_ADDR: HTTP_ADDR: this machine does not have that address"},
		"a wrong bot token":      {env: map[string]string{"SLACK_BOT_TOKEN": "xoxb-hunter2"}, want: "FAILED  slack: ask slack who the bot is: SLACK_BOT_TOKEN: Slack says invalid_auth"},
		"a wrong app token":      {env: map[string]string{"SLACK_APP_TOKEN": "xapp-hunter2"}, want: "FAILED  slack: SLACK_APP_TOKEN: Slack says invalid_auth"},
		"a scope is missing":     {config: slacksim.Config{Scopes: []string{"commands"}}, want: "chat:write"},
		"a database of nowhere":  {env: map[string]string{"DATABASE_URL": "sqlite:/nope/x.db"}, want: "FAILED  database: DATABASE_URL: "},
	} {
		t.Run(name, func(t *testing.T) {
			h := servicetest.New(t, c.config)
			env := h.Env(h.Settings.Database.Reveal())
			maps.Copy(env, c.env)
			for name, value := range env {
				t.Setenv(name, value)
			}
			code, out := command(t, "check")
			failed := regexp.MustCompile(`(?m)^FAILED .*$`).FindAllString(out, -1)
			if code != exitFailure || len(failed) != 1 || !strings.Contains(failed[0], c.want) || strings.Contains(out, "hunter2") {
				t.Errorf("check: %d\n%s", code, out)
			}
			if code, out := command(t, "serve"); code != exitFailure || strings.Contains(out, "hunter2") {
				t.Errorf("serve: %d\n%s", code, out)
			}
			h.WantCharges(0, 0)
		})
	}
}

// A key that 0xhost refuses fails check, which asks for the balance of each
// account. serve finds out at the first order.
func TestCheck_KeyRefused(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	for name, value := range h.Env(h.Settings.Database.Reveal()) {
		t.Setenv(name, value)
	}
	t.Setenv("OXHOST_API_KEY", "hunter2")
	code, out := command(t, "check")
	if code != exitFailure || !strings.Contains(out, "FAILED  0xhost: 0xhost refuses the key: check OXHOST_API_KEY") || strings.Contains(out, "hunter2") {
		t.Errorf("%d\n%s", code, out)
	}
}

// check fails if its results cannot be written, for example to a full disk.
func TestCheck_OutputLost(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	for name, value := range h.Env(h.Settings.Database.Reveal()) {
		t.Setenv(name, value)
	}
	_, full := io.Pipe()
	_ = full.Close()
	var told bytes.Buffer
	if code := execute(t.Context(), []string{"check"}, terminal{out: full, err: &told}); code != exitFailure || !strings.Contains(told.String(), "closed pipe") {
		t.Errorf("%d\n%s", code, told.String())
	}
}

// A line of check stays one line, whatever Slack or 0xhost call themselves.
func TestCheck_HostileText(t *testing.T) {
	t.Parallel()
	for _, text := range hostile {
		var out bytes.Buffer
		for _, r := range []check.Result{{Status: check.OK, Name: text, Text: text}, {Status: check.Failed, Name: text, Text: text + "\n" + text}} {
			if err := printResult(&out, r); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(out.String(), "\n"); n != 2 {
			t.Errorf("%q makes %d lines", text, n)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			checkPrintable(t, line)
		}
	}
}
