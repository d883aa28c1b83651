package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/settings"
	"extendbot/order"
)

// What card and thread say of each end of an order.
var ends = map[order.State]struct{ card, thread string }{
	order.Placed:  {"went through", "Receipt"},
	order.Refused: {"did not go through", "did not go through"},
	order.Unknown: {"outcome is unknown", "may or may not have been spent"},
}

// answerRow is one way in which 0xhost answers create_order. Where it ends well
// there is no "after the charge": 429 means that 0xhost did nothing, and one
// that charges all the same would be asked, and charge, again.
type answerRow struct {
	name     string
	fault    oxhostsim.Fault
	want     order.State
	says     string // in the thread, beside what is said of that end
	arrivals int    // 0: one
}

// status is an answer with a status code, as 0xhost words its noes.
func status(code int, header ...string) oxhostsim.Fault {
	f := oxhostsim.Fault{Kind: oxhostsim.Status, Code: code, Body: `{"success":false,"message":"no, says 0xhost"}`, Header: http.Header{}}
	for i := 0; i+1 < len(header); i += 2 {
		f.Header.Set(header[i], header[i+1])
	}
	return f
}

func body(text string) oxhostsim.Fault { return oxhostsim.Fault{Kind: oxhostsim.Status, Body: text} }

// matrixTimeout is OXHOST_TIMEOUT in the matrix: what never answers takes that
// long, and what does must not need it on a busy machine.
const matrixTimeout = 15 * time.Second

func answerRows(elsewhere string) []answerRow {
	rows := []answerRow{
		{name: "success", fault: oxhostsim.Fault{Kind: oxhostsim.Pass}, want: order.Placed},
		{name: "success-false", fault: status(200), want: order.Refused, says: "no, says 0xhost"},
		{name: "429-with-retry-after", fault: status(429, "Retry-After", "1"), want: order.Placed, arrivals: 2},
		{name: "429-without-retry-after", fault: status(429), want: order.Placed, arrivals: 2},
		{name: "429-for-longer-than-two-minutes", fault: status(429, "Retry-After", "121"), want: order.Refused, says: "nothing was sent"},
		{name: "reset", fault: oxhostsim.Fault{Kind: oxhostsim.Reset}, want: order.Unknown},
		{name: "answer-lost", fault: oxhostsim.Fault{Kind: oxhostsim.Hangup}, want: order.Unknown},
		{name: "half-an-answer", fault: oxhostsim.Fault{Kind: oxhostsim.Half}, want: order.Unknown},
		{name: "half-an-answer-in-chunks", fault: oxhostsim.Fault{Kind: oxhostsim.HalfChunked}, want: order.Unknown},
		{name: "slow-drip", fault: oxhostsim.Fault{Kind: oxhostsim.Drip, Every: 100 * time.Millisecond}, want: order.Unknown, says: "did not answer in time"},
		{name: "no-answer", fault: oxhostsim.Fault{Kind: oxhostsim.Hang}, want: order.Unknown, says: "did not answer in time"},
		{name: "50-mb", fault: oxhostsim.Fault{Kind: oxhostsim.Flood}, want: order.Unknown},
		{name: "50-mb-in-chunks", fault: oxhostsim.Fault{Kind: oxhostsim.FloodChunked}, want: order.Unknown},
		{name: "html-with-200", fault: body("<html><body>Welcome</body></html>"), want: order.Unknown},
		{name: "empty-200", fault: oxhostsim.Fault{Kind: oxhostsim.Status}, want: order.Unknown},
		{name: "json-null", fault: body("null"), want: order.Unknown},
		{name: "json-list", fault: body(`[{"success":true}]`), want: order.Unknown},
		{name: "json-truncated", fault: body(`{"success":true,"amount":`), want: order.Unknown},
		{name: "success-missing", fault: body(`{"message":"done"}`), want: order.Unknown},
		{name: "success-of-a-wrong-kind", fault: body(`{"success":"perhaps"}`), want: order.Unknown},
		{name: "amount-of-a-wrong-kind", fault: oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{"amount": map[string]any{"eur": 1}}}, want: order.Unknown},
		{name: "402-and-success", fault: oxhostsim.Fault{Kind: oxhostsim.Status, Code: 402, Body: `{"success":true}`}, want: order.Unknown},
	}
	for _, code := range []int{400, 401, 402, 403, 404, 422} {
		rows = append(rows, answerRow{name: http.StatusText(code), fault: status(code), want: order.Refused, says: "no, says 0xhost"})
	}
	for _, code := range []int{408, 409, 418, 500, 502, 503} {
		rows = append(rows, answerRow{name: http.StatusText(code), fault: status(code), want: order.Unknown, says: http.StatusText(code)})
	}
	for _, code := range []int{301, 302, 307, 308} {
		rows = append(rows, answerRow{name: http.StatusText(code), fault: status(code, "Location", elsewhere), want: order.Unknown})
	}
	return rows
}

func TestTheVerdictOfEachAnswerIsWhatCardAndThreadSay(t *testing.T) {
	t.Parallel()
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer elsewhere.Close()
	p := newPlay(t, anyServer, func(s *settings.Settings) { s.OxhostTimeout = matrixTimeout })
	// What is unknown stays so: nothing can be looked up.
	p.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusNotFound}, -1)

	var confirming sync.WaitGroup
	room := make(chan struct{}, 16) // far fewer than the bot has workers
	cases := answerCases(p, elsewhere.URL)
	for _, c := range cases {
		room <- struct{}{}
		confirming.Go(func() {
			defer func() { <-room }()
			if err := c.confirm(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		})
	}
	confirming.Wait()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.check(t) })
	}
	if n := strayed.Load(); n > 0 {
		t.Errorf("%d requests went where a redirect pointed", n)
	}
	if n := p.oxhost.Unspent(); n > 0 {
		t.Errorf("%d faults never struck", n)
	}
	p.wantNoSecrets()
}

// answerCase is a row on one side of the charge, with an order that meets it.
type answerCase struct {
	answerRow
	*act
	name    string
	charges int
}

// answerCases sets the stage for all rows.
func answerCases(p *play, elsewhere string) []answerCase {
	var list []answerCase
	add := func(row answerRow, when string, stage oxhostsim.Stage, charges int) {
		name := strings.TrimSpace(row.name + " " + when)
		s := p.newAct(strings.ToLower(strings.NewReplacer(" ", "-", "'", "").Replace(name)))
		f := row.fault
		f.Stage, f.ServerID = stage, s.server
		p.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		list = append(list, answerCase{answerRow: row, act: s, name: name, charges: charges})
	}
	for _, row := range answerRows(elsewhere) {
		if row.want == order.Placed {
			add(row, "", oxhostsim.BeforeCharge, 1)
			continue
		}
		add(row, "before the charge", oxhostsim.BeforeCharge, 0)
		add(row, "after the charge", oxhostsim.AfterCharge, 1)
	}
	return list
}

// check wants that card, thread, ledger and books say what the row does.
func (c answerCase) check(t *testing.T) {
	t.Helper()
	s := c.in(t)
	s.wantCard(ends[c.want].card)
	s.wantThread(ends[c.want].thread)
	s.wantThread(c.says)
	s.wantState(c.want)
	s.wantBooks(max(c.arrivals, 1), c.charges)
}

func TestAnOrderThatIsChargedAfterItsTimeIsUpIsUnknown(t *testing.T) {
	t.Parallel()
	p := newPlay(t, func(s *settings.Settings) { s.OxhostTimeout = time.Second })
	charge := make(chan struct{})
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Until: charge}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "may or may not have been spent")
	close(charge)
	if err := p.oxhost.WaitCharge(p.ctx, 1); err != nil {
		t.Fatal(err)
	}
	p.wantCharges(1, 1)
}

func TestAConnectionThatIsResetWhileTheOrderIsSentIsUnknown(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.ResetReading}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	p.saying(card, "outcome is unknown")
	p.word(card, "may or may not have been spent")
	p.wantCharges(0, 1)
}

func TestNoOrderGoesIntoAConnectionThatMayBeClosing(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Reused: true}, -1)
	for range 3 {
		p.oxhost.CloseIdle()
		card := p.card(stageAlice, "web-1 24")
		p.click(stageAlice, card, "order_confirm")
		p.word(card, "Receipt")
	}
	p.wantCharges(3, 3)
}
