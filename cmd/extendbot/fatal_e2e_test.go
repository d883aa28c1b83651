package main

import (
	"context"
	"strings"
	"testing"

	"extendbot/internal/slacksim"
)

// whole runs the command line "serve" with the play's settings in its
// environment, and gives what it ended with.
func (p *play) whole(t *testing.T, settings map[string]string) <-chan int {
	t.Helper()
	for name, value := range p.environment() {
		t.Setenv(name, value)
	}
	for name, value := range settings {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithTimeout(p.ctx, 2*patience)
	ended := make(chan int, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended <- execute(ctx, []string{"serve"}, terminal{in: strings.NewReader(""), out: p.log, err: p.log})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return ended
}

// wantFatal wants that the program failed and named the setting, Slack's code
// and no token.
func (p *play) wantFatal(t *testing.T, code int, setting, said string) {
	t.Helper()
	if code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	lines := strings.Split(strings.TrimSpace(p.log.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "extendbot: ") || !strings.Contains(last, setting+": Slack says "+said+": ") {
		t.Errorf("the last words are %q", last)
	}
	for _, token := range []string{p.slack.AppToken(), p.slack.BotToken(), "xoxb-wrong", "xapp-wrong"} {
		if strings.Contains(p.log.String(), token) {
			t.Error("it shows a token")
		}
	}
}

// slack-go itself tries all but the first of these again for ever.
func TestAFatalAnswerOfSlackEndsTheCommandLineWithOneAndNamesTheSetting(t *testing.T) {
	for _, c := range []struct {
		setting, code string
		settings      map[string]string
		prepare       func(p *play)
	}{
		{setting: "SLACK_BOT_TOKEN", code: "invalid_auth", settings: map[string]string{"SLACK_BOT_TOKEN": "xoxb-wrong"}},
		{setting: "SLACK_APP_TOKEN", code: "invalid_auth", settings: map[string]string{"SLACK_APP_TOKEN": "xapp-wrong"}},
		{setting: "SLACK_BOT_TOKEN", code: "not_allowed_token_type", prepare: func(p *play) {
			p.slack.SetTokenError(p.slack.BotToken(), "not_allowed_token_type")
		}},
		{setting: "SLACK_APP_TOKEN", code: "not_allowed_token_type", prepare: func(p *play) {
			p.slack.SetTokenError(p.slack.AppToken(), "not_allowed_token_type")
		}},
		{setting: "SLACK_BOT_TOKEN", code: "token_expired", prepare: func(p *play) {
			p.slack.SetTokenError(p.slack.BotToken(), "token_expired")
		}},
		{setting: "SLACK_APP_TOKEN", code: "missing_scope", prepare: func(p *play) {
			p.slack.SetTokenError(p.slack.AppToken(), "missing_scope")
		}},
	} {
		t.Run(c.setting+" "+c.code, func(t *testing.T) {
			p := setStage(t, slacksim.Config{})
			if c.prepare != nil {
				c.prepare(p)
			}
			p.wantFatal(t, <-p.whole(t, c.settings), c.setting, c.code)
		})
	}
}

func TestATokenThatStopsBeingGoodEndsTheCommandLineWithOneAndNamesTheSetting(t *testing.T) {
	for setting, doubt := range map[string]func(p *play){
		"SLACK_BOT_TOKEN": func(p *play) {
			p.slack.SetTokenError(p.slack.BotToken(), "account_inactive")
			p.extend(stageAlice, "web-1 24") // its card cannot be posted
		},
		"SLACK_APP_TOKEN": func(p *play) {
			p.slack.SetTokenError(p.slack.AppToken(), "account_inactive")
			p.slack.Connections()[0].Kill() // and no other one can be opened
		},
	} {
		t.Run(setting, func(t *testing.T) {
			p := setStage(t, slacksim.Config{})
			ended := p.whole(t, nil)
			p.wantConnections(2)
			doubt(p)
			p.wantFatal(t, <-ended, setting, "account_inactive")
		})
	}
}
