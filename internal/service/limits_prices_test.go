package service_test

import (
	"fmt"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// waitPrice waits until an open card says this price.
func (l *limited) waitPrice(card slacksim.Message, price string) slacksim.Message {
	l.T.Helper()
	return l.WaitMessage(func(m slacksim.Message) bool {
		return m.TS == card.TS && servicetest.IsOpen(m) && servicetest.Contains(m, price)
	})
}

// 0xhost charges more than was approved: the receipt points that out, and says which limit
// is exceeded now. The charge counts: the next orders under the limit are refused until it
// no longer does.
func TestLimits_ChargedMore(t *testing.T) {
	limits(t, limitPolicy{limits: []string{`{per: all, within: 24h, amount: "40"}`}}, func(l *limited) {
		waiting := l.Request(stage.Bob, "five 1")
		card := l.Request(stage.Alice, "one 24")
		l.setPrice("one", 2)
		l.Click(stage.Alice, card, "order_confirm")
		receipt := l.WaitReply(card, "please check")
		free := l.Recorded(card).DecidedAt.Add(24 * time.Hour)
		wantParts(l.T, receipt.Flat(), "Expected about 24.00 EUR, 0xhost charged 48.00 EUR",
			"The limit of 40.00 EUR within 24 hours for all together is exceeded: the next orders under it are refused until "+dateOf(free))
		l.WaitMetric(`extendbot_charges_unlike_estimate_total{direction="above"}`, "1")
		const words = "40.00 EUR within 24 hours for all together: it costs about 1.00 EUR. Nothing is left"
		l.refusedByLimit(stage.Bob, waiting, words, "from "+dateOf(free))
		wantParts(l.T, l.Answer(stage.Carol, "two 1"), words, "from "+dateOf(free))
		l.pass(24 * time.Hour)
		l.passes(stage.Bob, waiting)
		l.WantCharges(2, 2)
	})
}

// A request that a limit stops is answered privately, with what would fit. Nothing is
// posted or recorded.
func TestLimits_RequestRefused(t *testing.T) {
	limits(t, limitPolicy{limits: []string{"{per: server, within: 24h, hours: 40}", `{per: account, within: 24h, amount: "60"}`}}, func(l *limited) {
		l.passes(stage.Alice, l.Request(stage.Alice, "one 24"))
		said := len(l.Slack.Messages(stage.Ops))
		for text, words := range map[string]string{
			"one 24": "over the limit of 40 hours within 24 hours for each server. 16 hours are left, and enough is free from <!date",
			"one 41": "That alone is more than the limit of 40 hours within 24 hours for each server. 16 hours are left. Try `/extend one 16h`",
			"two 40": "over the limit of 60.00 EUR within 24 hours for each account: it costs about 40.00 EUR. 36.00 EUR is left",
		} {
			wantParts(l.T, l.Answer(stage.Carol, text), words)
		}
		list, err := l.Service.Ledger.List(l.Ctx, time.Time{}, 10)
		if now := len(l.Slack.Messages(stage.Ops)); now != said || len(list) != 1 || err != nil {
			l.T.Errorf("%d messages more, and %d orders; %v", now-said, len(list), err)
		}
		l.passes(stage.Carol, l.Request(stage.Carol, "one 16"))
		l.passes(stage.Bob, l.Request(stage.Bob, "five 40"))
	})
}

// A rule for amounts asks for its approvers if the estimate is more than its amount. If the
// price is not known, an admin has to approve who did not ask for the order. Without one it
// is refused, with advice.
func TestLimits_AmountOver(t *testing.T) {
	big := []string{fmt.Sprintf("{name: big, when: {amount_over: \"20\"}, approvers: [%s]}", stage.Carol)}
	limits(t, limitPolicy{approvals: big}, func(l *limited) {
		l.passes(stage.Alice, l.Request(stage.Alice, "one 20"))
		over := l.Request(stage.Alice, "two 21")
		wantParts(l.T, over.Flat(), "About 21.00 EUR", "Needs <@"+stage.Carol+"> (`big`)")
		wantParts(l.T, l.AnswerToClick(stage.Alice, over, "order_confirm"), "Your own yes does not count")
		l.passes(stage.Carol, over)

		l.use(limitPolicy{approvals: big, admins: stage.Alice})
		const advice = "Only an admin other than you could approve that, and there is none. Ask the person who runs this bot to put a price into the policy file."
		wantParts(l.T, l.Answer(stage.Alice, "new 24"), "The price of `new` is not known before the first order", advice)
		l.use(limitPolicy{approvals: big, admins: stage.Alice + ", " + stage.Dave})
		unknown := l.Request(stage.Alice, "new 24")
		wantParts(l.T, unknown.Flat(), "Price not known before the first order, so an admin must approve", "(price not known)")
		wantParts(l.T, l.AnswerToClick(stage.Alice, unknown, "order_confirm"), "Your own yes does not count")
		wantParts(l.T, l.AnswerToClick(stage.Carol, unknown, "order_confirm"), "You are not asked to approve this order", "<@"+stage.Dave+"> (price not known)")
		l.WantState(unknown, order.Pending)
		l.passes(stage.Dave, unknown)
		wantParts(l.T, l.Request(stage.Alice, "new 48").Flat(), "About 48.00 EUR", "(`big`)") // the receipt said it
		l.WantCharges(3, 3)
	})
}

// An order of unknown price needs that a limit on amounts has something left. It counts
// nothing until its receipt, and then what it cost.
func TestLimits_UnknownPrice(t *testing.T) {
	limits(t, limitPolicy{limits: []string{`{per: all, within: 24h, amount: "40"}`}}, func(l *limited) {
		card, unknown, known := l.Request(stage.Alice, "new 24"), l.Request(stage.Bob, "new-too 1"), l.Request(stage.Bob, "five 1")
		l.setPrice("new", 2)
		l.Click(stage.Dave, card, "order_confirm")
		receipt := l.WaitReply(card, "48.00 EUR")
		wantParts(l.T, receipt.Flat(), "The limit of 40.00 EUR within 24 hours for all together is exceeded")
		l.refusedByLimit(stage.Bob, known, "Nothing is left")
		l.refusedByLimit(stage.Dave, unknown, "Nothing is left")
		l.pass(24 * time.Hour)
		l.passes(stage.Dave, unknown)
		l.WantCharges(2, 2)
	})
}

// The price rises between the card and the press: the person is told, the card shows the
// new price, and the next press approves that.
func TestLimits_PriceRises(t *testing.T) {
	for name, raise := range map[string]func(l *limited){
		"in the policy": func(l *limited) { l.use(limitPolicy{price: 2}) },
		"in 0xhost's list": func(l *limited) {
			l.Oxhost.AddOrder(oxhostsim.Order{AccountID: stage.AliceAccount, ServerID: serverOf("one"), Hours: 72, Amount: euros(144)})
			l.WaitBaseline(l.Request(stage.Carol, "two 1")) // for which the list is read
		},
	} {
		t.Run(name, func(t *testing.T) {
			limits(t, limitPolicy{}, func(l *limited) {
				card := l.Request(stage.Alice, "one 24")
				wantParts(l.T, card.Flat(), "About 24.00 EUR")
				l.WaitBaseline(card)
				l.setPrice("one", 2)
				raise(l)
				wantParts(l.T, l.AnswerToClick(stage.Alice, card, "order_confirm"), "The price is about 48.00 EUR now, not 24.00 EUR", "press again")
				l.WantState(card, order.Pending)
				l.WantCharges(0, 0)
				card = l.waitPrice(card, "About 48.00 EUR")
				l.passes(stage.Alice, card)
				l.WantCharges(1, 1)
			})
		})
	}
}

// The price changes after the first of two approvals: what that person approved stays, and
// the receipt points out a charge that differs.
func TestLimits_PriceFrozen(t *testing.T) {
	limits(t, limitPolicy{approvals: []string{twoOf()}}, func(l *limited) {
		card := l.Request(stage.Alice, "one 24")
		l.Click(stage.Carol, card, "order_confirm")
		waitApprovals(l.Harness, card, stage.Carol)
		l.setPrice("one", 2)
		l.use(limitPolicy{approvals: []string{twoOf()}, price: 2})
		l.Click(stage.Bob, card, "order_confirm")
		wantParts(l.T, l.WaitReply(card, "please check").Flat(), "Expected about 24.00 EUR, 0xhost charged 48.00 EUR")
		if o := l.Recorded(card); !o.Estimate.Amount.Decimal.Equal(euros(24)) {
			l.T.Errorf("the estimate is %s", o.Estimate.Amount.Decimal)
		}
		l.WantCharges(1, 1)
	})
}
