package check

import (
	"context"
	"fmt"
	"strings"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/internal/service"
)

// reminders reports when people are reminded, and checks that Slack knows the channel in
// which they are.
func (r *run) reminders(ctx context.Context, client *slackapi.Client) {
	s := r.Settings
	if len(s.RemindBefore) == 0 {
		r.note("reminders", "REMIND_BEFORE is empty, so nobody is reminded before a server runs out")
		return
	}
	where := "in the channel of its last order"
	if s.RemindChannel != "" {
		where = "in the channel " + s.RemindChannel
	}
	r.report("reminders", durations(s.RemindBefore)+" before a server runs out, "+where, nil)
	if rules, err := service.NewRules(s, nil); err == nil { // else accounts reports it
		if size, err := rules.Size(); err == nil && size.Admins == 0 {
			r.note("reminders", "the policy names no admins, so a reminder that cannot be posted there reaches nobody")
		}
	}
	if s.RemindChannel == "" {
		return
	}
	err := client.SeeChannel(ctx, s.RemindChannel)
	if slackapi.ClassOf(err) == slackapi.ClassChannel {
		err = fmt.Errorf("there is no such channel, or it is private and the bot is not a member: correct the id, or type /invite and the bot's name there (%w)", err)
	}
	r.report("REMIND_CHANNEL", "Slack knows the channel; that the bot is a member of it cannot be checked if it is public", err)
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
