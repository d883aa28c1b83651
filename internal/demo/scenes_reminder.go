package demo

import (
	"context"
	"strings"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// web2 is the id of web-2.
const web2 = "c8ddf01e-c6df-11f0-8cdf-525400792197"

// reminderScene moves the clock of the whole local world to a day before web-2 runs out.
// alice extends it with one click; dave, whose Slack still shows the buttons, comes too late.
func reminderScene(ctx context.Context, s *script) error {
	rented, _ := s.Oxhost.Rented(web2)
	if err := s.move(rented.ExpireDate.Add(-24 * time.Hour).Sub(s.world.Now())); err != nil {
		return err
	}
	now := s.world.Now()
	s.timed(0, s.paint(dim, "the clock of the whole local world was moved to "+now.In(s.zone).Format(clockForm)))
	reminder, err := s.waitMessage(ctx, "a reminder", func(m slacksim.Message) bool {
		_, ok := findButton(m.Blocks, remindDay)
		return ok
	})
	if err != nil {
		return err
	}
	s.showAnswer(reminder.PostedAt.Sub(now), " reminds #ops", s.body(reminder.Text, reminder.Blocks, whole))
	s.expectText(reminder.Flat(), "web-2", "0.43 EUR")
	s.showDialog(stage.Alice, reminder, remindDay)
	start, err := s.press(ctx, stage.Alice, reminder, remindDay)
	if err != nil {
		return err
	}
	receipt, err := s.waitMessage(ctx, "a receipt in the reminder's thread", func(m slacksim.Message) bool {
		return isReplyTo(m, reminder.TS) && isOutcome(m)
	})
	if err != nil {
		return err
	}
	s.showAnswer(receipt.PostedAt.Sub(start), " in the reminder's thread", s.body(receipt.Text, receipt.Blocks, whole))
	s.expectText(receipt.Flat(), "web-2", "0.43 EUR")
	changed, err := s.waitMessage(ctx, "a reminder that says that web-2 was extended", func(m slacksim.Message) bool {
		return m.TS == reminder.TS && strings.HasPrefix(m.Flat(), "✅") && strings.Contains(m.Flat(), "runs until")
	})
	if err != nil {
		return err
	}
	s.showAnswer(changed.EditedAt.Sub(start), " changes the reminder", s.body(changed.Text, changed.Blocks, whole))
	button, _ := reminder.Button(remindWeek)
	late, err := s.privately(ctx, stage.Dave, func() error {
		s.showAction(stage.Dave, "presses "+buttonFace(button.Text)+", which his Slack still shows")
		_, err := s.Slack.ClickRaw(ctx, slacksim.Click{User: stage.Dave, Channel: stage.Ops, TS: reminder.TS, ActionID: remindWeek, BlockID: button.BlockID}, button.Value)
		return err
	})
	if err != nil {
		return err
	}
	s.expectText(late.Flat(), "web-2")
	s.expectCharges(7, "1.30", "30.00", "7.00", "0.43", "0.43", "0.43")
	return nil
}
