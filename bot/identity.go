package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/slack-go/slack"

	"extendbot/internal/crash"
)

// Identity is who the bot is to Slack.
type Identity struct {
	TeamID       string
	Team         string // the workspace's name
	EnterpriseID string // "" outside of an Enterprise organisation
	UserID       string // the bot's user
	BotID        string
	Scopes       []string // of the bot token; nil if Slack did not say
}

// NeededScopes lists the scopes of the bot token without which nothing works.
func NeededScopes() []string { return []string{"chat:write", "commands"} }

// Connect asks Slack who the bot is and checks that its token may do what it
// has to. What Slack answers in passing (5xx, 429, resets, time-outs, HTML) is
// tried again for Config.ConnectTimeout; an answer that cannot change is
// returned at once as an [*AuthError].
//
// https://docs.slack.dev/reference/methods/auth.test
func (a *App) Connect(ctx context.Context) (Identity, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 200*time.Millisecond, 5*time.Second
	who, err := backoff.Retry(ctx, func() (Identity, error) { return a.whoAmI(ctx) },
		backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(a.cfg.ConnectTimeout),
		backoff.WithNotify(func(err error, next time.Duration) {
			a.log.WithError(err).WithField("pause", next.Round(time.Millisecond)).Warn("slack is not ready, trying again")
		}))
	if err != nil {
		return Identity{}, fmt.Errorf("ask slack who the bot is: %w", err)
	}
	a.identity.Store(&who)
	return who, nil
}

// TryOpen sees whether the app-level token opens connections, without opening
// one. It returns an [*AuthError] if Slack says no to it.
//
// https://docs.slack.dev/reference/methods/apps.connections.open
func (a *App) TryOpen(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, a.cfg.CallTimeout, errCallTimeout)
	defer cancel()
	api := slack.New(a.cfg.BotToken, slack.OptionAppLevelToken(a.cfg.AppToken),
		slack.OptionAPIURL(a.cfg.APIURL), slack.OptionHTTPClient(a.wire))
	_, _, err := api.StartSocketModeContext(ctx)
	if auth := socketAuth(err); auth != nil {
		return auth
	}
	if err != nil {
		return judge("apps.connections.open", err)
	}
	return nil
}

func (a *App) whoAmI(ctx context.Context) (Identity, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.cfg.CallTimeout, errCallTimeout)
	defer cancel()
	began := a.cfg.Now()
	crash.Point("slack", "auth.test", "before")
	said, err := a.web.api.AuthTestContext(ctx)
	crash.Point("slack", "auth.test", "after")
	if err != nil {
		failed := judge("auth.test", err)
		a.cfg.Meter.Called(failed.method, failed.code, a.cfg.Now().Sub(began))
		return Identity{}, retryOrNot(failed)
	}
	a.cfg.Meter.Called("auth.test", "ok", a.cfg.Now().Sub(began))
	who := Identity{
		TeamID: said.TeamID, Team: said.Team, EnterpriseID: said.EnterpriseID,
		UserID: said.UserID, BotID: said.BotID, Scopes: scopesOf(said),
	}
	if err := who.check(); err != nil {
		return who, backoff.Permanent(err)
	}
	return who, nil
}

// retryOrNot marks an error of auth.test as what it is for start-up: fatal,
// to be tried again, or after so many seconds.
func retryOrNot(failed *callError) error {
	if auth := fatal(settingBotToken, failed.code); auth != nil {
		return backoff.Permanent(auth)
	}
	if failed.class == classAgain && failed.retryAfter > 0 {
		return &waitError{callError: failed}
	}
	return failed
}

// waitError is a callError that tells package backoff how long to wait.
type waitError struct{ *callError }

func (e *waitError) Unwrap() []error {
	return []error{e.callError, &backoff.RetryAfterError{Duration: e.retryAfter}}
}

func scopesOf(said *slack.AuthTestResponse) []string {
	header := said.Header.Get("X-OAuth-Scopes")
	if header == "" {
		return nil
	}
	return strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ' ' })
}

// check says whether the answer of auth.test is one that the bot can work with.
func (i Identity) check() error {
	if i.TeamID == "" {
		return errors.New("auth.test named no workspace")
	}
	if i.BotID == "" {
		return fatal(settingBotToken, "not_allowed_token_type")
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
	err := fatal(settingBotToken, "missing_scope")
	err.Fix += "; missing: " + strings.Join(missing, ", ")
	return err
}

// knows says whether a payload of that workspace and app is for this bot.
func (a *App) knows(team, app string) bool {
	who := a.identity.Load()
	if who == nil || team == "" {
		return false
	}
	if team != who.TeamID && (who.EnterpriseID == "" || team != who.EnterpriseID) {
		return false
	}
	known := a.appID.Load() // a hello with it comes before any payload
	return known != nil && *known == app
}

// home gives the workspace that a person belongs to: the bot's own if Slack
// names none, or the organisation that it is part of.
func (a *App) homeOf(team string) string {
	who := a.identity.Load()
	if team == "" || team == who.EnterpriseID {
		return who.TeamID
	}
	return team
}
