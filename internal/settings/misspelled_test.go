package settings

import (
	"slices"
	"strings"
	"testing"
)

// A variable that is probably a misspelled setting is named, with the setting, and its
// value is not.
func TestParse_MisspelledVariables(t *testing.T) {
	t.Parallel()
	for variable, meant := range map[string]string{
		"CONFIRM_TTLL": "CONFIRM_TTL", "CONFRIM_TTL": "CONFIRM_TTL", "confirm_ttl": "CONFIRM_TTL", "CONFIRM-TTL": "CONFIRM_TTL",
		"EXTENDBOT_MAX_HOURS": "MAX_HOURS", "ADMIN": "ADMINS", "ADMNIS": "ADMINS", "ALLOW_LIST": "ALLOWLIST",
		"SLACK_BOT_TOKN": "SLACK_BOT_TOKEN", "SLACK_BOT_TOKN_FILE": "SLACK_BOT_TOKEN_FILE", "SLACK_TOKEN": "SLACK_APP_TOKEN or SLACK_BOT_TOKEN",
		"SLACK_APP_LEVEL_TOKEN": "SLACK_APP_TOKEN", "OXHOST_KEY": "OXHOST_API_KEY", "0XHOST_API_KEY": "OXHOST_API_KEY", "DATABSE_URL": "DATABASE_URL",
		"APPROVAL_KEYS": "APPROVAL_KEY", "HTTP_LISTEN_ADDR": "HTTP_ADDR",
	} {
		s, err := Parse(with(map[string]string{variable: "hunter2"}))
		want := []string{variable + ": is not a setting and is not read; if " + meant + " is meant, rename it"}
		if err != nil || !slices.Equal(s.Warnings, want) {
			t.Errorf("%s: got %q, error %v", variable, s.Warnings, err)
		}
	}
}

// Variables of other programs, and settings, are not taken for misspelled ones.
func TestParse_OtherVariables(t *testing.T) {
	t.Parallel()
	more := map[string]string{"ADMINS": "U0CAROL"}
	for name := range strings.FieldsSeq("HOME PATH USER LANG TZ HOSTNAME PWD SHLVL TERM HTTP_PROXY HTTPS_PROXY NO_PROXY https_proxy no_proxy SSL_CERT_FILE " +
		"SERVICES SERVER_NAME API_KEY API_URL DATABASE DATABASE_HOST DATABASE_PASSWORD HTTP_PORT LOG_FILE LOG_DIR SLACK_SIGNING_SECRET SLACK_WEBHOOK_URL " +
		"EXTENDBOT_PORT EXTENDBOT_SERVICE_HOST EXTENDBOT_PORT_8080_TCP_ADDR CREDENTIALS_DIRECTORY NOTIFY_SOCKET INVOCATION_ID GOMEMLIMIT") {
		more[name] = "x"
	}
	if s, err := Parse(with(more)); err != nil || len(s.Warnings) > 0 {
		t.Errorf("got %q, error %v", s.Warnings, err)
	}
}
