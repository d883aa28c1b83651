package service_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/stage"
	"extendbot/order"
)

// wordings are the texts on card and thread for each state in which an order may
// end.
var wordings = map[order.State]struct{ card, thread string }{
	order.Placed:  {"went through", servicetest.Receipt},
	order.Refused: {"did not go through", "was not extended by"},
	order.Unknown: {"outcome is unknown", "may or may not have been spent"},
}

// answerRow is one way in which 0xhost answers create_order.
type answerRow struct {
	name  string
	fault oxhostsim.Fault
	want  order.State
	says  string // in the thread, in addition to the state's wording
}

// status returns an answer with a status code and a refusal in 0xhost's form.
func status(code int, header ...string) oxhostsim.Fault {
	f := oxhostsim.Fault{Kind: oxhostsim.Status, Code: code, Body: `{"success":false,"message":"no, says 0xhost"}`, Header: http.Header{}}
	for i := 0; i+1 < len(header); i += 2 {
		f.Header.Set(header[i], header[i+1])
	}
	return f
}

func body(text string) oxhostsim.Fault { return oxhostsim.Fault{Kind: oxhostsim.Status, Body: text} }

// matrixTimeout is OXHOST_TIMEOUT for all rows. Rows without an answer take that
// long, and no other row may need that long on a busy machine.
const matrixTimeout = 15 * time.Second

func answerRows(elsewhere string) []answerRow {
	rows := []answerRow{
		{name: "success", fault: oxhostsim.Fault{Kind: oxhostsim.Pass}, want: order.Placed},
		{name: "success-false", fault: status(200), want: order.Refused, says: "no, says 0xhost"},
		// Without lists, it is not known whether 0xhost charged.
		{name: "429-with-retry-after", fault: status(429, "Retry-After", "1"), want: order.Unknown, says: "too many requests"},
		{name: "429-without-retry-after", fault: status(429), want: order.Unknown, says: "too many requests"},
		{name: "429-for-longer-than-two-minutes", fault: status(429, "Retry-After", "121"), want: order.Unknown, says: "no, says 0xhost"},
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

// For each answer of create_order, before and after the charge, the card,
// thread, ledger and charges match the verdict. Redirects are never followed.
func TestVerdict_CardThreadAndLedger(t *testing.T) {
	t.Parallel()
	var redirected atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { redirected.Add(1) }))
	defer elsewhere.Close()
	h := servicetest.Start(t, servicetest.AnyServer, func(s *settings.Settings) { s.OxhostTimeout = matrixTimeout })
	// Unknown outcomes stay unknown: there are no lookups.
	h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusNotFound}, -1)

	var confirming sync.WaitGroup
	slots := make(chan struct{}, 16) // far fewer than the bot's workers
	cases := answerCases(h, elsewhere.URL)
	for _, c := range cases {
		slots <- struct{}{}
		confirming.Go(func() {
			defer func() { <-slots }()
			if err := c.Order(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		})
	}
	confirming.Wait()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.check(t) })
	}
	if n := redirected.Load(); n > 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
	if n := h.Oxhost.Unspent(); n > 0 {
		t.Errorf("%d faults were never used", n)
	}
	h.WantNoSecrets()
}

// answerCase is a row before or after the charge, with an order that gets it.
type answerCase struct {
	answerRow
	*servicetest.Lane
	name    string
	charges int
}

// answerCases prepares an order for every case.
func answerCases(h *servicetest.Harness, elsewhere string) []answerCase {
	var list []answerCase
	add := func(row answerRow, suffix string, when oxhostsim.Stage, charges int) {
		name := strings.TrimSpace(row.name + " " + suffix)
		l := servicetest.NewLane(h, strings.ToLower(strings.NewReplacer(" ", "-", "'", "").Replace(name)))
		f := row.fault
		f.Stage, f.ServerID = when, l.Server
		h.Oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		list = append(list, answerCase{answerRow: row, Lane: l, name: name, charges: charges})
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

// check fails the test unless card, thread, ledger and charges match the row.
func (c answerCase) check(t *testing.T) {
	t.Helper()
	l := c.In(t)
	l.WaitCard(wordings[c.want].card)
	l.WaitReply(wordings[c.want].thread)
	l.WaitReply(c.says)
	l.WantState(c.want)
	l.WantCharges(1, c.charges)
}

// An order that 0xhost charges after the time-out has an unknown outcome.
func TestOrder_ChargedAfterTimeout(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, func(s *settings.Settings) { s.OxhostTimeout = time.Second })
	charge := make(chan struct{})
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Until: charge}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	h.WaitReply(card, "may or may not have been spent")
	close(charge)
	if err := h.Oxhost.WaitCharge(h.Ctx, 1); err != nil {
		t.Fatal(err)
	}
	h.WantCharges(1, 1)
}

// A connection that is reset while the order is sent leaves an unknown outcome.
func TestOrder_ResetWhileSending(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.ResetReading}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	h.WaitCard(card, "outcome is unknown")
	h.WaitReply(card, "may or may not have been spent")
	h.WantCharges(0, 1)
}

// No order is sent on an idle connection, which may be closing.
func TestOrder_NewConnection(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Reused: true}, -1)
	for range 3 {
		h.Oxhost.CloseIdle()
		h.Order("web-1 24")
	}
	h.WantCharges(3, 3)
}
