package chaos

import (
	"context"
	"net/http"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// scenario is what people do in one world, whatever becomes of the program.
type scenario struct {
	name   string
	config worldConfig
	play   func(ctx context.Context, w *world)
	// ends lists the states in which an order may end that was asked for
	// here: the first if nobody dies.
	ends []order.State
}

// patience is how long people wait for what has to come, also from a machine that
// is slow.
const patience = 2 * time.Minute

var (
	usual  = worldConfig{confirmTTL: 15 * time.Minute, oxhostTimeout: 30 * time.Second, connections: 1}
	hasty  = worldConfig{confirmTTL: 2 * time.Second, oxhostTimeout: 30 * time.Second, connections: 1}
	alice  = members[0]
	bob    = members[1]
	myOwn  = servers[0] // alice's
	others = servers[1] // bob's
)

// scenarios lists them; together they reach every crash point.
func scenarios() []scenario {
	return []scenario{
		{"receipt", usual, confirm(myOwn), []order.State{order.Placed, order.NotPlaced}},
		{"refusal", usual, confirm(others), []order.State{order.Refused, order.NotPlaced}},
		{"cancel", usual, cancel, []order.State{order.Cancelled}},
		{"expiry", hasty, func(ctx context.Context, w *world) { w.insist(ctx, alice, myOwn, channel) }, []order.State{order.Expired}},
		{"charged, answer lost", usual, withFault(oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.AfterCharge}), []order.State{order.Placed, order.NotPlaced}},
		{"not charged, answer lost", usual, withFault(oxhostsim.Fault{Kind: oxhostsim.Hangup}), []order.State{order.NotPlaced, order.Placed}},
		{"tried again", usual, withFault(oxhostsim.Fault{
			Kind: oxhostsim.Status, Code: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}},
		}), []order.State{order.Placed, order.NotPlaced}},
		{"not in the channel", usual, func(ctx context.Context, w *world) { w.insist(ctx, alice, myOwn, elsewhere) }, []order.State{order.Cancelled}},
		{"somebody else clicks", usual, meddle, []order.State{order.Cancelled}},
		{"app home", usual, visit, nil},
	}
}

func confirm(server string) func(context.Context, *world) {
	return func(ctx context.Context, w *world) {
		if card, ok := w.see(ctx, w.insist(ctx, alice, server, channel), patience); ok {
			w.decide(ctx, alice, card, true)
		}
	}
}

func withFault(f oxhostsim.Fault) func(context.Context, *world) {
	return func(ctx context.Context, w *world) {
		w.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		confirm(myOwn)(ctx, w)
	}
}

func cancel(ctx context.Context, w *world) {
	if card, ok := w.see(ctx, w.insist(ctx, alice, myOwn, channel), patience); ok {
		w.decide(ctx, alice, card, false)
	}
}

// meddle lets bob click on alice's card; the first way to tell him does not work.
func meddle(ctx context.Context, w *world) {
	card, ok := w.see(ctx, w.insist(ctx, alice, myOwn, channel), patience)
	if !ok {
		return
	}
	w.slack.Fail("response_url", slacksim.Fault{Status: http.StatusNotFound}, 1)
	w.decide(ctx, bob, card, true)
	// He is told after the ack, and it may die while it tells him.
	await(ctx, patience, func() bool { return len(w.slack.Ephemerals(bob)) > 0 || w.died() })
	w.decide(ctx, alice, card, false)
}

func visit(ctx context.Context, w *world) {
	for ctx.Err() == nil {
		if _, err := w.slack.OpenHome(ctx, alice); err == nil {
			break
		}
		pause(ctx, annoyance)
	}
	await(ctx, patience, func() bool { return w.slack.Home(alice) != nil || w.died() }) // likewise
}

// died says whether the program has died in this world: then what it was about to
// tell may never come.
func (w *world) died() (dead bool) {
	w.note(func() { dead = len(w.deaths) > 0 })
	return dead
}

// tidy cancels what a scenario left pending: requests that were recorded and
// not acked, which people therefore made again.
func tidy(ctx context.Context, w *world, open []order.Order) {
	if w.confirmTTL == hasty.confirmTTL {
		return // they expire by themselves
	}
	for _, o := range open {
		if o.State != order.Pending {
			continue
		}
		if card, ok := w.see(ctx, int(o.Hours), lookEvery); ok {
			_, _ = w.press(ctx, o.Person.User, card, false) // it is tidied again
		}
	}
}
