package service_test

import (
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
)

// The policy changes while a card waits: a limit that is added or lowered stops the last
// press, and one that is removed no longer does.
func TestLimits_PolicyChanges(t *testing.T) {
	limits(t, limitPolicy{}, func(l *limited) {
		l.passes(stage.Alice, l.Request(stage.Alice, "one 24"))
		card := l.Request(stage.Alice, "two 24")
		for _, c := range []struct{ limit, left string }{
			{"{per: person, within: 24h, hours: 40}", "Of that, you have 16 hours left"}, // added
			{"{per: person, within: 24h, hours: 25}", "Of that, you have 1 hour left"},   // lowered
			{"{per: person, within: 24h, hours: 10}", "Of that, you have nothing left"},  // to less than was bought
			{`{per: account, within: 1h, amount: "40"}`, "16.00 EUR is left"},
		} {
			l.use(limitPolicy{limits: []string{c.limit}})
			l.refusedByLimit(stage.Alice, card, c.left)
		}
		l.use(limitPolicy{})
		l.passes(stage.Alice, card)
		l.WantCharges(2, 2)
	})
}

// Only the last approval is checked: the first yes to an order over a limit is recorded.
// The last one is refused, told whose limit it is, and not recorded. It passes when
// enough is free.
func TestLimits_LastApproval(t *testing.T) {
	limits(t, limitPolicy{}, func(l *limited) {
		l.passes(stage.Alice, l.Request(stage.Alice, "one 24"))
		two := limitPolicy{approvals: []string{twoOf()}}
		l.use(two)
		card := l.Request(stage.Alice, "two 24")
		two.limits = []string{"{per: person, within: 24h, hours: 40}"}
		l.use(two)
		l.Click(stage.Carol, card, "order_confirm")
		waitApprovals(l.Harness, card, stage.Carol)
		const words = "That is over the limit of 40 hours within 24 hours for each person. Of that, <@" + stage.Alice + "> has 16 hours left"
		for range 2 {
			l.refusedByLimit(stage.Bob, card, words, ": press again then")
		}
		l.refusedByLimit(stage.Mallory, card, words)
		l.pass(24 * time.Hour)
		l.Click(stage.Bob, card, "order_confirm")
		wantParts(l.T, l.WaitReply(card, servicetest.Receipt).Flat(), "Approved by <@"+stage.Carol+"> and <@"+stage.Bob+">")
		l.WantCharges(2, 2)
	})
}
