package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

const byMonth = "month"

// spendKeys are what orders can be added up by, with the key of an order that was
// approved at a time.
var spendKeys = map[string]func(o order.Order, at time.Time) string{
	"person":  func(o order.Order, _ time.Time) string { return o.Person.User },
	"server":  func(o order.Order, _ time.Time) string { return o.Server.ID },
	"account": func(o order.Order, _ time.Time) string { return o.Account },
	byMonth:   func(_ order.Order, at time.Time) string { return at.Format("2006-01") },
}

// spend adds up what orders cost.
type spend struct {
	by    string
	since time.Time // in the time zone of months
	only  filter    // which orders are added
	rows  map[string]*spendSum
	total spendSum
}

// spendSum is what some orders cost together. Its zero value is no orders.
type spendSum struct {
	name     string    // of the server, "" for everything else
	named    time.Time // the approval of the order that has this name
	orders   int
	hours    order.Hours
	unpriced int
	amounts  map[string]*spendAmount // by currency
}

type spendAmount struct{ spent, estimated, reserved decimal.Decimal }

// newSpend returns sums of nothing. Of months, the first one is always whole.
func newSpend(by string, since time.Time) *spend {
	if by == byMonth {
		since = time.Date(since.Year(), since.Month(), 1, 0, 0, 0, 0, since.Location())
	}
	return &spend{by: by, since: since, rows: map[string]*spendSum{}}
}

// add adds an order, unless it counts nothing or is not to be added.
func (s *spend) add(o order.Order) {
	counts, ok := o.Spent()
	if !ok || !s.only.matches(o) {
		return
	}
	key := spendKeys[s.by](o, counts.At.In(s.since.Location()))
	row := s.rows[key]
	if row == nil {
		row = &spendSum{}
		s.rows[key] = row
	}
	if s.by == "server" && !counts.At.Before(row.named) {
		row.name, row.named = o.Server.Name, counts.At
	}
	row.add(o, counts)
	s.total.add(o, counts)
}

func (s *spendSum) add(o order.Order, counts order.Spent) {
	s.orders++
	s.hours += counts.Hours
	charged, currency := formatAmount(o) != "", o.Currency
	if charged {
		currency = o.Receipt.Currency
	}
	if !charged && !o.Estimate.Known() {
		s.unpriced++
		return
	}
	if s.amounts == nil {
		s.amounts = map[string]*spendAmount{}
	}
	amount := s.amounts[currency]
	if amount == nil {
		amount = &spendAmount{}
		s.amounts[currency] = amount
	}
	switch {
	case o.State != order.Placed:
		amount.reserved = amount.reserved.Add(counts.Amount)
	case !charged:
		amount.estimated = amount.estimated.Add(counts.Amount)
		fallthrough
	default:
		amount.spent = amount.spent.Add(counts.Amount)
	}
}

// compareSpent sorts by what was spent, the most first, and then by what is reserved.
func (s *spendSum) compareSpent(other *spendSum, currencies []string) int {
	for _, currency := range currencies {
		a, b := s.amount(currency), other.amount(currency)
		if n := cmp.Or(b.spent.Cmp(a.spent), b.reserved.Cmp(a.reserved)); n != 0 {
			return n
		}
	}
	return 0
}

func (s *spendSum) amount(currency string) spendAmount {
	if a := s.amounts[currency]; a != nil {
		return *a
	}
	return spendAmount{}
}

// spendReport is the output of orders spend --json.
type spendReport struct {
	By       string     `json:"by"`
	Since    time.Time  `json:"since"`
	TimeZone string     `json:"time_zone"`
	Server   string     `json:"server,omitempty"` // as it was typed; only its orders
	User     string     `json:"user,omitempty"`   // only orders that this person asked for
	Rows     []spendRow `json:"rows"`
	Total    spendRow   `json:"total"`
}

type spendRow struct {
	Key      string       `json:"key,omitempty"`  // user, server or account id, or month
	Name     string       `json:"name,omitempty"` // the newest one of a server
	Orders   int          `json:"orders"`
	Hours    order.Hours  `json:"hours"`
	Unpriced int          `json:"unpriced"`
	Amounts  []spendMoney `json:"amounts"` // one for each currency
}

type spendMoney struct {
	Currency  string `json:"currency"`
	Spent     string `json:"spent"`
	Estimated string `json:"estimated"`
	Reserved  string `json:"reserved"`
}

// report returns the sums, sorted.
func (s *spend) report() spendReport {
	currencies := slices.Sorted(maps.Keys(s.total.amounts))
	keys := slices.SortedFunc(maps.Keys(s.rows), func(a, b string) int {
		if s.by == byMonth {
			return strings.Compare(a, b)
		}
		return cmp.Or(s.rows[a].compareSpent(s.rows[b], currencies), strings.Compare(a, b))
	})
	r := spendReport{By: s.by, Since: s.since, TimeZone: s.since.Location().String(), Server: s.only.server, User: s.only.user, Rows: []spendRow{}, Total: s.total.row("")}
	for _, key := range keys {
		r.Rows = append(r.Rows, s.rows[key].row(key))
	}
	return r
}

func (s *spendSum) row(key string) spendRow {
	r := spendRow{Key: key, Name: s.name, Orders: s.orders, Hours: s.hours, Unpriced: s.unpriced, Amounts: []spendMoney{}}
	for _, currency := range slices.Sorted(maps.Keys(s.amounts)) {
		a := s.amounts[currency]
		r.Amounts = append(r.Amounts, spendMoney{currency, formatSum(a.spent), formatSum(a.estimated), formatSum(a.reserved)})
	}
	return r
}

func formatSum(d decimal.Decimal) string { return order.FormatAmount(decimal.NewNullDecimal(d)) }
