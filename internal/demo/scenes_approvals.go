package demo

import (
	"context"
	"strconv"
	"strings"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// approvalScene has an order that carol has to approve. Neither the requester's own
// yes counts, nor that of dave, who approves other orders.
func approvalScene(ctx context.Context, s *script) error {
	start := s.world.Now()
	card, err := s.request(ctx, stage.Alice, "db-1 3 days because the audit is on Friday", whole)
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "db-1", "<@"+stage.Carol+">", "databases")
	if err := s.toldDirectly(ctx, stage.Carol, start); err != nil {
		return err
	}
	for _, who := range []string{stage.Dave, stage.Alice} {
		refusal, err := s.privately(ctx, who, func() error {
			_, err := s.press(ctx, who, card, message.ActionConfirm)
			return err
		})
		if err != nil {
			return err
		}
		s.expectText(refusal.Flat(), "<@"+stage.Carol+">")
	}
	s.expectCharges(3, "1.30", "30.00")
	receipt, err := s.confirm(ctx, stage.Carol, card, whole)
	if err != nil {
		return err
	}
	s.expectText(receipt.Flat(), "7.00 EUR", "<@"+stage.Carol+">")
	s.expectCharges(4, "1.30", "30.00", "7.00")
	return nil
}

// toldDirectly waits for a direct message to a person about what somebody did at
// start, and shows it.
func (s *script) toldDirectly(ctx context.Context, user string, start time.Time) error {
	ctx, cancel := withPatience(ctx, "a direct message to "+s.name(user))
	defer cancel()
	m, err := s.Slack.WaitMessage(ctx, s.Slack.DirectChannel(user), func(slacksim.Message) bool { return true })
	if err == nil {
		s.showAnswer(m.PostedAt.Sub(start), " in a direct message to @"+s.name(user), s.body(m.Text, m.Blocks, whole))
	}
	return err
}

// declineScene has an order for which two rules ask. carol declines it, and fills in
// the modal that opens.
func declineScene(ctx context.Context, s *script) error {
	const reason = "the budget for this month is spent"
	card, err := s.request(ctx, stage.Alice, "db-1 2 weeks", brief)
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "databases", "long", stage.Leads)
	if err := s.answered(ctx, stage.Carol, "approvals", "db-1", "2 weeks"); err != nil {
		return err
	}
	start, err := s.press(ctx, stage.Carol, card, message.ActionCancel)
	if err != nil {
		return err
	}
	if _, err := s.waitOutcome(ctx, card, start, whole); err != nil {
		return err
	}
	if start, err = s.fillModal(ctx, start, reason); err != nil {
		return err
	}
	has := func(m slacksim.Message) bool { return strings.Contains(m.Flat(), reason) }
	why, err := s.waitMessage(ctx, "the reason in the card's thread", func(m slacksim.Message) bool { return isReplyTo(m, card.TS) && has(m) })
	if err != nil {
		return err
	}
	now, err := s.waitMessage(ctx, "the reason on the card", func(m slacksim.Message) bool { return m.TS == card.TS && has(m) })
	if err != nil {
		return err
	}
	s.showAnswer(why.PostedAt.Sub(start), " in the card's thread", s.body(why.Text, why.Blocks, whole))
	s.showChange(now, start)
	s.expectCharges(4, "1.30", "30.00", "7.00")
	return nil
}

// fillModal waits for the modal that follows a click, shows it, and submits it with a
// text. It returns when that was.
func (s *script) fillModal(ctx context.Context, clicked time.Time, text string) (time.Time, error) {
	v, err := s.waitModal(ctx, false)
	if err != nil {
		return clicked, err
	}
	s.timed(v.PublishedAt.Sub(clicked), append([]string{s.paint(dim, "Slack opens a modal for ") + s.name(v.User)}, s.modal(v)...)...)
	s.showAction(v.User, "types "+s.paint(code, strconv.Quote(text))+" and presses "+buttonFace(v.Submit))
	start := s.world.Now()
	problem, err := fill(ctx, s.Slack, v, text)
	s.expect(problem == "" && len(s.Slack.Views(v.User)) == 0, "the modal closes", "it stays open: "+problem)
	return start, err
}
