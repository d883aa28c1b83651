package chaos

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

const (
	crowd    = 5                       // people who act at once
	thought  = 60 * time.Millisecond   // the longest that one of them thinks
	interest = 1500 * time.Millisecond // how long one waits for a card
)

// traffic lets a crowd use the bot until ctx ends, while Slack renews and
// breaks connections.
func (w *world) traffic(ctx context.Context, seed uint64) {
	var group sync.WaitGroup
	for i := range uint64(crowd) {
		rng := rand.New(rand.NewPCG(seed, i))
		group.Go(func() {
			for ctx.Err() == nil {
				w.act(ctx, rng)
				pause(ctx, upTo(rng, thought))
			}
		})
	}
	rng := rand.New(rand.NewPCG(seed, crowd))
	group.Go(func() { w.renew(ctx, rng) })
	group.Wait()
}

// act is one person's way from a request to a decision.
func (w *world) act(ctx context.Context, rng *rand.Rand) {
	server := servers[rng.IntN(len(servers))]
	user := owner(server)
	if rng.IntN(12) == 0 { // whose account does not rent it
		user = members[rng.IntN(len(members))]
	}
	hours, taken, d := w.ask(ctx, user, server, channel)
	if rng.IntN(8) == 0 {
		_, _ = w.slack.Redeliver(ctx, d, rng.IntN(2) == 0) // the first delivery is the one that counts
	}
	if !taken {
		return
	}
	card, ok := w.see(ctx, hours, interest)
	if !ok {
		return
	}
	pause(ctx, upTo(rng, thought))
	switch roll := rng.IntN(100); {
	case roll < 70:
		w.hammer(ctx, rng, user, card, true)
	case roll < 80:
		w.hammer(ctx, rng, user, card, false)
	case roll < 88: // cannot make up their mind
		var both sync.WaitGroup
		both.Go(func() { _, _ = w.press(ctx, user, card, true) })
		_, _ = w.press(ctx, user, card, false)
		both.Wait()
	case roll < 94:
		_, _ = w.press(ctx, stranger, card, true)
		w.hammer(ctx, rng, user, card, true)
	default: // loses interest
	}
}

// hammer presses a button once or more at the same time; what was delivered
// may be delivered again.
func (w *world) hammer(ctx context.Context, rng *rand.Rand, user string, card slacksim.Message, yes bool) {
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
				w.again(ctx, user, confirm.Value, yes, d, sameID)
			}
		})
	}
	group.Wait()
}

// renew ends connections now and then, as Slack does and as networks do.
func (w *world) renew(ctx context.Context, rng *rand.Rand) {
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
