package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"extendbot/order"
)

// The least that has to be set.
var least = map[string]string{
	"SLACK_APP_TOKEN": "xapp-1-hunter2",
	"SLACK_BOT_TOKEN": "xoxb-1-hunter2",
	"OXHOST_API_KEY":  "key-hunter2",
	"ALLOWLIST":       "U0ALICE:acc-1",
}

// setenv makes the environment hold the least and then what is given, and no
// other setting. A value "-" takes a setting away.
func setenv(t *testing.T, more map[string]string) {
	t.Helper()
	for _, row := range settingsTable() {
		for _, name := range []string{row.name, row.name + fileSuffix} {
			t.Setenv(name, "") // puts back what was there, after the test
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, set := range []map[string]string{least, more} {
		for name, value := range set {
			if value == "-" {
				if err := os.Unsetenv(name); err != nil {
					t.Fatal(err)
				}
				continue
			}
			t.Setenv(name, value)
		}
	}
}

func TestSettingsHaveTheirDefaults(t *testing.T) {
	setenv(t, nil)
	s, err := loadSettings()
	if err != nil {
		t.Fatal(err)
	}
	if s.SlackAppToken.Reveal() != "xapp-1-hunter2" || s.SlackBotToken.Reveal() != "xoxb-1-hunter2" || s.OxhostAPIKey.Reveal() != "key-hunter2" {
		t.Error("a secret is not what was set")
	}
	want := []any{
		allowlist{{User: "U0ALICE", Account: "acc-1"}}, servers(nil), "", "sqlite:extendbot.db",
		baseURL("https://slack.com/api/"), baseURL("https://0xhost.net/API/"), 30 * time.Second, "UTC", currency("EUR"),
		15 * time.Minute, order.Hours(720), 2, listenAddr(":8080"), logrus.InfoLevel, logText,
	}
	got := []any{
		s.Allowlist, s.Servers, s.PolicyFile, s.Database.Reveal(),
		s.SlackAPIURL, s.OxhostAPIURL, s.OxhostTimeout, s.OxhostTimezone.String(), s.Currency,
		s.ConfirmTTL, s.MaxHours, s.SlackConnections, s.HTTPAddr, s.LogLevel, s.LogFormat,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsTakeWhatIsSet(t *testing.T) {
	setenv(t, map[string]string{
		"SERVERS": "web-1:S1", "DATABASE_URL": "postgres://bot:hunter2@db:5432/bot?sslmode=require",
		"SLACK_API_URL": "http://127.0.0.1:99/api", "OXHOST_API_URL": "http://[::1]:98", "OXHOST_TIMEOUT": "1m",
		"OXHOST_TIMEZONE": "Europe/Berlin", "CURRENCY": "usd", "CONFIRM_TTL": "24h", "MAX_HOURS": "1",
		"SLACK_CONNECTIONS": "10", "HTTP_ADDR": "", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json",
	})
	s, err := loadSettings()
	if err != nil {
		t.Fatal(err)
	}
	want := []any{
		servers{{Name: "web-1", ID: "S1"}}, "postgres://bot:hunter2@db:5432/bot?sslmode=require",
		baseURL("http://127.0.0.1:99/api/"), baseURL("http://[::1]:98/"), time.Minute, "Europe/Berlin", currency("USD"),
		24 * time.Hour, order.Hours(1), 10, listenAddr(""), logrus.DebugLevel, logJSON,
	}
	got := []any{
		s.Servers, s.Database.Reveal(),
		s.SlackAPIURL, s.OxhostAPIURL, s.OxhostTimeout, s.OxhostTimezone.String(), s.Currency,
		s.ConfirmTTL, s.MaxHours, s.SlackConnections, s.HTTPAddr, s.LogLevel, s.LogFormat,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEachMistakeIsToldByNameWithoutTheValue(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"SLACK_APP_TOKEN", "-", "is required: an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "", "is required: an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "hunter2", "must be an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "xapp-", "must be an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "xoxb-hunter2", "holds a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"SLACK_BOT_TOKEN", "xapp-hunter2", "holds an app-level token (xapp-), which belongs in SLACK_APP_TOKEN"},
		{"SLACK_BOT_TOKEN", "xoxp-hunter2", "holds a user token (xoxp-), which is not used here"},
		{"SLACK_BOT_TOKEN", "xoxb-hunter2\n", "has a blank, a line break or another sign in it that does not belong there"},
		{"OXHOST_API_KEY", "-", "is required: an API key of 0xhost"},
		{"OXHOST_API_KEY", "xoxb-hunter2", "holds a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"ALLOWLIST", "-", "this or POLICY_FILE is required, or nobody may order anything"},
		{"ALLOWLIST", "hunter2:a", "entry 1: the Slack user id must be U or W followed by capital letters and digits, such as U0ALICE"},
		{"SERVERS", "hunter2", "entry 1: has no colon; write a name, a colon and a 0xhost server id"},
		{"DATABASE_URL", "", "must be 'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>'"},
		{"DATABASE_URL", "mysql://root:hunter2@db/x", "must be 'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>'"},
		{"DATABASE_URL", "postgres://", "must be 'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>'"},
		{"DATABASE_URL", "sqlite:", "has no path behind sqlite:"},
		{"DATABASE_URL", "sqlite:///data/hunter2.db", "write the path right behind sqlite:, without the slashes of a URL (sqlite:/data/extendbot.db)"},
		{"DATABASE_URL", "postgres://u:12/hunter2@db/x", "has an @ behind its host; in user and password write @ as %40, / as %2F, ? as %3F and # as %23"},
		{"SLACK_API_URL", "slack.com/api", "must be an absolute 'https' URL ('http' only to this machine)"},
		{"SLACK_API_URL", "ftp://slack.com/", "must be an absolute 'https' URL ('http' only to this machine)"},
		{"SLACK_API_URL", "http://slack.com/api/", "must begin with https: the secrets would travel in clear"},
		{"SLACK_API_URL", "http://localhost.example.com/", "must begin with https: the secrets would travel in clear"},
		{"OXHOST_API_URL", "https://bot:hunter2@0xhost.net/", "must have neither user, query nor fragment"},
		{"OXHOST_API_URL", "https://0xhost.net/?key=hunter2", "must have neither user, query nor fragment"},
		{"OXHOST_TIMEOUT", "30", "must be a duration such as '30s' or '15m', from 1ms to 1m30s"},
		{"OXHOST_TIMEOUT", "-1s", "must be a duration such as '30s' or '15m', from 1ms to 1m30s"},
		{"OXHOST_TIMEOUT", "0", "must be a duration such as '30s' or '15m', from 1ms to 1m30s"},
		{"OXHOST_TIMEZONE", "Europe/Hunter2", "must be a name of the IANA time zone database, such as 'Europe/Berlin'"},
		{"OXHOST_TIMEZONE", "", "must be a name of the IANA time zone database, such as 'Europe/Berlin'"},
		{"CURRENCY", "€", "must be three letters"},
		{"CONFIRM_TTL", "999ms", "must be a duration such as '30s' or '15m', from 1s to 24h"},
		{"CONFIRM_TTL", "24h1s", "must be a duration such as '30s' or '15m', from 1s to 24h"},
		{"MAX_HOURS", "0", "must be a whole number, 1 or more"},
		{"MAX_HOURS", "1.5", "must be a whole number, 1 or more"},
		{"MAX_HOURS", "010", "must be a whole number, 1 or more"},
		{"MAX_HOURS", "99999999999999999999", "must be a whole number, 1 or more"},
		{"SLACK_CONNECTIONS", "0", "must be a whole number, from 1 to 10"},
		{"SLACK_CONNECTIONS", "11", "must be a whole number, from 1 to 10"},
		{"HTTP_ADDR", "8080", "must be '<host>:<port>', or empty"},
		{"HTTP_ADDR", ":hunter2", "must end with a port from 0 to 65535"},
		{"LOG_LEVEL", "hunter2", "must be 'error', 'warning', 'info', 'debug' or 'trace'"},
		{"LOG_FORMAT", "hunter2", "must be 'text' or 'json'"},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			setenv(t, map[string]string{tt.name: tt.value})
			_, err := loadSettings()
			wrong, ok := errors.AsType[*SettingsError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff([]SettingMistake{{tt.name, tt.want}}, wrong.Mistakes); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "unter2") {
				t.Errorf("the value shows in %q", err)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	setenv(t, map[string]string{
		"LOG_FORMAT": "xml", "SLACK_APP_TOKEN": "-", "SLACK_APP_TOKN": "xapp-hunter2", "MAX_HOURS": "none",
		"SLACK_BOT_TOKEN": "-", "SLACK_BOT_TOKEN_FILE": "/does/not/exist", "ALLOWLIST": "alice:a,U0BOB",
	})
	_, err := loadSettings()
	if err == nil {
		t.Fatal("no error")
	}
	want := strings.Join([]string{
		"there are 6 mistakes in the settings:",
		"  SLACK_APP_TOKEN: is required: an app-level token, which begins with 'xapp-' (SLACK_APP_TOKN is set: is that a slip?)",
		"  SLACK_BOT_TOKEN_FILE: /does/not/exist cannot be read: no such file or directory",
		"  ALLOWLIST: entry 1: the Slack user id must be U or W followed by capital letters and digits, such as U0ALICE",
		"  ALLOWLIST: entry 2: has no colon; write a Slack user id, a colon and a 0xhost user id",
		"  MAX_HOURS: must be a whole number, 1 or more",
		"  LOG_FORMAT: must be 'text' or 'json'",
	}, "\n")
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestThePolicyFileReplacesTheShortForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("servers: {web-1: S1}\npeople: {U0ALICE: {account: a}}\n")

	setenv(t, map[string]string{"POLICY_FILE": path, "SERVERS": "web-1:S1", "ADMINS": "U0CAROL"})
	_, err := loadSettings()
	wrong, ok := errors.AsType[*SettingsError](err)
	const replaced = "is replaced by POLICY_FILE; set one of the two"
	want := []SettingMistake{{"ALLOWLIST", replaced}, {"SERVERS", replaced}, {"ADMINS", replaced}}
	if !ok || !cmp.Equal(want, wrong.Mistakes) {
		t.Errorf("got %v", err)
	}

	setenv(t, map[string]string{"POLICY_FILE": path, "ALLOWLIST": "-"})
	s, err := loadSettings()
	if err != nil {
		t.Fatal(err)
	}
	wantAccount(t, s, "a")

	write("servers: {web-1: /}\npeople: {U0ALICE: {acount: a}}\n")
	_, err = loadSettings()
	wrong, ok = errors.AsType[*SettingsError](err)
	if !ok || len(wrong.Mistakes) != 3 || wrong.Mistakes[0].Name != "POLICY_FILE" || !strings.HasPrefix(wrong.Mistakes[1].What, path+":2: ") {
		t.Errorf("got %v, want every mistake of the file with its line", err)
	}
}

func TestAdminsAreReadAndAreNobodyByDefault(t *testing.T) {
	for text, want := range map[string]admins{"-": nil, "U0CAROL, U0DAVE": {"U0CAROL", "U0DAVE"}} {
		setenv(t, map[string]string{"ADMINS": text})
		s, err := loadSettings()
		if err != nil || !cmp.Equal(want, s.Admins) {
			t.Errorf("%q: %v, %v", text, s.Admins, err)
		}
	}
	setenv(t, map[string]string{"ADMINS": "carol"})
	if _, err := loadSettings(); err == nil || !strings.Contains(err.Error(), "ADMINS: entry 1: the Slack user id must be") {
		t.Errorf("got %v", err)
	}
}

func TestTheShortFormMakesTheRules(t *testing.T) {
	setenv(t, map[string]string{"SERVERS": "web-1:S1"})
	s, err := loadSettings()
	if err != nil {
		t.Fatal(err)
	}
	wantAccount(t, s, "acc-1")
}

func wantAccount(t *testing.T, s Settings, want string) {
	t.Helper()
	rules, err := s.rules(nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := rules.ForTeam("T0").Grant(t.Context(), order.Person{Team: "T0", User: "U0ALICE"}, "web-1")
	if err != nil || g.Account != want {
		t.Errorf("got %v, %v; want %s", g, err, want)
	}
}

func TestTheDatabaseCanBeReadAlone(t *testing.T) {
	setenv(t, map[string]string{"SLACK_APP_TOKEN": "-", "ALLOWLIST": "-", "DATABASE_URL": "sqlite:a.db"})
	if s, err := loadSome("DATABASE_URL"); err != nil || s.Database.Reveal() != "sqlite:a.db" {
		t.Errorf("got %v, %v", s.Database, err)
	}
	t.Setenv("DATABASE_URL", "hunter2")
	_, err := loadSome("DATABASE_URL")
	if wrong, ok := errors.AsType[*SettingsError](err); !ok || len(wrong.Mistakes) != 1 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestDefaultsDoNotDependOnTheEnvironment(t *testing.T) {
	setenv(t, map[string]string{"MAX_HOURS": "none", "CURRENCY": "USD", "DATABASE_URL": "x"})
	s := defaultSettings()
	if s.MaxHours != 720 || s.Currency != "EUR" || s.Database.Reveal() != "sqlite:extendbot.db" || s.OxhostAPIKey.Reveal() != "" {
		t.Errorf("got %+v", s)
	}
}

func TestPrintedSettingsShowNoSecret(t *testing.T) {
	setenv(t, map[string]string{"DATABASE_URL": "postgres://bot:hunter2@db/bot?password=hunter2"})
	s, err := loadSettings()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, s); strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") {
			t.Errorf("%s shows a secret: %s", verb, text)
		}
	}
	if got := s.Database.String(); got != "postgres://db/bot" {
		t.Errorf("got %s", got)
	}
}
