package main

import (
	"bytes"
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
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/ledger"
	"extendbot/order"
)

func TestHealthReadinessAndMetricsAnswer(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	for path, words := range map[string]string{
		"/healthz": "ok", "/metrics": "extendbot_slack_app_connections",
	} {
		if status, body := p.get(path); status != http.StatusOK || !strings.Contains(body, words) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	p.wantReady(http.StatusOK, "ok") // the ledger has two seconds to answer
}

func TestADeafBotIsNotReady(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.wantConnections(2) // none may be on its way
	p.slack.Fail("apps.connections.open", slacksim.Fault{Status: http.StatusInternalServerError}, -1)
	for _, c := range p.slack.Connections() {
		c.Kill()
		<-c.Closed()
	}
	p.wantReady(http.StatusServiceUnavailable, "slack")
	if status, _ := p.get("/healthz"); status != http.StatusOK {
		t.Error("a deaf process is still alive")
	}
}

func TestALedgerThatCannotBeWrittenIsNotReady(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.hurried()
	release := p.lockDatabase()
	if status, _ := p.get("/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("ready with a database that cannot be written: %d", status)
	}
	release()
}

func TestAFatalAnswerOfSlackEndsTheStartAndNamesTheSetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, setting string
		prepare       func(p *play)
	}{
		{"wrong bot token", "SLACK_BOT_TOKEN", func(p *play) { p.settings.SlackBotToken = secret.New("xoxb-wrong") }},
		{"revoked bot token", "SLACK_BOT_TOKEN", func(p *play) { p.slack.SetTokenError(p.slack.BotToken(), "token_revoked") }},
		{"wrong app token", "SLACK_APP_TOKEN", func(p *play) { p.settings.SlackAppToken = secret.New("xapp-wrong") }},
		{"bot token for the app token", "SLACK_APP_TOKEN", func(p *play) { p.settings.SlackAppToken = p.settings.SlackBotToken }},
		{"app token without its scope", "SLACK_APP_TOKEN", func(p *play) { p.slack.SetTokenError(p.slack.AppToken(), "missing_scope") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := setStage(t, slacksim.Config{})
			c.prepare(p)
			err := p.runToItsEnd()
			wrong, ok := errors.AsType[*slackapi.AuthError](err)
			if !ok || wrong.Setting != c.setting {
				t.Fatalf("it ended with %v, want %s named", err, c.setting)
			}
		})
	}
}

func TestAMissingScopeEndsTheStart(t *testing.T) {
	t.Parallel()
	p := setStage(t, slacksim.Config{Scopes: []string{"commands"}})
	err := p.runToItsEnd()
	if _, ok := errors.AsType[*slackapi.AuthError](err); !ok || !strings.Contains(err.Error(), "chat:write") {
		t.Fatalf("it ended with %v", err)
	}
}

// runToItsEnd starts the program and waits until it ends by itself.
func (p *play) runToItsEnd() error {
	p.t.Helper()
	v, err := newService(p.ctx, p.settings, newLog(p.settings, p.log))
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	err = v.run(ctx)
	if closeErr := v.close(); closeErr != nil {
		p.t.Error(closeErr)
	}
	return err
}

func TestWhatSlackAnswersInPassingDoesNotEndTheStart(t *testing.T) {
	t.Parallel()
	p := setStage(t, slacksim.Config{})
	p.slack.Fail("auth.test", slacksim.Fault{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}, 1)
	p.slack.Fail("auth.test", slacksim.Fault{RetryAfter: time.Second, Status: http.StatusTooManyRequests}, 1)
	p.slack.Fail("auth.test", slacksim.Fault{Before: slacksim.Reset}, 1)
	p.slack.Fail("apps.connections.open", slacksim.Fault{Status: http.StatusServiceUnavailable}, 2)
	p.begin()
	p.card(stageAlice, "web-1 24")
}

func TestASecondProcessOnTheSameDatabaseDoesNotStart(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	_, err := newService(t.Context(), p.settings, newLog(p.settings, p.log))
	if !errors.Is(err, ledger.ErrInUse) || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Fatalf("the second one: %v", err)
	}
}

func TestStoppingFinishesTheOrderThatIsOnItsWay(t *testing.T) {
	t.Parallel()
	p := newWire(t, slacksim.Config{}, func(c *bot.Config) { c.StopTimeout = patience })
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Delay: 500 * time.Millisecond}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	if err := p.oxhost.WaitArrival(p.ctx, 1); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	p.end()
	if took := time.Since(began); took > patience/2 {
		t.Errorf("stopping took %s: as long as if nothing had come to an end", took)
	}
	p.word(card, "Receipt")
	p.wantCharges(1, 1)
}

func TestBeingToldToStopWhileItStartsIsNoFailure(t *testing.T) {
	t.Parallel()
	p := setStage(t, slacksim.Config{})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("terminated"))
	if err := serve(ctx, p.settings, terminal{err: p.log}); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestWhatADeadProcessLeftIsGoneOnWith(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	o := p.order(card)
	p.end()
	// The decision is recorded, and then the process dies.
	l, err := ledger.Open(t.Context(), ledger.Config{URL: p.settings.Database.Reveal()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	o.State, o.DecidedBy, o.DecidedAt, o.CardOwnerUntil = order.Approved, stageAlice, now, now.Add(time.Hour)
	_, err = l.Change(t.Context(), o, order.Entry{Version: o.Version + 1, At: now, Who: stageAlice, From: order.Pending, To: order.Approved},
		order.Due{Work: order.WorkPlace, At: now.Add(time.Hour)})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	p.begin()
	p.word(card, "Receipt")
	p.saying(card, "went through")
	p.wantCharges(1, 1)
}

func TestAnOrderThatADeadProcessWasPlacingIsUnknownAtTheStart(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	o := p.order(card)
	p.end()
	// The attempt is recorded, and then the process dies; the order would be
	// its own for an hour, and so would card and thread.
	l, err := ledger.Open(t.Context(), ledger.Config{URL: p.settings.Database.Reveal()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	o.DecidedBy, o.DecidedAt, o.FirstTry, o.Attempts = stageAlice, now, now, 1
	o.Owner, o.OwnerUntil, o.CardOwnerUntil = "dead", now.Add(time.Hour), now.Add(time.Hour)
	for _, to := range []order.State{order.Approved, order.Placing} {
		e := order.Entry{Version: o.Version + 1, At: now, Who: stageAlice, From: o.State, To: to}
		o.State = to
		if o, err = l.Change(t.Context(), o, e, order.Due{Work: order.WorkPlace, At: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p.begin()
	p.word(card, "may or may not have been spent")
	p.saying(card, "outcome is unknown")
	p.wantCharges(0, 0)
}

func TestAnUnknownOutcomeIsSettledFromTheCommandLine(t *testing.T) {
	p := newPlay(t)
	p.oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // or it would be found after five seconds
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.AfterCharge}, 1)
	card := p.card(stageAlice, "web-1 24")
	id := string(p.order(card).ID)
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "may or may not have been spent")

	t.Setenv("DATABASE_URL", p.settings.Database.Reveal())
	if code, out := command(t, "orders", "settle", id, "--placed", "--order-id", p.oxhost.Charges()[0].OrderID, "--why", "seen at 0xhost"); code != exitOK {
		t.Fatalf("settle: %d %s", code, out)
	}
	if code, _ := command(t, "orders", "settle", id, "--not-placed", "--why", "no"); code != exitFailure {
		t.Errorf("settled twice: %d", code)
	}
	for _, args := range [][]string{{"orders", "list"}, {"orders", "show", id}, {"orders", "export"}} {
		if code, out := command(t, args...); code != exitOK || !strings.Contains(out, id) {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	p.word(card, "seen at 0xhost")
	p.card(stageAlice, "web-1 1")
	p.wantCharges(1, 1)
}

// command runs a command line as main does.
func command(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	code = execute(t.Context(), args, terminal{in: strings.NewReader(""), out: &b, err: &b})
	return code, b.String()
}

func TestMistakesOfUsageExitWithTwo(t *testing.T) {
	for _, row := range settings.List() {
		t.Setenv(row.Name, "")
	}
	t.Setenv("DATABASE_URL", "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	if code, out := command(t, "migrate"); code != exitOK {
		t.Fatalf("migrate: %d %s", code, out)
	}
	t.Setenv("SLACK_APP_TOKEN", "xoxb-swapped")
	for _, args := range [][]string{
		{}, {"serve"}, {"check"}, {"nonsense"}, {"serve", "--nonsense"}, {"orders", "show"},
		{"orders", "show", "nobody"}, {"orders", "settle", "x"}, {"orders", "settle", "x", "--placed", "--not-placed"},
	} {
		code, out := command(t, args...)
		if code != exitUsage || out == "" {
			t.Errorf("%v: exit code %d, said %q", args, code, out)
		}
		if strings.Contains(out, "swapped") {
			t.Errorf("%v shows a value: %s", args, out)
		}
	}
	_, out := command(t, "serve")
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "OXHOST_API_KEY", "ALLOWLIST"} {
		if !strings.Contains(out, name) {
			t.Errorf("%s is not among the mistakes:\n%s", name, out)
		}
	}
}

func TestHelpAndVersionNeedNoSettings(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"version"}, {"orders"}, {"orders", "settle", "--help"}} {
		if code, out := command(t, args...); code != exitOK || out == "" {
			t.Errorf("%v: %d %q", args, code, out)
		}
	}
}

func TestCheckTriesTheSettingsAndOrdersNothing(t *testing.T) {
	p := setStage(t, slacksim.Config{})
	var out bytes.Buffer
	if err := check(t.Context(), p.settings, terminal{out: &out}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"T0TEAM", stageAliceAccount, "3328.78"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	p.settings.SlackAppToken = secret.New("xapp-wrong")
	out.Reset()
	if err := check(t.Context(), p.settings, terminal{out: &out}); err == nil || !strings.Contains(out.String(), "SLACK_APP_TOKEN") {
		t.Errorf("a wrong app token passed: %s", out.String())
	}
	p.settings.OxhostAPIKey = secret.New("wrong")
	out.Reset()
	if err := check(t.Context(), p.settings, terminal{out: &out}); err == nil || !strings.Contains(out.String(), "FAILED") {
		t.Errorf("a wrong key passed: %s", out.String())
	}
	p.wantCharges(0, 0)
}

func TestCheckTriesEachAccountOfAPolicyFile(t *testing.T) {
	p := setStage(t, slacksim.Config{})
	p.settings.Allowlist, p.settings.Servers = nil, nil
	p.settings.PolicyFile = filepath.Join(t.TempDir(), "policy.yaml")
	policy := "servers: {web-1: " + stageWeb + "}\npeople:\n" +
		"  U0ALICE: {account: " + stageAliceAccount + "}\n  U0BOB: {account: " + stageBobAccount + "}\n  U0CAROL: {account: " + stageAliceAccount + "}\n"
	if err := os.WriteFile(p.settings.PolicyFile, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := check(t.Context(), p.settings, terminal{out: &out}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, account := range []string{stageAliceAccount, stageBobAccount} {
		if n := strings.Count(out.String(), "0xhost account "+account); n != 1 {
			t.Errorf("account %s was tried %d times:\n%s", account, n, out.String())
		}
	}
	policy = strings.Replace(policy, stageBobAccount, "user-nobody-knows", 1)
	if err := os.WriteFile(p.settings.PolicyFile, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := check(t.Context(), p.settings, terminal{out: &out}); err == nil || !strings.Contains(out.String(), "FAILED  0xhost account user-nobody-knows") {
		t.Errorf("an account that 0xhost does not know passed:\n%s", out.String())
	}
	p.wantCharges(0, 0)
}

func TestAContainerCanAskForItsHealthWithoutAShell(t *testing.T) {
	p := newPlay(t)
	t.Setenv("HTTP_ADDR", p.v.probes.listener.Addr().String())
	// Who asks waits two seconds for the answer, and is asked again.
	var out string
	p.until(func() bool {
		var code int
		code, out = command(t, "check", "--health")
		return code == exitOK
	}, func() string { return "a program that runs: " + out })
	p.end()
	if code, _ := command(t, "check", "--health"); code != exitFailure {
		t.Errorf("a program that does not run: %d", code)
	}
}
