package service_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"extendbot/bot"
	"extendbot/bot/slackapi"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/ledger"
	"extendbot/order"
)

// /healthz, /readyz and /metrics answer.
func TestProbes_Answer(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for path, want := range map[string]string{
		"/healthz": "ok", "/metrics": "extendbot_slack_app_connections",
	} {
		if status, body := h.Get(path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	h.WaitReady(http.StatusOK, "ok")
}

// A service without a connection to Slack is alive but not ready.
func TestReady_NoConnection(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.WaitConnections(2) // none is still being opened
	h.Slack.Fail("apps.connections.open", slacksim.Fault{Status: http.StatusInternalServerError}, -1)
	for _, c := range h.Slack.Connections() {
		c.Kill()
		<-c.Closed()
	}
	h.WaitReady(http.StatusServiceUnavailable, "slack")
	if status, _ := h.Get("/healthz"); status != http.StatusOK {
		t.Error("/healthz fails without a connection")
	}
}

// A service whose database cannot be written is not ready.
func TestReady_LockedDatabase(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	restartWithWriteWait(h)
	release := lockDatabase(h)
	h.WaitReady(http.StatusServiceUnavailable, "database: ")
	release()
	h.WaitReady(http.StatusOK, "ok")
}

// A service whose policy file is broken is not ready, without anybody having
// asked. The answer does not repeat the file; a metric shows it too.
func TestReady_BrokenPolicy(t *testing.T) {
	t.Parallel()
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(policy+".new", []byte(text), 0o600), os.Rename(policy+".new", policy)); err != nil {
			t.Fatal(err)
		}
	}
	good := "servers: {web-1: " + stage.Web + "}\npeople: {" + stage.Alice + ": {account: " + stage.AliceAccount + "}}\n"
	write(good)
	h := servicetest.Start(t, func(s *settings.Settings) { s.Allowlist, s.Servers, s.PolicyFile = nil, nil, policy })
	h.WaitReady(http.StatusOK, "ok")
	h.WaitMetric(`extendbot_ready{part="policy"}`, "1")
	write("people: {" + stage.Alice + ": {acount: x}}\n")
	h.WaitReady(http.StatusServiceUnavailable, "policy: cannot be used")
	if _, body := h.Get("/readyz"); strings.Contains(body, policy) || strings.Contains(body, stage.Alice) {
		t.Errorf("/readyz shows what is in the file: %s", body)
	}
	h.WaitMetric(`extendbot_ready{part="policy"}`, "0")
	write(good)
	h.WaitReady(http.StatusOK, "ok")
}

// A token that Slack refuses ends the start with an error that names the
// setting.
func TestStart_FatalAuthError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, setting string
		prepare       func(h *servicetest.Harness)
	}{
		{"wrong bot token", "SLACK_BOT_TOKEN", func(h *servicetest.Harness) { h.Settings.SlackBotToken = secret.New("xoxb-wrong") }},
		{"revoked bot token", "SLACK_BOT_TOKEN", func(h *servicetest.Harness) { h.Slack.SetTokenError(h.Slack.BotToken(), "token_revoked") }},
		{"wrong app token", "SLACK_APP_TOKEN", func(h *servicetest.Harness) { h.Settings.SlackAppToken = secret.New("xapp-wrong") }},
		{"bot token for the app token", "SLACK_APP_TOKEN", func(h *servicetest.Harness) { h.Settings.SlackAppToken = h.Settings.SlackBotToken }},
		{"app token without its scope", "SLACK_APP_TOKEN", func(h *servicetest.Harness) { h.Slack.SetTokenError(h.Slack.AppToken(), "missing_scope") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t, slacksim.Config{})
			c.prepare(h)
			err := runUntilItFails(h)
			wrong, ok := errors.AsType[*slackapi.AuthError](err)
			if !ok || wrong.Setting != c.setting {
				t.Fatalf("it ended with %v, want %s named", err, c.setting)
			}
		})
	}
}

// A missing scope ends the start with an error that names the scope.
func TestStart_MissingScope(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{Scopes: []string{"commands"}})
	err := runUntilItFails(h)
	if _, ok := errors.AsType[*slackapi.AuthError](err); !ok || !strings.Contains(err.Error(), "chat:write") {
		t.Fatalf("it ended with %v", err)
	}
}

// runUntilItFails runs a service until it fails, and returns the error.
func runUntilItFails(h *servicetest.Harness) error {
	h.T.Helper()
	v, err := h.Open()
	if err != nil {
		h.T.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(h.Ctx, servicetest.Patience)
	defer cancel()
	err = v.Run(ctx)
	if closeErr := v.Close(); closeErr != nil {
		h.T.Error(closeErr)
	}
	return err
}

// Temporary errors of Slack do not end the start.
func TestStart_TransientErrors(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.Slack.Fail("auth.test", slacksim.Fault{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}, 1)
	h.Slack.Fail("auth.test", slacksim.Fault{RetryAfter: time.Second, Status: http.StatusTooManyRequests}, 1)
	h.Slack.Fail("auth.test", slacksim.Fault{Before: slacksim.Reset}, 1)
	h.Slack.Fail("apps.connections.open", slacksim.Fault{Status: http.StatusServiceUnavailable}, 2)
	h.Start()
	h.Request(stage.Alice, "web-1 24")
}

// A second process on the same SQLite file does not start. The error names the
// setting and what to do.
func TestStart_DatabaseInUse(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	_, err := h.Open()
	if !errors.Is(err, ledger.ErrInUse) {
		t.Fatalf("the second one: %v", err)
	}
	for _, want := range []string{"DATABASE_URL: ", "another extendbot", "stop it", "PostgreSQL"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %q", want, err)
		}
	}
}

// A service that is being stopped finishes the order that it is placing.
func TestStop_FinishesOrder(t *testing.T) {
	t.Parallel()
	h := newWithConnections(t, slacksim.Config{}, func(c *bot.Config) { c.StopTimeout = servicetest.Patience })
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Delay: 500 * time.Millisecond}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	if err := h.Oxhost.WaitArrival(h.Ctx, 1); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.Stop()
	if took := time.Since(began); took > servicetest.Patience/2 {
		t.Errorf("stopping took %s, too long for a finished order", took)
	}
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
}

// An order that a dead process had approved is placed after the start, although
// the dead process's claim on it has not ended.
func TestStart_ContinuesApproved(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	o := h.Recorded(card)
	h.Stop()
	now := time.Now()
	o.Approvals = []order.Approval{{User: stage.Alice, At: now}}
	o.DecidedBy, o.DecidedAt, o.CardOwnerUntil = stage.Alice, now, now.Add(time.Hour)
	transition(h, o, order.Approved)
	h.Start()
	h.WaitReply(card, servicetest.Receipt)
	h.WaitCard(card, "went through")
	h.WantCharges(1, 1)
}

// An order that a dead process was placing has an unknown outcome after the
// start.
func TestStart_PlacingBecomesUnknown(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	o := h.Recorded(card)
	h.Stop()
	now := time.Now()
	o.DecidedBy, o.DecidedAt, o.FirstTry, o.Attempts = stage.Alice, now, now, 1
	o.Owner, o.OwnerUntil, o.CardOwnerUntil = "dead", now.Add(time.Hour), now.Add(time.Hour)
	transition(h, o, order.Approved, order.Placing)
	h.Start()
	h.WaitReply(card, "may or may not have been spent")
	h.WaitCard(card, "outcome is unknown")
	h.WantCharges(0, 0)
}

// transition records transitions of an order, like a process that died right
// after them. The due work is due in an hour.
func transition(h *servicetest.Harness, o order.Order, states ...order.State) {
	h.T.Helper()
	l, err := ledger.Open(h.Ctx, ledger.Config{URL: h.Settings.Database.Reveal(), Keys: h.Settings.ApprovalKeys})
	if err != nil {
		h.T.Fatal(err)
	}
	at := o.DecidedAt
	for _, to := range states {
		e := order.Entry{Version: o.Version + 1, At: at, Who: stage.Alice, From: o.State, To: to}
		o.State, o.ChangedAt = to, at
		due := order.Due{Work: order.WorkPlace, At: at.Add(time.Hour)}
		if to == order.Approved {
			o, err = l.Approve(h.Ctx, o, e, nil, due)
		} else {
			o, err = l.Change(h.Ctx, o, e, due)
		}
		if err != nil {
			h.T.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		h.T.Fatal(err)
	}
}

// If Slack does not allow the service to post, it is not ready, and the
// requester gets an ephemeral message about that.
func TestReady_MayNotPost(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Slack.Fail("chat.postMessage", slacksim.Fault{Error: "missing_scope"}, 1)
	h.Extend(stage.Alice, "web-1 24")
	h.WaitReady(http.StatusServiceUnavailable, "missing_scope")
	h.WaitEphemeral(stage.Alice, "permission")
	h.Request(stage.Alice, "web-1 24")
	h.WaitReady(http.StatusOK, "ok")
}
