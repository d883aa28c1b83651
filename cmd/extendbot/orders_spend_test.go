package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/shopspring/decimal"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
	"extendbot/order"
)

const (
	webID = "0100b9d1-c6df-11f0-8cdf-525400792197"
	dbID  = "5d4c7c02-c6df-11f0-8cdf-525400792197"
	opsID = "9f3f0c8e-0a61-4a58-9d5c-2d0c4be0a001"
)

// spentOrders returns orders of which alice placed three (one without a charge), bob
// has one that is not finished, and carol one without any price. What does not count
// is among them.
func spentOrders() []order.Order {
	at := time.Date(2026, 10, 31, 22, 30, 0, 0, time.UTC) // in Berlin, half an hour before November
	amount := func(s string) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.RequireFromString(s)) }
	one := func(user, server, id string, state order.State, after time.Duration, estimate, charge string) order.Order {
		o := order.Order{State: state, Person: order.Person{User: user}, Account: opsID, Server: order.Server{Name: server, ID: id}, Hours: 24, DecidedAt: at.Add(after)}
		if estimate != "" {
			o.Estimate, o.Currency = order.Estimate{Amount: amount(estimate), From: order.PriceFromList}, "EUR"
		}
		if charge != "" {
			o.Receipt = &order.Receipt{Amount: amount(charge), Currency: "EUR"}
		}
		return o
	}
	unlisted := one("U0ALICE", "web-2", webID, order.Placed, time.Hour, "0.43", "") // its server has a new name
	unlisted.Receipt = &order.Receipt{OrderID: "settled-by-a-person"}
	return []order.Order{
		one("U0ALICE", "web-1", webID, order.Placed, 0, "0.40", "0.5"),
		unlisted,
		one("U0ALICE", "db-1", dbID, order.Placed, 2*time.Hour, "", "7"),
		one("U0BOB", "db-1", dbID, order.Unknown, 3*time.Hour, "7.00", ""),
		one("U0BOB", "db-1", dbID, order.Approved, 3*time.Hour, "0.10", ""),
		one("U0CAROL", "db-1", dbID, order.Placing, 4*time.Hour, "", ""),
		one("U0CAROL", "db-1", dbID, order.Pending, 4*time.Hour, "7.00", ""),
		one("U0CAROL", "db-1", dbID, order.Refused, 4*time.Hour, "7.00", ""),
		one("U0CAROL", "db-1", dbID, order.NotPlaced, 4*time.Hour, "7.00", ""),
	}
}

func spentBy(t *testing.T, by string, orders ...order.Order) (report spendReport, table string) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s := newSpend(by, time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC).In(berlin))
	for _, o := range orders {
		s.add(o)
	}
	var out bytes.Buffer
	if err := s.report().writeTable(&out); err != nil {
		t.Fatal(err)
	}
	return s.report(), out.String()
}

// The table has what was spent and reserved, the most first, and explains what is not
// a charge. It fits on a terminal. A column that says nothing is left out.
func TestOrdersSpend_Table(t *testing.T) {
	t.Parallel()
	placed := slices.DeleteFunc(spentOrders(), func(o order.Order) bool { return formatAmount(o) == "" })
	dollars := spentOrders()[0]
	dollars.Receipt = &order.Receipt{Amount: dollars.Receipt.Amount, Currency: "USD"}
	const notes = `
ESTIMATED: the part of SPENT whose charge is not known, only its estimate.
RESERVED: the estimates of approved orders that are not finished.
NO PRICE: orders with neither a charge nor an estimate; they count hours only.
`
	for _, c := range []struct {
		by, want string
		orders   []order.Order
	}{
		{"person", `Orders that were approved since 2026-10-15 02:00 Europe/Berlin

PERSON   ORDERS  HOURS  SPENT  ESTIMATED  RESERVED  NO PRICE
U0ALICE       3     72   7.93       0.43         -         -  EUR
U0BOB         2     48      -          -      7.10         -  EUR
U0CAROL       1     24      -          -         -         1
total         6    144   7.93       0.43      7.10         1  EUR
` + notes, spentOrders()},
		{"server", `Orders that were approved since 2026-10-15 02:00 Europe/Berlin

SERVER                  ORDERS  HOURS  SPENT  ESTIMATED  RESERVED  NO PRICE
db-1 5d4c7c02-…0792197       4     96   7.00          -      7.10         1  EUR
web-2 0100b9d1…0792197       2     48   0.93       0.43         -         -  EUR
total                        6    144   7.93       0.43      7.10         1  EUR
` + notes, spentOrders()},
		{"month", `Orders that were approved since 2026-10-01 00:00 Europe/Berlin
Months are those of Europe/Berlin (OXHOST_TIMEZONE).

MONTH    ORDERS  HOURS  SPENT  ESTIMATED  RESERVED  NO PRICE
2026-10       1     24   0.50          -         -         -  EUR
2026-11       5    120   7.43       0.43      7.10         1  EUR
total         6    144   7.93       0.43      7.10         1  EUR
` + notes, spentOrders()},
		{"account", `Orders that were approved since 2026-10-15 02:00 Europe/Berlin

ACCOUNT                               ORDERS  HOURS  SPENT
9f3f0c8e-0a61-4a58-9d5c-2d0c4be0a001       2     48   7.50  EUR
total                                      2     48   7.50  EUR
`, placed},
		{"person", `Orders that were approved since 2026-10-15 02:00 Europe/Berlin

PERSON   ORDERS  HOURS  SPENT
U0ALICE       3     72   7.50  EUR
                         0.50  USD
total         3     72   7.50  EUR
                         0.50  USD
`, append(placed, dollars)},
	} {
		_, got := spentBy(t, c.by, c.orders...)
		if got != c.want {
			t.Errorf("by %s: got\n%s\nwant\n%s", c.by, got, c.want)
		}
		for line := range strings.Lines(got) {
			if ansi.StringWidth(strings.TrimRight(line, "\n")) > 80 {
				t.Errorf("by %s: too wide: %s", c.by, line)
			}
		}
	}
}

// JSON has whole ids, and amounts as texts with two decimals, also if there is nothing.
func TestOrdersSpend_JSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		orders []order.Order
		want   string
	}{
		{spentOrders()[:2], `{"by":"server","since":"2026-10-15T02:00:00+02:00","time_zone":"Europe/Berlin",` +
			`"rows":[{"key":"` + webID + `","name":"web-2","orders":2,"hours":48,"unpriced":0,"amounts":[{"currency":"EUR","spent":"0.93","estimated":"0.43","reserved":"0.00"}]}],` +
			`"total":{"orders":2,"hours":48,"unpriced":0,"amounts":[{"currency":"EUR","spent":"0.93","estimated":"0.43","reserved":"0.00"}]}}`},
		{nil, `{"by":"server","since":"2026-10-15T02:00:00+02:00","time_zone":"Europe/Berlin","rows":[],"total":{"orders":0,"hours":0,"unpriced":0,"amounts":[]}}`},
	} {
		report, _ := spentBy(t, "server", c.orders...)
		got, err := json.Marshal(report)
		if err != nil || string(got) != c.want {
			t.Errorf("%v, got\n%s\nwant\n%s", err, got, c.want)
		}
	}
}

// The most is first, in each currency; months are sorted by time.
func TestOrdersSpend_Sorted(t *testing.T) {
	t.Parallel()
	orders := spentOrders()
	for by, want := range map[string][]string{"person": {"U0ALICE", "U0BOB", "U0CAROL"}, "server": {dbID, webID}, "month": {"2026-10", "2026-11"}} {
		report, _ := spentBy(t, by, orders...)
		slices.Reverse(orders)
		reversed, _ := spentBy(t, by, orders...)
		var got, again []string
		for i := range report.Rows {
			got, again = append(got, report.Rows[i].Key), append(again, reversed.Rows[i].Key)
		}
		if !slices.Equal(got, want) || !slices.Equal(again, want) {
			t.Errorf("by %s: %v, and %v with the newest first; want %v", by, got, again, want)
		}
	}
}

// The command adds up what is in the database while the bot serves, without a key.
// Orders that were approved before --since are left out.
func TestOrdersSpend_OfTheLedger(t *testing.T) {
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	h.Request(stage.Bob, "db-1 24") // pending: not counted
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	t.Setenv("DATABASE_URL", h.Settings.Database.Reveal())
	t.Setenv("OXHOST_TIMEZONE", "UTC")

	code, out := command(t, "orders", "spend", "--by", "server")
	if code != exitOK || !strings.Contains(out, "\nweb-1 "+stage.Web[:8]) || !strings.HasSuffix(out, "       1     24   0.43  EUR\n") {
		t.Errorf("by server: %d\n%s", code, out)
	}
	code, out = command(t, "orders", "spend", "--by", "person", "--json")
	if code != exitOK || !strings.Contains(out, `"key": "U0ALICE"`) || strings.Count(out, `"spent": "0.43"`) != 2 || strings.Contains(out, stage.Bob) {
		t.Errorf("as JSON: %d\n%s", code, out)
	}
	code, out = command(t, "orders", "spend", "--by", "account", "--since", "0s")
	if code != exitOK || !strings.HasPrefix(out, "No order was approved since ") || !strings.HasSuffix(out, " UTC: --since "+time.Now().UTC().Format(time.DateOnly)+" shows it.\n") {
		t.Errorf("since now: %d\n%s", code, out)
	}
	code, out = command(t, "orders", "spend", "--by", "person", "--server", "WEB-1", "--user", "<@u0alice>")
	if code != exitOK || !strings.HasPrefix(out, "Orders for WEB-1 by U0ALICE that were approved since ") || !strings.Contains(out, "\nU0ALICE       1     24 ") {
		t.Errorf("of one server: %d\n%s", code, out)
	}
	code, out = command(t, "orders", "spend", "--by", "person", "--server", "db-1")
	if code != exitOK || !strings.HasPrefix(out, "No order for db-1 was approved since ") || !strings.HasSuffix(out, "There is none before, either.\n") {
		t.Errorf("of a server without an approved order: %d\n%s", code, out)
	}
	if code, out := command(t, "orders", "spend", "--by", "month", "--server", "db-2", "--json"); code != exitUsage || !strings.Contains(out, `no order is for "db-2"; did you mean db-1?`) {
		t.Errorf("of a server that is not there: %d %s", code, out)
	}
	code, out = command(t, "orders", "spend", "--by", "Account", "--since", "0s", "--json")
	if code != exitOK || !strings.Contains(out, `"rows": []`) || strings.Contains(out, "No order") {
		t.Errorf("since now, as JSON: %d\n%s", code, out)
	}
	if code, out := command(t, "orders", "spend", "--by", "accuont"); code != exitUsage || !strings.Contains(out, "did you mean account?") {
		t.Errorf("misspelled: %d %s", code, out)
	}
	for _, args := range [][]string{nil, {"--by", "team"}, {"--by", "person", "--since", "soon"}, {"--by", "person", "web-1"}} {
		code, out := command(t, append([]string{"orders", "spend"}, args...)...)
		if code != exitUsage || len(args) < 3 && !strings.Contains(out, "--by must be person, server, account, or month") {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}
