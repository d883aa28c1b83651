package slackapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/netcause"
)

// Identity is the bot's identity in Slack.
type Identity struct {
	TeamID       string
	Team         string // the workspace's name
	EnterpriseID string // "" outside of an Enterprise organization
	UserID       string // the bot's user
	User         string // the name of that user
	BotID        string
	Scopes       []string // of the bot token; nil if Slack did not say
}

// NeededScopes lists the scopes of the bot token without which nothing works.
func NeededScopes() []string { return []string{"chat:write", "commands"} }

// ScopeUserGroups is the scope without which Slack does not list user groups.
const ScopeUserGroups = "usergroups:read"

// OptionalScope is a scope of the bot token that the bot can do without.
type OptionalScope struct {
	Name    string
	Without string // what is different without it, as a sentence for the operator
}

// OptionalScopes lists the scopes that the bot can do without.
func OptionalScopes() []OptionalScope {
	return []OptionalScope{
		{"users:read", "a time such as \"until 18:00\" means the clock of OXHOST_TIMEZONE, not the clock of the person who types it"},
		{ScopeUserGroups, "a policy file can name people, but no user groups"},
		{"im:history", "what people write to the bot in direct messages gets no answer; commands, buttons, and the form work there"},
		{"app_mentions:read", "a mention of the bot gets no answer"},
	}
}

// AbsentScopes returns the optional scopes that the bot token does not have; nil
// if Slack did not say which it has.
func (i Identity) AbsentScopes() []OptionalScope {
	if i.Scopes == nil {
		return nil
	}
	return slices.DeleteFunc(OptionalScopes(), func(s OptionalScope) bool { return slices.Contains(i.Scopes, s.Name) })
}

// The pause between two tries to identify the bot.
const (
	firstIdentityPause = 200 * time.Millisecond
	maxIdentityPause   = 5 * time.Second
)

// Identify asks Slack who the bot is and checks that its token has the scopes
// that it needs. It retries temporary failures (5xx, 429, resets, time-outs,
// HTML) for at most patience, and returns an [*AuthError] at once for a
// permanent one.
//
// https://docs.slack.dev/reference/methods/auth.test
func (c *Client) Identify(ctx context.Context, patience time.Duration) (Identity, error) {
	began := time.Now()
	var last error // of a call that ctx did not cut off
	for try := 0; ; try++ {
		who, err := c.identifyOnce(ctx)
		if err == nil {
			return who, nil
		}
		if ctx.Err() != nil {
			return Identity{}, fmt.Errorf("ask slack who the bot is: %w: %w", context.Cause(ctx), cmp.Or(last, err))
		}
		last = err
		pause := Backoff(firstIdentityPause, maxIdentityPause, try, c.cfg.Jitter())
		if failed, ok := errors.AsType[*Error](err); ok && failed.Class == ClassRateLimited {
			pause = max(pause, failed.RetryAfter)
		}
		if final(err) {
			return Identity{}, fmt.Errorf("ask slack who the bot is: %w", err)
		}
		if time.Since(began)+pause > patience {
			return Identity{}, fmt.Errorf("slack did not say who the bot is: check the network and SLACK_API_URL, or try again later: %w", err)
		}
		c.cfg.Log.WithError(err).WithField("pause", pause.Round(time.Millisecond)).Warn("slack is not ready; trying again")
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return Identity{}, fmt.Errorf("ask slack who the bot is: %w: %w", context.Cause(ctx), err)
		}
	}
}

// final reports whether asking again cannot help.
func final(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return !ok || failed.Code == netcause.ProxySetting // if not ok, Slack answered, but the identity is not usable
}

// CheckBotToken asks Slack once who the bot is. It returns an [*AuthError] if
// the bot token is invalid, and another error if that could not be determined.
//
// https://docs.slack.dev/reference/methods/auth.test
func (c *Client) CheckBotToken(ctx context.Context) error {
	_, err := c.identifyOnce(ctx)
	return err
}

func (c *Client) identifyOnce(ctx context.Context) (Identity, error) {
	var said *slack.AuthTestResponse
	failed := c.once(ctx, "auth.test", func(ctx context.Context) (err error) {
		if said, err = c.api.AuthTestContext(ctx); err != nil {
			return err
		}
		return complete(said.TeamID, nil)
	})
	if failed != nil {
		if auth := newAuthError(settingBotToken, failed.Code); auth != nil {
			return Identity{}, auth
		}
		return Identity{}, failed
	}
	who := Identity{
		TeamID: said.TeamID, Team: said.Team, EnterpriseID: said.EnterpriseID,
		UserID: said.UserID, User: said.User, BotID: said.BotID, Scopes: scopesOf(said),
	}
	return who, who.check()
}

func scopesOf(said *slack.AuthTestResponse) []string {
	header := said.Header.Get("X-OAuth-Scopes")
	if header == "" {
		return nil
	}
	return strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ' ' })
}

// forOrganization reports whether the app is installed for a whole Enterprise
// organization. Slack then names the organization as the workspace.
//
// https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
func (i Identity) forOrganization() bool {
	return i.TeamID == i.EnterpriseID || strings.HasPrefix(i.TeamID, "E")
}

// check returns an error if the bot cannot work as this identity.
func (i Identity) check() error {
	if i.forOrganization() {
		return &AuthError{Setting: settingBotToken, Code: "is_enterprise_install", Fix: "the app is installed for a whole organization, " +
			"and extendbot serves one workspace: install the app in that workspace instead (on the app's page, " +
			"Install App, choose the workspace and not the organization) and use the bot token (xoxb-…) of that installation"}
	}
	if i.BotID == "" {
		return newAuthError(settingBotToken, "not_allowed_token_type")
	}
	if i.Scopes == nil {
		return nil
	}
	var missing []string
	for _, scope := range NeededScopes() {
		if !slices.Contains(i.Scopes, scope) {
			missing = append(missing, scope)
		}
	}
	if missing == nil {
		return nil
	}
	err := newAuthError(settingBotToken, "missing_scope")
	err.Fix += "; missing: " + strings.Join(missing, ", ")
	return err
}
