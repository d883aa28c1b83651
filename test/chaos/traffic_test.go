//go:build chaos

package chaos

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

const (
	peopleAtOnce = 5                       // people who use the bot at the same time
	thinkTime    = 60 * time.Millisecond   // the longest pause of a person
	cardPatience = 1500 * time.Millisecond // how long a person waits for a card
)

// traffic makes several people use the bot until ctx ends, while Slack refreshes
// and breaks connections.
func (w *world) traffic(ctx context.Context, seed uint64) {
	var group sync.WaitGroup
	for i := range uint64(peopleAtOnce) {
		rng := rand.New(rand.NewPCG(seed, i))
		group.Go(func() {
			for ctx.Err() == nil {
				w.useBot(ctx, rng)
				pause(ctx, upTo(rng, thinkTime))
			}
		})
	}
	rng := rand.New(rand.NewPCG(seed, peopleAtOnce))
	group.Go(func() { w.breakConnections(ctx, rng) })
	group.Wait()
}

// useBot is what one person does, from a request to a decision.
func (w *world) useBot(ctx context.Context, rng *rand.Rand) {
	server := servers[rng.IntN(len(servers))]
	user := owner(server)
	if rng.IntN(12) == 0 { // this account does not rent the server
		user = members[rng.IntN(len(members))]
	}
	hours, accepted, d := w.request(ctx, user, server, channel)
	if rng.IntN(8) == 0 {
		_, _ = w.slack.Redeliver(ctx, d, rng.IntN(2) == 0) // only the result of the first delivery counts
	}
	if !accepted {
		return
	}
	card, ok := w.waitForCard(ctx, hours, cardPatience)
	if !ok {
		return
	}
	pause(ctx, upTo(rng, thinkTime))
	switch roll := rng.IntN(100); {
	case roll < 70:
		w.pressRepeatedly(ctx, rng, user, card, true)
	case roll < 80:
		w.pressRepeatedly(ctx, rng, user, card, false)
	case roll < 88: // clicks both buttons at once
		var both sync.WaitGroup
		both.Go(func() { _, _ = w.press(ctx, user, card, true) })
		_, _ = w.press(ctx, user, card, false)
		both.Wait()
	case roll < 94:
		_, _ = w.press(ctx, stranger, card, true)
		w.pressRepeatedly(ctx, rng, user, card, true)
	default: // does nothing more
	}
}

// pressRepeatedly clicks a button once or several times at once. A click may be
// redelivered.
func (w *world) pressRepeatedly(ctx context.Context, rng *rand.Rand, user string, card slacksim.Message, yes bool) {
	times := 1
	if rng.IntN(3) == 0 {
		times += rng.IntN(4)
	}
	redeliver, sameID := rng.IntN(6) == 0, rng.IntN(2) == 0
	confirm, _ := card.Button("order_confirm")
	var group sync.WaitGroup
	for i := range times {
		group.Go(func() {
			d, _ := w.press(ctx, user, card, yes)
			if i == 0 && redeliver && d != nil {
				w.redeliver(ctx, user, confirm.Value, yes, d, sameID)
			}
		})
	}
	group.Wait()
}

// breakConnections ends connections now and then, as Slack and networks do.
func (w *world) breakConnections(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		pause(ctx, 200*time.Millisecond+upTo(rng, time.Second))
		all := w.slack.Connections()
		if len(all) == 0 || ctx.Err() != nil {
			continue
		}
		if c := all[rng.IntN(len(all))]; rng.IntN(3) == 0 {
			c.Kill()
		} else {
			c.Disconnect(slacksim.ReasonRefresh)
		}
	}
}
