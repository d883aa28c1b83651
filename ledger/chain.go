package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"extendbot/ledger/mac"
	"extendbot/order"
)

// facts are an order's data when a row of history was written: what was bought,
// for whom, and what the host answered. A field that is added later needs
// omitempty, because the facts of older rows must not change. Times are in their
// stored form. There are more fields than in most types because each is one
// fact.
type facts struct {
	Key        string  `json:"key"`
	Team       string  `json:"team"`
	Requester  string  `json:"requester"`
	Channel    string  `json:"channel"`
	Thread     string  `json:"thread,omitempty"`
	Account    string  `json:"account"`
	ServerName string  `json:"server_name,omitempty"`
	ServerID   string  `json:"server_id"`
	Hours      int     `json:"hours"`
	Lease      int64   `json:"lease,omitempty"`
	Typed      string  `json:"typed,omitempty"`
	Purpose    string  `json:"purpose,omitempty"`
	Currency   string  `json:"currency,omitempty"`
	CreatedAt  int64   `json:"created_at"`
	Deadline   int64   `json:"deadline"`
	Estimate   string  `json:"estimate,omitempty"`
	From       string  `json:"estimate_from,omitempty"`
	Approvals  rawJSON `json:"approvals,omitempty"`
	Decider    string  `json:"decider,omitempty"`
	DecidedAt  int64   `json:"decided_at,omitempty"`
	Reason     string  `json:"reason,omitempty"`
	Attempts   int     `json:"attempts,omitempty"`
	FirstTry   int64   `json:"first_try,omitempty"`
	RetryAt    int64   `json:"retry_at,omitempty"`
	Throttled  int64   `json:"throttled,omitempty"`
	Owner      string  `json:"owner,omitempty"`
	Settler    string  `json:"settler,omitempty"`
	Receipt    rawJSON `json:"receipt,omitempty"`
}

// factsOf returns the facts of an order in its stored form.
func factsOf(r *orderRow) facts {
	return facts{
		Key: r.RequestKey, Team: r.Person.Team, Requester: r.Person.User, Channel: r.Channel, Thread: r.Thread, Account: r.Account,
		ServerName: r.Server.Name, ServerID: r.Server.ID, Hours: int(r.Hours), Lease: micros(r.Lease), Typed: r.Typed, Purpose: r.Purpose,
		Currency: r.Currency, CreatedAt: micros(r.CreatedAt), Deadline: micros(r.Deadline),
		Estimate: r.estimate, From: string(r.Estimate.From),
		Approvals: rawJSON(r.approvals), Decider: r.DecidedBy, DecidedAt: micros(r.DecidedAt), Reason: r.Reason,
		Attempts: r.Attempts, FirstTry: micros(r.FirstTry), RetryAt: micros(r.RetryAt),
		Throttled: micros(r.ThrottledAt),
		Owner:     r.Owner, Settler: r.SettledBy, Receipt: rawJSON(r.receipt),
	}
}

// fixed returns the facts that never change after the request.
func (f facts) fixed() facts {
	return facts{
		Key: f.Key, Team: f.Team, Requester: f.Requester, Channel: f.Channel, Thread: f.Thread, Account: f.Account,
		ServerName: f.ServerName, ServerID: f.ServerID, Hours: f.Hours, Lease: f.Lease, Typed: f.Typed, Purpose: f.Purpose,
		Currency: f.Currency, CreatedAt: f.CreatedAt, Deadline: f.Deadline,
	}
}

// rawJSON is a value that is already JSON; "" for none. It can be compared.
type rawJSON string

// MarshalJSON implements [json.Marshaler].
func (j rawJSON) MarshalJSON() ([]byte, error) { return []byte(j), nil }

// UnmarshalJSON implements [json.Unmarshaler].
func (j *rawJSON) UnmarshalJSON(text []byte) error {
	*j = rawJSON(text)
	return nil
}

// newRows returns the rows to store for a transition that leads to an order. Neither
// has its chain yet.
func newRows(o order.Order, e order.Entry) (orderRow, HistoryRow, error) {
	r, err := newOrderRow(o)
	if err != nil {
		return r, HistoryRow{}, err
	}
	text, err := json.Marshal(factsOf(&r))
	if err != nil {
		return r, HistoryRow{}, fmt.Errorf("encode the facts of order %s: %w", o.ID, err)
	}
	return r, HistoryRow{Order: o.ID, Entry: e, Facts: string(text)}, nil
}

// authenticate completes a row of history: with its chain, which continues the one
// of the row before it, and with its MAC. f are its facts.
func (r *HistoryRow) authenticate(keys mac.Keys, before string, f facts) {
	r.Chain = chainHash(before, r.Order, r.Entry, r.Facts)
	r.KeyID, r.MAC = keys.Sign(macFormat, r.authenticated(f)...)
}

// macFormat is the version of what the MAC of a row of history authenticates. A
// later version gets another name.
const macFormat = "extendbot/1"

// authenticated returns what the MAC of a row of history authenticates, after the
// format and the id of the key: the order and its version, whose money buys what for
// whom, who decided what when, and the chain, which covers all the rest and all rows
// before.
func (r *HistoryRow) authenticated(f facts) []string {
	return []string{
		string(r.Order), strconv.Itoa(r.Version), f.Team, f.Requester, f.Account, f.ServerName, f.ServerID,
		strconv.Itoa(f.Hours), f.Estimate, f.Currency,
		r.Who, string(r.From), string(r.To), strconv.FormatInt(micros(r.At), 10), r.Chain,
	}
}

// chainHash returns the hash over a row of history and the hash of the row
// before it. Each field is preceded by its length, so that different rows have
// different hash inputs.
func chainHash(before string, id order.ID, e order.Entry, facts string) string {
	buf := make([]byte, 0, 512)
	for _, field := range []string{
		before, string(id), strconv.Itoa(e.Version), strconv.FormatInt(micros(e.At), 10),
		e.Who, string(e.From), string(e.To), e.Why, facts,
	} {
		buf = strconv.AppendInt(buf, int64(len(field)), 10)
		buf = append(buf, ':')
		buf = append(buf, field...)
	}
	sum := sha256.Sum256(buf)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Transition is one step of an order: what happened, and the order after it.
type Transition struct {
	Order order.Order
	Entry order.Entry
}

// Rows are the rows of one order in the tables orders and history. The columns
// are in the order of [OrderColumns] and [HistoryColumns].
type Rows struct {
	Order   []any
	History [][]any
}

// OrderColumns returns the names of the columns of the table orders.
func OrderColumns() []string { return slices.Clone(orderTable.names) }

// HistoryColumns returns the names of the columns of the table history.
func HistoryColumns() []string { return slices.Clone(historyTable.names) }

// Encode returns the rows that [Ledger.Create] and [Ledger.Change] would have
// written for these transitions, oldest first, with these keys. It is for tools that
// fill an empty ledger. An open ledger is changed by those methods.
func Encode(keys mac.Keys, life []Transition) (Rows, error) {
	var (
		rows Rows
		last orderRow
	)
	for _, t := range life {
		next, h, err := newRows(t.Order, t.Entry)
		if err != nil {
			return Rows{}, err
		}
		h.authenticate(keys, last.Chain, factsOf(&next))
		last, last.Chain = next, h.Chain
		rows.History = append(rows.History, historyTable.values(&h))
	}
	rows.Order = orderTable.values(&last)
	return rows, nil
}
