package demo

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// scenes returns the whole conversation. Each scene depends on those before it.
// They check facts: states, amounts, buttons and ids, not whole sentences.
func scenes() []scene {
	return []scene{
		{"alice asks for three days, in her own words", receiptScene},
		{"bob runs into a limit: 50 EUR a person in 24 hours", limitScene},
		{"0xhost refuses: bob's account has too little money", refusalScene},
		{"What the policy does not allow", policyScene},
		{"What cannot be understood gets the nearest that works", typoScene},
		{"The form, for those who type nothing more than /extend", formScene},
		{"A typo, and a button that does what was meant", suggestionScene},
		{"What do I have, and what did I do?", answersScene},
		{"Databases need carol's approval", approvalScene},
		{"carol declines, and says why", declineScene},
		{"alice and dave want the same", siblingScene},
		{"Until a time; dave cannot confirm for alice, and alice cancels", untilScene},
		{"Twenty clicks at once place one order", clicksScene},
		{"Nobody answers in time", expiryScene},
		{"web-2 will run out: a reminder, and one click", reminderScene},
		{"App Home, where carol approves, and a direct message", homeScene},
	}
}

func receiptScene(ctx context.Context, s *script) error {
	card, err := s.request(ctx, stage.Alice, "web-1 3 days because the demo is on Monday", whole)
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "web-1", "3 days", "72 h", "the demo is on Monday")
	s.expectCharges(0)
	receipt, err := s.confirm(ctx, stage.Alice, card, whole)
	if err != nil {
		return err
	}
	s.expectText(receipt.Flat(), "1.30 EUR", "3327.48 EUR")
	s.expectIcon(card, "✅")
	s.expectCharges(1, "1.30")
	rest, err := s.privately(ctx, stage.Alice, func() error {
		_, err := s.press(ctx, stage.Alice, receipt, message.ActionDetails)
		return err
	})
	s.expectText(rest.Flat(), "192.168.100.102")
	return err
}

// limitScene has an order of bob's that fits, and the same once more, which does not.
func limitScene(ctx context.Context, s *script) error {
	card, err := s.request(ctx, stage.Bob, "test-1 3 days", brief)
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "30.00 EUR", "45.00", "15.00")
	receipt, err := s.confirm(ctx, stage.Bob, card, brief)
	if err != nil {
		return err
	}
	s.expectText(receipt.Flat(), "30.00 EUR")
	err = s.unseen(func() error {
		return s.answered(ctx, stage.Bob, "test-1 3 days", "50.00", "20.00", "test-1 2d")
	})
	if err != nil {
		return err
	}
	s.expectCharges(2, "1.30", "30.00")
	return nil
}

// refusalScene has an order that the limit allows. The card warns that the account does
// not cover it, and 0xhost refuses it.
func refusalScene(ctx context.Context, s *script) error {
	card, err := s.request(ctx, stage.Bob, "test-1 2 days", brief)
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "20.00 EUR", "15.00")
	refusal, err := s.confirm(ctx, stage.Bob, card, whole)
	if err != nil {
		return err
	}
	s.expectText(refusal.Flat(), "Insufficient balance")
	s.expectIcon(card, "❌")
	again, err := s.newCard(ctx, brief, func() error {
		_, err := s.press(ctx, stage.Bob, refusal, message.ActionAgain)
		return err
	})
	if err != nil {
		return err
	}
	s.expectText(again.Flat(), "test-1", "2 days")
	if err := s.cancel(ctx, stage.Bob, again); err != nil {
		return err
	}
	s.expectCharges(3, "1.30", "30.00")
	return nil
}

func policyScene(ctx context.Context, s *script) error {
	return s.unseen(func() error {
		for _, no := range []struct{ who, typed, answer string }{
			{stage.Mallory, "web-1 24", stage.Mallory}, {stage.Bob, "web-1 24", "test-1"}, {stage.Bob, "test-1 4 days", "72"},
		} {
			if err := s.answered(ctx, no.who, no.typed, no.answer); err != nil {
				return err
			}
		}
		return nil
	})
}

func typoScene(ctx context.Context, s *script) error {
	return s.unseen(func() error {
		for _, mistake := range []struct{ typed, nearest string }{
			{"wbe-1 24", "web-1"}, {"web-1 1.5d", "36h"}, {"web-1 1mo", "30d"},
		} {
			if err := s.answered(ctx, stage.Alice, mistake.typed, mistake.nearest); err != nil {
				return err
			}
		}
		return nil
	})
}

// answersScene asks for lists. In them, the id of alice's order is a link to its
// card.
func answersScene(ctx context.Context, s *script) error {
	receipt, err := s.waitMessage(ctx, "a receipt", func(m slacksim.Message) bool {
		_, ok := findButton(m.Blocks, message.ActionDetails)
		return ok
	})
	if err != nil {
		return err
	}
	button, _ := findButton(receipt.Blocks, message.ActionDetails)
	if err := s.answered(ctx, stage.Alice, "list", "web-1", "1.30 EUR"); err != nil {
		return err
	}
	return s.answered(ctx, stage.Alice, "history web-1", "3 days", "|"+button.Value+">")
}

// siblingScene has two cards for the same server. When one of them is placed, the
// other one says so, and Slack asks before it is confirmed.
func siblingScene(ctx context.Context, s *script) error {
	first, err := s.request(ctx, stage.Alice, "web-2 for 1 day", brief)
	if err != nil {
		return err
	}
	second, err := s.request(ctx, stage.Dave, "24h web-2", brief)
	if err != nil {
		return err
	}
	asks := func(m slacksim.Message) bool {
		button, _ := findButton(m.Blocks, message.ActionConfirm)
		return button.Confirm != nil
	}
	start, err := s.press(ctx, stage.Alice, first, message.ActionConfirm)
	if err != nil {
		return err
	}
	if _, err := s.waitOutcome(ctx, first, start, brief); err != nil {
		return err
	}
	second, err = s.waitMessage(ctx, "a card that asks again", func(m slacksim.Message) bool { return m.TS == second.TS && asks(m) })
	if err != nil {
		return err
	}
	s.showAnswer(second.EditedAt.Sub(start), " changes dave's card", s.body(second.Text, second.Blocks, whole))
	s.expectText(second.Flat(), "web-2", stage.Alice)
	s.showDialog(stage.Dave, second, message.ActionConfirm)
	if err := s.cancel(ctx, stage.Dave, second); err != nil {
		return err
	}
	s.expectCharges(5, "1.30", "30.00", "7.00", "0.43")
	return nil
}

func untilScene(ctx context.Context, s *script) error {
	day := s.world.Now().In(s.zone).AddDate(0, 0, 6)
	until := time.Date(day.Year(), day.Month(), day.Day(), 18, 0, 0, 0, s.zone)
	rented, _ := s.Oxhost.Rented(stage.Web)
	hours := int(math.Ceil(until.Sub(rented.ExpireDate).Hours()))
	card, err := s.request(ctx, stage.Alice, "web-1 until "+strings.ToLower(day.Weekday().String())+" 18:00", brief)
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), fmt.Sprintf("%d h", hours))
	refusal, err := s.privately(ctx, stage.Dave, func() error {
		_, err := s.press(ctx, stage.Dave, card, message.ActionConfirm)
		return err
	})
	if err != nil {
		return err
	}
	s.expectText(refusal.Text, stage.Alice)
	if err := s.answered(ctx, stage.Alice, "cancel", "web-1"); err != nil {
		return err
	}
	if _, err := s.waitDecided(ctx, card, refusal.At); err != nil {
		return err
	}
	s.expectIcon(card, "🛑")
	s.expectCharges(5, "1.30", "30.00", "7.00", "0.43")
	return nil
}
