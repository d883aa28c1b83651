//go:build chaos

package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// retryPause is how long people wait before they try again.
const retryPause = 50 * time.Millisecond

// request asks for new hours once. It returns them, and whether the request was
// accepted.
func (w *world) request(ctx context.Context, user, server, where string) (hours int, accepted bool, d *slacksim.Delivery) {
	hours = w.newRequest(user, server)
	accepted, d = w.ask(ctx, hours, where)
	return hours, accepted, d
}

// newRequest returns the hours of a new request. One in three has a purpose.
func (w *world) newRequest(user, server string) (hours int) {
	w.locked(func() {
		w.hours++
		hours = w.hours
		r := &request{user: user, server: server}
		if hours%3 == 0 {
			r.purpose = fmt.Sprintf("demo %d is not over", hours)
		}
		w.requests[hours] = r
	})
	return hours
}

// ask types a request once, as this or that person would. It reports whether it
// was accepted.
func (w *world) ask(ctx context.Context, hours int, where string) (accepted bool, d *slacksim.Delivery) {
	r := w.requestFor(hours)
	forms := []string{"%s %d", "%s %d hours", "%s for %dh, please", "%[2]dh %[1]s", "extend %s %d", "%[2]d %[1]s."}
	text := fmt.Sprintf(forms[hours%len(forms)], r.server, hours)
	if days := hours / 24; days > 0 && hours%4 == 0 {
		text = fmt.Sprintf("%s %d days %dh", r.server, days, hours%24)
		text = strings.TrimSuffix(text, " 0h")
	}
	if r.purpose != "" {
		text += " because " + r.purpose
	}
	d, err := w.slack.Command(ctx, slacksim.SlashCommand{User: r.user, Channel: where, Command: "/extend", Text: text})
	accepted = err == nil && d.AckText() == ""
	w.locked(func() {
		r.asks++
		switch {
		case err != nil:
			r.unacked++
			return
		case subjectOf(d.AckText()) == overLimit:
			w.stopped++
		case accepted, subjectOf(d.AckText()) == repeated:
			r.acked++
		}
		r.accepted, r.lastAck = r.accepted || accepted, time.Now()
	})
	return accepted, d
}

func (w *world) requestFor(hours int) (r *request) {
	w.locked(func() { r = w.requests[hours] })
	return r
}

// askAgain clicks the button that asks once more for what an order did not get,
// if there is one. It reports whether that was acked.
func (w *world) askAgain(ctx context.Context, user string, hours int, card slacksim.Message) bool {
	m, button, ok := w.shown.againButton(card.TS)
	if !ok {
		return false
	}
	c := slacksim.Click{User: user, Channel: m.Channel, TS: m.TS, ActionID: "order_again", BlockID: button.BlockID}
	_, err := w.slack.ClickRaw(ctx, c, button.Value)
	r := w.requestFor(hours)
	w.locked(func() {
		r.asks++
		if err != nil {
			r.unacked++
			return
		}
		r.again, r.lastAck = append(r.again, order.ID(button.Value)), time.Now()
	})
	return err == nil
}

// cancelByCommand cancels an order with a command that names it.
func (w *world) cancelByCommand(ctx context.Context, user string, card slacksim.Message) {
	button, ok := card.Button("order_cancel")
	if !ok {
		return
	}
	c := w.recordClick(button.Value, user, false, slacksim.Message{})
	d, err := w.slack.Command(ctx, slacksim.SlashCommand{
		User: user, Channel: channel, Command: "/extend", Text: "cancel " + strings.ToUpper(button.Value),
	})
	if err == nil && strings.HasPrefix(d.AckText(), "Canceled: ") {
		w.recordAck(c, nil)
	}
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

// waitForOpenCard waits for a card of a request that can be decided.
func (w *world) waitForOpenCard(ctx context.Context, hours int, within time.Duration) (card slacksim.Message, ok bool) {
	waitUntil(ctx, within, func() bool {
		card, ok = w.shown.openCard(hours)
		return ok
	})
	return card, ok
}

// press clicks a button of a card, even if the button has been removed
// meanwhile. No error means that the click was acked.
func (w *world) press(ctx context.Context, user string, card slacksim.Message, yes bool) (*slacksim.Delivery, error) {
	return w.pressAsShown(ctx, user, w.shown.now(card), yes)
}

// pressAsShown clicks a button of a card as it was at some time, because the
// person's client has not received a newer one.
func (w *world) pressAsShown(ctx context.Context, user string, card slacksim.Message, yes bool) (*slacksim.Delivery, error) {
	button, ok := card.Button(actionOf(yes))
	if !ok {
		return nil, slacksim.ErrNoSuchButton
	}
	c := w.recordClick(button.Value, user, yes, card)
	d, err := w.slack.ClickRaw(ctx, slacksim.Click{User: user, Channel: card.Channel, TS: card.TS, ActionID: button.ActionID, BlockID: button.BlockID}, button.Value)
	w.recordAck(c, err)
	return d, err
}

func actionOf(yes bool) string {
	if yes {
		return "order_confirm"
	}
	return "order_cancel"
}

// seenOn returns which order extended the server, according to a card, or "".
func seenOn(card slacksim.Message) order.ID {
	button, _ := card.Button("order_confirm")
	_, id, _ := strings.Cut(button.BlockID, ":")
	return order.ID(id)
}

// costOn returns what the order is expected to cost, according to a card.
func costOn(card slacksim.Message) (cost decimal.NullDecimal) {
	button, _ := card.Button("order_confirm")
	block, _, _ := strings.Cut(button.BlockID, ":")
	_, amount, _ := strings.Cut(block, "=")
	if d, err := decimal.NewFromString(amount); err == nil {
		cost = decimal.NewNullDecimal(d)
	}
	return cost
}

// redeliver delivers a click on a card again. That is no new press: the person
// pressed the button at that time.
func (w *world) redeliver(ctx context.Context, user string, card slacksim.Message, yes bool, d *slacksim.Delivery, pressed time.Time, sameID bool) {
	button, _ := card.Button("order_confirm")
	c := w.recordClick(button.Value, user, yes, card)
	w.locked(func() { c.sent = pressed })
	_, err := w.slack.Redeliver(ctx, d, sameID)
	w.recordAck(c, err)
}

func (w *world) recordClick(id, user string, yes bool, card slacksim.Message) *click {
	c := &click{user: user, yes: yes, seen: seenOn(card), cost: costOn(card), sent: time.Now()}
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
