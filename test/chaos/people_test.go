//go:build chaos

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/slacksim"
)

// retryPause is how long people wait before they try again.
const retryPause = 50 * time.Millisecond

// request types /extend once. It returns the hours, and whether the request was
// accepted.
func (w *world) request(ctx context.Context, user, server, where string) (hours int, accepted bool, d *slacksim.Delivery) {
	r := &request{user: user, server: server}
	w.locked(func() {
		w.hours++
		hours = w.hours
		w.requests[hours] = r
	})
	d, err := w.slack.Command(ctx, slacksim.SlashCommand{
		User: user, Channel: where, Command: "/extend", Text: fmt.Sprintf("%s %d", server, hours),
	})
	w.locked(func() {
		r.accepted = err == nil && d.AckText() == ""
		r.refused = d.AckText()
	})
	return hours, err == nil && d.AckText() == "", d
}

// requestUntilAccepted types /extend until it is accepted.
func (w *world) requestUntilAccepted(ctx context.Context, user, server, where string) (hours int) {
	for ctx.Err() == nil {
		hours, accepted, _ := w.request(ctx, user, server, where)
		if accepted {
			return hours
		}
		pause(ctx, retryPause)
	}
	return 0
}

// waitForCard waits for the card of a request.
func (w *world) waitForCard(ctx context.Context, hours int, within time.Duration) (card slacksim.Message, ok bool) {
	waitUntil(ctx, within, func() bool {
		card, ok = w.shown.card(hours)
		return ok
	})
	return card, ok
}

// press clicks a button of a card, even if the button has been removed
// meanwhile. No error means that the click was acked.
func (w *world) press(ctx context.Context, user string, card slacksim.Message, yes bool) (*slacksim.Delivery, error) {
	action := "order_cancel"
	if yes {
		action = "order_confirm"
	}
	now, _ := w.shown.message(card.TS)
	button, ok := now.Button(action)
	if !ok {
		return nil, slacksim.ErrNoSuchButton
	}
	c := w.recordClick(button.Value, user, yes)
	d, err := w.slack.ClickRaw(ctx, slacksim.Click{User: user, Channel: card.Channel, TS: card.TS, ActionID: action, BlockID: button.BlockID}, button.Value)
	w.recordAck(c, err)
	return d, err
}

// redeliver delivers a click again.
func (w *world) redeliver(ctx context.Context, user, id string, yes bool, d *slacksim.Delivery, sameID bool) {
	c := w.recordClick(id, user, yes)
	_, err := w.slack.Redeliver(ctx, d, sameID)
	w.recordAck(c, err)
}

func (w *world) recordClick(id, user string, yes bool) *click {
	c := &click{user: user, yes: yes, sent: time.Now()}
	w.locked(func() { w.clicks[id] = append(w.clicks[id], c) })
	return c
}

func (w *world) recordAck(c *click, err error) {
	if err == nil {
		w.locked(func() { c.acked = time.Now() })
	}
}

// decide clicks a button until a click is acked or the button is gone.
func (w *world) decide(ctx context.Context, user string, card slacksim.Message, yes bool) {
	for ctx.Err() == nil {
		_, err := w.press(ctx, user, card, yes)
		if err == nil || errors.Is(err, slacksim.ErrNoSuchButton) {
			return
		}
		pause(ctx, retryPause)
	}
}
