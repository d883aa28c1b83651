package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
)

// scenes is the whole conversation. Each scene counts on those before it.
func scenes() []scene {
	return []scene{
		{"alice buys three days for web-1", anOrder},
		{"0xhost refuses: bob's account is nearly empty", aRefusal},
		{"mallory is on no list", aStranger},
		{"A slip of the finger", aTypo},
		{"bob cannot decide for alice, and alice thinks better of it", aCancel},
		{"Twenty clicks at once, one order", manyClicks},
		{"Nobody answers in time", anExpiry},
	}
}

func anOrder(ctx context.Context, s *script) error {
	card, err := s.asks(ctx, stageAlice, "web-1 3d", whole)
	if err != nil {
		return err
	}
	s.expectWords(card.Flat(), "web-1", "72 hours (3 days)", stageAliceAccount)
	s.expectBooks(0)
	receipt, err := s.confirms(ctx, stageAlice, card, whole)
	if err != nil {
		return err
	}
	s.expectWords(receipt.Flat(), "72 hours (3 days)", "1.30 EUR", "3328.78 EUR", "3327.48 EUR", "192.168.100.102")
	s.expectBooks(1, "1.30")
	return nil
}

func aRefusal(ctx context.Context, s *script) error {
	card, err := s.asks(ctx, stageBob, "db-1 24", brief)
	if err != nil {
		return err
	}
	reply, err := s.confirms(ctx, stageBob, card, brief)
	if err != nil {
		return err
	}
	s.expectWords(reply.Flat(), "Insufficient balance")
	s.expectBooks(2, "1.30")
	return nil
}

func aStranger(ctx context.Context, s *script) error {
	return s.isRefused(ctx, stageMallory, "web-1 24", "not on the list", stageMallory)
}

func aTypo(ctx context.Context, s *script) error {
	return s.isRefused(ctx, stageAlice, "wbe-1 24", "Did you mean `web-1`?")
}

func aCancel(ctx context.Context, s *script) error {
	card, err := s.asks(ctx, stageAlice, "web-1 24h", brief)
	if err != nil {
		return err
	}
	start, err := s.presses(ctx, stageBob, card, message.ActionConfirm)
	if err != nil {
		return err
	}
	told, err := s.isTold(ctx, stageBob, func(e slacksim.Ephemeral) bool { return e.Source != slacksim.SourceAck })
	if err != nil {
		return err
	}
	s.says(told.At.Sub(start), s.onlyFor(stageBob), s.body(told.Text, told.Blocks, whole))
	s.expectWords(told.Text, stageAlice, "may confirm or cancel")
	if start, err = s.presses(ctx, stageAlice, card, message.ActionCancel); err != nil {
		return err
	}
	now, err := s.changes(ctx, card, start)
	if err != nil {
		return err
	}
	s.expectWords(now.Flat(), "cancelled by <@"+stageAlice+">")
	s.expectBooks(2, "1.30")
	return nil
}

func manyClicks(ctx context.Context, s *script) error {
	const clicks = 20
	card, err := s.asks(ctx, stageAlice, "web-1 24", brief)
	if err != nil {
		return err
	}
	button, _ := card.Button(message.ActionConfirm)
	s.does(stageAlice, fmt.Sprintf("presses %s %d times at once", buttonFace(button.Text), clicks))
	known := len(s.slack.Ephemerals(stageAlice))
	start := time.Now()
	slowest, err := s.pressesAtOnce(ctx, card, button.Value, clicks)
	if err != nil {
		return err
	}
	s.timed(slowest, s.paint(dim, "acknowledged, the last of them"))
	receipt, err := s.outcome(ctx, card, start, brief)
	if err != nil {
		return err
	}
	s.expectWords(receipt.Flat(), "0.43 EUR")
	_, err = s.isTold(ctx, stageAlice, func(slacksim.Ephemeral) bool {
		return len(s.slack.Ephemerals(stageAlice)) >= known+clicks-1
	})
	if err != nil {
		return err
	}
	late := 0
	for _, e := range s.slack.Ephemerals(stageAlice)[known:] {
		if strings.Contains(e.Flat(), "already decided") {
			late++
		}
	}
	s.expect(late == clicks-1, fmt.Sprintf("%d clicks were told that it is decided already", clicks-1), fmt.Sprintf("%d were", late))
	s.expectBooks(3, "1.30", "0.43")
	return nil
}

// pressesAtOnce presses Confirm from so many clients that all still show the
// button, and gives the longest time to an ack.
func (s *script) pressesAtOnce(ctx context.Context, card slacksim.Message, value string, n int) (time.Duration, error) {
	var (
		all     sync.WaitGroup
		mu      sync.Mutex
		slowest time.Duration
		failed  error
	)
	for range n {
		all.Go(func() {
			d, err := s.slack.ClickRaw(ctx, slacksim.Click{
				User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: message.ActionConfirm,
			}, value)
			mu.Lock()
			defer mu.Unlock()
			slowest = max(slowest, d.Took)
			if err != nil {
				failed = fmt.Errorf("a click was not answered: %w", err)
			}
		})
	}
	all.Wait()
	return slowest, failed
}

// anExpiry starts the bot again, with less time to decide: nobody wants to
// watch a quarter of an hour pass. But the card has to be there before its time is
// over, also on a machine that is busy with other things.
func anExpiry(ctx context.Context, s *script) error {
	const deadline = 8 * time.Second
	if err := s.end(); err != nil {
		return err
	}
	s.settings.ConfirmTTL = deadline
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.timed(s.took, s.paint(dim, fmt.Sprintf("the bot was started again, on the same database, with CONFIRM_TTL=%s", deadline)))
	start := time.Now()
	card, err := s.asks(ctx, stageAlice, "web-1 1w", brief)
	if err != nil {
		return err
	}
	s.does(stageAlice, "goes to lunch")
	now, err := s.changes(ctx, card, start)
	if err != nil {
		return err
	}
	s.expectWords(now.Flat(), "expired", "Nothing was ordered")
	took := now.EditedAt.Sub(start)
	s.expect(took >= deadline, "not before its time", short(took))
	s.expectBooks(3, "1.30", "0.43")
	return nil
}

// theEnd shows the books, and adds them up.
func theEnd(_ context.Context, s *script) error {
	s.print(indent(blank, books(s.stage, s.mrkdwn))...)
	charges := s.oxhost.Charges()
	for _, o := range owners {
		left, want := s.oxhost.Balance(o.account), s.opening[o.account].Sub(spent(charges, o.account))
		s.expect(left.Equal(want), s.name(o.user)+"'s balance fell by these charges and nothing else",
			fmt.Sprintf("it is %s instead of %s", euros(left), euros(want)))
	}
	return nil
}
