package service_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// perPerson leaves each person room for one order of 24 hours.
var perPerson = limitPolicy{limits: []string{`{per: person, within: 24h, amount: "40"}`}}

// twoCards returns the cards of two orders of 24 hours of one person, each of which fits
// into the limit, after both have a baseline.
func (l *limited) twoCards(user, first, second string) [2]slacksim.Message {
	l.T.Helper()
	cards := [2]slacksim.Message{l.Request(user, first+" 24"), l.Request(user, second+" 24")}
	l.WaitBaseline(cards[0])
	return cards
}

// An order whose outcome is unknown counts, and goes on doing so if it turns out to be
// placed: the lookup finds it, or an admin says so. If it was not placed, the same press
// that was refused before passes.
func TestLimits_UnknownOutcome(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Options = append(h.Options, servicetest.FastLookups)
		l := newLimited(h)
		l.use(perPerson)
		l.Start()
		found, said, not := l.twoCards(stage.Alice, "one", "two"), l.twoCards(stage.Carol, "three", "four"), l.twoCards(stage.Bob, "five", "six")
		const left = "40.00 EUR within 24 hours for each person: it costs about 24.00 EUR. Of that, you have 16.00 EUR left"
		lose := func(user, server string, card slacksim.Message, when oxhostsim.Stage) {
			l.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: when, ServerID: serverOf(server)}, 1)
			l.Click(user, card, "order_confirm")
			l.WaitReply(card, "may or may not have been spent")
		}
		l.Oxhost.SetListing(oxhostsim.Listing{Hidden: true})
		lose(stage.Carol, "three", said[0], oxhostsim.AfterCharge)
		l.Oxhost.SetListed(l.WantCharges(1, 1)[0].OrderID, false)
		l.Oxhost.SetListing(oxhostsim.Listing{})
		l.refusedByLimit(stage.Carol, said[1], left)
		lose(stage.Bob, "five", not[0], oxhostsim.BeforeCharge)
		l.refusedByLimit(stage.Bob, not[1], left)
		lose(stage.Alice, "one", found[0], oxhostsim.AfterCharge)
		l.refusedByLimit(stage.Alice, found[1], left)

		l.WaitReply(found[0], "It went through after all")
		l.refusedByLimit(stage.Alice, found[1], left)
		l.SettlePlaced(stage.Dave, l.WaitQuestion(said[0]), "seen at 0xhost")
		l.WaitReply(said[0], "seen at 0xhost")
		l.refusedByLimit(stage.Carol, said[1], left) // the admin did not say an amount
		l.Click(stage.Dave, l.WaitQuestion(not[0]), "order_settle_not_placed")
		l.WaitReply(not[0], "never went through")
		l.passes(stage.Bob, not[1])
		l.WantCharges(3, 4)
	})
}

// An order that 0xhost refuses counts no longer: the same press passes then.
func TestLimits_RefusedFrees(t *testing.T) {
	limits(t, perPerson, func(l *limited) {
		l.Oxhost.SetBalance(stage.BobAccount, decimal.Zero)
		cards := l.twoCards(stage.Bob, "five", "six")
		wait := make(chan struct{})
		l.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Until: wait}, 1)
		l.Click(stage.Bob, cards[0], "order_confirm")
		l.refusedByLimit(stage.Bob, cards[1], "Of that, you have 16.00 EUR left")
		close(wait)
		l.WaitReply(cards[0], "Insufficient balance")
		l.Oxhost.SetBalance(stage.BobAccount, euros(24))
		l.passes(stage.Bob, cards[1])
	})
}

// An order that waits until it can be sent counts: one that 0xhost throttled, and one that
// could not reach 0xhost.
func TestLimits_WaitingReserves(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		l := newLimited(h)
		host := newHostSwitch(h)
		host.on.Store(true)
		h.Options = append(h.Options, service.WithPauses(order.Pauses{NeverSent: 100 * time.Millisecond, Lists: time.Minute}))
		l.use(perPerson)
		l.Start()
		throttled, unsent := l.twoCards(stage.Alice, "one", "two"), l.twoCards(stage.Carol, "three", "four")
		l.Oxhost.Fail(oxhostsim.CreateOrder, status(429), 1)
		l.Click(stage.Alice, throttled[0], "order_confirm")
		l.WaitCard(throttled[0], "its list is checked before it is sent again")
		l.refusedByLimit(stage.Alice, throttled[1], "Of that, you have 16.00 EUR left")
		host.on.Store(false)
		l.Oxhost.CloseIdle()
		l.Click(stage.Carol, unsent[0], "order_confirm")
		l.WaitUntil(func() bool { return l.Recorded(unsent[0]).Attempts > 0 }, func() string { return "no attempt" })
		l.refusedByLimit(stage.Carol, unsent[1], "Of that, you have 16.00 EUR left")
		l.WantCharges(0, 1)
		host.on.Store(true)
		l.WaitReply(unsent[0], servicetest.Receipt)
		l.refusedByLimit(stage.Carol, unsent[1], "Of that, you have 16.00 EUR left")
	})
}

// An order counts until exactly the time of the limit has passed since its approval. In a
// bubble, no time passes while people press.
func TestLimits_EndOfWindow(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		l := newLimited(h)
		l.use(limitPolicy{limits: []string{"{per: person, within: 90m, hours: 40}", `{per: all, within: 1h, amount: "40"}`}})
		l.Start()
		cards := l.twoCards(stage.Alice, "one", "two")
		l.passes(stage.Alice, cards[0])
		end := l.Recorded(cards[0]).DecidedAt.Add(90 * time.Minute)
		l.refusedByLimit(stage.Alice, cards[1], "within 90 minutes for each person", "from "+dateOf(end)) // the one that stops it longer
		for _, early := range []time.Duration{30 * time.Minute, time.Microsecond} {
			l.pass(end.Sub(l.now()) - early)
			l.refusedByLimit(stage.Alice, cards[1], "within 90 minutes for each person", "Of that, you have 16 hours left")
		}
		l.pass(end.Sub(l.now()))
		l.passes(stage.Alice, cards[1])
		if at := l.Recorded(cards[1]).DecidedAt; !at.Equal(end) {
			t.Errorf("it was approved at %s, not at %s", at, end)
		}
		l.Stop()
	})
}
