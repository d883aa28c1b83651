package slacksim_test

import (
	"cmp"
	"context"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"go.uber.org/goleak"

	"extendbot/internal/slacksim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a Slack with alice and the bot in C0OPS. By default it waits long
// for acks and its clock stands still, because on a slow machine acks may be
// late and triggers would expire.
func start(t *testing.T, cfg slacksim.Config) *slacksim.Server {
	t.Helper()
	cfg.AckTimeout = cmp.Or(cfg.AckTimeout, time.Minute)
	if cfg.Now == nil {
		cfg.Now = newClock().now
	}
	s, err := slacksim.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.AddUser(slacksim.User{ID: "U0ALICE", Name: "alice"})
	s.AddUser(slacksim.User{ID: "U0BOB", Name: "bob"})
	s.AddChannel(slacksim.Channel{ID: "C0OPS", Name: "ops"})
	s.Join("C0OPS", "U0ALICE", s.BotUserID())
	return s
}

// client returns slack-go's Web API client for the server.
func client(s *slacksim.Server) *slack.Client {
	return slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()))
}

// bot is a slack-go program that acks each envelope.
type bot struct {
	api *slack.Client
}

// handler returns the payload of the ack. If ack is false, there is no ack.
type handler func(api *slack.Client, evt socketmode.Event) (payload any, ack bool)

func runBot(t *testing.T, s *slacksim.Server, conns int, handle handler) *bot {
	t.Helper()
	b := &bot{api: client(s)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2*conns)
	for range conns {
		sm := socketmode.New(b.api)
		go func() {
			defer func() { ended <- struct{}{} }()
			_ = sm.RunContext(ctx)
		}()
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				select {
				case <-ctx.Done():
					return
				case evt := <-sm.Events:
					if evt.Request == nil || evt.Request.EnvelopeID == "" {
						continue
					}
					if payload, ack := handle(b.api, evt); ack {
						_ = sm.AckCtx(ctx, evt.Request.EnvelopeID, payload)
					}
				}
			}
		}()
	}
	t.Cleanup(func() {
		cancel()
		for range 2 * conns {
			<-ended
		}
	})
	if err := s.WaitConnections(within(t), conns); err != nil {
		t.Fatal(err)
	}
	return b
}

// within returns a context for one step of a test.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// until polls until a condition is true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ctx := within(t); !is(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not %s", what)
		}
	}
}

// card returns a message with Confirm and Cancel, as an app would post it.
func card(text, value string) []slack.Block {
	confirm := slack.NewButtonBlockElement("order_confirm", value, slack.NewTextBlockObject("plain_text", "Confirm", false, false))
	cancel := slack.NewButtonBlockElement("order_cancel", value, slack.NewTextBlockObject("plain_text", "Cancel", false, false))
	return []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, true), nil, nil),
		slack.NewActionBlock("decision", confirm.WithStyle(slack.StylePrimary), cancel.WithStyle(slack.StyleDanger)),
	}
}
