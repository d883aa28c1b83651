package service_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"extendbot/bot"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// burst is a service that gets many commands at once.
type burst struct {
	*stage.Stage

	v    *service.Service
	sent map[burstKey]*slacksim.Delivery
}

// burstKey identifies a command: nobody asks for the same hours twice.
type burstKey struct {
	user  string
	hours order.Hours
}

const (
	burstPeople   = 500
	burstChannels = 20
	burstInFlight = 190
	burstCommands = 5000
)

// A burst of 5,000 commands from 500 people, 190 at once, in many channels: all
// are acked, and nobody is told that the bot is busy. Each request gets its card, and in each channel the cards stand in the order in
// which the requests arrived.
func TestBurst_EveryCardInOrder(t *testing.T) {
	t.Parallel()
	b := startBurst(t)
	b.command(t)
	if t.Failed() {
		return
	}
	for _, c := range b.Cast.Channels[:burstChannels] {
		b.wantCardsInOrder(t, c.ID)
	}
}

// startBurst starts a service with one connection: the order of arrival over
// several is not defined.
func startBurst(t *testing.T) *burst {
	t.Helper()
	s, err := stage.Start(stage.Crowd(burstPeople, burstChannels, 1), slacksim.Config{NoRecord: true, AckTimeout: servicetest.Patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	set, err := settings.Parse(s.Env(stage.SQLiteURL(t.TempDir())))
	if err != nil {
		t.Fatal(err)
	}
	set.SlackConnections = 1
	v, err := service.New(t.Context(), set, service.NewLog(set, &servicetest.Log{}),
		service.WithWriteWait(servicetest.Patience), service.WithBot(func(c *bot.Config) {
			c.DecideTimeout, c.CardTurn = servicetest.Patience, servicetest.Patience // a card may take long on a busy machine
		}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	<-v.Bot.Hello()
	return &burst{Stage: s, v: v, sent: map[burstKey]*slacksim.Delivery{}}
}

// command sends the commands. Nobody may get an answer: that would be a refusal.
func (b *burst) command(t *testing.T) {
	t.Helper()
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		work  = make(chan int)
	)
	for range burstInFlight {
		group.Go(func() {
			for n := range work {
				key := burstKey{b.Cast.People[n%burstPeople].ID, order.Hours(n/burstPeople + 1)}
				d, err := b.Slack.Command(t.Context(), slacksim.SlashCommand{
					User: key.user, Channel: b.Cast.Channels[n%burstChannels].ID, Command: "/extend", Text: fmt.Sprintf("web-1 %d", key.hours),
				})
				if err != nil || len(d.Payload) > 0 {
					t.Errorf("command %d: %v, answered %q", n, err, d.AckText())
					continue
				}
				mu.Lock()
				b.sent[key] = d
				mu.Unlock()
			}
		})
	}
	for n := range burstCommands {
		work <- n
	}
	close(work)
	group.Wait()
}

// wantCardsInOrder waits for the cards in a channel.
func (b *burst) wantCardsInOrder(t *testing.T, channel string) {
	t.Helper()
	const want = burstCommands / burstChannels
	ctx, cancel := context.WithTimeout(t.Context(), 5*servicetest.Patience) // it waits for all cards
	defer cancel()
	enough := func(slacksim.Message) bool { return len(b.Slack.Messages(channel)) >= want }
	if _, err := b.Slack.WaitMessage(ctx, channel, enough); err != nil {
		t.Fatalf("%d cards in %s, want %d: %v", len(b.Slack.Messages(channel)), channel, want, err)
	}
	var shown, arrived []int64
	for _, m := range b.Slack.Messages(channel) {
		button, _ := m.Button("order_confirm")
		o, err := b.v.Ledger.Order(t.Context(), order.ID(button.Value))
		if err != nil {
			t.Fatalf("a card without its order: %v", err)
		}
		shown = append(shown, b.sent[burstKey{o.Person.User, o.Hours}].SentAt.UnixNano())
	}
	arrived = slices.Sorted(slices.Values(shown))
	if !slices.Equal(shown, arrived) || len(slices.Compact(arrived)) != want {
		t.Errorf("the %d cards in %s do not stand in the order of their requests", len(shown), channel)
	}
}
