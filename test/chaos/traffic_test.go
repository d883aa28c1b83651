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
	tightening   = 100                     // the number of the one who changes the policy
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
	server, together := servers[rng.IntN(len(servers))], false
	if ruled := w.policy.servers(); len(ruled) > 0 && rng.IntN(2) == 0 {
		server, together = pick(rng, ruled), true
	}
	user := owner(server)
	switch {
	case rng.IntN(12) == 0: // this account does not rent the server
		user = members[rng.IntN(len(members))]
	case user == alice && rng.IntN(3) == 0:
		user = colleague
	}
	hours := w.newRequest(user, server)
	var group sync.WaitGroup
	defer group.Wait()
	if later := upTo(rng, thinkTime); rng.IntN(6) == 0 {
		group.Go(func() {
			pause(ctx, later)
			w.ask(ctx, hours, channel)
		})
	}
	accepted, d := w.ask(ctx, hours, channel)
	if rng.IntN(8) == 0 {
		_, _ = w.slack.Redeliver(ctx, d, rng.IntN(2) == 0) // only the result of the first delivery counts
	}
	if !accepted {
		w.untilRaised(ctx) // a limit may have stopped it
		return
	}
	card, ok := w.waitForCard(ctx, hours, cardPatience)
	if !ok {
		return
	}
	if together {
		w.decideTogether(ctx, rng, card)
		return
	}
	w.decideCard(ctx, rng, user, card)
	w.decideAgain(ctx, rng, user, hours, card)
}

// decideCard is what a person does with a card.
func (w *world) decideCard(ctx context.Context, rng *rand.Rand, user string, card slacksim.Message) {
	pause(ctx, upTo(rng, thinkTime))
	switch roll := rng.IntN(100); {
	case roll < 20: // comes back later, with a client that has not received a newer card
		pause(ctx, upTo(rng, cardPatience))
		w.pressRepeatedly(ctx, rng, user, card, true)
	case roll < 70:
		w.pressRepeatedly(ctx, rng, user, w.shown.now(card), true)
	case roll < 76:
		w.pressRepeatedly(ctx, rng, user, card, false)
	case roll < 80:
		w.cancelByCommand(ctx, user, card)
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

// decideAgain is what a person does after the first clicks: if the card can still be
// confirmed, they may have been told why, and confirm it once more. Of what was not
// ordered, they may ask again.
func (w *world) decideAgain(ctx context.Context, rng *rand.Rand, user string, hours int, card slacksim.Message) {
	pause(ctx, 2*upTo(rng, thinkTime))
	if isOpen(w.shown.now(card)) {
		if rng.IntN(2) == 0 {
			w.pressRepeatedly(ctx, rng, user, card, true)
		}
		return
	}
	if !w.askAgain(ctx, user, hours, card) {
		return
	}
	if next, ok := w.waitForOpenCard(ctx, hours, cardPatience); ok {
		w.decideCard(ctx, rng, user, next)
	}
}

// pressRepeatedly clicks a button of a card, as it was at some time, once or several
// times at once. A click may be redelivered.
func (w *world) pressRepeatedly(ctx context.Context, rng *rand.Rand, user string, card slacksim.Message, yes bool) {
	times := 1
	if rng.IntN(3) == 0 {
		times += rng.IntN(4)
	}
	redeliver, sameID := rng.IntN(6) == 0, rng.IntN(2) == 0
	var group sync.WaitGroup
	for i := range times {
		group.Go(func() {
			pressed := time.Now()
			d, _ := w.pressAsShown(ctx, user, card, yes)
			if i == 0 && redeliver && d != nil {
				w.redeliver(ctx, user, card, yes, d, pressed, sameID)
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
