package service_test

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// Every way to write server and hours means the same order.
func TestCommand_EverySpelling(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for _, text := range []string{
		"web-1 72", "  web-1    72h ", "WEB-1 3d", "`web-1` 72", "“web-1” 72", "web-1 ７２", "web\u200b-1 72\u200b", stage.Web + " 2d24h",
		"web-1 72. ", "web-1, 72", "web-1 72 hours", "web-1 3 days", "web-1 3days", "web-1 for 72 hours", "72 web-1", "/extend web-1 72", "web-1 +72",
		"web-1 2 days 24 hours", "<https://web-1.example.com|web-1> 72", "web-1 3d because the demo is on Monday", "*web-1* _3d_, please!",
	} {
		t.Run(text, func(t *testing.T) {
			card := h.Request(stage.Alice, text)
			if o := h.Recorded(card); o.Hours != 72 || o.Server.ID != stage.Web || o.Account != stage.AliceAccount {
				t.Errorf("recorded %+v", o)
			}
			h.Click(stage.Alice, card, "order_cancel") // the same can be asked for again
		})
	}
}

// A mistake in a command gets an answer that explains it, and changes nothing.
func TestCommand_MistakeExplained(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for text, want := range map[string]string{
		"web-1 0": "0", "web-1 -3": "-3", "web-1 1.5": "1.5", "web-1 1e3": "1e3", "web-1 99999999999999999999": "720",
		"web-1": "Try `/extend web-1 3d`", "24": "server", "web-1 24 now": "now", "web-1 721": "720", "web-1 1mo": "Try `/extend web-1 30d`",
		"web-1 30m": "/extend web-1 30d` or `/extend web-1 1h`", "web-1 1.5d": "Try `/extend web-1 36h`", "web-1 until friday": "until friday 18:00",
		"wbe-1 24": "Did you mean: `/extend web-1 24 hours`?", "web-1 <!channel>": "&lt;!channel&gt;",
		strings.Repeat("a", 10_000): "long", strings.Repeat("x ", 5_000): "long",
	} {
		t.Run(want, func(t *testing.T) {
			d := h.Extend(stage.Alice, text)
			if !strings.Contains(d.AckText(), want) || !strings.Contains(d.AckText(), "/extend") {
				t.Errorf("answered %q, want %q and the usage in it", d.AckText(), want)
			}
			if strings.Contains(d.AckText(), "<!channel>") {
				t.Error("the answer mentions everybody")
			}
		})
	}
	wantNothingHappened(h)
}

// wantNothingHappened fails the test if anything was recorded, posted or ordered.
func wantNothingHappened(h *servicetest.Harness) {
	h.T.Helper()
	list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 100)
	if err != nil || len(list) != 0 {
		h.T.Errorf("%d orders were recorded (error %v)", len(list), err)
	}
	if m := h.Slack.Messages(stage.Ops); len(m) != 0 {
		h.T.Errorf("something was posted: %s", h.ChannelText(stage.Ops))
	}
	h.WantCharges(0, 0)
}

// Help shows the usage and the servers of the person who asks.
func TestCommand_Help(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for _, text := range []string{"help", " HELP "} {
		if got := h.Extend(stage.Alice, text).AckText(); !strings.Contains(got, "/extend db-1 3d") || !strings.Contains(got, "`web-1`") || !strings.Contains(got, "/extend history") {
			t.Errorf("%q was answered %q", text, got)
		}
	}
	wantNothingHappened(h)
}

// A person who is not on the list gets their user id, to send to the admin, and
// nothing else happens.
func TestCommand_Stranger(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	if got := h.Extend(stage.Mallory, "web-1 24").AckText(); !strings.Contains(got, stage.Mallory) {
		t.Errorf("answered %q", got)
	}
	wantNothingHappened(h)
	h.WaitLogged(stage.Mallory)
	h.WaitMetric(`extendbot_denied_total{code="stranger"}`, "1")
}

// A person who may not order gets the same answer whatever they type: not what
// is wrong with it, and no server.
func TestCommand_StrangerMisspells(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	want := h.Extend(stage.Mallory, "web-1 24").AckText()
	for _, text := range []string{"", "help", "web-1", "24", "24 web-1", "web-1 24 x", "web-1 1.5d", "web-1 9999", "wbe-1 24", "nope 24", strings.Repeat("x", 2001)} {
		if got := h.Extend(stage.Mallory, text).AckText(); got != want {
			t.Errorf("%.20q was answered %q, want %q", text, got, want)
		}
	}
	wantNothingHappened(h)
}

// A payload from another workspace or app is acked and changes nothing.
func TestCommand_OtherWorkspaceOrApp(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for _, c := range []slacksim.SlashCommand{{TeamID: "T0OTHER"}, {AppID: "A0OTHER"}} {
		c.User, c.Channel, c.Command, c.Text = stage.Alice, stage.Ops, "/extend", "web-1 24"
		if _, err := h.Slack.Command(h.Ctx, c); err != nil {
			t.Errorf("it got no answer: %v", err)
		}
	}
	wantNothingHappened(h)
}

// A request whose card cannot be posted is canceled, and the requester is told
// how to fix that.
func TestRequest_CardCannotBePosted(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"": "/invite @", "is_archived": "archived", "restricted_action": "I may not post", "channel_not_found": "/invite @",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			h := servicetest.Start(t)
			channel := stage.Ops
			if fault == "" {
				channel = stage.Random
			} else {
				h.Slack.Fail("chat.postMessage", slacksim.Fault{Error: fault}, -1)
			}
			_, err := h.Slack.Command(h.Ctx, slacksim.SlashCommand{User: stage.Alice, Channel: channel, Command: "/extend", Text: "web-1 24"})
			if err != nil {
				t.Fatal(err)
			}
			if got := h.WaitEphemeral(stage.Alice, want); got.Source != slacksim.SourceResponseURL {
				t.Errorf("the answer came by %s", got.Source)
			}
			list, err := h.Service.Ledger.Recent(h.Ctx, order.Person{Team: h.Slack.TeamID(), User: stage.Alice}, 1)
			if err != nil || len(list) != 1 || list[0].State != order.Cancelled {
				t.Errorf("the ledger has %+v (error %v)", list, err)
			}
		})
	}
}
