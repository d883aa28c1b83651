package slackapi

import (
	"fmt"
	"maps"
	"slices"
)

// The settings that an [AuthError] can name.
const (
	settingAppToken = "SLACK_APP_TOKEN"
	settingBotToken = "SLACK_BOT_TOKEN"
)

// AuthError reports that Slack refuses a token, and that trying again cannot
// help.
type AuthError struct {
	Setting string // the setting to look at
	Code    string // Slack's error code
	Fix     string // what to do about it
}

// Error names the setting, never its value.
func (e *AuthError) Error() string {
	return fmt.Sprintf("%s: Slack says %s: %s", e.Setting, e.Code, e.Fix)
}

// AuthCodes lists Slack's error codes that lead to an [*AuthError].
func AuthCodes() []string { return slices.Sorted(maps.Keys(authFixes)) }

// authFixes lists the error codes that end the program, with what to do. "%s" is
// the kind of token.
//
// https://docs.slack.dev/reference/methods/auth.test
var authFixes = map[string]string{
	"invalid_auth":            "use the %s of this app, and check the app's allowed IP addresses",
	"not_authed":              "set it to the %s of this app",
	"account_inactive":        "the app is not installed in the workspace anymore, or its user was removed: install the app again and use its new %s",
	"token_revoked":           "the token was revoked, which also happens when the app is removed from the workspace: install the app again and use its new %s",
	"token_expired":           "the token has expired: switch token rotation off and use the app's new %s",
	"not_allowed_token_type":  "this is the wrong kind of token: use the %s",
	"missing_scope":           "the token lacks a scope: grant it, install the app again and use the %s",
	"no_permission":           "the token may not do this: grant its scopes and use the %s",
	"missing_args":            "the token did not arrive: set it to the %s of this app",
	"org_login_required":      "the workspace moved into an organization: install the app there and use its %s",
	"team_access_not_granted": "the app is not approved for this workspace: have it approved, then use its %s",
	"forbidden_team":          "the workspace does not allow this app: have it approved, then use its %s",
	"access_denied":           "the workspace does not allow this: have the app approved, then use its %s",
}

// newAuthError returns the AuthError for a code that ends the program, or nil
// for any other code.
func newAuthError(setting, code string) *AuthError {
	fix, ok := authFixes[code]
	if !ok {
		return nil
	}
	kind := "bot token (xoxb-…)"
	if setting == settingAppToken {
		kind = "app-level token (xapp-…, scope connections:write)"
		if code == CodeMissingScope {
			fix = "the token lacks the scope connections:write: generate an %s on the app's page, Basic Information, App-Level Tokens"
		}
	}
	return &AuthError{Setting: setting, Code: code, Fix: fmt.Sprintf(fix, kind)}
}
