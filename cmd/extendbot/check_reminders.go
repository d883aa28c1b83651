package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/internal/service"
	"extendbot/internal/settings"
)

// checkReminders prints when people are reminded, and checks that Slack knows the channel
// in which they are.
func (c *checks) checkReminders(ctx context.Context, s settings.Settings) {
	if len(s.RemindBefore) == 0 {
		c.print("note", "reminders", "REMIND_BEFORE is empty, so nobody is reminded before a server runs out")
		return
	}
	where := "in the channel of its last order"
	if s.RemindChannel != "" {
		where = "in the channel " + s.RemindChannel
	}
	c.print("ok", "reminders", durations(s.RemindBefore)+" before a server runs out, "+where)
	if rules, err := service.NewRules(s, nil); err == nil { // else checkAccounts reports it
		if size, err := rules.Size(); err == nil && size.Admins == 0 {
			c.print("note", "reminders", "the policy names no admins, so a reminder that cannot be posted there reaches nobody")
		}
	}
	if s.RemindChannel == "" {
		return
	}
	client := slackapi.New(slackapi.Config{BotToken: s.SlackBotToken, APIURL: s.SlackAPIURL})
	defer client.Close()
	err := client.SeeChannel(ctx, s.RemindChannel)
	if slackapi.ClassOf(err) == slackapi.ClassChannel {
		err = fmt.Errorf("there is no such channel, or it is private and the bot is not a member: correct the id, or type /invite and the bot's name there (%w)", err)
	}
	c.report("REMIND_CHANNEL", "Slack knows the channel; that the bot is a member of it cannot be checked if it is public", err)
}

// durations lists durations as people write them: "3d, 24h, 90m".
func durations(list []time.Duration) string {
	texts := make([]string, len(list))
	for i, d := range list {
		switch day := 24 * time.Hour; {
		case d > day && d%day == 0:
			texts[i] = fmt.Sprintf("%dd", d/day)
		case d%time.Hour == 0:
			texts[i] = fmt.Sprintf("%dh", d/time.Hour)
		case d%time.Minute == 0:
			texts[i] = fmt.Sprintf("%dm", d/time.Minute)
		default:
			texts[i] = d.String()
		}
	}
	return strings.Join(texts, ", ")
}
