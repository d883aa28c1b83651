package service_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// botMessages returns what the bot posted in a conversation.
func botMessages(h *servicetest.Harness, channel string) []slacksim.Message {
	return slices.DeleteFunc(h.Slack.Messages(channel), func(m slacksim.Message) bool { return m.User != h.Slack.BotUserID() })
}

// waitIn waits for a message of the bot in a conversation.
func waitIn(h *servicetest.Harness, channel string, match func(slacksim.Message) bool) slacksim.Message {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(h.Ctx, servicetest.Patience)
	defer cancel()
	m, err := h.Slack.WaitMessage(ctx, channel, func(m slacksim.Message) bool { return m.User == h.Slack.BotUserID() && match(m) })
	if err != nil {
		h.T.Fatalf("the message did not arrive: %v; the conversation:\n%s", err, h.ChannelText(channel))
	}
	return m
}

// direct writes to the bot, and fails the test if there is no ack.
func direct(h *servicetest.Harness, user, text string) *slacksim.Delivery {
	h.T.Helper()
	d, err := h.Slack.Direct(h.Ctx, user, text)
	if err != nil {
		h.T.Fatalf("%s writes %q: %v", user, text, err)
	}
	return d
}

// directAnswer writes to the bot, and returns its next message there.
func directAnswer(h *servicetest.Harness, user, text string) slacksim.Message {
	h.T.Helper()
	channel := h.Slack.DirectChannel(user)
	seen := len(botMessages(h, channel))
	direct(h, user, text)
	return waitIn(h, channel, func(m slacksim.Message) bool {
		return len(botMessages(h, channel)) > seen && m.TS == botMessages(h, channel)[seen].TS
	})
}

// mention mentions the bot, and fails the test if there is no ack.
func mention(h *servicetest.Harness, user, channel, text, thread string) {
	h.T.Helper()
	if _, err := h.Slack.Mention(h.Ctx, user, channel, text, thread); err != nil {
		h.T.Fatalf("%s mentions the bot with %q: %v", user, text, err)
	}
}

// In a direct message to the bot, words without the command are an order: its card and its
// receipt come there, and nowhere else. What Slack makes of a text changes nothing.
func TestDirect_OrderWithoutCommand(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	channel := h.Slack.DirectChannel(stage.Alice)
	card := directAnswer(h, stage.Alice, "web-1 24")
	if _, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: channel, TS: card.TS, ActionID: "order_confirm"}); err != nil {
		t.Fatal(err)
	}
	waitIn(h, channel, func(m slacksim.Message) bool {
		return servicetest.IsReply(m, card) && servicetest.Contains(m, servicetest.Receipt)
	})
	h.WantCharges(1, 1)
	hours := order.Hours(25)
	for text, reason := range map[string]string{
		"web-1 %": "", "<@U0BOT> web-1 %": "", "web-1 % <@U0BOT>": "", "<@U0BOT|extendbot>, web-1 % please!": "", "`web-1` %": "", "```web-1 %```": "", "“web-1” %": "",
		"extend web-1 %": "", "<http://web-1.example|web-1> %": "", "*web-1* for _%_": "", "web-1 % because R&amp;D &lt;3": "R&D <3",
		"web-1 % because <https://example.com/a?b=1&amp;c|the demo> of <@U0BOB|bob> in <#C0OPS|ops>": "the demo of @bob in #ops",
	} {
		hours++
		text = strings.Replace(text, "%", strconv.Itoa(int(hours)), 1)
		rawMessage(h, map[string]any{"user": stage.Alice, "text": text})
		o := newestOrder(h, stage.Alice)
		if o.Hours != hours || o.Server.ID != stage.Web || o.Channel != channel || o.Purpose != reason {
			t.Errorf("%s: recorded %d hours for %+v in %s because %q", text, o.Hours, o.Server, o.Channel, o.Purpose)
		}
	}
	if n := len(h.Slack.Messages(stage.Ops)) + len(h.Slack.Ephemerals(stage.Alice)); n != 0 {
		t.Errorf("%d messages are elsewhere", n)
	}
}

// rawMessage delivers a direct message to the bot with these fields, as Slack writes them,
// and fails the test if there is no ack.
func rawMessage(h *servicetest.Harness, fields map[string]any) {
	h.T.Helper()
	user, _ := fields["user"].(string)
	channel := h.Slack.DirectChannel(user)
	m, err := h.Slack.Say(channel, user, "", "")
	if err != nil {
		h.T.Fatal(err)
	}
	event := map[string]any{"type": "message", "channel_type": "im", "channel": channel, "ts": m.TS}
	maps.Copy(event, fields)
	if _, err := h.Slack.Event(h.Ctx, event); err != nil {
		h.T.Fatalf("%v: %v", fields, err)
	}
}

// newestOrder returns the newest order of a person.
func newestOrder(h *servicetest.Harness, user string) order.Order {
	h.T.Helper()
	list, err := h.Service.Ledger.Recent(h.Ctx, order.Person{Team: h.Slack.TeamID(), User: user}, 1)
	if err != nil || len(list) == 0 {
		h.T.Fatalf("no order: %v", err)
	}
	return list[0]
}

// A direct message that is delivered again is one order, also after a restart.
func TestDirect_RedeliveredAfterRestart(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	channel := h.Slack.DirectChannel(stage.Alice)
	d := direct(h, stage.Alice, "web-1 24")
	card := waitIn(h, channel, servicetest.IsOpen)
	if _, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: channel, TS: card.TS, ActionID: "order_cancel"}); err != nil {
		t.Fatal(err)
	}
	h.Restart()
	for _, sameEnvelope := range []bool{true, false} {
		if _, err := h.Slack.Redeliver(h.Ctx, d, sameEnvelope); err != nil {
			t.Errorf("it got no answer: %v", err)
		}
	}
	list, err := h.Service.Ledger.Recent(h.Ctx, order.Person{Team: h.Slack.TeamID(), User: stage.Alice}, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%d orders, error %v", len(list), err)
	}
}

// What people say to the bot is answered with one sentence and what it understands; a
// mistake in an order with what works. Both are normal messages in that conversation.
func TestDirect_Answers(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for text, want := range map[string]string{
		"hi": "", "thanks": "", "Thanks a lot! :+1:": "", "who are you?": "", "ok": "", "help": "", "form": "",
		"web-1 1.5d": "36h", "wbe-1 24": "web-1 24 hours", "24": "server", "list": "web-1", "status": "no open order", "db": "db-1",
	} {
		m := directAnswer(h, stage.Alice, text)
		talk := want == ""
		if talk {
			want = "`db-1 3d`"
		}
		_, form := m.Button("form_open")
		if !servicetest.Contains(m, want) || m.ThreadTS != "" || talk && (strings.Contains(m.Text, "do not understand") || !form) {
			t.Errorf("%q is answered %q", text, m.Text)
		}
	}
	wantParts(t, directAnswer(h, stage.Mallory, "hi").Text, "not on the list", stage.Mallory)
	wantNothingHappened(h)
}

// An answer to what was written in a thread of the conversation with the bot is there.
func TestDirect_AnswerInThread(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	channel := h.Slack.DirectChannel(stage.Alice)
	root := directAnswer(h, stage.Alice, "hi")
	rawMessage(h, map[string]any{"user": stage.Alice, "thread_ts": root.TS, "text": "list"})
	waitIn(h, channel, func(m slacksim.Message) bool { return servicetest.IsReply(m, root) && servicetest.Contains(m, "web-1") })
}

// Slack Connect: who writes to the bot or mentions it from another organization is told
// that it does not serve them, even with the id of somebody who may order.
func TestEntries_OtherOrganizations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config slacksim.Config
		event  map[string]any
		shared bool
		want   bool // it is one of ours
	}{
		"our workspace":         {event: map[string]any{"team": "T0TEAM"}, want: true},
		"nothing is said":       {event: map[string]any{}, want: true}, // as with a file
		"another workspace":     {event: map[string]any{"team": "T0TEAM", "user_team": "T0OTHER", "source_team": "T0OTHER"}},
		"its team alone":        {event: map[string]any{"team": "T0OTHER"}},
		"where it was written":  {event: map[string]any{"source_team": "T0OTHER"}},
		"a sibling":             {config: slacksim.Config{EnterpriseID: "E0ACME"}, event: map[string]any{"team": "T0SIBLING"}, want: true},
		"our organization":      {config: slacksim.Config{EnterpriseID: "E0ACME"}, event: map[string]any{"user_team": "E0ACME"}, want: true},
		"another organization":  {config: slacksim.Config{EnterpriseID: "E0ACME"}, event: map[string]any{"user_team": "E0OTHER"}},
		"a shared conversation": {config: slacksim.Config{EnterpriseID: "E0ACME"}, event: map[string]any{"team": "T0OTHER"}, shared: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t, c.config)
			h.Start()
			channel := h.Slack.DirectChannel(stage.Alice)
			h.Slack.AddChannel(slacksim.Channel{ID: channel, IM: true, Private: true, User: stage.Alice, ExtShared: c.shared})
			h.Slack.AddChannel(slacksim.Channel{ID: stage.Ops, ExtShared: c.shared})
			c.event["user"], c.event["text"] = stage.Alice, "web-1 24"
			rawMessage(h, c.event)
			c.event["type"], c.event["channel"] = "app_mention", stage.Ops
			rawMessage(h, c.event)
			if !c.want {
				waitIn(h, channel, func(m slacksim.Message) bool {
					return servicetest.Contains(m, "only take orders from people of the workspace")
				})
				h.WaitEphemeral(stage.Alice, "only take orders from people of the workspace")
				wantNothingHappened(h)
				return
			}
			waitIn(h, channel, servicetest.IsOpen)
			h.WaitEphemeral(stage.Alice, "A mention orders nothing")
		})
	}
}
