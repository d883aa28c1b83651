package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// formScene has the form: what the choices come to, a mistake on its field, and the card.
func formScene(ctx context.Context, s *script) error {
	charges := len(s.Oxhost.Charges())
	if _, err := s.extend(ctx, stage.Alice, ""); err != nil {
		return err
	}
	v, err := s.waitModal(ctx, true)
	if err != nil {
		return err
	}
	s.showView(v)
	for _, c := range []choice{{message.FieldServer, "web-2"}, {message.FieldDuration, "72"}} {
		if _, err := s.Slack.Choose(ctx, stage.Alice, v.ID, c.field, c.value); err != nil {
			return fmt.Errorf("choose %s: %w", c.value, err)
		}
	}
	s.showAction(stage.Alice, "chooses web-2 and 3 days")
	for !strings.Contains(string(v.Blocks), "1.30 EUR") {
		if v, err = s.waitModal(ctx, true); err != nil {
			return err
		}
	}
	s.showView(v)
	if _, err := s.Slack.Choose(ctx, stage.Alice, v.ID, message.FieldCustom, "5d"); err != nil {
		return fmt.Errorf("type a time: %w", err)
	}
	s.showAction(stage.Alice, "types 5d as another time as well, and presses "+buttonFace(v.Submit))
	d, err := s.Slack.SubmitView(ctx, slacksim.ViewSubmission{User: stage.Alice, ViewID: v.ID})
	if err != nil {
		return fmt.Errorf("the form was not answered: %w", err)
	}
	problem := fieldErrors(d)[message.FieldCustom]
	s.timed(d.Took, "Another time: "+problem)
	s.expect(problem != "", "the form stays open, and says what is wrong on that field", "it says nothing")
	s.showAction(stage.Alice, "clears that, and presses "+buttonFace(v.Submit))
	card, err := s.newCard(ctx, whole, func() error {
		_, chosen := s.Slack.Choose(ctx, stage.Alice, v.ID, message.FieldCustom, "")
		_, submitted := s.Slack.SubmitView(ctx, slacksim.ViewSubmission{User: stage.Alice, ViewID: v.ID})
		return errors.Join(chosen, submitted)
	})
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "web-2", "1.30 EUR")
	if err := s.cancel(ctx, stage.Alice, card); err != nil {
		return err
	}
	s.expect(len(s.Oxhost.Charges()) == charges, "nothing was charged", "something was")
	return nil
}

// waitModal waits until Slack opens or updates a modal, the form or another one, and returns
// it as it is then.
func (s *script) waitModal(ctx context.Context, form bool) (slacksim.View, error) {
	ctx, cancel := withPatience(ctx, "a modal")
	defer cancel()
	for {
		select {
		case v := <-s.modals:
			if isForm(v) == form {
				return v, nil
			}
		case <-ctx.Done():
			return slacksim.View{}, context.Cause(ctx)
		}
	}
}

func (s *script) showView(v slacksim.View) { s.print(indent(blank, s.modal(v))...) }

// suggestionScene has a typo, and a press on what was meant.
func suggestionScene(ctx context.Context, s *script) error {
	e, err := s.privately(ctx, stage.Alice, func() error {
		_, err := s.extend(ctx, stage.Alice, "web-9 3d")
		return err
	})
	if err != nil {
		return err
	}
	b, ok := findButton(e.Blocks, message.ActionSuggestion+"1")
	if !ok {
		return errors.New("expected: a button with a suggestion; but: there is none")
	}
	s.showAction(stage.Alice, "presses "+buttonFace(b.Text.Text))
	card, err := s.newCard(ctx, whole, func() error {
		_, err := s.Slack.Click(ctx, slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: e.TS, ActionID: b.ActionID})
		return err
	})
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "web-1")
	return s.cancel(ctx, stage.Alice, card)
}

// homeScene has carol's App Home, on which she approves what alice asked for, alice's own
// one after that, and a direct message.
func homeScene(ctx context.Context, s *script) error {
	card, err := s.request(ctx, stage.Alice, "db-1 1 day", brief)
	if err != nil {
		return err
	}
	v, err := s.openHome(ctx, stage.Carol, func(v slacksim.View) bool {
		_, waits := findButton(v.Blocks, message.ActionConfirm)
		return waits
	})
	if err != nil {
		return err
	}
	s.showHome(v)
	b, _ := findButton(v.Blocks, message.ActionConfirm)
	s.showAction(stage.Carol, "presses "+buttonFace(b.Text.Text)+" there")
	start := s.world.Now()
	if _, err := s.Slack.ClickHome(ctx, stage.Carol, message.ActionConfirm); err != nil {
		return fmt.Errorf("the click was not answered: %w", err)
	}
	if _, err := s.waitOutcome(ctx, card, start, brief); err != nil {
		return err
	}
	v, err = s.openHome(ctx, stage.Alice, func(v slacksim.View) bool { return strings.Contains(string(v.Blocks), "▓") })
	if err != nil {
		return err
	}
	s.showHome(v)
	s.expectText(string(v.Blocks), "web-2", "db-1", message.ActionHomeForm, "50.00 EUR")
	s.showAction(stage.Alice, "writes to the bot in a direct message: "+s.paint(code, "web-1 1 day"))
	start = s.world.Now()
	if _, err := s.Slack.Direct(ctx, stage.Alice, "web-1 1 day"); err != nil {
		return fmt.Errorf("the message was not answered: %w", err)
	}
	return s.directCard(ctx, stage.Alice, start)
}

// openHome opens a person's App Home and waits until it shows what is expected.
func (s *script) openHome(ctx context.Context, user string, shows func(slacksim.View) bool) (slacksim.View, error) {
	s.showAction(user, "opens the App Home")
	ctx, cancel := withPatience(ctx, "the App Home of "+s.name(user))
	defer cancel()
	if _, err := s.Slack.OpenHome(ctx, user); err != nil {
		return slacksim.View{}, fmt.Errorf("open the App Home: %w", err)
	}
	for {
		select {
		case v := <-s.homes:
			if v.User == user && shows(v) {
				return v, nil
			}
		case <-ctx.Done():
			return slacksim.View{}, context.Cause(ctx)
		}
	}
}

func (s *script) showHome(v slacksim.View) {
	s.print(indent(blank, s.barred(s.body("", v.Blocks, whole)))...)
}

// directCard waits for a card in a person's direct messages with the bot, and cancels it.
func (s *script) directCard(ctx context.Context, user string, start time.Time) error {
	channel := s.Slack.DirectChannel(user)
	waiting, cancel := withPatience(ctx, "a card in a direct message")
	defer cancel()
	card, err := s.Slack.WaitMessage(waiting, channel, func(m slacksim.Message) bool { return !decided(m) })
	if err != nil {
		return err
	}
	s.showAnswer(card.PostedAt.Sub(start), " in a direct message", s.body(card.Text, card.Blocks, brief))
	if _, err := s.Slack.Click(ctx, slacksim.Click{User: user, Channel: channel, TS: card.TS, ActionID: message.ActionCancel}); err != nil {
		return fmt.Errorf("the click was not answered: %w", err)
	}
	_, err = s.Slack.WaitMessage(waiting, channel, func(m slacksim.Message) bool { return m.TS == card.TS && decided(m) })
	return err
}
