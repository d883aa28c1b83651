package ledger

import (
	"encoding/json"
	"fmt"
	"time"

	"extendbot/order"
)

// The columns of every table that the ledger writes, once each. A new column
// needs a migration, a line here, and the field that the line names. The fields
// that are part of an order's hash are listed in [facts].

// orderRow is an order in its stored form.
type orderRow struct {
	order.Order
	receipt   string // Order.Receipt as JSON; "" if there is none
	approvals string // Order.Approvals as JSON; "" if there are none
	hostOrder string // the host's id in the receipt, in a column of its own for an index
	chain     string // the hash of its newest row of history
}

var orderTable = newTable("orders", "id", []column[orderRow]{
	{"id", fixed, func(r *orderRow) any { return &r.ID }},
	{"request_key", fixed, func(r *orderRow) any { return &r.RequestKey }},
	{"team", fixed, func(r *orderRow) any { return &r.Person.Team }},
	{"requester", fixed, func(r *orderRow) any { return &r.Person.User }},
	{"channel", fixed, func(r *orderRow) any { return &r.Channel }},
	{"account", fixed, func(r *orderRow) any { return &r.Account }},
	{"server_name", fixed, func(r *orderRow) any { return &r.Server.Name }},
	{"server_id", fixed, func(r *orderRow) any { return &r.Server.ID }},
	{"hours", fixed, func(r *orderRow) any { return &r.Hours }},
	{"typed", fixed, func(r *orderRow) any { return &r.Typed }},
	{"purpose", fixed, func(r *orderRow) any { return &r.Purpose }},
	{"created_at", fixed, func(r *orderRow) any { return (*storedTime)(&r.CreatedAt) }},
	{"deadline", fixed, func(r *orderRow) any { return (*storedTime)(&r.Deadline) }},
	{"remind_at", fixed, func(r *orderRow) any { return (*storedTime)(&r.RemindAt) }},
	{"version", changing, func(r *orderRow) any { return &r.Version }},
	{"state", changing, func(r *orderRow) any { return &r.State }},
	{"changed_at", changing, func(r *orderRow) any { return (*storedTime)(&r.ChangedAt) }},
	{"approvals", changing, func(r *orderRow) any { return &r.approvals }},
	{"decider", changing, func(r *orderRow) any { return &r.DecidedBy }},
	{"decided_at", changing, func(r *orderRow) any { return (*storedTime)(&r.DecidedAt) }},
	{"reason", changing, func(r *orderRow) any { return &r.Reason }},
	{"attempts", changing, func(r *orderRow) any { return &r.Attempts }},
	{"first_try", changing, func(r *orderRow) any { return (*storedTime)(&r.FirstTry) }},
	{"retry_at", changing, func(r *orderRow) any { return (*storedTime)(&r.RetryAt) }},
	{"throttled_at", changing, func(r *orderRow) any { return (*storedTime)(&r.ThrottledAt) }},
	{"owner", changing, func(r *orderRow) any { return &r.Owner }},
	{"owner_until", lease, func(r *orderRow) any { return (*storedTime)(&r.OwnerUntil) }},
	{"receipt", changing, func(r *orderRow) any { return &r.receipt }},
	{"tender", changing, func(r *orderRow) any { return &r.CardOwner }},
	{"tend_until", lease, func(r *orderRow) any { return (*storedTime)(&r.CardOwnerUntil) }},
	{"extended_by", changing, func(r *orderRow) any { return &r.ExtendedBy }},
	{"card_extended_by", changing, func(r *orderRow) any { return &r.CardExtendedBy }},
	{"told_extended_by", changing, func(r *orderRow) any { return &r.ToldExtendedBy }},
	{"told_user", changing, func(r *orderRow) any { return &r.ToldUser }},
	{"finding", changing, func(r *orderRow) any { return (*storedFinding)(&r.Finding) }},
	{"card_ref", changing, func(r *orderRow) any { return &r.Card.Ref }},
	{"card_version", changing, func(r *orderRow) any { return &r.Card.Version }},
	{"word_ref", changing, func(r *orderRow) any { return &r.ThreadMessage.Ref }},
	{"word_version", changing, func(r *orderRow) any { return &r.ThreadMessage.Version }},
	{"waiting_ref", changing, func(r *orderRow) any { return &r.WaitingRef }},
	{"approvers_told", changing, func(r *orderRow) any { return (*storedWords)(&r.ApproversTold) }},
	{"reminded_at", changing, func(r *orderRow) any { return (*storedTime)(&r.RemindedAt) }},
	{"decline_reason", changing, func(r *orderRow) any { return &r.DeclineReason }},
	{"decline_ref", changing, func(r *orderRow) any { return &r.DeclineRef }},
	{"told_version", changing, func(r *orderRow) any { return &r.ToldVersion }},
	{"superseded_ref", changing, func(r *orderRow) any { return &r.SupersededRef }},
	{"host_order", changing, func(r *orderRow) any { return &r.hostOrder }},
	{"settler", changing, func(r *orderRow) any { return &r.SettledBy }},
	{"ask_ref", changing, func(r *orderRow) any { return &r.Question.Ref }},
	{"ask_version", changing, func(r *orderRow) any { return &r.Question.Version }},
	{"asked_at", changing, func(r *orderRow) any { return (*storedTime)(&r.AskedAt) }},
	{"chain", changing, func(r *orderRow) any { return &r.chain }},
})

var historyTable = newTable("history", "order_id, version", []column[HistoryRow]{
	{"order_id", fixed, func(r *HistoryRow) any { return &r.Order }},
	{"version", fixed, func(r *HistoryRow) any { return &r.Version }},
	{"at", fixed, func(r *HistoryRow) any { return (*storedTime)(&r.At) }},
	{"who", fixed, func(r *HistoryRow) any { return &r.Who }},
	{"from_state", fixed, func(r *HistoryRow) any { return &r.From }},
	{"to_state", fixed, func(r *HistoryRow) any { return &r.To }},
	{"why", fixed, func(r *HistoryRow) any { return &r.Why }},
	{"facts", fixed, func(r *HistoryRow) any { return &r.Facts }},
	{"chain", fixed, func(r *HistoryRow) any { return &r.Chain }},
})

// baselineRow is an [order.Baseline] in its stored form.
type baselineRow struct {
	order    order.ID
	at       time.Time
	complete int    // 1 if the host's list was read to its end
	ids      string // a JSON list
}

var baselineTable = newTable("notes", "order_id", []column[baselineRow]{
	{"order_id", fixed, func(r *baselineRow) any { return &r.order }},
	{"noted_at", fixed, func(r *baselineRow) any { return (*storedTime)(&r.at) }},
	{"complete", fixed, func(r *baselineRow) any { return &r.complete }},
	{"ids", fixed, func(r *baselineRow) any { return &r.ids }},
})

// newOrderRow returns the row to store for an order.
func newOrderRow(o order.Order, chain string) (orderRow, error) {
	r := orderRow{Order: o, hostOrder: hostOrderID(o), chain: chain}
	if len(o.Approvals) > 0 {
		b, err := json.Marshal(storeApprovals(o.Approvals))
		if err != nil {
			return orderRow{}, fmt.Errorf("encode the approvals of order %s: %w", o.ID, err)
		}
		r.approvals = string(b)
	}
	if o.Receipt != nil {
		b, err := json.Marshal(o.Receipt)
		if err != nil {
			return orderRow{}, fmt.Errorf("encode the receipt of order %s: %w", o.ID, err)
		}
		r.receipt = string(b)
	}
	return r, nil
}

// scanOrder reads an order from a row that has all columns in their order.
func scanOrder(from scanner) (orderRow, error) {
	var r orderRow
	if err := orderTable.scan(from, &r); err != nil {
		return orderRow{}, err
	}
	if r.approvals != "" {
		var list []storedApproval
		if err := json.Unmarshal([]byte(r.approvals), &list); err != nil {
			return orderRow{}, fmt.Errorf("decode the approvals of order %s: %w", r.ID, err)
		}
		for _, a := range list {
			r.Approvals = append(r.Approvals, order.Approval{User: a.User, At: fromMicros(a.At)})
		}
	}
	if r.receipt != "" {
		if err := json.Unmarshal([]byte(r.receipt), &r.Receipt); err != nil {
			return orderRow{}, fmt.Errorf("decode the receipt of order %s: %w", r.ID, err)
		}
	}
	return r, nil
}

// storedApproval is an [order.Approval] in its stored form.
type storedApproval struct {
	User string `json:"user"`
	At   int64  `json:"at"`
}

func storeApprovals(list []order.Approval) (stored []storedApproval) {
	for _, a := range list {
		stored = append(stored, storedApproval{User: a.User, At: micros(a.At)})
	}
	return stored
}

// hostOrderID returns the host's id of a placed order, or "" if it is not known.
func hostOrderID(o order.Order) string {
	if o.Receipt == nil {
		return ""
	}
	return o.Receipt.OrderID
}
