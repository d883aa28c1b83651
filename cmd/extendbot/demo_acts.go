package main

import (
	"context"
	"fmt"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
)

// types types /extend as somebody, and shows the answer if it is in the ack.
func (s *script) types(ctx context.Context, user, text string) (*slacksim.Delivery, time.Time, error) {
	s.does(user, "types "+s.paint(mono, "/extend "+text))
	start := time.Now()
	d, err := s.slack.Command(ctx, slacksim.SlashCommand{User: user, Channel: stageChannel, Command: "/extend", Text: text})
	if err != nil {
		return nil, start, fmt.Errorf("/extend was not answered: %w", err)
	}
	return d, start, nil
}

// asks types /extend and waits for its card.
func (s *script) asks(ctx context.Context, user, text string, d detail) (slacksim.Message, error) {
	seen := map[string]bool{}
	for _, m := range s.slack.Messages(stageChannel) {
		seen[m.TS] = true
	}
	ack, start, err := s.types(ctx, user, text)
	if err != nil {
		return slacksim.Message{}, err
	}
	if len(ack.Payload) > 0 {
		return slacksim.Message{}, fmt.Errorf("expected: a card; but: %q", ack.AckText())
	}
	s.timed(ack.Took, s.paint(dim, "acknowledged"))
	card, err := s.wait(ctx, "a card", func(m slacksim.Message) bool { return !seen[m.TS] && !decided(m) })
	if err == nil {
		s.says(card.PostedAt.Sub(start), "", s.body(card.Text, card.Blocks, d))
	}
	return card, err
}

// isRefused types /extend and wants a no that only this person sees.
func (s *script) isRefused(ctx context.Context, user, text string, words ...string) error {
	before := len(s.slack.Messages(stageChannel))
	ack, _, err := s.types(ctx, user, text)
	if err != nil {
		return err
	}
	if len(ack.Payload) == 0 {
		return fmt.Errorf("expected: an answer with the acknowledgement; but: none")
	}
	told, err := s.isTold(ctx, user, func(e slacksim.Ephemeral) bool { return e.Source == slacksim.SourceAck })
	if err != nil {
		return err
	}
	s.says(ack.Took, s.onlyFor(user), s.body(told.Text, told.Blocks, whole))
	s.expectWords(told.Text+"\n"+told.Flat(), words...)
	after := len(s.slack.Messages(stageChannel))
	s.expect(after == before, "nobody else sees anything", plural(after-before, "new message"))
	return nil
}

// onlyFor marks what one person alone sees.
func (s *script) onlyFor(user string) string { return "  (" + s.screen.onlyFor(user, "") + ")" }

// isTold waits for the newest ephemeral of a person that fits.
func (s *script) isTold(ctx context.Context, user string, fits func(slacksim.Ephemeral) bool) (slacksim.Ephemeral, error) {
	ctx, cancel := s.soon(ctx, "word to "+s.name(user))
	defer cancel()
	return s.slack.WaitEphemeral(ctx, user, fits)
}

// wait waits for a message.
func (s *script) wait(ctx context.Context, what string, match func(slacksim.Message) bool) (slacksim.Message, error) {
	ctx, cancel := s.soon(ctx, what)
	defer cancel()
	return s.slack.WaitMessage(ctx, stageChannel, match)
}

// soon ends a wait for what does not come.
func (s *script) soon(ctx context.Context, what string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.patience, fmt.Errorf("expected: %s; but: none came within %s", what, s.patience))
}

// presses presses a button of a card once.
func (s *script) presses(ctx context.Context, user string, card slacksim.Message, action string) (time.Time, error) {
	b, ok := card.Button(action)
	if !ok {
		return time.Time{}, fmt.Errorf("expected: a button %s; but: the card has none", action)
	}
	s.does(user, "presses "+buttonFace(b.Text))
	start := time.Now()
	d, err := s.slack.Click(ctx, slacksim.Click{User: user, Channel: stageChannel, TS: card.TS, ActionID: action})
	if err != nil {
		return start, fmt.Errorf("the click was not answered: %w", err)
	}
	s.timed(d.Took, s.paint(dim, "acknowledged"))
	return start, nil
}

// confirms presses Confirm and waits for the thread's word.
func (s *script) confirms(ctx context.Context, user string, card slacksim.Message, d detail) (slacksim.Message, error) {
	start, err := s.presses(ctx, user, card, message.ActionConfirm)
	if err != nil {
		return slacksim.Message{}, err
	}
	return s.outcome(ctx, card, start, d)
}

// outcome waits for the last look of a card and the word in its thread.
func (s *script) outcome(ctx context.Context, card slacksim.Message, start time.Time, d detail) (slacksim.Message, error) {
	reply, err := s.wait(ctx, "a word in the card's thread", func(m slacksim.Message) bool {
		return m.ThreadTS == card.TS && m.TS != card.TS
	})
	if err != nil {
		return reply, err
	}
	now, _ := s.slack.Message(stageChannel, card.TS)
	s.says(now.EditedAt.Sub(start), " changes the card", s.body(now.Text, now.Blocks, brief))
	s.says(reply.PostedAt.Sub(start), " in the card's thread", s.body(reply.Text, reply.Blocks, d))
	s.expect(decided(now), "the card has no buttons any more", "it has")
	return reply, nil
}

// changes waits until the card is decided, without a word in its thread.
func (s *script) changes(ctx context.Context, card slacksim.Message, start time.Time) (slacksim.Message, error) {
	now, err := s.wait(ctx, "a card without buttons", func(m slacksim.Message) bool { return m.TS == card.TS && decided(m) })
	if err == nil {
		s.says(now.EditedAt.Sub(start), " changes the card", s.body(now.Text, now.Blocks, brief))
	}
	return now, err
}
