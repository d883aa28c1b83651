package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

func clicksScene(ctx context.Context, s *script) error {
	const clicks = 20
	card, err := s.request(ctx, stage.Alice, "web-2 24", brief)
	if err != nil {
		return err
	}
	button, _ := card.Button(message.ActionConfirm)
	s.showAction(stage.Alice, fmt.Sprintf("clicks %s %d times at once", buttonFace(button.Text), clicks))
	before := len(s.Slack.Ephemerals(stage.Alice))
	start := s.world.Now()
	slowest, err := s.pressAtOnce(ctx, card, button, clicks)
	if err != nil {
		return err
	}
	s.timed(slowest, s.paint(dim, "acknowledged, the last of them"))
	receipt, err := s.waitOutcome(ctx, card, start, brief)
	if err != nil {
		return err
	}
	s.expectText(receipt.Flat(), "0.43 EUR")
	_, err = s.waitEphemeral(ctx, stage.Alice, func(slacksim.Ephemeral) bool {
		return len(s.Slack.Ephemerals(stage.Alice)) >= before+clicks-1
	})
	if err != nil {
		return err
	}
	late := len(s.Slack.Ephemerals(stage.Alice)) - before
	s.expect(late == clicks-1, fmt.Sprintf("%d clicks were told that they came too late", clicks-1), fmt.Sprintf("%d were", late))
	s.expectCharges(6, "1.30", "30.00", "7.00", "0.43", "0.43")
	return nil
}

// pressAtOnce clicks Confirm from n clients that all still show the button, and
// returns the longest time to an ack.
func (s *script) pressAtOnce(ctx context.Context, card slacksim.Message, button blockkit.Button, n int) (time.Duration, error) {
	var (
		all     sync.WaitGroup
		mu      sync.Mutex
		slowest time.Duration
		failed  error
	)
	for range n {
		all.Go(func() {
			d, err := s.Slack.ClickRaw(ctx, slacksim.Click{
				User: stage.Alice, Channel: stage.Ops, TS: card.TS, ActionID: message.ActionConfirm, BlockID: button.BlockID,
			}, button.Value)
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

// expiryScene restarts the bot with a short CONFIRM_TTL. The card must be posted
// before it expires, even on a busy machine.
func expiryScene(ctx context.Context, s *script) error {
	const ttl = 8 * time.Second
	if err := s.stop(); err != nil {
		return err
	}
	s.env["CONFIRM_TTL"] = ttl.String()
	if err := s.start(); err != nil {
		return err
	}
	s.timed(s.startup, s.paint(dim, fmt.Sprintf("the bot was restarted, with the same database and CONFIRM_TTL=%s", ttl)))
	start := s.world.Now()
	card, err := s.request(ctx, stage.Alice, "web-1 1w", brief)
	if err != nil {
		return err
	}
	s.showAction(stage.Alice, "goes to lunch")
	now, err := s.waitDecided(ctx, card, start)
	if err != nil {
		return err
	}
	s.expectIcon(card, "⌛")
	took := now.EditedAt.Sub(start)
	s.expect(took >= ttl, "it did not expire early", short(took))
	s.expectCharges(6, "1.30", "30.00", "7.00", "0.43", "0.43")
	return nil
}

// finalCharges shows the charges and checks that they add up.
func finalCharges(_ context.Context, s *script) error {
	s.print(indent(blank, chargeLines(s.Stage))...)
	charges := s.Oxhost.Charges()
	for _, p := range s.Cast.Payers() {
		left, want := s.Oxhost.Balance(p.Account), s.opening[p.Account].Sub(spent(charges, p.Account))
		s.expect(left.Equal(want), p.Name+"'s balance fell by exactly these charges",
			fmt.Sprintf("it is %s instead of %s", euros(left), euros(want)))
	}
	return nil
}
