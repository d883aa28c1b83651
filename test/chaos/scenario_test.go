//go:build chaos

package chaos

import (
	"context"
	"net/http"
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
	hasty       = worldConfig{confirmTTL: 2 * time.Second, oxhostTimeout: 30 * time.Second, connections: 1}
	alice       = members[0]
	bob         = members[1]
	aliceServer = servers[0] // rented by alice's account
	bobServer   = servers[1] // rented by bob's account
)

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
		if card, ok := w.waitForCard(ctx, int(o.Hours), pollInterval); ok {
			_, _ = w.press(ctx, o.Person.User, card, false) // it will be tried again
		}
	}
}
