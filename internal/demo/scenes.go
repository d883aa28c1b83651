package demo

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

// scenes returns the whole conversation. Each scene depends on those before it.
func scenes() []scene {
	return []scene{
		{"alice buys three days for web-1", receiptScene},
		{"0xhost refuses: bob's account is nearly empty", refusalScene},
		{"mallory is not on the list", strangerScene},
		{"A typing mistake", typoScene},
		{"bob cannot decide for alice, and alice cancels", cancelScene},
		{"Twenty clicks at once place one order", clicksScene},
		{"Nobody answers in time", expiryScene},
	}
}

func receiptScene(ctx context.Context, s *script) error {
	card, err := s.request(ctx, stage.Alice, "web-1 3d", whole)
	if err != nil {
		return err
	}
	s.expectText(card.Flat(), "web-1", "72 h", stage.Alice)
	s.expectCharges(0)
	receipt, err := s.confirm(ctx, stage.Alice, card, whole)
	if err != nil {
		return err
	}
	s.expectText(receipt.Flat(), "72 h", "1.30 EUR", "3328.78", "3327.48 EUR")
	s.expectCharges(1, "1.30")
	return nil
}

func refusalScene(ctx context.Context, s *script) error {
	card, err := s.request(ctx, stage.Bob, "db-1 24", brief)
	if err != nil {
		return err
	}
	reply, err := s.confirm(ctx, stage.Bob, card, brief)
	if err != nil {
		return err
	}
	s.expectText(reply.Flat(), "Insufficient balance")
	s.expectCharges(2, "1.30")
	return nil
}

func strangerScene(ctx context.Context, s *script) error {
	return s.refusedRequest(ctx, stage.Mallory, "web-1 24", "not on the list", stage.Mallory)
}

func typoScene(ctx context.Context, s *script) error {
	return s.refusedRequest(ctx, stage.Alice, "wbe-1 24", "Did you mean `/extend web-1 24 hours`?")
}

func cancelScene(ctx context.Context, s *script) error {
	card, err := s.request(ctx, stage.Alice, "web-1 24h", brief)
	if err != nil {
		return err
	}
	start, err := s.press(ctx, stage.Bob, card, message.ActionConfirm)
	if err != nil {
		return err
	}
	e, err := s.waitEphemeral(ctx, stage.Bob, func(e slacksim.Ephemeral) bool { return e.Source != slacksim.SourceAck })
	if err != nil {
		return err
	}
	s.showEphemeral(e.At.Sub(start), e)
	s.expectText(e.Text, stage.Alice, "may confirm or cancel")
	if start, err = s.press(ctx, stage.Alice, card, message.ActionCancel); err != nil {
		return err
	}
	now, err := s.waitDecided(ctx, card, start)
	if err != nil {
		return err
	}
	s.expectText(now.Flat(), "Canceled", stage.Alice)
	s.expectCharges(2, "1.30")
	return nil
}

func clicksScene(ctx context.Context, s *script) error {
	const clicks = 20
	card, err := s.request(ctx, stage.Alice, "web-1 24", brief)
	if err != nil {
		return err
	}
	button, _ := card.Button(message.ActionConfirm)
	s.showAction(stage.Alice, fmt.Sprintf("clicks %s %d times at once", buttonFace(button.Text), clicks))
	before := len(s.Slack.Ephemerals(stage.Alice))
	start := time.Now()
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
	late := 0
	for _, e := range s.Slack.Ephemerals(stage.Alice)[before:] {
		if strings.Contains(e.Flat(), "already decided") {
			late++
		}
	}
	s.expect(late == clicks-1, fmt.Sprintf("%d clicks were answered that the order is already decided", clicks-1), fmt.Sprintf("%d were", late))
	s.expectCharges(3, "1.30", "0.43")
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
	s.settings.ConfirmTTL = ttl
	if err := s.start(ctx); err != nil {
		return err
	}
	s.timed(s.startup, s.paint(dim, fmt.Sprintf("the bot was restarted, with the same database and CONFIRM_TTL=%s", ttl)))
	start := time.Now()
	card, err := s.request(ctx, stage.Alice, "web-1 1w", brief)
	if err != nil {
		return err
	}
	s.showAction(stage.Alice, "goes to lunch")
	now, err := s.waitDecided(ctx, card, start)
	if err != nil {
		return err
	}
	s.expectText(now.Text, "expired", "Nothing was ordered")
	took := now.EditedAt.Sub(start)
	s.expect(took >= ttl, "it did not expire early", short(took))
	s.expectCharges(3, "1.30", "0.43")
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
