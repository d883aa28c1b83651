package bot

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack/slackevents"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/bot/workspace"
	"extendbot/order"
)

// wrote handles an event of what a person wrote to the bot.
func (h *handlers) wrote(ctx context.Context, e *envelope, ev slackevents.EventsAPIEvent, to person) after {
	p, ours := h.workspace.Author(to.user, fromOf(ev))
	if !ours {
		h.acks.answer(e, OutcomeForeign, nil)
		h.logPerson(e, p).Warn("a message of a person of another organization was refused")
		return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, to, message.Foreign()) }
	}
	t := typed{e: e, by: p, name: h.workspace.CommandName(), channel: to.channel, thread: to.thread}
	switch m := ev.InnerEvent.Data.(type) {
	case *slackevents.MessageEvent:
		t.key, t.at = requestKey(e, m.TimeStamp, "direct", p.Team, m.Channel, m.User), timeOf(m.TimeStamp)
		return h.direct(ctx, t, h.textOf(m.Text))
	case *slackevents.AppMentionEvent:
		return h.mention(ctx, t, h.textOf(m.Text))
	default:
		h.acks.answer(e, OutcomeDone, nil)
		return nil
	}
}

// direct does what a direct message to the bot means. The event is acked only after what the
// message asks for is recorded: until then, Slack delivers it again.
//
// https://docs.slack.dev/reference/events/message.im
func (h *handlers) direct(ctx context.Context, t typed, text string) after {
	if _, err := h.parse(ctx, t, text); err != nil && h.isTalk(t.by, text, err) {
		return h.usage(ctx, t, message.DirectUsage)
	}
	return h.run(ctx, t, text)
}

// textOf returns the text of a message as its author sees it, without the bot's name.
func (h *handlers) textOf(text string) string {
	return command.FromMessage(h.workspace.WithoutMention(text))
}

// emoji matches an emoji as Slack writes it in a text.
var emoji = regexp.MustCompile(`:[a-z0-9_+'-]+:`)

// isTalk reports whether a text that is not understood is rather talk, such as "thanks",
// than an order with a mistake: it has no number, and is not similar to anything that works.
func (h *handlers) isTalk(p order.Person, text string, err error) bool {
	wrong, _ := errors.AsType[*message.UsageError](err)
	servers, _ := h.cfg.Servers(p)
	anyWord := len(servers) == 0 // any word can be a server
	return wrong != nil && (anyWord || len(wrong.Try) == 0) && !strings.ContainsFunc(emoji.ReplaceAllString(text, ""), unicode.IsDigit)
}

// mention answers a message that mentions the bot with how to use it, privately. It does
// nothing that the message asks for: people also mention the bot to others.
//
// https://docs.slack.dev/reference/events/app_mention
func (h *handlers) mention(ctx context.Context, t typed, text string) after {
	c, err := h.parse(ctx, t, text)
	return h.usage(ctx, t, func(v message.UsageView) message.Message {
		v.InThread = t.thread != ""
		if err == nil && c.Verb != command.Form && c.Verb != command.Help {
			v.Words = c.String()
			v.Form.Server, v.Form.Time, v.Form.Reason = c.Server, c.Typed, c.Purpose
		}
		return message.MentionUsage(v)
	})
}

// fromOf returns where the author of an event's message is from.
//
// https://docs.slack.dev/apis/slack-connect
func fromOf(ev slackevents.EventsAPIEvent) workspace.From {
	var teams struct {
		Team       string `json:"team"`
		UserTeam   string `json:"user_team"`
		SourceTeam string `json:"source_team"`
	}
	if callback, ok := ev.Data.(*slackevents.EventsAPICallbackEvent); ok && callback.InnerEvent != nil {
		_ = json.Unmarshal(*callback.InnerEvent, &teams) // slack-go does not read all of them
	}
	return workspace.From{Teams: []string{teams.Team, teams.UserTeam, teams.SourceTeam}, Shared: ev.IsExtSharedChannel}
}

// timeOf returns the time that a message's timestamp contains, or the zero time.
func timeOf(ts string) time.Time {
	seconds, err := time.ParseDuration(ts + "s")
	if err != nil {
		return time.Time{}
	}
	return time.Unix(0, 0).Add(seconds)
}
