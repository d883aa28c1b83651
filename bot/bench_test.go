package bot

import (
	"context"
	"io"
	"log"
	"sync"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/secret"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// BenchmarkCommandToAck measures how long a command waits for its ack, compared
// with a minimal program on slack-go.
func BenchmarkCommandToAck(b *testing.B) {
	for _, inFlight := range []int{1, 50} {
		name := map[int]string{1: "1", 50: "50"}[inFlight]
		b.Run("bot/"+name, func(b *testing.B) {
			s := benchSlack(b)
			benchBot(b, s)
			benchCommands(b, s, inFlight)
		})
		b.Run("bare/"+name, func(b *testing.B) {
			s := benchSlack(b)
			benchBare(b, s)
			benchCommands(b, s, inFlight)
		})
	}
}

func benchSlack(b *testing.B) *slacksim.Server {
	b.Helper()
	s, err := slacksim.Start(slacksim.Config{NoRecord: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	s.AddUser(slacksim.User{ID: "U0ALICE"})
	s.AddChannel(slacksim.Channel{ID: general})
	s.Join(general, "U0ALICE", s.BotUserID())
	return s
}

func benchBot(b *testing.B, s *slacksim.Server) {
	b.Helper()
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	people := rules{people: []string{"U0ALICE"}}
	w := &world{ledger: newLedger(nil)}
	a, err := New(Config{
		AppToken: secret.New(s.AppToken()), BotToken: secret.New(s.BotToken()), APIURL: s.APIURL(), Connections: 1,
		Desk: instant{}, Orders: w.ledger, Servers: people.servers, MaxHours: 720, ProcessID: "p1", Log: quiet,
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	<-a.Hello()
}

// benchBare acks everything from the event loop.
func benchBare(b *testing.B, s *slacksim.Server) {
	b.Helper()
	quiet := log.New(io.Discard, "", 0)
	c := socketmode.New(slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()),
		slack.OptionAPIURL(s.APIURL()), slack.OptionLog(quiet)), socketmode.OptionLog(quiet))
	ctx, cancel := context.WithCancel(context.Background())
	hello := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.RunContext(ctx) })
	wg.Go(func() {
		for {
			select {
			case ev := <-c.Events:
				switch ev.Type {
				case socketmode.EventTypeHello:
					close(hello)
				case socketmode.EventTypeSlashCommand:
					_ = c.AckCtx(ctx, ev.Request.EnvelopeID, nil)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	b.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	<-hello
}

func benchCommands(b *testing.B, s *slacksim.Server, inFlight int) {
	b.Helper()
	b.ReportAllocs()
	work := make(chan struct{})
	var wg sync.WaitGroup
	for range inFlight {
		wg.Go(func() {
			for range work {
				_, err := s.Command(context.Background(), slacksim.SlashCommand{
					User: "U0ALICE", Channel: general, Command: "/extend", Text: "web-1 24",
				})
				if err != nil {
					b.Errorf("a command: %v", err)
				}
			}
		})
	}
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
}

// instant is a desk that has already recorded every request, so that only the
// time to the ack is measured.
type instant struct{ Desk }

func (instant) Request(context.Context, order.Request) (order.Order, error) {
	return order.Order{}, &order.Error{Code: order.CodeDuplicate}
}
