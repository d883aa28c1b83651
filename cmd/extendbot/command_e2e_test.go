package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/ledger"
	"extendbot/order"
)

func TestEveryWayToWriteTheCommandMeansTheSame(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	for _, text := range []string{
		"web-1 72", "  web-1    72h ", "WEB-1 3d", "`web-1` 72", "“web-1” 72", "web-1 ７２", "web\u200b-1 72\u200b", stageWeb + " 2d24h",
	} {
		t.Run(text, func(t *testing.T) {
			if o := p.order(p.card(stageAlice, text)); o.Hours != 72 || o.Server.ID != stageWeb || o.Account != stageAliceAccount {
				t.Errorf("recorded %+v", o)
			}
		})
	}
}

func TestAMistakeInTheCommandIsExplainedAndChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	for text, words := range map[string]string{
		"web-1 0": "0", "web-1 -3": "-3", "web-1 1.5": "1.5", "web-1 1e3": "1e3", "web-1 99999999999999999999": "720",
		"web-1 24hours?": "24hours?", "web-1": "hours", "24": "server", "web-1 24 now": "now", "web-1 721": "720",
		"wbe-1 24": "Did you mean `web-1`?", "web-1 <!channel>": "&lt;!channel&gt;",
		strings.Repeat("a", 10_000): "long", strings.Repeat("x ", 5_000): "long",
	} {
		t.Run(words, func(t *testing.T) {
			d := p.extend(stageAlice, text)
			if !strings.Contains(d.AckText(), words) || !strings.Contains(d.AckText(), "/extend") {
				t.Errorf("answered %q, want %q and the usage in it", d.AckText(), words)
			}
			if strings.Contains(d.AckText(), "<!channel>") {
				t.Error("the answer would call everybody")
			}
		})
	}
	p.wantNothingHappened()
}

// wantNothingHappened wants that nothing was recorded, posted or ordered.
func (p *play) wantNothingHappened() {
	p.t.Helper()
	list, err := p.v.ledger.List(p.ctx, time.Time{}, 100)
	if err != nil || len(list) != 0 {
		p.t.Errorf("%d orders were recorded (error %v)", len(list), err)
	}
	if m := p.slack.Messages(stageChannel); len(m) != 0 {
		p.t.Errorf("something was posted: %s", p.channel())
	}
	p.wantCharges(0, 0)
}

func TestHelpShowsTheUsageAndOnesOwnServers(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	for _, text := range []string{"", "help", " HELP "} {
		if got := p.extend(stageAlice, text).AckText(); !strings.Contains(got, "web-1") || !strings.Contains(got, "<hours>") && !strings.Contains(got, "&lt;hours&gt;") {
			t.Errorf("%q was answered %q", text, got)
		}
	}
	p.wantNothingHappened()
}

func TestAStrangerIsToldTheirUserIDAndNothingElseHappens(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	if got := p.extend(stageMallory, "web-1 24").AckText(); !strings.Contains(got, stageMallory) {
		t.Errorf("answered %q", got)
	}
	p.wantNothingHappened()
	p.logged(stageMallory)
	p.wantMetric(`extendbot_denied_total{code="stranger"}`, "1")
}

func TestAPayloadOfAnotherWorkspaceOrAppIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	for _, c := range []slacksim.SlashCommand{{TeamID: "T0OTHER"}, {AppID: "A0OTHER"}} {
		c.User, c.Channel, c.Command, c.Text = stageAlice, stageChannel, "/extend", "web-1 24"
		if _, err := p.slack.Command(p.ctx, c); err != nil {
			t.Errorf("it got no answer: %v", err)
		}
	}
	p.wantNothingHappened()
}

func TestARedeliveredCommandIsOneOrder(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	d := p.extend(stageAlice, "web-1 24")
	for _, sameEnvelope := range []bool{true, false} {
		if _, err := p.slack.Redeliver(p.ctx, d, sameEnvelope); err != nil {
			t.Errorf("the second delivery got no answer: %v", err)
		}
	}
	p.message(func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	p.end()
	if n := len(p.slack.Messages(stageChannel)); n != 1 {
		t.Errorf("%d messages in the channel, want one card", n)
	}
	l, err := ledger.Open(t.Context(), ledger.Config{URL: p.settings.Database.Reveal()})
	if err != nil {
		t.Fatal(err)
	}
	list, err := l.List(t.Context(), time.Time{}, 10)
	if err := errors.Join(err, l.Close()); err != nil || len(list) != 1 {
		t.Errorf("%d orders are recorded, want one (error %v)", len(list), err)
	}
}

func TestARequestWhoseCardCannotBePostedIsVoidAndToldHowToMend(t *testing.T) {
	t.Parallel()
	for fault, words := range map[string]string{
		"": "/invite", "is_archived": "archived", "restricted_action": "settings", "channel_not_found": "/invite",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			channel := stageChannel
			if fault == "" {
				channel = stageElsewhere
			} else {
				p.slack.Fail("chat.postMessage", slacksim.Fault{Error: fault}, -1)
			}
			_, err := p.slack.Command(p.ctx, slacksim.SlashCommand{User: stageAlice, Channel: channel, Command: "/extend", Text: "web-1 24"})
			if err != nil {
				t.Fatal(err)
			}
			if got := p.told(stageAlice, words); got.Source != slacksim.SourceResponseURL {
				t.Errorf("told by %s", got.Source)
			}
			list, err := p.v.ledger.Recent(p.ctx, order.Person{Team: p.slack.TeamID(), User: stageAlice}, 1)
			if err != nil || len(list) != 1 || list[0].State != order.Cancelled {
				t.Errorf("the ledger has %+v (error %v)", list, err)
			}
		})
	}
}
