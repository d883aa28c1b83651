package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"extendbot/auth"
	"extendbot/internal/secret"
	"extendbot/ledger/mac"
	"extendbot/order"
)

// least returns the settings that are required.
func least() map[string]string {
	return map[string]string{
		"SLACK_APP_TOKEN": "xapp-1-hunter2",
		"SLACK_BOT_TOKEN": "xoxb-1-hunter2",
		"OXHOST_API_KEY":  "key-hunter2",
		"ALLOWLIST":       "U0ALICE:acc-1",
	}
}

// with returns the required settings, changed by more. The value "-" removes a
// setting.
func with(more map[string]string) map[string]string {
	variables := least()
	maps.Copy(variables, more)
	maps.DeleteFunc(variables, func(_, value string) bool { return value == "-" })
	return variables
}

// setenv sets the environment to exactly these settings.
func setenv(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, s := range List() {
		for _, name := range []string{s.Name, s.Name + FileSuffix} {
			t.Setenv(name, "") // restores the old value after the test
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

// wantMistakes fails unless err is an [*Error] with exactly these mistakes.
func wantMistakes(t *testing.T, err error, want ...Mistake) {
	t.Helper()
	wrong, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(want, wrong.Mistakes); diff != "" {
		t.Error(diff)
	}
}

// values lists the values in settings, including secrets.
func values(s Settings) []any {
	return []any{
		s.SlackAppToken.Reveal(), s.SlackBotToken.Reveal(), s.OxhostAPIKey.Reveal(),
		s.Allowlist, s.Servers, s.Admins, s.PolicyFile, s.ApprovalKeys.ID(), s.Database.Reveal(),
		s.SlackAPIURL, s.OxhostAPIURL, s.OxhostTimeout, s.OxhostTimezone.String(), s.Currency,
		s.ConfirmTTL, s.ApproveTTL, s.MaxHours, s.RemindBefore, s.RemindChannel, s.SlackConnections, s.HTTPAddr, s.LogLevel, s.LogFormat,
	}
}

// A setting that is not set has its default, whether settings come from the
// environment or from variables.
func TestLoad_Defaults(t *testing.T) {
	setenv(t, least())
	loaded, err := Load()
	parsed, parseErr := Parse(least())
	if err != nil || parseErr != nil {
		t.Fatal(err, parseErr)
	}
	want := []any{
		"xapp-1-hunter2", "xoxb-1-hunter2", "key-hunter2",
		[]auth.AllowlistEntry{{User: "U0ALICE", Account: "acc-1"}}, []order.Server(nil), []string(nil), "", mac.Derived(secret.New("key-hunter2")).ID(), "sqlite:extendbot.db",
		"https://slack.com/api/", "https://0xhost.net/API/", 30 * time.Second, "UTC", "EUR",
		15 * time.Minute, 8 * time.Hour, order.Hours(720), []time.Duration{24 * time.Hour, 2 * time.Hour}, "", 2, ":8080", logrus.InfoLevel, LogText,
	}
	for _, s := range []Settings{loaded, parsed} {
		if diff := cmp.Diff(want, values(s)); diff != "" {
			t.Error(diff)
		}
	}
}

// A setting that is set is used, whether settings come from the environment or
// from variables.
func TestLoad_TakesWhatIsSet(t *testing.T) {
	variables := with(map[string]string{
		"SERVERS": "web-1:S1", "ADMINS": "U0CAROL, U0DAVE", "DATABASE_URL": "postgres://bot:hunter2@db:5432/bot?sslmode=require",
		"SLACK_API_URL": "http://127.0.0.1:99/api", "OXHOST_API_URL": "http://[::1]:98", "OXHOST_TIMEOUT": "1m",
		"OXHOST_TIMEZONE": "Europe/Berlin", "CURRENCY": "usd", "CONFIRM_TTL": "24h", "APPROVE_TTL": "7d", "MAX_HOURS": "1", "APPROVAL_KEY": keyOne + ", " + keyTwo,
		"REMIND_BEFORE": "1m, 30d,1d12h", "REMIND_CHANNEL": "C0OPS",
		"SLACK_CONNECTIONS": "10", "HTTP_ADDR": "", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json",
	})
	setenv(t, variables)
	loaded, err := Load()
	parsed, parseErr := Parse(variables)
	if err != nil || parseErr != nil {
		t.Fatal(err, parseErr)
	}
	want := []any{
		"xapp-1-hunter2", "xoxb-1-hunter2", "key-hunter2",
		[]auth.AllowlistEntry{{User: "U0ALICE", Account: "acc-1"}}, []order.Server{{Name: "web-1", ID: "S1"}}, []string{"U0CAROL", "U0DAVE"},
		"", newKeys(t, keyOne).ID(), "postgres://bot:hunter2@db:5432/bot?sslmode=require",
		"http://127.0.0.1:99/api/", "http://[::1]:98/", time.Minute, "Europe/Berlin", "USD",
		24 * time.Hour, 7 * 24 * time.Hour, order.Hours(1), []time.Duration{30 * 24 * time.Hour, 36 * time.Hour, time.Minute}, "C0OPS", 10, "", logrus.DebugLevel, LogJSON,
	}
	for _, s := range []Settings{loaded, parsed} {
		if diff := cmp.Diff(want, values(s)); diff != "" {
			t.Error(diff)
		}
	}
}

const (
	keyOne = "hunter2-hunter2-hunter2-hunter21"
	keyTwo = "hunter2-hunter2-hunter2-hunter22"
)

func newKeys(t *testing.T, texts ...string) mac.Keys {
	t.Helper()
	var list []secret.Value
	for _, text := range texts {
		list = append(list, secret.New(text))
	}
	k, err := mac.New(list...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The first key signs. The others, and the one that is derived from OXHOST_API_KEY,
// verify, so that setting APPROVAL_KEY for the first time is a rotation, too.
func TestParse_ApprovalKeys(t *testing.T) {
	t.Parallel()
	s, err := Parse(with(map[string]string{"APPROVAL_KEY": keyOne + "," + keyTwo}))
	if err != nil {
		t.Fatal(err)
	}
	derived := mac.Derived(secret.New("key-hunter2"))
	for name, k := range map[string]mac.Keys{"one": newKeys(t, keyOne), "two": newKeys(t, keyTwo), "derived": derived} {
		id, code := k.Sign("f", "a")
		if s.ApprovalKeys.Verify(id, code, "f", "a") != mac.Valid {
			t.Errorf("%s does not verify", name)
		}
	}
	if s.ApprovalKeys.ID() != newKeys(t, keyOne).ID() {
		t.Error("the first key does not sign")
	}
}

// A command that writes needs a key, from either setting; one that reads does not.
func TestLoadLedger_NeedsAKeyToWrite(t *testing.T) {
	derived := mac.Derived(secret.New("key-hunter2"))
	for name, test := range map[string]struct {
		key, apiKey string
		want        string
		wrong       bool
	}{
		"both":    {keyOne, "key-hunter2", newKeys(t, keyOne).ID(), false},
		"its own": {keyOne, "", newKeys(t, keyOne).ID(), false},
		"derived": {"", "key-hunter2", derived.ID(), false},
		"none":    {"", "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			setenv(t, map[string]string{"DATABASE_URL": "sqlite:a.db", "APPROVAL_KEY": test.key, "OXHOST_API_KEY": test.apiKey, "MAX_HOURS": "x"})
			s, err := LoadLedger(true)
			if (err != nil) != test.wrong || s.ApprovalKeys.ID() != test.want {
				t.Errorf("key %q, error %v", s.ApprovalKeys.ID(), err)
			}
			if err != nil && !strings.Contains(err.Error(), "APPROVAL_KEY: this or OXHOST_API_KEY is required") {
				t.Error(err)
			}
			if s, err := LoadLedger(false); err != nil || s.ApprovalKeys.ID() != test.want {
				t.Errorf("to read: key %q, error %v", s.ApprovalKeys.ID(), err)
			}
		})
	}
}

// Parse reads variables instead of the environment, not in addition to it.
func TestParse_IgnoresTheEnvironment(t *testing.T) {
	setenv(t, with(map[string]string{"MAX_HOURS": "none", "CURRENCY": "USD", "OXHOST_API_KEY_FILE": "/x"}))
	s, err := Parse(least())
	if err != nil || s.MaxHours != 720 || s.Currency != "EUR" {
		t.Errorf("got %+v, %v", s, err)
	}
}

// Mistakes in settings that a command does not need do not stop it.
func TestLoadSome_ReadsOnlyTheseSettings(t *testing.T) {
	setenv(t, map[string]string{"DATABASE_URL": "sqlite:a.db", "OXHOST_API_KEY_FILE": "/does/not/exist"})
	if s, err := LoadSome("DATABASE_URL"); err != nil || s.Database.Reveal() != "sqlite:a.db" {
		t.Errorf("got %v, %v", s.Database, err)
	}
	t.Setenv("DATABASE_URL", "hunter2")
	_, err := LoadSome("DATABASE_URL")
	if wrong, ok := errors.AsType[*Error](err); !ok || len(wrong.Mistakes) != 1 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// Each mistake has the name of the setting, says what to do, and never repeats
// the value.
func TestParse_NamesEachMistake(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, want string }{
		{"SLACK_APP_TOKEN", "-", "is required: an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "", "is required: an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "hunter2", "must be an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "xapp-", "must be an app-level token, which begins with 'xapp-'"},
		{"SLACK_APP_TOKEN", "xoxb-hunter2", "contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"SLACK_BOT_TOKEN", "xapp-hunter2", "contains an app-level token (xapp-), which belongs in SLACK_APP_TOKEN"},
		{"SLACK_BOT_TOKEN", "xoxp-hunter2", "contains a user token (xoxp-), which is not used here"},
		{"SLACK_BOT_TOKEN", "xoxb-hunter2\n", "begins or ends with a space or a line break; remove it"},
		{"SLACK_BOT_TOKEN", "xoxb-hun ter2", "contains a space, a line break, or another character that cannot be in it"},
		{"OXHOST_API_KEY", "-", "is required: an API key of 0xhost"},
		{"OXHOST_API_KEY", "xoxb-hunter2", "contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"ALLOWLIST", "-", "this or POLICY_FILE is required: without either, nobody may order anything"},
		{"ALLOWLIST", "hunter2:a", "entry 1: the Slack user id must be U or W followed by capital letters and digits, such as U0ALICE"},
		{"SERVERS", "hunter2", "entry 1: has no colon; write a name, a colon and a 0xhost server id"},
		{"DATABASE_URL", "", "must be 'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>?sslmode=verify-full'"},
		{"DATABASE_URL", "mysql://root:hunter2@db/x", "must be 'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>?sslmode=verify-full'"},
		{"DATABASE_URL", "postgres://", "must be 'sqlite:<path>' or 'postgres://<user>:<password>@<host>/<database>?sslmode=verify-full'"},
		{"DATABASE_URL", "sqlite:", "has no path after sqlite:"},
		{"DATABASE_URL", "sqlite:///data/hunter2.db", "write the path right after sqlite:, without the slashes of a URL (sqlite:/data/extendbot.db)"},
		{"DATABASE_URL", "postgres://u:12/hunter2@db/x", "has an @ after its host; in the user and the password, write @ as %40, / as %2F, ? as %3F, and # as %23"},
		{"SLACK_API_URL", "slack.com/api", "must be an absolute 'https' URL ('http' only to this machine)"},
		{"SLACK_API_URL", "ftp://slack.com/", "must be an absolute 'https' URL ('http' only to this machine)"},
		{"SLACK_API_URL", "http://slack.com/api/", "must begin with https: over http the secrets would be sent unencrypted"},
		{"SLACK_API_URL", "http://localhost.example.com/", "must begin with https: over http the secrets would be sent unencrypted"},
		{"OXHOST_API_URL", "https://bot:hunter2@0xhost.net/", "must not have a user, a query, or a fragment"},
		{"OXHOST_API_URL", "https://0xhost.net/?key=hunter2", "must not have a user, a query, or a fragment"},
		{"OXHOST_TIMEOUT", "30", "must be a duration such as '30s' or '15m', from 1ms to 1m30s; a number needs a unit: s, m, or h"},
		{"OXHOST_TIMEOUT", "1 m", "must be a duration such as '30s' or '15m', from 1ms to 1m30s; write it without blanks and commas, such as 1h30m"},
		{"CONFIRM_TTL", "1d", "must be a duration such as '30s' or '15m', from 1s to 24h; a day is 24h"},
		{"CONFIRM_TTL", "15min", "must be a duration such as '30s' or '15m', from 1s to 24h"},
		{"OXHOST_TIMEOUT", "-1s", "must be a duration such as '30s' or '15m', from 1ms to 1m30s"},
		{"OXHOST_TIMEOUT", "0", "must be a duration such as '30s' or '15m', from 1ms to 1m30s"},
		{"OXHOST_TIMEZONE", "Europe/Hunter2", "must be a name from the IANA time zone database, such as 'Europe/Berlin'"},
		{"OXHOST_TIMEZONE", "", "must be a name from the IANA time zone database, such as 'Europe/Berlin'"},
		{"CURRENCY", "€", "must be three letters"},
		{"CONFIRM_TTL", "999ms", "must be a duration such as '30s' or '15m', from 1s to 24h"},
		{"CONFIRM_TTL", "24h1s", "must be a duration such as '30s' or '15m', from 1s to 24h"},
		{"APPROVE_TTL", "59s", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d"},
		{"APPROVE_TTL", "7d1s", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d"},
		{"APPROVE_TTL", "8d", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d"},
		{"APPROVE_TTL", "d", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d"},
		{"APPROVE_TTL", "1d-1h", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d"},
		{"APPROVE_TTL", "1.5d", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d"},
		{"APPROVE_TTL", "3", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d; a number needs a unit: m, h, or d"},
		{"APPROVE_TTL", "3 days", "must be a duration such as '30m', '8h', or '3d', from 1m to 7d"},
		{"APPROVAL_KEY", keyOne[:31], "contains a key of fewer than 32 characters (key 1); create one with: openssl rand -base64 32"},
		{"APPROVAL_KEY", keyOne + ",hunter2", "contains a key of fewer than 32 characters (key 2); create one with: openssl rand -base64 32"},
		{"APPROVAL_KEY", keyOne + ",", "contains nothing as key 2: remove one of the commas"},
		{"APPROVAL_KEY", "," + keyOne, "contains nothing as key 1: remove one of the commas"},
		{"APPROVAL_KEY", keyOne + "," + keyTwo + "," + keyOne, "contains the same key twice (key 3)"},
		{"APPROVAL_KEY", keyOne + " " + keyTwo, "contains a space, a line break, or another character that cannot be in it"},
		{"APPROVAL_KEY", "xoxb-" + keyOne, "contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"APPROVAL_KEY", keyOne + ",xoxb-" + keyTwo, "contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"MAX_HOURS", "0", "must be a whole number, 1 or more"},
		{"MAX_HOURS", "1.5", "must be a whole number, 1 or more"},
		{"MAX_HOURS", "010", "must be a whole number, 1 or more"},
		{"MAX_HOURS", "99999999999999999999", "must be a whole number, 1 or more"},
		{"REMIND_BEFORE", "24", "entry 1: a number needs a unit: m, h, or d"},
		{"REMIND_BEFORE", "24h,hunter2", "entry 2: must be a duration such as 2h or 3d"},
		{"REMIND_BEFORE", "24h 2h", "entry 1: must be a duration such as 2h or 3d"},
		{"REMIND_BEFORE", "24h,-2h", "entry 2: must be a duration such as 2h or 3d"},
		{"REMIND_BEFORE", "0", "entry 1: must be from 1m to 30d"},
		{"REMIND_BEFORE", "2h,59s", "entry 2: must be from 1m to 30d"},
		{"REMIND_BEFORE", "30d1s", "entry 1: must be from 1m to 30d"},
		{"REMIND_BEFORE", "24h,", "entry 2: is empty; remove the extra comma"},
		{"REMIND_BEFORE", "24h,2h,1d", "entry 3: is as long as entry 1; remove one of the two"},
		{"REMIND_CHANNEL", "#hunter2", "must be a Slack channel id, such as 'C0OPS', or empty; Slack shows it at the bottom of the channel's details"},
		{"REMIND_CHANNEL", "D0HUNTER2", "must be a Slack channel id, such as 'C0OPS', or empty; Slack shows it at the bottom of the channel's details"},
		{"REMIND_CHANNEL", "xoxb-hunter2", "contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
		{"SLACK_CONNECTIONS", "0", "must be a whole number, from 1 to 10"},
		{"SLACK_CONNECTIONS", "11", "must be a whole number, from 1 to 10"},
		{"HTTP_ADDR", "8080", "must be '<host>:<port>', or empty"},
		{"HTTP_ADDR", "*:8080", "must have no host before the colon to listen on every address"},
		{"HTTP_ADDR", "my hunter2:80", "must begin with an address or the name of this machine, or with the colon"},
		{"HTTP_ADDR", "http://hunter2:80", "must be '<host>:<port>', or empty"},
		{"SLACK_API_URL", "https://slack.com:99999/", "must have a port from 1 to 65535, or none"},
		{"OXHOST_TIMEZONE", "Local", "must be a name from the IANA time zone database, such as 'Europe/Berlin'"},
		{"LOG_LEVEL", "fatal", "must be 'error', 'warning', 'info', 'debug', or 'trace'"},
		{"HTTP_ADDR", ":hunter2", "must end with a port from 0 to 65535"},
		{"LOG_LEVEL", "hunter2", "must be 'error', 'warning', 'info', 'debug', or 'trace'"},
		{"LOG_FORMAT", "hunter2", "must be 'text' or 'json'"},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(with(map[string]string{tt.name: tt.value}))
			wantMistakes(t, err, Mistake{tt.name, tt.want})
			if strings.Contains(err.Error(), "unter2") {
				t.Errorf("the value is in %q", err)
			}
		})
	}
}

// All mistakes are reported at once, in the order of the reference.
func TestParse_AllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse(with(map[string]string{
		"LOG_FORMAT": "xml", "SLACK_APP_TOKEN": "-", "SLACK_APP_TOKN": "xapp-hunter2", "MAX_HOURS": "none",
		"SLACK_BOT_TOKEN": "-", "SLACK_BOT_TOKEN_FILE": "/does/not/exist", "ALLOWLIST": "alice:a,U0BOB",
	}))
	if err == nil {
		t.Fatal("no error")
	}
	want := strings.Join([]string{
		"there are 6 mistakes in the settings:",
		"  SLACK_APP_TOKEN: is required: an app-level token, which begins with 'xapp-' (SLACK_APP_TOKN is set: is that a typo?)",
		"  SLACK_BOT_TOKEN_FILE: /does/not/exist cannot be read: no such file or directory",
		"  ALLOWLIST: entry 1: the Slack user id must be U or W followed by capital letters and digits, such as U0ALICE",
		"  ALLOWLIST: entry 2: has no colon; write a Slack user id, a colon and a 0xhost account id",
		"  MAX_HOURS: must be a whole number, 1 or more",
		"  LOG_FORMAT: must be 'text' or 'json'",
	}, "\n")
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// A policy file and the short form cannot be used together, and every mistake in
// the file is reported with its line.
func TestParse_PolicyFileReplacesTheShortForm(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("servers: {web-1: S1}\npeople: {U0ALICE: {account: a}}\n")

	_, err := Parse(with(map[string]string{"POLICY_FILE": path, "SERVERS": "web-1:S1", "ADMINS": "U0CAROL"}))
	const replaced = "is replaced by POLICY_FILE; set only one of the two"
	wantMistakes(t, err, Mistake{"ALLOWLIST", replaced}, Mistake{"SERVERS", replaced}, Mistake{"ADMINS", replaced})

	alone := with(map[string]string{"POLICY_FILE": path, "ALLOWLIST": "-"})
	if s, err := Parse(alone); err != nil || s.PolicyFile != path || s.Allowlist != nil {
		t.Errorf("got %v, %v", s, err)
	}

	write("servers: {web-1: /}\npeople: {U0ALICE: {acount: a}}\n")
	_, err = Parse(alone)
	wrong, ok := errors.AsType[*Error](err)
	if !ok || len(wrong.Mistakes) != 3 || wrong.Mistakes[0].Name != "POLICY_FILE" || !strings.HasPrefix(wrong.Mistakes[1].What, path+":2: ") {
		t.Errorf("got %v, want every mistake of the file with its line", err)
	}

	for text, want := range map[string]string{
		"xoxb-hunter2": "contains a token; it must be the path of a YAML file", "servers:\n  web-1: S1": "contains several lines; it must be the path of a YAML file",
	} {
		_, err = Parse(with(map[string]string{"ALLOWLIST": "-", "POLICY_FILE": text}))
		wantMistakes(t, err, Mistake{"POLICY_FILE", want})
	}

	alone["POLICY_FILE"] = path + ".yml"
	if _, err = Parse(alone); err == nil || !strings.Contains(err.Error(), "POLICY_FILE: ") {
		t.Errorf("got %v, want that there is no such file", err)
	}
}

// Without ADMINS nobody may settle an outcome in Slack.
func TestParse_Admins(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"-": nil, " ": nil, "U0CAROL, U0DAVE": {"U0CAROL", "U0DAVE"}} {
		s, err := Parse(with(map[string]string{"ADMINS": text}))
		if err != nil || !cmp.Equal(want, s.Admins) {
			t.Errorf("%q: %v, %v", text, s.Admins, err)
		}
	}
	if _, err := Parse(with(map[string]string{"ADMINS": "carol"})); err == nil || !strings.Contains(err.Error(), "ADMINS: entry 1: the Slack user id must be") {
		t.Errorf("got %v", err)
	}
}

// Who else can read or change the file of a secret is a warning; that everyone can
// change or replace it is a mistake.
func TestParse_SecretFileAccess(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		file, folder    os.FileMode
		mistake, warned string
	}{
		{"only its owner", 0o600, 0o700, "", ""},
		{"its group reads", 0o640, 0o755, "", ""},
		{"everyone reads", 0o644, 0o755, "", " can be read by everyone on this machine; run chmod o-r on it"},
		{"its group writes", 0o660, 0o755, "", " can be written by its group; run chmod g-w on it"},
		{"everyone writes", 0o602, 0o755, " is writable by everyone on this machine; run chmod o-w on it", ""},
		{"everyone replaces", 0o600, 0o777, " is in a folder in which everyone on this machine can replace files; run chmod o-w on the folder", ""},
		{"a folder where nobody can replace it", 0o600, 0o777 | os.ModeSticky, "", ""},
	} {
		path := secretPath(t, "xapp-hunter2\n")
		if err := errors.Join(os.Chmod(path, test.file), os.Chmod(filepath.Dir(path), test.folder)); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{path, link} {
			var want []string
			if test.warned != "" {
				want = []string{"SLACK_APP_TOKEN_FILE: " + path + test.warned}
			}
			s, err := Parse(with(map[string]string{"SLACK_APP_TOKEN": "-", "SLACK_APP_TOKEN_FILE": path}))
			if test.mistake != "" {
				wantMistakes(t, err, Mistake{"SLACK_APP_TOKEN_FILE", path + test.mistake})
			} else if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			if !slices.Equal(s.Warnings, want) {
				t.Errorf("%s: warnings %q, want %q", test.name, s.Warnings, want)
			}
		}
	}
}

// A secret that is set in both places is a mistake.
func TestParse_SecretInBothPlaces(t *testing.T) {
	t.Parallel()
	_, err := Parse(with(map[string]string{"SLACK_APP_TOKEN_FILE": secretPath(t, "xapp-1")}))
	wantMistakes(t, err, Mistake{"SLACK_APP_TOKEN", "is set, and so is SLACK_APP_TOKEN_FILE; set only one of the two"})
}

// Printed settings show no secrets, and only scheme, host and path of a
// database.
func TestSettings_PrintNoSecret(t *testing.T) {
	t.Parallel()
	s, err := Parse(with(map[string]string{"DATABASE_URL": "postgres://bot:hunter2@db/bot?password=hunter2"}))
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

func secretPath(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A proxy that is needed and cannot be one is a mistake in the settings, like any other. It is
// named once and without its value.
func TestParse_BrokenProxy(t *testing.T) {
	t.Parallel()
	mistake := Mistake{"https_proxy", "must be the URL of a proxy, such as http://proxy.example.com:3128"}
	_, err := Parse(with(map[string]string{"https_proxy": "http://ops:hunter2 @proxy"}))
	wantMistakes(t, err, mistake)
	_, err = Parse(with(map[string]string{"https_proxy": "\"http://proxy.test\"", "MAX_HOURS": "x"}))
	wantMistakes(t, err, Mistake{"MAX_HOURS", "must be a whole number, 1 or more"}, mistake)
	for name, value := range map[string]string{"HTTPS_PROXY": "http://proxy.test:3128", "HTTP_PROXY": "not a url"} { // nothing uses the second one
		if _, err := Parse(with(map[string]string{name: value})); err != nil {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
	local := map[string]string{"HTTPS_PROXY": "not a url", "SLACK_API_URL": "http://localhost:1/", "OXHOST_API_URL": "https://127.0.0.1:1/"}
	if _, err := Parse(with(local)); err != nil {
		t.Errorf("with both on this machine: %v", err)
	}
}
