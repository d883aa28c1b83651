package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"extendbot/order"
)

// facts are an order's data when a row of history was written: what was bought,
// for whom, and what the host answered. A field that is added later needs
// omitempty, because the facts of older rows must not change. Times are in their
// stored form. There are more fields than in most types because each is one
// fact.
type facts struct {
	Key        string           `json:"key"`
	Team       string           `json:"team"`
	Requester  string           `json:"requester"`
	Channel    string           `json:"channel"`
	Account    string           `json:"account"`
	ServerName string           `json:"server_name,omitempty"`
	ServerID   string           `json:"server_id"`
	Hours      int              `json:"hours"`
	Typed      string           `json:"typed,omitempty"`
	Purpose    string           `json:"purpose,omitempty"`
	CreatedAt  int64            `json:"created_at"`
	Deadline   int64            `json:"deadline"`
	Approvals  []storedApproval `json:"approvals,omitempty"`
	Decider    string           `json:"decider,omitempty"`
	DecidedAt  int64            `json:"decided_at,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	Attempts   int              `json:"attempts,omitempty"`
	FirstTry   int64            `json:"first_try,omitempty"`
	RetryAt    int64            `json:"retry_at,omitempty"`
	Throttled  int64            `json:"throttled,omitempty"`
	Owner      string           `json:"owner,omitempty"`
	Settler    string           `json:"settler,omitempty"`
	Receipt    *order.Receipt   `json:"receipt,omitempty"`
}

func factsOf(o order.Order) (string, error) {
	b, err := json.Marshal(facts{
		Key: o.RequestKey, Team: o.Person.Team, Requester: o.Person.User, Channel: o.Channel, Account: o.Account,
		ServerName: o.Server.Name, ServerID: o.Server.ID, Hours: int(o.Hours), Typed: o.Typed, Purpose: o.Purpose,
		CreatedAt: micros(o.CreatedAt), Deadline: micros(o.Deadline),
		Approvals: storeApprovals(o.Approvals), Decider: o.DecidedBy, DecidedAt: micros(o.DecidedAt), Reason: o.Reason,
		Attempts: o.Attempts, FirstTry: micros(o.FirstTry), RetryAt: micros(o.RetryAt),
		Throttled: micros(o.ThrottledAt),
		Owner:     o.Owner, Settler: o.SettledBy, Receipt: o.Receipt,
	})
	if err != nil {
		return "", fmt.Errorf("encode the facts of order %s: %w", o.ID, err)
	}
	return string(b), nil
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
// written for these transitions, oldest first. It is for tools that fill an
// empty ledger. An open ledger is changed by those methods.
func Encode(life []Transition) (Rows, error) {
	var (
		rows Rows
		last orderRow
	)
	for _, t := range life {
		facts, err := factsOf(t.Order)
		if err != nil {
			return Rows{}, err
		}
		if last, err = newOrderRow(t.Order, chainHash(last.chain, t.Order.ID, t.Entry, facts)); err != nil {
			return Rows{}, err
		}
		rows.History = append(rows.History, historyTable.values(&HistoryRow{Order: t.Order.ID, Entry: t.Entry, Facts: facts, Chain: last.chain}))
	}
	rows.Order = orderTable.values(&last)
	return rows, nil
}
