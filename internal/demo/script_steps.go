package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// extend types /extend as a person.
func (s *script) extend(ctx context.Context, user, text string) (*slacksim.Delivery, error) {
	s.showAction(user, "types "+s.paint(code, "/extend "+text))
	d, err := s.Slack.Command(ctx, slacksim.SlashCommand{User: user, Channel: stage.Ops, Command: "/extend", Text: text})
	if err != nil {
		return nil, fmt.Errorf("/extend was not answered: %w", err)
	}
	return d, nil
}

// request types /extend and waits for the card.
func (s *script) request(ctx context.Context, user, text string, d detail) (slacksim.Message, error) {
	return s.newCard(ctx, d, func() error {
		ack, err := s.extend(ctx, user, text)
		switch {
		case err != nil:
			return err
		case len(ack.Payload) > 0:
			return fmt.Errorf("expected: a card; but: %q", ack.AckText())
		}
		s.showAck(ack.Took)
		return nil
	})
}

// newCard waits for the card that follows what a person does, and shows it.
func (s *script) newCard(ctx context.Context, d detail, do func() error) (slacksim.Message, error) {
	seen := map[string]bool{}
	for _, m := range s.Slack.Messages(stage.Ops) {
		seen[m.TS] = true
	}
	start := s.world.Now()
	if err := do(); err != nil {
		return slacksim.Message{}, err
	}
	card, err := s.waitMessage(ctx, "a card", func(m slacksim.Message) bool { return !seen[m.TS] && !decided(m) })
	if err == nil {
		s.showAnswer(card.PostedAt.Sub(start), "", s.body(card.Text, card.Blocks, d))
	}
	return card, err
}

func (s *script) showAck(took time.Duration) { s.timed(took, s.paint(dim, "acknowledged")) }

// answered types /extend and expects an answer with these texts that only this
// person sees.
func (s *script) answered(ctx context.Context, user, text string, texts ...string) error {
	e, err := s.privately(ctx, user, func() error {
		_, err := s.extend(ctx, user, text)
		return err
	})
	if err == nil {
		s.expectText(e.Flat(), texts...)
	}
	return err
}

// unseen plays a part of a scene that posts nothing in the channel.
func (s *script) unseen(play func() error) error {
	before := len(s.Slack.Messages(stage.Ops))
	if err := play(); err != nil {
		return err
	}
	posted := len(s.Slack.Messages(stage.Ops)) - before
	s.expect(posted == 0, "nobody else sees that", plural(posted, "new message"))
	return nil
}

// privately waits for the answer that follows what a person does and that only
// this person sees, and shows it.
func (s *script) privately(ctx context.Context, user string, do func() error) (slacksim.Ephemeral, error) {
	seen := map[string]bool{}
	for _, e := range s.Slack.Ephemerals(user) {
		seen[e.TS] = true
	}
	start := s.world.Now()
	if err := do(); err != nil {
		return slacksim.Ephemeral{}, err
	}
	e, err := s.waitEphemeral(ctx, user, func(e slacksim.Ephemeral) bool { return !seen[e.TS] })
	if err == nil {
		s.showEphemeral(e.At.Sub(start), e)
	}
	return e, err
}

func (s *script) showEphemeral(took time.Duration, e slacksim.Ephemeral) {
	s.showAnswer(took, "  ("+s.onlyFor(e.User, "")+")", s.body(e.Text, e.Blocks, whole))
}

// waitEphemeral waits until a person has an ephemeral message that matches.
func (s *script) waitEphemeral(ctx context.Context, user string, match func(slacksim.Ephemeral) bool) (slacksim.Ephemeral, error) {
	ctx, cancel := withPatience(ctx, "an ephemeral message to "+s.name(user))
	defer cancel()
	return s.Slack.WaitEphemeral(ctx, user, match)
}

// waitMessage waits for a message in the channel.
func (s *script) waitMessage(ctx context.Context, what string, match func(slacksim.Message) bool) (slacksim.Message, error) {
	ctx, cancel := withPatience(ctx, what)
	defer cancel()
	return s.Slack.WaitMessage(ctx, stage.Ops, match)
}

// withPatience returns a context that ends the wait for something.
func withPatience(ctx context.Context, what string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, patience, fmt.Errorf("expected: %s; but: none arrived within %s", what, patience))
}

// press clicks a button on a card once.
func (s *script) press(ctx context.Context, user string, card slacksim.Message, action string) (time.Time, error) {
	b, ok := card.Button(action)
	if !ok {
		return time.Time{}, fmt.Errorf("expected: a button %s; but: the card has none", action)
	}
	what := "presses " + buttonFace(b.Text)
	if b.Confirm != nil {
		what += ", and then " + buttonFace(b.Confirm.Confirm.Text) + " when Slack asks"
	}
	s.showAction(user, what)
	start := s.world.Now()
	d, err := s.Slack.Click(ctx, slacksim.Click{User: user, Channel: stage.Ops, TS: card.TS, ActionID: action})
	if err != nil {
		return start, fmt.Errorf("the click was not answered: %w", err)
	}
	s.showAck(d.Took)
	return start, nil
}

// confirm clicks Confirm and waits for the message in the thread.
func (s *script) confirm(ctx context.Context, user string, card slacksim.Message, d detail) (slacksim.Message, error) {
	start, err := s.press(ctx, user, card, message.ActionConfirm)
	if err != nil {
		return slacksim.Message{}, err
	}
	return s.waitOutcome(ctx, card, start, d)
}

// waitOutcome waits for the message in a card's thread and for the changed card,
// which come in any order, and shows both.
func (s *script) waitOutcome(ctx context.Context, card slacksim.Message, start time.Time, d detail) (slacksim.Message, error) {
	reply, err := s.waitMessage(ctx, "a message in the card's thread", func(m slacksim.Message) bool { return isReplyTo(m, card.TS) })
	if err != nil {
		return reply, err
	}
	if _, err := s.waitDecided(ctx, card, start); err != nil {
		return reply, err
	}
	s.showAnswer(reply.PostedAt.Sub(start), " in the card's thread", s.body(reply.Text, reply.Blocks, d))
	return reply, nil
}

// waitDecided waits until the card has no buttons.
func (s *script) waitDecided(ctx context.Context, card slacksim.Message, start time.Time) (slacksim.Message, error) {
	now, err := s.waitMessage(ctx, "a card without buttons", func(m slacksim.Message) bool { return m.TS == card.TS && decided(m) })
	if err == nil {
		s.showChange(now, start)
	}
	return now, err
}

// cancel clicks Cancel and waits for the changed card.
func (s *script) cancel(ctx context.Context, user string, card slacksim.Message) error {
	start, err := s.press(ctx, user, card, message.ActionCancel)
	if err != nil {
		return err
	}
	if _, err = s.waitDecided(ctx, card, start); err == nil {
		s.expectIcon(card, "🛑")
	}
	return err
}

// showDialog presses a button about which Slack asks, and leaves it at that.
func (s *script) showDialog(user string, card slacksim.Message, action string) {
	button, _ := findButton(card.Blocks, action)
	s.showAction(user, "presses "+buttonFace(button.Text.Text)+", and Slack asks:")
	s.print(indent(blank, s.dialog(*button.Confirm))...)
	s.showAction(user, "chooses "+buttonFace(button.Confirm.Deny.Text))
}

// expectIcon expects that a card, as it is now, begins with the icon of a state.
func (s *script) expectIcon(card slacksim.Message, icon string) {
	now, _ := s.Slack.Message(card.Channel, card.TS)
	if !strings.HasPrefix(now.Flat(), icon) {
		s.miss("expected: a card with %s; but: %q", icon, now.Flat())
	}
}

func (s *script) showChange(card slacksim.Message, start time.Time) {
	s.showAnswer(card.EditedAt.Sub(start), " changes the card", s.body(card.Text, card.Blocks, brief))
}
