package servicetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// WaitUntil waits until a condition holds. If it never does, the test fails with
// the text that instead returns.
func (h *Harness) WaitUntil(holds func() bool, instead func() string) {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(h.Ctx, Patience)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			h.T.Fatal(instead())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// WaitLogged waits until the log contains text.
func (h *Harness) WaitLogged(text string) {
	h.T.Helper()
	h.WaitUntil(func() bool { return strings.Contains(h.Log.String(), text) }, func() string { return "not logged: " + text })
}

// WaitBaseline waits until the order's baseline is recorded. The card itself
// waits for that only a short time.
func (h *Harness) WaitBaseline(card slacksim.Message) {
	h.T.Helper()
	id := h.OrderID(card)
	h.WaitUntil(func() bool {
		_, err := h.Service.Ledger.Baseline(h.Ctx, id)
		return err == nil
	}, func() string { return "no baseline was recorded" })
}

// Recorded returns the order of a card from the ledger.
func (h *Harness) Recorded(card slacksim.Message) order.Order {
	h.T.Helper()
	o, err := h.Service.Ledger.Order(h.Ctx, h.OrderID(card))
	if err != nil {
		h.T.Fatal(err)
	}
	return o
}

// WantState fails the test unless the order of a card has this state.
func (h *Harness) WantState(card slacksim.Message, want order.State) {
	h.T.Helper()
	if o := h.Recorded(card); o.State != want {
		h.T.Errorf("the order is %s (%s), want %s", o.State, o.Reason, want)
	}
}

// WantCharges fails the test unless 0xhost received this many orders and charged
// for this many. It returns the charges.
func (h *Harness) WantCharges(charges, arrivals int) []oxhostsim.Charge {
	h.T.Helper()
	got := h.Oxhost.Charges()
	if len(got) != charges || len(h.Oxhost.Arrivals()) != arrivals {
		h.T.Fatalf("%d charges for %d requests, want %d for %d", len(got), len(h.Oxhost.Arrivals()), charges, arrivals)
	}
	return got
}

// WantNoSecrets searches for every secret in everything that left the program:
// log, messages, database.
func (h *Harness) WantNoSecrets() {
	h.T.Helper()
	secrets := append(h.Oxhost.Secrets(), h.Slack.AppToken(), h.Slack.BotToken())
	secrets = append(secrets, h.secrets...)
	database, err := os.ReadFile(h.DatabasePath())
	if err != nil {
		h.T.Fatal(err)
	}
	wal, _ := os.ReadFile(h.DatabasePath() + "-wal")
	for _, secret := range secrets {
		switch {
		case strings.Contains(h.Log.String(), secret):
			h.T.Errorf("a secret is in the log")
		case h.Slack.SentContains(secret):
			h.T.Errorf("a secret was sent to Slack")
		case bytes.Contains(database, []byte(secret)) || bytes.Contains(wal, []byte(secret)):
			h.T.Errorf("a secret is in the database")
		}
	}
}

// Get requests a path from the service's own HTTP server.
func (h *Harness) Get(path string) (status int, body string) {
	h.T.Helper()
	req, err := http.NewRequestWithContext(h.Ctx, http.MethodGet, "http://"+h.Service.ProbesAddr()+path, nil)
	if err != nil {
		h.T.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.T.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.T.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// WaitReady waits until /readyz answers with this status and text.
func (h *Harness) WaitReady(want int, text string) {
	h.T.Helper()
	var (
		status int
		body   string
	)
	h.WaitUntil(func() bool {
		status, body = h.Get("/readyz")
		return status == want && strings.Contains(body, text)
	}, func() string { return fmt.Sprintf("/readyz answers %d %s, want %d %s", status, body, want, text) })
}

// WaitMetric waits until a series of /metrics has this value: an answer may be
// counted after it arrived.
func (h *Harness) WaitMetric(series, want string) {
	h.T.Helper()
	var got string
	h.WaitUntil(func() bool {
		got = h.Metric(series)
		return got == want
	}, func() string { return series + " is " + got + ", want " + want })
}

// Metric returns the value of a series of /metrics, or "" if there is none.
func (h *Harness) Metric(series string) string {
	h.T.Helper()
	_, body := h.Get("/metrics")
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, series+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// WaitCall waits for a call of a method of Slack's Web API.
func (h *Harness) WaitCall(method string, match func(slacksim.Call) bool) {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(h.Ctx, Patience)
	defer cancel()
	if _, err := h.Slack.WaitCall(ctx, method, match); err != nil {
		h.T.Fatalf("%s was not called: %v", method, err)
	}
}
