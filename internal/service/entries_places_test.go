package service_test

import (
	"fmt"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// place is a conversation in which people use the bot.
type place struct {
	channel slacksim.Channel
	without bool   // the bot is not a member
	told    string // why no card can come there; "": it comes
}

var places = map[string]place{
	"a public channel":             {channel: slacksim.Channel{ID: stage.Ops}},
	"a private channel":            {channel: slacksim.Channel{ID: "C0PRIVATE", Private: true}},
	"an old private channel":       {channel: slacksim.Channel{ID: "G0PRIVATE", Private: true}},
	"a Slack Connect channel":      {channel: slacksim.Channel{ID: "C0CONNECT", ExtShared: true}},
	"a channel without the bot":    {channel: slacksim.Channel{ID: stage.Random}, without: true, told: "I am not in <#C0RANDOM>. Type `/invite @extendbot` there"},
	"a private one without it":     {channel: slacksim.Channel{ID: "C0SECRET", Private: true}, without: true, told: "I am not in <#C0SECRET>. Type `/invite @extendbot` there"},
	"a direct message of people":   {channel: slacksim.Channel{ID: "D0PEOPLE", IM: true, Private: true}, without: true, told: "I am not in this conversation"},
	"a group message of people":    {channel: slacksim.Channel{ID: "G0PEOPLE", Private: true}, without: true, told: "I am not in"},
	"an archived channel":          {channel: slacksim.Channel{ID: "C0ARCHIVED", Archived: true}, told: "is archived"},
	"a channel for admins' posts":  {channel: slacksim.Channel{ID: "C0READONLY", ReadOnly: true}, told: "I may not post in <#C0READONLY>"},
	"a direct message to the bot":  {channel: slacksim.Channel{ID: "D0ALICE", IM: true, Private: true, User: stage.Alice}},
	"a Slack Connect one with it":  {channel: slacksim.Channel{ID: "C0SHARED", Private: true, ExtShared: true}},
	"a Slack Connect one, without": {channel: slacksim.Channel{ID: "C0FOREIGN", Private: true, ExtShared: true}, without: true, told: "/invite"},
}

// enter prepares a place with alice and bob in it.
func (p place) enter(h *servicetest.Harness) {
	if p.channel.ID == h.Slack.DirectChannel(stage.Alice) {
		return
	}
	h.Slack.AddChannel(p.channel)
	h.Slack.Join(p.channel.ID, stage.Alice, stage.Bob)
	if !p.without {
		h.Slack.Join(p.channel.ID, h.Slack.BotUserID())
	}
}

// posted returns how many messages the bot posted, for everybody and for one person.
func posted(h *servicetest.Harness) (n int) {
	for _, c := range h.Slack.Calls("chat.postMessage") {
		if c.Done && strings.Contains(string(c.Answer), `"ok":true`) {
			n++
		}
	}
	return n + len(h.Slack.Ephemerals(stage.Alice))
}

// Wherever somebody types the command, fills in the form that it opens, or chooses the
// conversation in the form of the shortcut, there is exactly one message: the card where it
// was asked for, or what to do instead, only for the person who asks. That person is never
// left without an answer.
func TestEntries_EveryConversation(t *testing.T) {
	t.Parallel()
	for name, p := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.Start(t)
			p.enter(h)
			for i, ask := range []func(hours string){
				func(hours string) { typeIn(h, p.channel.ID, "web-1 "+hours) },
				func(hours string) {
					typeIn(h, p.channel.ID, "")
					fillIn(t, h, hours)
				},
				func(hours string) {
					if _, err := h.Slack.Shortcut(h.Ctx, stage.Alice, "extend_server"); err != nil {
						t.Fatal(err)
					}
					waitForm(h, stage.Alice, "Channel for the card")
					choose(h, stage.Alice, "channel", p.channel.ID)
					fillIn(t, h, hours)
				},
			} {
				if i == 2 && (p.channel.IM || p.channel.Archived) {
					continue // the form offers neither
				}
				before, hours := posted(h), order.Hours(24+i)
				ask(fmt.Sprint(int(hours)))
				if p.told == "" {
					waitIn(h, p.channel.ID, func(m slacksim.Message) bool { return servicetest.IsOpen(m) && servicetest.Contains(m, hours.String()) })
				} else {
					h.WaitUntil(func() bool { return posted(h) > before }, func() string { return "nobody is told anything" })
					if got := lastWords(h, i); !strings.Contains(got, p.told) || !strings.Contains(got, hours.String()) {
						t.Errorf("entry %d: told %q, want %q", i, got, p.told)
					}
				}
				if n := posted(h) - before; n != 1 {
					t.Errorf("entry %d: %d messages, want 1", i, n)
				}
				if o := newestOrder(h, stage.Alice); o.Hours != hours || o.Channel != p.channel.ID || (o.State == order.Pending) != (p.told == "") {
					t.Errorf("entry %d: recorded %+v", i, o)
				}
			}
		})
	}
}

func typeIn(h *servicetest.Harness, channel, text string) {
	h.T.Helper()
	if _, err := h.Slack.Command(h.Ctx, slacksim.SlashCommand{User: stage.Alice, Channel: channel, Command: "/extend", Text: text}); err != nil {
		h.T.Fatal(err)
	}
}

// fillIn fills in the form that alice has open, and submits it.
func fillIn(t *testing.T, h *servicetest.Harness, hours string) {
	t.Helper()
	waitForm(h, stage.Alice, "")
	choose(h, stage.Alice, "server", "web-1", "duration", "other", "custom", hours)
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
}

// lastWords returns what alice was told last: after the shortcut, which has no channel, by
// direct message.
func lastWords(h *servicetest.Harness, entry int) string {
	if direct := botMessages(h, h.Slack.DirectChannel(stage.Alice)); entry == 2 && len(direct) > 0 {
		return direct[len(direct)-1].Flat()
	}
	told := h.Slack.Ephemerals(stage.Alice)
	if len(told) == 0 {
		return ""
	}
	return told[len(told)-1].Flat()
}

// A mention is answered where it was, only for its author: in the thread, if it was in one.
// Where such a message cannot be, it comes as a direct message. It orders nothing, but the
// form of its button is filled in with what was understood.
func TestMention_EveryConversation(t *testing.T) {
	t.Parallel()
	for name, p := range places {
		if p.channel.IM || p.channel.Archived {
			continue // Slack delivers none, and nobody can write
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.Start(t)
			p.enter(h)
			root, err := h.Slack.Say(p.channel.ID, stage.Bob, "web-1 ends soon", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, thread := range []string{"", root.TS} {
				mention(h, stage.Alice, p.channel.ID, "web-1 3d because &lt;3", thread)
				switch {
				case p.without:
					if n := posted(h); n != 0 {
						t.Errorf("%d messages about what Slack did not deliver", n)
					}
				case p.told != "":
					waitIn(h, h.Slack.DirectChannel(stage.Alice), func(m slacksim.Message) bool { return servicetest.Contains(m, "A mention orders nothing") })
				default:
					want := map[bool]string{true: "Try `/extend web-1 3 days", false: "no commands in threads"}[thread == ""]
					if e := h.WaitEphemeral(stage.Alice, want); e.Channel != p.channel.ID || e.ThreadTS != thread {
						t.Errorf("answered in %s, thread %q, want %q", e.Channel, e.ThreadTS, thread)
					}
				}
			}
			list, err := h.Service.Ledger.Recent(h.Ctx, order.Person{Team: h.Slack.TeamID(), User: stage.Alice}, 1)
			if err != nil || len(list) != 0 {
				t.Errorf("recorded %+v (error %v)", list, err)
			}
		})
	}
}

// From the answer to a mention in a thread, the form and the suggestion lead to a card in the
// channel. A stranger is told who they are, and an app gets no answer.
func TestMention_ThreadToCard(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	root, err := h.Slack.Say(stage.Ops, stage.Bob, "web-1 ends soon", "")
	if err != nil {
		t.Fatal(err)
	}
	mention(h, stage.Alice, stage.Ops, "web-1 3 days because of the demo", root.TS)
	e := h.WaitEphemeral(stage.Alice, "no commands in threads")
	if _, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: e.TS, ActionID: "form_open"}); err != nil {
		t.Fatal(err)
	}
	waitForm(h, stage.Alice, "3 days")
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	card := h.WaitMessage(servicetest.IsOpen)
	if o := h.Recorded(card); o.Hours != 72 || o.Purpose != "of the demo" {
		t.Errorf("recorded %+v", o)
	}
	mention(h, stage.Alice, stage.Ops, "web-1 26h", root.TS)
	e = h.WaitEphemeral(stage.Alice, "26 hours")
	if _, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: e.TS, ActionID: "suggestion_1"}); err != nil {
		t.Fatal(err)
	}
	h.WaitMessage(func(m slacksim.Message) bool {
		return servicetest.IsOpen(m) && servicetest.Contains(m, "26 hours") && m.ThreadTS == ""
	})
	mention(h, stage.Mallory, stage.Ops, "web-1 3 days", "")
	wantParts(t, h.WaitEphemeral(stage.Mallory, "").Text, "not on the list", stage.Mallory)
	before := posted(h)
	for _, by := range []map[string]any{{"bot_id": "B0OTHER", "user": stage.Alice}, {"user": ""}} {
		by["type"], by["channel"], by["text"], by["ts"] = "app_mention", stage.Ops, "<@U0BOT> web-1 24", root.TS
		if _, err := h.Slack.Event(h.Ctx, by); err != nil {
			t.Fatal(err)
		}
	}
	h.Answer(stage.Alice, "list")
	if n := posted(h) - before; n != 1 {
		t.Errorf("%d answers, want only the last one", n)
	}
}
