//go:build chaos

package chaos

import (
	"context"
	"net/http"
	"slices"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// scenario is what people do in one world, whatever happens to the program.
type scenario struct {
	name   string
	config worldConfig
	play   func(ctx context.Context, w *world)
	// ends are the states in which its order may end. The first one is expected if
	// the program is not killed.
	ends []order.State
}

// patience is how long people wait for something, on a slow machine.
const patience = 2 * time.Minute

var (
	usual       = worldConfig{confirmTTL: 15 * time.Minute, oxhostTimeout: 30 * time.Second, connections: 1}
	reminding   = worldConfig{confirmTTL: 15 * time.Minute, oxhostTimeout: 30 * time.Second, connections: 1, reminds: true}
	hasty       = worldConfig{confirmTTL: 2 * time.Second, oxhostTimeout: 30 * time.Second, connections: 1}
	alice       = members[0]
	bob         = members[1]
	aliceServer = servers[0] // rented by alice's account
	bobServer   = servers[1] // rented by bob's account
)

// alsoKilledAt names points at which the program is killed in a scenario, by its
// name, although another scenario reaches them too.
var alsoKilledAt = map[string]string{
	"extended meanwhile": "ledger.placed.after_commit",
	"two approvals":      "ledger.pending.after_commit", // between them
}

// scenarios returns all scenarios. Together they reach every crash point.
func scenarios() []scenario {
	return []scenario{
		{"receipt", usual, confirm(aliceServer), []order.State{order.Placed, order.NotPlaced}},
		{"refusal", usual, confirm(bobServer), []order.State{order.Refused, order.NotPlaced}},
		{"cancel", usual, cancel, []order.State{order.Cancelled}},
		{"expiry", hasty, func(ctx context.Context, w *world) { w.requestUntilAccepted(ctx, alice, aliceServer, channel) }, []order.State{order.Expired}},
		{"charged, answer lost", usual, withFault(oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.AfterCharge}), []order.State{order.Placed, order.NotPlaced}},
		{"not charged, answer lost", usual, withFault(oxhostsim.Fault{Kind: oxhostsim.Hangup}), []order.State{order.NotPlaced, order.Placed}},
		{"throttled", usual, withFault(oxhostsim.Fault{
			Kind: oxhostsim.Status, Code: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}},
		}), []order.State{order.Placed, order.NotPlaced}},
		{"throttled, charged all the same", usual, withFault(oxhostsim.Fault{
			Kind: oxhostsim.Status, Code: http.StatusTooManyRequests, Stage: oxhostsim.AfterCharge,
		}), []order.State{order.Placed, order.NotPlaced}},
		{"not in the channel", usual, func(ctx context.Context, w *world) { w.requestUntilAccepted(ctx, alice, aliceServer, elsewhere) }, []order.State{order.Cancelled}},
		{"another person clicks", usual, confirmByAnother, []order.State{order.Cancelled}},
		{"app home", usual, openHome, nil},
		{"two approvals", usual, approveByTwo, []order.State{order.Placed, order.NotPlaced}},
		{"declined", usual, decline, []order.State{order.Declined}},
		{"extended meanwhile", usual, extendedMeanwhile, []order.State{order.Placed, order.NotPlaced, order.Cancelled}},
		{"asked twice", usual, askTwice, []order.State{order.Cancelled}},
		{"reminded", reminding, stopReminders, nil},
		{"asked again", usual, askAgain, []order.State{order.Cancelled, order.Refused, order.NotPlaced}},
	}
}

func confirm(server string) func(context.Context, *world) {
	return func(ctx context.Context, w *world) {
		if card, ok := w.waitForCard(ctx, w.requestUntilAccepted(ctx, alice, server, channel), patience); ok {
			w.decide(ctx, alice, card, true)
		}
	}
}

func withFault(f oxhostsim.Fault) func(context.Context, *world) {
	return func(ctx context.Context, w *world) {
		w.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		confirm(aliceServer)(ctx, w)
	}
}

func cancel(ctx context.Context, w *world) {
	if card, ok := w.waitForCard(ctx, w.requestUntilAccepted(ctx, alice, aliceServer, channel), patience); ok {
		w.decide(ctx, alice, card, false)
	}
}

// confirmByAnother makes bob click the button on alice's card. The first message
// to him fails.
func confirmByAnother(ctx context.Context, w *world) {
	card, ok := w.waitForCard(ctx, w.requestUntilAccepted(ctx, alice, aliceServer, channel), patience)
	if !ok {
		return
	}
	w.slack.Fail("response_url", slacksim.Fault{Status: http.StatusNotFound}, 1)
	w.decide(ctx, bob, card, true)
	// The message comes after the ack, and the program may die between them.
	waitUntil(ctx, patience, func() bool { return len(w.slack.Ephemerals(bob)) > 0 || w.died() })
	w.decide(ctx, alice, card, false)
}

// approveByTwo makes alice ask for what others have to approve, and press, too.
func approveByTwo(ctx context.Context, w *world) {
	card, ok := w.waitForCard(ctx, w.requestUntilAccepted(ctx, alice, ruledServer, channel), patience)
	if !ok {
		return
	}
	for _, user := range []string{dave, dave, alice, erin} {
		w.decide(ctx, user, card, true)
	}
}

// decline makes one approver say yes and the next one no, with a reason.
func decline(ctx context.Context, w *world) {
	card, ok := w.waitForCard(ctx, w.requestUntilAccepted(ctx, alice, ruledServer, channel), patience)
	if !ok {
		return
	}
	w.decide(ctx, dave, card, true)
	w.decide(ctx, frank, card, false)
	w.explain(ctx, frank, card)
}

// extendedMeanwhile makes alice confirm one of two orders for a server, and then the
// other one with a client that still shows its old card.
func extendedMeanwhile(ctx context.Context, w *world) {
	first, ok := w.waitForCard(ctx, w.requestUntilAccepted(ctx, alice, aliceServer, channel), patience)
	second, also := w.waitForCard(ctx, w.requestUntilAccepted(ctx, alice, aliceServer, channel), patience)
	if !ok || !also {
		return
	}
	w.decide(ctx, alice, first, true)
	var state subject
	waitUntil(ctx, patience, func() bool {
		state = subjectOf(w.shown.now(first).Flat())
		return state == subject(order.Placed) || state == subject(order.Unknown)
	})
	if state != subject(order.Placed) {
		return // people have to settle it first
	}
	waitUntil(ctx, patience, func() bool { return seenOn(w.shown.now(second)) != "" })
	for ctx.Err() == nil {
		if _, err := w.pressAsShown(ctx, alice, second, true); err == nil {
			break
		}
		pause(ctx, retryPause)
	}
	w.decide(ctx, alice, second, true)
}

// askTwice makes alice ask for the same twice. The answer names the card, which she
// cancels with a command.
func askTwice(ctx context.Context, w *world) {
	hours := w.requestUntilAccepted(ctx, alice, aliceServer, channel)
	card, ok := w.waitForCard(ctx, hours, patience)
	if !ok {
		return
	}
	for ctx.Err() == nil {
		if accepted, _ := w.ask(ctx, hours, channel); accepted {
			break
		}
		pause(ctx, retryPause)
	}
	waitUntil(ctx, answeredWithin, func() bool {
		return w.died() || slices.ContainsFunc(w.shown.private.of(hours), func(m privateMessage) bool { return m.about == repeated })
	})
	for ctx.Err() == nil && isOpen(w.shown.now(card)) {
		w.cancelByCommand(ctx, alice, card)
		pause(ctx, retryPause)
	}
}

// askAgain makes alice ask again for an order that 0xhost refused, and cancel it.
func askAgain(ctx context.Context, w *world) {
	hours := w.requestUntilAccepted(ctx, alice, bobServer, channel)
	card, ok := w.waitForCard(ctx, hours, patience)
	if !ok {
		return
	}
	w.decide(ctx, alice, card, true)
	waitUntil(ctx, patience, func() bool {
		return w.askAgain(ctx, alice, hours, card) || subjectOf(w.shown.now(card).Flat()) == subject(order.Unknown)
	})
	if next, ok := w.waitForOpenCard(ctx, hours, patience); ok {
		w.decide(ctx, alice, next, false)
	}
}

// stopReminders makes alice stop the reminders of a server of which she is reminded, until a
// reminder shows that. One that was not recorded when the program died does not.
func stopReminders(ctx context.Context, w *world) {
	open := func() (list []slacksim.Message) {
		for _, m := range w.reminders() {
			if _, stops := m.Button("remind_stop"); stops {
				list = append(list, m)
			}
		}
		return list
	}
	waitUntil(ctx, patience, func() bool { return len(open()) > 0 })
	for ctx.Err() == nil && len(open()) == len(w.reminders()) {
		for _, m := range open() {
			_, _ = w.slack.Click(ctx, slacksim.Click{User: alice, Channel: m.Channel, TS: m.TS, ActionID: "remind_stop"}) // again below
		}
		pause(ctx, retryPause)
	}
}

func openHome(ctx context.Context, w *world) {
	for ctx.Err() == nil {
		if _, err := w.slack.OpenHome(ctx, alice); err == nil {
			break
		}
		pause(ctx, retryPause)
	}
	waitUntil(ctx, patience, func() bool { return w.slack.Home(alice) != nil || w.died() }) // or it died before that
}

// died reports whether the program has died in this world. In that case, the
// message to a person may never arrive.
func (w *world) died() (dead bool) {
	w.locked(func() { dead = len(w.deathTimes) > 0 })
	return dead
}

// cancelPending cancels the orders that a scenario left pending: their requests
// were recorded but not acked, so people made them again.
func cancelPending(ctx context.Context, w *world, open []order.Order) {
	if w.confirmTTL == hasty.confirmTTL {
		return // they expire
	}
	for _, o := range open {
		if o.State != order.Pending {
			continue
		}
		for _, card := range w.shown.cardsOf(string(o.ID)) {
			_, _ = w.press(ctx, o.Person.User, card, false) // it will be tried again
		}
	}
}
