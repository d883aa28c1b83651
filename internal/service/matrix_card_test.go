package service_test

import (
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// endings are the ways in which an order ends that only its card shows.
func endings() []outcome {
	return []outcome{
		{
			name: "canceled", trigger: func(l *matrixLane) { l.click(stage.Alice, l.Card().TS, "order_cancel") },
			state: order.Cancelled, says: "was canceled by", card: "was canceled by",
		},
		{
			name: "expired", trigger: func(*matrixLane) { servicetest.Pass(matrixTTL) },
			state: order.Expired, says: "It expired", card: "It expired",
		},
	}
}

// matrixTTL is CONFIRM_TTL in the tests of how cards end.
const matrixTTL = time.Minute

// Whatever prevents that a card shows that it was canceled, or that it expired:
// the requester learns it in another way within a minute, once, and the card
// follows.
func TestMatrix_EndsThatOnlyCardsShow(t *testing.T) {
	t.Parallel()
	card := target{name: "card", methods: []string{"chat.update"}}
	privately := target{name: "card-dm-response_url", methods: []string{"chat.update", responseURL}, direct: true}
	for _, f := range lastingFailures() {
		for _, g := range []target{card, privately}[:f.enough(2)] {
			t.Run(f.name+"/"+g.name, func(t *testing.T) {
				t.Parallel()
				endOnCard(t, g, f)
			})
		}
	}
}

func endOnCard(t *testing.T, g target, f failure) {
	t.Helper()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Servers, h.Settings.ConfirmTTL = nil, matrixTTL
		h.Start()
		lanes := matrixLanes(h, endings())
		g.arm(h, lanes, f)
		each(lanes, func(l *matrixLane) {
			l.trigger(l)
			servicetest.Pass(time.Minute)
			l.wantTold(time.Now())
			l.WantState(l.state)
			l.WantCharges(0, 0)
		})
		for _, method := range g.methods {
			h.Slack.Clear(method)
		}
		servicetest.Pass(f.paused + longestPause)
		for _, l := range lanes {
			if _, private := l.told(); len(private) != 1 {
				t.Errorf("%s: the requester was told %d times", l.name, len(private))
			}
			if card, _ := h.Slack.Message(l.Channel, l.Card().TS); !f.final && (!servicetest.Contains(card, l.card) || servicetest.IsOpen(card)) {
				t.Errorf("%s: the card is %s", l.name, card.Text)
			}
		}
	})
}

// cardRequest is a request whose card cannot be posted.
type cardRequest struct {
	*matrixLane

	began time.Time
}

// requestFailing makes the calls for one channel fail and requests an order there.
func requestFailing(h *servicetest.Harness, g target, f failure) cardRequest {
	h.T.Helper()
	l := &matrixLane{Lane: servicetest.NewLane(h, "lane"), h: h}
	g.arm(h, []*matrixLane{l}, f)
	began := time.Now()
	c := slacksim.SlashCommand{User: stage.Alice, Channel: l.Channel, Command: "/extend", Text: l.Server + " 24"}
	d, err := h.Slack.Command(h.Ctx, c)
	if err != nil || len(d.Payload) > 0 {
		h.T.Fatalf("/extend: %v, %s", err, d.AckText())
	}
	return cardRequest{matrixLane: l, began: began}
}

// private returns what only the requester could see, with the text.
func (r cardRequest) private(says string) []servicetest.Sighting {
	direct := r.h.Slack.DirectChannel(stage.Alice)
	return r.h.Seen(func(s servicetest.Sighting) bool {
		return s.Says(says, r.Server) && (s.Only == stage.Alice || s.Channel == direct)
	})
}

// cards returns the cards with buttons, once for each message.
func (r cardRequest) cards() []servicetest.Sighting {
	return r.h.Seen(func(s servicetest.Sighting) bool {
		return s.Channel == r.Channel && s.Only == "" && s.Buttons == 2 && !s.Changed
	})
}

const onItsWay = "is on its way"

// Whatever prevents that a card is posted for a while: within seconds the
// requester is told that it is on its way, once, by a way that works; the card
// comes when Slack takes it, with few calls until then, and works.
func TestMatrix_CardOnItsWay(t *testing.T) {
	t.Parallel()
	post := target{name: "post", methods: []string{"chat.postMessage"}}
	answer := target{name: "post-response_url", methods: []string{"chat.postMessage", responseURL}}
	private := target{name: "post-response_url-ephemeral", methods: []string{"chat.postMessage", responseURL, "chat.postEphemeral"}}
	for _, f := range lastingFailures() {
		if f.final || f.name == "missing_scope" {
			continue // the order is withdrawn
		}
		for _, g := range []target{private, post, answer}[:f.enough(3)] {
			t.Run(f.name+"/"+g.name, func(t *testing.T) {
				t.Parallel()
				cardOnItsWay(t, g, f)
			})
		}
	}
}

func cardOnItsWay(t *testing.T, g target, f failure) {
	t.Helper()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Servers, h.Settings.ConfirmTTL = nil, 3*time.Hour
		h.Start()
		r := requestFailing(h, g, f)
		other := servicetest.NewLane(h, "other")
		if err := other.Request(); err != nil {
			t.Fatal(err)
		}
		wantUndisturbed(h, other, false)
		servicetest.Pass(time.Minute - time.Since(r.began))
		// Each way that does not answer takes its time.
		by := r.began.Add(3*time.Second + time.Duration(len(g.methods)-1)*f.lasts)
		told := r.private(onItsWay)
		if len(told) != 1 || told[0].At.After(by) || len(r.cards()) != 0 {
			t.Errorf("the requester was told %v, want once, by %s; cards: %v", told, by, r.cards())
		}
		wantFewCalls(h, g, f, r.began)
		for _, method := range g.methods {
			h.Slack.Clear(method)
		}
		servicetest.Pass(f.paused + longestPause)
		if n := len(r.cards()); n != 1 || len(r.private(onItsWay)) != 1 {
			t.Fatalf("%d cards, told %v", n, r.private(onItsWay))
		}
		_, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: r.Channel, TS: r.cards()[0].TS, ActionID: "order_confirm"})
		r.do(err)
		_, err = h.Slack.WaitMessage(h.Ctx, r.Channel, func(m slacksim.Message) bool {
			return m.ThreadTS == r.cards()[0].TS && servicetest.Contains(m, servicetest.Receipt)
		})
		r.do(err)
		r.WantCharges(1, 1)
	})
}

// Answers that say "ok" but not what was posted count as failures: the requester
// learns the outcome, and that the card is on its way.
func TestMatrix_AnswersWithoutResult(t *testing.T) {
	t.Parallel()
	post := target{name: "post", methods: []string{"chat.postMessage"}}
	for _, body := range []string{`{"ok":true}`, `{"ok":false}`} {
		f := failure{name: "no-result", fault: slacksim.Fault{Body: body}, times: -1}
		t.Run("outcome"+body, func(t *testing.T) { t.Parallel(); matrix(t, post, f, time.Minute) })
		t.Run("card"+body, func(t *testing.T) { t.Parallel(); cardOnItsWay(t, post, f) })
	}
}

// A card whose post fails once appears within five seconds of that.
func TestMatrix_CardPostFailsOnce(t *testing.T) {
	t.Parallel()
	for _, f := range transientFailures() {
		if f.name == "missing_scope" || f.name == "invalid_blocks" {
			continue // the order is withdrawn
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Settings.Servers = nil
				h.Start()
				r := requestFailing(h, target{methods: []string{"chat.postMessage"}}, f)
				servicetest.Pass(5*time.Second + f.lasts)
				if n := len(r.cards()); n != 1 && (n != 2 || !f.lost) {
					t.Errorf("%d cards", n)
				}
			})
		})
	}
}

// A card that Slack refuses withdraws the request, and a card that cannot be
// posted until its deadline expires. The requester is told, once, by a way that
// works.
func TestMatrix_NoCardAtAll(t *testing.T) {
	t.Parallel()
	withdrawn := "I could not post the card"
	for _, f := range lastingFailures() {
		says, within := "so your request expired", matrixTTL+time.Minute
		if f.final || f.name == "missing_scope" {
			says, within = withdrawn, time.Minute
		}
		for _, g := range []target{
			{name: "post", methods: []string{"chat.postMessage"}},
			{name: "post-response_url-ephemeral", methods: []string{"chat.postMessage", responseURL, "chat.postEphemeral"}},
		}[:f.enough(2)] {
			t.Run(f.name+"/"+g.name, func(t *testing.T) {
				t.Parallel()
				servicetest.Bubble(t, func(h *servicetest.Harness) {
					h.Settings.Servers, h.Settings.ConfirmTTL = nil, matrixTTL
					h.Start()
					r := requestFailing(h, g, f)
					servicetest.Pass(within + time.Minute)
					direct := h.Slack.DirectChannel(stage.Alice)
					told := h.Seen(func(s servicetest.Sighting) bool {
						return s.Says(says) && (s.Only == stage.Alice && s.Channel == r.Channel || s.Channel == direct)
					})
					if len(told) != 1 || told[0].At.After(r.began.Add(within)) {
						t.Errorf("the requester was told %v, want once within %s; log %s", told, within, h.Log)
					}
					if n := len(r.cards()); n != 0 {
						t.Errorf("%d cards", n)
					}
					r.WantCharges(0, 0)
				})
			})
		}
	}
}
