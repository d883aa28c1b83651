package slackapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/internal/slacksim"
)

const alive = `{"ok":true,"team":"Acme","team_id":"T1","user_id":"U1","bot_id":"B1"}`

// Identify returns the workspace, the bot's user and the scopes of its token.
func TestIdentify_NamesTheBot(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	who, err := c.Identify(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if who.TeamID != server.TeamID() || who.UserID != server.BotUserID() || len(who.Scopes) == 0 {
		t.Errorf("it is %+v", who)
	}
}

// A temporary failure does not end the start.
func TestIdentify_TriesAgain(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slacksim.Fault{
		"503": {Status: 503}, "reset": {Before: slacksim.Reset},
		"HTML": {Status: 200, Body: "<html>"}, "internal_error": {Error: "internal_error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, c := newSim(t, slacksim.Config{})
			server.Fail("auth.test", fault, 2)
			if _, err := c.Identify(t.Context(), time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
}

// A 429 is waited out, even without a readable Retry-After.
func TestIdentify_WaitsAfter429(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		wait   time.Duration
	}{
		"seconds": {tooMany("7"), 7 * time.Second}, "bare": {tooMany(""), time.Second}, "no number": {tooMany("soon"), time.Second},
		"in the body": {says(`{"ok":false,"error":"ratelimited"}`), time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, slack := newScripted(append(slices.Repeat([]func(http.ResponseWriter){test.answer}, 2), says(alive))...)
				if _, err := c.Identify(t.Context(), time.Minute); err != nil {
					t.Fatal(err)
				}
				for i := 1; i < len(slack.at); i++ {
					if got := slack.at[i].Sub(slack.at[i-1]); got < test.wait {
						t.Errorf("asked again after %s, want %s", got, test.wait)
					}
				}
			})
		})
	}
}

// After the patience is used up, the failure is returned. It is not an
// AuthError.
func TestIdentify_EndsWithItsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted(func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) })
		began := time.Now()
		_, err := c.Identify(t.Context(), time.Minute)
		if _, auth := errors.AsType[*AuthError](err); err == nil || auth || CodeOf(err) != "http_503" || !strings.Contains(err.Error(), "check the network and SLACK_API_URL") {
			t.Errorf("Identify: %v", err)
		}
		if took := time.Since(began); took > time.Minute || took < 50*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// The end of the context ends the wait for Slack.
func TestIdentify_EndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted(tooMany("3600"))
		if _, err := c.Identify(in(t, time.Second), 2*time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Identify: %v", err)
		}
	})
}

// A permanent error ends the start at once. It names the setting but does not
// contain the token.
func TestIdentify_EndsAtOnceWithAuthError(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	for _, code := range AuthCodes() {
		server.Fail("auth.test", slacksim.Fault{Error: code}, 1)
		_, err := c.Identify(t.Context(), time.Minute)
		wantAuthError(t, server, err, settingBotToken, code)
	}
}

// An app that is installed for a whole organization is refused, with how to
// install it instead. One in a workspace of an organization is not.
func TestIdentify_RefusesOrganization(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{EnterpriseID: "E0ACME", OrgInstall: true})
	_, err := c.Identify(t.Context(), time.Minute)
	wantAuthError(t, server, err, settingBotToken, "is_enterprise_install")
	if !strings.Contains(err.Error(), "install the app in that workspace") {
		t.Errorf("%v does not say how to install it", err)
	}
	_, c = newSim(t, slacksim.Config{EnterpriseID: "E0ACME"})
	if who, err := c.Identify(t.Context(), time.Minute); err != nil || who.EnterpriseID != "E0ACME" {
		t.Errorf("a workspace of an organization: %+v, %v", who, err)
	}
}

// Missing scopes are named.
func TestIdentify_NamesMissingScopes(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{Scopes: []string{"commands"}})
	_, err := c.Identify(t.Context(), time.Minute)
	wantAuthError(t, server, err, settingBotToken, "missing_scope")
	if !strings.Contains(err.Error(), "chat:write") {
		t.Errorf("%v names no scope", err)
	}
}

// A person's token is not accepted as a bot token.
func TestIdentify_RefusesAUserToken(t *testing.T) {
	t.Parallel()
	c, _ := newScripted(says(`{"ok":true,"team_id":"T1","user_id":"U1"}`))
	_, err := c.Identify(t.Context(), time.Minute)
	if auth, ok := errors.AsType[*AuthError](err); !ok || auth.Code != "not_allowed_token_type" {
		t.Errorf("Identify: %v", err)
	}
}

func wantAuthError(t *testing.T, server *slacksim.Server, err error, setting, code string) {
	t.Helper()
	auth, ok := errors.AsType[*AuthError](err)
	if !ok || auth.Setting != setting || auth.Code != code || auth.Fix == "" {
		t.Fatalf("%v, want an AuthError that names %s and %s", err, setting, code)
	}
	if strings.Contains(err.Error(), server.AppToken()) || strings.Contains(err.Error(), server.BotToken()) {
		t.Errorf("%v contains the token", err)
	}
}
