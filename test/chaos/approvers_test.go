//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// The approvers. Some members are approvers, too.
const (
	dave  = "U0DAVE"
	erin  = "U0ERIN"
	frank = "U0FRANK"
)

// everybody are the people who press on cards that need approvals, whether or not
// they may.
func everybody() []string { return append([]string{dave, erin, frank, stranger}, requesters()...) }

// decideTogether is what people do with a card that needs approvals: all at once.
func (w *world) decideTogether(ctx context.Context, rng *rand.Rand, card slacksim.Message) {
	var group sync.WaitGroup
	for _, user := range everybody() {
		seed := rng.Uint64()
		group.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 0))
			pause(ctx, upTo(rng, 3*thinkTime))
			w.decideAs(ctx, rng, user, card)
		})
	}
	group.Wait()
}

// decideAs is what one of them does with the card.
func (w *world) decideAs(ctx context.Context, rng *rand.Rand, user string, card slacksim.Message) {
	switch roll := rng.IntN(100); {
	case roll < 15: // comes back later, with a client that has not received a newer card
		pause(ctx, upTo(rng, cardPatience))
		w.pressRepeatedly(ctx, rng, user, card, true)
	case roll < 75:
		w.pressRepeatedly(ctx, rng, user, w.shown.now(card), true)
	case roll < 78:
		_, _ = w.press(ctx, user, card, false)
		if rng.IntN(4) > 0 {
			w.explain(ctx, user, card)
		}
	case roll < 80: // clicks both buttons at once
		var both sync.WaitGroup
		both.Go(func() { _, _ = w.press(ctx, user, card, true) })
		_, _ = w.press(ctx, user, card, false)
		both.Wait()
	default: // does nothing
	}
}

// modalPatience is how long a person waits for a modal.
const modalPatience = 500 * time.Millisecond

// explain answers the modal that asks why a person declined an order, if it opens.
func (w *world) explain(ctx context.Context, user string, card slacksim.Message) {
	id := orderOf(card)
	var view slacksim.View
	if !waitUntil(ctx, modalPatience, func() (open bool) {
		for _, v := range w.slack.Views(user) {
			if v.PrivateMetadata == string(id) {
				view, open = v, true
			}
		}
		return open
	}) {
		return
	}
	reason := fmt.Sprintf("not today, said %s", user)
	_, err := w.slack.SubmitView(ctx, slacksim.ViewSubmission{User: user, ViewID: view.ID, Values: map[string]map[string]any{
		"reason": {"reason": map[string]any{"type": "plain_text_input", "value": reason}},
	}})
	if err == nil {
		w.locked(func() { w.reasons[id] = reason })
	}
}

// orderOf returns the order of a card that had buttons.
func orderOf(card slacksim.Message) order.ID {
	button, _ := card.Button("order_confirm")
	return order.ID(button.Value)
}

// finishPause is how long people wait for what a press did before they press again.
const finishPause = 300 * time.Millisecond

// finish lets people end an order of a round that still waits for approvals: they give
// them, its requester withdraws it, or an approver declines it. In the long form, some
// expire.
func (w *world) finish(o order.Order) {
	rules := w.policy.since(time.Now()).rulesFor(o)
	if len(w.policy.servers()) == 0 || len(rules) == 0 || time.Since(w.finished[o.ID]) < finishPause || w.patience > 0 && o.Hours%16 == 5 {
		return
	}
	w.finished[o.ID] = time.Now()
	for _, card := range w.shown.cardsOf(string(o.ID)) {
		switch o.Hours % 4 {
		case 0:
			_, _ = w.press(w.ctx, o.Person.User, card, false) // it will be tried again
		case 1:
			approver := slices.IndexFunc(rules[0].Approvers, func(user string) bool { return countsIn(rules[0], user, o) })
			_, _ = w.press(w.ctx, rules[0].Approvers[approver], card, false)
		default:
			for _, user := range everybody() {
				_, _ = w.press(w.ctx, user, card, true)
			}
		}
	}
}
