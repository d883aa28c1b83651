package service_test

import (
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/stage"
	"extendbot/order"
)

// What people type arrives as they mean it: the hours and the server on the card.
func TestWords_Understood(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for text, want := range map[string]order.Hours{
		"web-1 72. ": 72, "web-1, 73": 73, "web-1 74 hours": 74, "web-1 4 days": 96, "web-1 1 day 12 hours": 36, "web-1 for 24 hours": 24,
		"25 web-1": 25, "/extend web-1 76": 76, "web-1 5days": 120, "web-1 +26": 26, "<https://web-1|web-1> 27": 27, "*web-1* `28`": 28,
		"web-1 29 please": 29, "“web-1” 3０": 30, "extend web-1 31": 31, "web-1 2w": 336, "web-1 1W2d3h": 219,
	} {
		t.Run(text, func(t *testing.T) {
			card := h.Request(stage.Alice, text)
			if o := h.Recorded(card); o.Hours != want || o.Server.ID != stage.Web {
				t.Errorf("recorded %d hours for %+v, want %d", o.Hours, o.Server, want)
			}
			wantParts(t, card.Text+card.Flat(), "web-1")
		})
	}
	h.WantCharges(0, 0)
}

// What cannot be understood, or can mean two things, is refused with what works,
// and nothing is recorded.
func TestWords_Refused(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for text, want := range map[string]string{
		"web-1 1mo": "30d", "web-1 30m": "h", "web-1 1.5d": "36", "web-1 2 3": "/extend", "web-1 3d 3d": "/extend", "web-1 forever": "/extend",
	} {
		t.Run(text, func(t *testing.T) {
			d := h.Extend(stage.Alice, text)
			wantParts(t, d.AckText(), want, "/extend")
		})
	}
	wantNothingHappened(h)
}

// The reason is on the card and in the history, as it was typed, and it is only
// text.
func TestWords_Reason(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 3d because the *demo* &lt;!channel&gt; is on Monday")
	if o := h.Recorded(card); o.Hours != 72 || !strings.Contains(o.Purpose, "is on Monday") {
		t.Errorf("recorded %+v", o)
	}
	wantParts(t, card.Flat(), "is on Monday", "3 days")
	wantNone(t, card.Flat()+card.Text, "<!channel>")
	h.Confirm(card)
	h.WaitReply(card, "web-1")
	rows, err := h.Service.Ledger.History(h.Ctx, h.Recorded(card).ID)
	if err != nil || len(rows) == 0 || !strings.Contains(rows[0].Why, "is on Monday") || rows[0].Who != stage.Alice {
		t.Errorf("the history begins with %+v, %v", rows, err)
	}
	wantParts(t, h.Answer(stage.Alice, "history"), "because `the *demo*")
}

// The card, the receipt, and the history say the rental time as it was typed, and
// the first two say the hours, too.
func TestWords_EchoedAsTyped(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for text, want := range map[string][2]string{
		"web-1 2 days": {"2 days (48 h)", "2 days"}, "web-1 12h 1d": {"1 day 12 hours (36 h)", "1 day 12 hours"}, "web-1 720": {"720 hours (30 days)", "720 hours"},
	} {
		card := h.Request(stage.Alice, text)
		wantParts(t, card.Flat(), want[0])
		wantParts(t, card.Text, want[0])
		wantParts(t, h.Answer(stage.Alice, "history"), want[1])
	}
	card := h.Request(stage.Alice, "web-1 4 days")
	h.Confirm(card)
	wantParts(t, h.WaitReply(card, "web-1").Text, "✅", "4 days (96 h)")
}

// A server that has the name of a verb can be extended.
func TestWords_ServerNamedLikeAVerb(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, func(s *settings.Settings) { s.Servers = append(s.Servers, order.Server{Name: "list", ID: "srv-list"}) })
	for text, want := range map[string]order.Hours{"extend list 24": 24, "list 25": 25, "/extend list 26": 26} {
		if o := h.Recorded(h.Request(stage.Alice, text)); o.Hours != want || o.Server.ID != "srv-list" {
			t.Errorf("%s: recorded %d hours for %+v", text, o.Hours, o.Server)
		}
	}
	wantParts(t, h.Answer(stage.Alice, "list"), "web-1", "`list`")
}

// Which server the person may extend decides between two readings.
func TestWords_ServerNamedLikeHours(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, func(s *settings.Settings) { s.Servers = append(s.Servers, order.Server{Name: "24", ID: "srv-24"}) })
	for text, want := range map[string]order.Hours{"24 72": 72, "96 24": 96} {
		if o := h.Recorded(h.Request(stage.Alice, text)); o.Hours != want || o.Server.ID != "srv-24" {
			t.Errorf("%s: recorded %d hours for %+v", text, o.Hours, o.Server)
		}
	}
}
