package check

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// check says when people are reminded and where, and fails for a channel that Slack does
// not show to the bot.
func TestCheck_Reminders(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	h.Slack.AddChannel(slacksim.Channel{ID: "C0SECRET", Private: true})
	for name, test := range map[string]struct {
		before  []time.Duration
		channel string
		admins  []string
		want    []string // the lines about reminders
		fails   bool
	}{
		"off": {nil, stage.Ops, nil, []string{"note    reminders: REMIND_BEFORE is empty, so nobody is reminded before a server runs out"}, false},
		"in the channel of the last order": {[]time.Duration{72 * time.Hour, 24 * time.Hour, 90 * time.Minute, 61 * time.Second}, "", []string{stage.Carol}, []string{
			"ok      reminders: 3d, 24h, 90m, 1m1s before a server runs out, in the channel of its last order"}, false},
		"a channel, without admins": {[]time.Duration{2 * time.Hour}, stage.Ops, nil, []string{
			"ok      reminders: 2h before a server runs out, in the channel C0OPS",
			"note    reminders: the policy names no admins, so a reminder that cannot be posted there reaches nobody",
			"ok      REMIND_CHANNEL: Slack knows the channel; that the bot is a member of it cannot be checked if it is public"}, false},
		"a channel that is not there": {[]time.Duration{2 * time.Hour}, "C0NOWHERE", []string{stage.Carol}, []string{
			"ok      reminders: 2h before a server runs out, in the channel C0NOWHERE",
			"FAILED  REMIND_CHANNEL: there is no such channel, or it is private and the bot is not a member: correct the id, or type /invite and the bot's name there (chat.getPermalink: channel_not_found)"}, true},
		"a private channel without the bot": {[]time.Duration{2 * time.Hour}, "C0SECRET", []string{stage.Carol}, []string{
			"ok      reminders: 2h before a server runs out, in the channel C0SECRET",
			"FAILED  REMIND_CHANNEL: there is no such channel, or it is private and the bot is not a member: correct the id, or type /invite and the bot's name there (chat.getPermalink: channel_not_found)"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := h.Settings
			s.RemindBefore, s.RemindChannel, s.Admins = test.before, test.channel, test.admins
			var out bytes.Buffer
			err := try(t.Context(), s, &out)
			var got []string
			for line := range strings.Lines(out.String()) {
				if strings.Contains(line, " reminders:") || strings.Contains(line, "REMIND_CHANNEL:") {
					got = append(got, strings.TrimSuffix(line, "\n"))
				}
			}
			if (err != nil) != test.fails || strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, test.want)
			}
		})
	}
}
