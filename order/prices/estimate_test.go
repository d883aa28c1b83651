package prices_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
	"extendbot/order/prices"
)

// Where the price comes from: the receipt or the list, whichever is newer; then the policy.
func TestEstimate_Sources(t *testing.T) {
	at := func(after time.Duration, price string) *order.Receipt {
		return &order.Receipt{PlanPrice: money(price), PricedAt: epoch.Add(after)}
	}
	edited := func(edit func(*order.HostOrder)) order.HostOrder {
		l := bought(720, "69.99", time.Minute)
		edit(&l)
		return l
	}
	for name, c := range map[string]struct {
		lines   []order.HostOrder
		receipt *order.Receipt
		policy  string
		want    string // for 24 hours
	}{
		"nothing":                  {want: "never_ordered"},
		"the policy alone":         {policy: "12.99", want: "0.43 policy"},
		"a policy without a price": {policy: "0", want: "never_ordered"},
		"the list alone":           {lines: []order.HostOrder{bought(720, "12.99", 0)}, want: "0.43 list"},
		"the receipt alone":        {receipt: at(0, "12.99"), want: "0.43 receipt"},
		"a receipt without price":  {receipt: at(time.Hour, ""), policy: "30", want: "1.00 policy"},
		"a receipt of nothing":     {receipt: at(time.Hour, "-3"), policy: "30", want: "1.00 policy"},
		"an endless price":         {receipt: at(time.Hour, "1e9999"), policy: "30", want: "1.00 policy"},
		"the list after the policy": {
			lines: []order.HostOrder{bought(720, "12.99", 0)}, policy: "69.99", want: "0.43 list",
		},
		"the receipt after the policy": {receipt: at(0, "12.99"), policy: "69.99", want: "0.43 receipt"},
		"the list is newer": {
			lines: []order.HostOrder{bought(720, "69.99", time.Minute)}, receipt: at(0, "12.99"), want: "2.33 list",
		},
		"the receipt is newer": {
			lines: []order.HostOrder{bought(720, "69.99", 0)}, receipt: at(time.Minute, "12.99"), want: "0.43 receipt",
		},
		"a rounded line agrees with the receipt": {
			lines: []order.HostOrder{bought(1, "0.02", time.Minute)}, receipt: at(0, "12.99"), want: "0.43 receipt",
		},
		"a rounded line agrees with the policy": {
			lines: []order.HostOrder{bought(1, "0.02", time.Minute)}, policy: "12.99", want: "0.43 policy",
		},
		"a rounded line agrees with a longer one": {
			lines: []order.HostOrder{bought(720, "12.99", 0), bought(1, "0.02", time.Minute)}, want: "0.43 list",
		},
		"a longer line says more than a rounded one": {
			lines: []order.HostOrder{bought(1, "0.02", 0), bought(240, "4.33", time.Minute)}, want: "0.43 list",
		},
		"only a rounded line": {lines: []order.HostOrder{bought(1, "0.02", 0)}, want: "0.48 list"},
		"a rounded line of another price": {
			lines: []order.HostOrder{bought(1, "0.03", time.Minute)}, receipt: at(0, "12.99"), want: "0.72 list",
		},
		// The newest line agrees with the receipt, which is older than the line, and not with
		// the list's older price.
		"the list agrees with itself and with the receipt": {
			lines:   []order.HostOrder{bought(720, "14.00", 0), bought(1, "0.02", time.Hour)},
			receipt: at(time.Minute, "12.99"), want: "0.43 receipt",
		},
		"the list's price is back": {
			lines:   []order.HostOrder{bought(720, "12.99", 0), bought(1, "0.02", time.Hour)},
			receipt: at(time.Minute, "30"), want: "0.43 list",
		},
		"the newest line, in any order": {
			lines: []order.HostOrder{bought(720, "7.20", 0), bought(720, "69.99", time.Hour), bought(720, "12.99", time.Minute)}, want: "2.33 list",
		},
		"lines without times": {
			lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.CreatedAt = time.Time{} })}, policy: "12.99", want: "2.33 list",
		},
		"a new server":       {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Type = "new_server" })}, want: "2.33 list"},
		"a type of its own":  {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Type = "extend" })}, want: "2.33 list"},
		"another plan":       {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Type = "scale_server" })}, want: "never_ordered"},
		"not completed":      {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Status = "pending" })}, want: "never_ordered"},
		"no hours":           {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Hours = 0 })}, want: "never_ordered"},
		"negative hours":     {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Hours = -720 })}, want: "never_ordered"},
		"no amount":          {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Amount = money("") })}, want: "never_ordered"},
		"an amount of zero":  {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Amount = money("0") })}, want: "never_ordered"},
		"a negative amount":  {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Amount = money("-1") })}, want: "never_ordered"},
		"an endless amount":  {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Amount = money("1e9999") })}, want: "never_ordered"},
		"another server":     {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.ServerID = "db" })}, want: "never_ordered"},
		"another currency":   {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Currency = "USD" })}, want: "never_ordered"},
		"no currency":        {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Currency = "" })}, want: "2.33 list"},
		"a lowercase one":    {lines: []order.HostOrder{edited(func(l *order.HostOrder) { l.Currency = "eur" })}, want: "2.33 list"},
		"half a cent, by 25": {lines: []order.HostOrder{bought(1000, "0.25", 0)}, want: "0.01 list"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost("a", "b")
				h.price, h.receipt = c.policy, c.receipt
				h.lists["b"] = order.HostOrderList{Orders: c.lines} // of another account, and incomplete
				w, _ := h.watch(t)
				wantEstimate(t, w, 24, c.want)
			})
		})
	}
}

// A list that began to be read before another one, or that lags behind it, does not
// displace what that one said.
func TestEstimate_OlderListsChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a")
		older, newer := bought(720, "12.99", 0), bought(720, "69.99", time.Hour)
		h.lists["a"], h.takes["a"] = listOf(older), 20*time.Second
		w, lines := h.watch(t) // reads the older list, for 20 seconds
		pass(time.Second)
		h.set(func() { h.lists["a"], h.takes["a"] = listOf(older, newer), 0 })
		if _, err := w.Orders(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		wantEstimate(t, w, 24, "2.33 list")
		pass(time.Minute)
		wantEstimate(t, w, 24, "2.33 list")
		h.set(func() { h.lists["a"] = listOf(older) })
		pass(time.Hour)
		wantEstimate(t, w, 24, "2.33 list")

		// An older reading that fails does not make the newer one a failure, either.
		h.set(func() { h.err["a"], h.takes["a"] = errors.New("HTTP 502"), 20*time.Second })
		go func() { _, _ = w.Orders(t.Context(), "a") }()
		pass(time.Second)
		h.set(func() { clear(h.err); clear(h.takes) })
		if _, err := w.Orders(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if got := strings.Join(logged(lines), "\n"); strings.Contains(got, "list") {
			t.Errorf("logged:\n%s", got)
		}
	})
}

// A line that changed at the host counts as the newest reading has it, also if the host has
// no times.
func TestEstimate_LineChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a")
		line := bought(720, "69.99", 0)
		line.CreatedAt = time.Time{}
		h.lists["a"] = listOf(line)
		w, _ := h.watch(t)
		wantEstimate(t, w, 24, "2.33 list")
		h.set(func() { h.takes["a"] = 20 * time.Second })
		pass(10 * time.Minute) // a reading begins that returns the line as it is now
		pass(time.Second)
		line.Amount = money("12.99")
		h.set(func() { h.lists["a"], h.takes["a"] = listOf(line), 0 })
		if _, err := w.Orders(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		wantEstimate(t, w, 24, "0.43 list")
		pass(time.Minute)
		wantEstimate(t, w, 24, "0.43 list")
	})
}

// Without the ledger there is no estimate, because a receipt may say something else.
func TestEstimate_LedgerUnavailable(t *testing.T) {
	w := prices.New(prices.Config{
		LastReceipt: func(context.Context, string) (*order.Receipt, error) {
			return nil, &order.Error{Code: order.CodeUnavailable}
		},
	})
	if _, err := w.Estimate(t.Context(), order.Order{}); order.CodeOf(err) != order.CodeUnavailable {
		t.Errorf("got %v", err)
	}
}
