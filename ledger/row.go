package ledger

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"extendbot/order"
)

// columns lists the table of orders in the order in which row writes and reads
// it. The first ones never change after the order was recorded.
var columns = []string{
	"id", "request_key", "team", "requester", "channel", "account",
	"server_name", "server_id", "hours", "created_at", "deadline",

	"version", "state", "changed_at", "decider", "decided_at", "reason",
	"attempts", "first_try", "retry_at", "owner", "owner_until", "receipt",
	"tender", "tend_until", "card_ref", "card_version", "word_ref", "word_version",
	"host_order", "settler", "ask_ref", "ask_version", "asked_at",
	"chain",
}

const fixedColumns = 11

var columnList = strings.Join(columns, ", ")

// row is an order as it is stored: with the chain of its newest history.
type row struct {
	order.Order
	chain     string
	hostOrder string // as it was read; what is written comes from the receipt
}

// boughtAs is the host's id of an order that went through, "" if it is not known.
func hostOrderID(o order.Order) string {
	if o.Receipt == nil {
		return ""
	}
	return o.Receipt.OrderID
}

// values gives the row's columns, in their order.
func (r row) values() ([]any, error) {
	receipt := ""
	if r.Receipt != nil {
		b, err := json.Marshal(r.Receipt)
		if err != nil {
			return nil, fmt.Errorf("encode receipt: %w", err)
		}
		receipt = string(b)
	}
	return []any{
		string(r.ID), r.RequestKey, r.Person.Team, r.Person.User, r.Channel, r.Account,
		r.Server.Name, r.Server.ID, int64(r.Hours), micros(r.CreatedAt), micros(r.Deadline),

		int64(r.Version), string(r.State), micros(r.ChangedAt), r.DecidedBy, micros(r.DecidedAt), r.Reason,
		int64(r.Attempts), micros(r.FirstTry), micros(r.RetryAt), r.Owner, micros(r.OwnerUntil), receipt,
		r.CardOwner, micros(r.CardOwnerUntil), r.Card.Ref, int64(r.Card.Version), r.ThreadMessage.Ref, int64(r.ThreadMessage.Version),
		hostOrderID(r.Order), r.SettledBy, r.Question.Ref, int64(r.Question.Version), micros(r.AskedAt),
		r.chain,
	}, nil
}

// scan reads a row whose columns come in their order.
func scan(from interface{ Scan(...any) error }) (row, error) {
	var (
		r       row
		receipt string
	)
	err := from.Scan(
		&r.ID, &r.RequestKey, &r.Person.Team, &r.Person.User, &r.Channel, &r.Account,
		&r.Server.Name, &r.Server.ID, &r.Hours, (*storedTime)(&r.CreatedAt), (*storedTime)(&r.Deadline),

		&r.Version, &r.State, (*storedTime)(&r.ChangedAt), &r.DecidedBy, (*storedTime)(&r.DecidedAt), &r.Reason,
		&r.Attempts, (*storedTime)(&r.FirstTry), (*storedTime)(&r.RetryAt), &r.Owner, (*storedTime)(&r.OwnerUntil), &receipt,
		&r.CardOwner, (*storedTime)(&r.CardOwnerUntil), &r.Card.Ref, &r.Card.Version, &r.ThreadMessage.Ref, &r.ThreadMessage.Version,
		&r.hostOrder, &r.SettledBy, &r.Question.Ref, &r.Question.Version, (*storedTime)(&r.AskedAt),
		&r.chain,
	)
	if err != nil {
		return row{}, err
	}
	if receipt != "" {
		if err := json.Unmarshal([]byte(receipt), &r.Receipt); err != nil {
			return row{}, fmt.Errorf("decode receipt of order %s: %w", r.ID, err)
		}
	}
	return r, nil
}

// storable gives a text that came from outside as every database can keep it:
// without bytes that are no UTF-8, and without zeros.
func cleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// micros is how a time is stored: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// stamp reads a stored time.
type storedTime time.Time

// Scan implements sql.Scanner.
func (s *storedTime) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", v)
	}
	*s = storedTime(timeOf(n))
	return nil
}

func timeOf(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
