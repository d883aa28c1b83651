package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"extendbot/bot"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// wantLine fails the test unless exactly one line of the log has this message, and it has
// each of the fields.
func wantLine(h *servicetest.Harness, message string, fields ...string) {
	h.T.Helper()
	var found []string
	for line := range strings.Lines(h.Log.String()) {
		if strings.Contains(line, "msg="+message) || strings.Contains(line, `msg="`+message+`"`) {
			found = append(found, line)
		}
	}
	if len(found) != 1 {
		h.T.Fatalf("%d lines say %q:\n%s", len(found), message, h.Log.String())
	}
	for _, field := range fields {
		if !strings.Contains(found[0], field) {
			h.T.Errorf("%s is missing in %s", field, found[0])
		}
	}
}

// One line says with what the service starts, without the password of the database, and one
// why it stops.
func TestLog_StartAndStop(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	v, err := h.Open(service.WithVersion("v1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	wantLine(h, "starting", "version=v1.2.3", `database="`+h.Settings.Database.String()+`"`, "connections=2", "people=", "servers=", "admins=", "approval_rules=0", "limits=0")
	ctx, stop := context.WithCancelCause(h.Ctx)
	stop(errors.New("signal SIGTERM"))
	if err := errors.Join(v.Run(ctx), v.Close()); err != nil {
		t.Fatal(err)
	}
	wantLine(h, "stopped", "level=info", `reason="signal SIGTERM"`, "unfinished_orders=none")
}

// A service that cannot continue logs why.
func TestLog_StopAtFailure(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.Settings.SlackBotToken = secret.New("xoxb-wrong")
	_ = runUntilItFails(h)
	wantLine(h, "stopped: it cannot continue", "level=error", "SLACK_BOT_TOKEN", "invalid_auth")
}

// The line of the stop says which orders have no known outcome.
func TestLog_StopWithUnknownOutcome(t *testing.T) {
	t.Parallel()
	h := newWithConnections(t, slacksim.Config{}, func(c *bot.Config) { c.StopTimeout = servicetest.Patience })
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 500}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	h.WaitCard(card, "outcome is unknown")
	h.Stop()
	wantLine(h, "stopped", `unfinished_orders="1 unknown"`)
}

// A metric says from what the program was built.
func TestMetrics_BuildInfo(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	if _, body := h.Get("/metrics"); !strings.Contains(body, `extendbot_build_info{goversion="go`) || !strings.Contains(body, `version="dev"} 1`) {
		t.Errorf("extendbot_build_info is missing in\n%s", body)
	}
}
