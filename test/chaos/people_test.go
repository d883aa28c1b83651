package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/slacksim"
)

// annoyance is how long people wait before they try again what did not work.
const annoyance = 50 * time.Millisecond

// ask types /extend once. It gives the hours that were asked for, and whether
// the request was taken.
func (w *world) ask(ctx context.Context, user, server, where string) (hours int, taken bool, d *slacksim.Delivery) {
	r := &request{user: user, server: server}
	w.note(func() {
		w.hours++
		hours = w.hours
		w.requests[hours] = r
	})
	d, err := w.slack.Command(ctx, slacksim.SlashCommand{
		User: user, Channel: where, Command: "/extend", Text: fmt.Sprintf("%s %d", server, hours),
	})
	w.note(func() {
		r.accepted = err == nil && d.AckText() == ""
		r.refused = d.AckText()
	})
	return hours, err == nil && d.AckText() == "", d
}

// insist types /extend until it is taken.
func (w *world) insist(ctx context.Context, user, server, where string) (hours int) {
	for ctx.Err() == nil {
		hours, taken, _ := w.ask(ctx, user, server, where)
		if taken {
			return hours
		}
		pause(ctx, annoyance)
	}
	return 0
}

// see waits for the card of a request.
func (w *world) see(ctx context.Context, hours int, within time.Duration) (card slacksim.Message, ok bool) {
	await(ctx, within, func() bool {
		card, ok = w.wall.card(hours)
		return ok
	})
	return card, ok
}

// press presses a button of a card, whether it is still there or not. Nil
// means that it was acked.
func (w *world) press(ctx context.Context, user string, card slacksim.Message, yes bool) (*slacksim.Delivery, error) {
	action := "order_cancel"
	if yes {
		action = "order_confirm"
	}
	now, _ := w.wall.message(card.TS)
	button, ok := now.Button(action)
	if !ok {
		return nil, slacksim.ErrNoSuchButton
	}
	c := w.clicked(button.Value, user, yes)
	d, err := w.slack.ClickRaw(ctx, slacksim.Click{User: user, Channel: card.Channel, TS: card.TS, ActionID: action}, button.Value)
	w.acked(c, err)
	return d, err
}

// again delivers a click that was delivered before.
func (w *world) again(ctx context.Context, user, id string, yes bool, d *slacksim.Delivery, sameID bool) {
	c := w.clicked(id, user, yes)
	_, err := w.slack.Redeliver(ctx, d, sameID)
	w.acked(c, err)
}

func (w *world) clicked(id, user string, yes bool) *click {
	c := &click{user: user, yes: yes, sent: time.Now()}
	w.note(func() { w.clicks[id] = append(w.clicks[id], c) })
	return c
}

func (w *world) acked(c *click, err error) {
	if err == nil {
		w.note(func() { c.acked = time.Now() })
	}
}

// decide presses a button until it is acked or gone.
func (w *world) decide(ctx context.Context, user string, card slacksim.Message, yes bool) {
	for ctx.Err() == nil {
		_, err := w.press(ctx, user, card, yes)
		if err == nil || errors.Is(err, slacksim.ErrNoSuchButton) {
			return
		}
		pause(ctx, annoyance)
	}
}
