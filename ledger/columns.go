package ledger

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// The columns of every table that the ledger writes, once each. A new column
// needs a migration, a line here, and the field that the line names. The fields
// that are part of an order's hash are listed in [facts].

// orderRow is an order in its stored form.
type orderRow struct {
	order.Order
	receipt   string // Order.Receipt as JSON; "" if there is none
	finding   string // Order.Finding as JSON, with its MAC; "" if there is none
	approvals string // Order.Approvals as JSON; "" if there are none
	hostOrder string // the host's id in the receipt, in a column of its own for an index
	estimate  string // Order.Estimate.Amount as decimal text; "" if it is not known
	spent     int64  // see [spentAmount]; in a column of its own for sums
}

// The columns that are leases or shown change without a row of history, so that nothing
// authenticates them. None of them leads to a send:
//   - owner_until, tend_until: leases. When the first one ends too early, an attempt
//     that is still running counts as unknown, which is never sent again. When it ends
//     too late, the order waits.
//   - tender: the process that updates card and thread; at worst, nobody does.
//   - extended_by, card_extended_by, told_extended_by, told_user: what the card shows, and
//     what somebody was told, of another order. An approval looks at the other orders
//     themselves. It needs a press all the same.
//   - finding: an answer about an unknown outcome that still has to be checked. It has a
//     MAC of its own; see [storedFinding].
//   - card_ref, word_ref, waiting_ref, superseded_ref, ask_ref, decline_ref: which messages are about
//     the order. A press counts by who made it, whatever message it was on.
//   - card_version, word_version, told_version, ask_version, asked_at, approvers_told,
//     reminded_at: what was shown when; at worst, a message is sent twice or not at all.
//   - decline_reason, card_reason: what a person said about a decision that was recorded before. It
//     changes nothing about the order.
var orderTable = newTable("orders", "id", []column[orderRow]{
	{"id", fixed, func(r *orderRow) any { return &r.ID }},
	{"request_key", fixed, func(r *orderRow) any { return &r.RequestKey }},
	{"team", fixed, func(r *orderRow) any { return &r.Person.Team }},
	{"requester", fixed, func(r *orderRow) any { return &r.Person.User }},
	{"channel", fixed, func(r *orderRow) any { return &r.Channel }},
	{"thread", fixed, func(r *orderRow) any { return &r.Thread }},
	{"account", fixed, func(r *orderRow) any { return &r.Account }},
	{"server_name", fixed, func(r *orderRow) any { return &r.Server.Name }},
	{"server_id", fixed, func(r *orderRow) any { return &r.Server.ID }},
	{"hours", fixed, func(r *orderRow) any { return &r.Hours }},
	{"lease", fixed, func(r *orderRow) any { return (*storedTime)(&r.Lease) }},
	{"typed", fixed, func(r *orderRow) any { return &r.Typed }},
	{"purpose", fixed, func(r *orderRow) any { return &r.Purpose }},
	{"currency", fixed, func(r *orderRow) any { return &r.Currency }},
	{"created_at", fixed, func(r *orderRow) any { return (*storedTime)(&r.CreatedAt) }},
	{"deadline", fixed, func(r *orderRow) any { return (*storedTime)(&r.Deadline) }},
	{"remind_at", fixed, func(r *orderRow) any { return (*storedTime)(&r.RemindAt) }},
	{"version", changing, func(r *orderRow) any { return &r.Version }},
	{"state", changing, func(r *orderRow) any { return &r.State }},
	{"changed_at", changing, func(r *orderRow) any { return (*storedTime)(&r.ChangedAt) }},
	{"estimate", changing, func(r *orderRow) any { return &r.estimate }},
	{"estimate_from", changing, func(r *orderRow) any { return &r.Estimate.From }},
	{"spent", changing, func(r *orderRow) any { return &r.spent }},
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
	{"tender", shown, func(r *orderRow) any { return &r.CardOwner }},
	{"tend_until", lease, func(r *orderRow) any { return (*storedTime)(&r.CardOwnerUntil) }},
	{"extended_by", shown, func(r *orderRow) any { return &r.ExtendedBy }},
	{"card_extended_by", shown, func(r *orderRow) any { return &r.CardExtendedBy }},
	{"told_extended_by", shown, func(r *orderRow) any { return &r.ToldExtendedBy }},
	{"told_user", shown, func(r *orderRow) any { return &r.ToldUser }},
	{"finding", shown, func(r *orderRow) any { return &r.finding }},
	{"card_ref", shown, func(r *orderRow) any { return &r.Card.Ref }},
	{"card_version", shown, func(r *orderRow) any { return &r.Card.Version }},
	{"word_ref", shown, func(r *orderRow) any { return &r.ThreadMessage.Ref }},
	{"word_version", shown, func(r *orderRow) any { return &r.ThreadMessage.Version }},
	{"waiting_ref", shown, func(r *orderRow) any { return &r.WaitingRef }},
	{"approvers_told", shown, func(r *orderRow) any { return (*storedWords)(&r.ApproversTold) }},
	{"reminded_at", shown, func(r *orderRow) any { return (*storedTime)(&r.RemindedAt) }},
	{"decline_reason", shown, func(r *orderRow) any { return &r.DeclineReason }},
	{"card_reason", shown, func(r *orderRow) any { return &r.CardDeclineReason }},
	{"decline_ref", shown, func(r *orderRow) any { return &r.DeclineRef }},
	{"told_version", shown, func(r *orderRow) any { return &r.ToldVersion }},
	{"superseded_ref", shown, func(r *orderRow) any { return &r.SupersededRef }},
	{"host_order", changing, func(r *orderRow) any { return &r.hostOrder }},
	{"settler", changing, func(r *orderRow) any { return &r.SettledBy }},
	{"ask_ref", shown, func(r *orderRow) any { return &r.Question.Ref }},
	{"ask_version", shown, func(r *orderRow) any { return &r.Question.Version }},
	{"asked_at", shown, func(r *orderRow) any { return (*storedTime)(&r.AskedAt) }},
	{"chain", changing, func(r *orderRow) any { return &r.Chain }},
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
	{"key_id", fixed, func(r *HistoryRow) any { return &r.KeyID }},
	{"mac", fixed, func(r *HistoryRow) any { return &r.MAC }},
})

// baselineRow is an [order.Baseline] in its stored form.
type baselineRow struct {
	order    order.ID
	at       time.Time
	complete int    // 1 if the host's list was read to its end
	ids      string // a JSON list

	keyID, mac string // both are "" in the rows of versions that did not authenticate
}

var baselineTable = newTable("notes", "order_id", []column[baselineRow]{
	{"order_id", fixed, func(r *baselineRow) any { return &r.order }},
	{"noted_at", fixed, func(r *baselineRow) any { return (*storedTime)(&r.at) }},
	{"complete", fixed, func(r *baselineRow) any { return &r.complete }},
	{"ids", fixed, func(r *baselineRow) any { return &r.ids }},
	{"key_id", fixed, func(r *baselineRow) any { return &r.keyID }},
	{"mac", fixed, func(r *baselineRow) any { return &r.mac }},
})

// newOrderRow returns the row to store for an order, without its chain.
func newOrderRow(o order.Order) (orderRow, error) {
	r := orderRow{Order: o, hostOrder: hostOrderID(o), spent: spentAmount(o)}
	if o.Estimate.Known() {
		r.estimate = o.Estimate.Amount.Decimal.String()
	}
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
	r.decode()
	return r, nil
}

// decode sets the fields that are stored in another form. What the program did not write
// is left out: it must not keep people from seeing the order, and from refusing it.
// [Ledger.Verified] compares the stored form itself.
func (r *orderRow) decode() {
	if amount, err := decimal.NewFromString(r.estimate); err == nil {
		r.Estimate.Amount = decimal.NewNullDecimal(amount)
	}
	var approvals []storedApproval
	if r.approvals != "" && json.Unmarshal([]byte(r.approvals), &approvals) == nil {
		for _, a := range approvals {
			r.Approvals = append(r.Approvals, order.Approval{User: a.User, At: fromMicros(a.At)})
		}
	}
	r.Receipt = decodeReceipt(r.receipt)
	r.Finding = readFinding(r.finding).finding()
}

// decodeReceipt returns a receipt from its stored form, or nil if there is none that
// can be read.
func decodeReceipt(stored string) *order.Receipt {
	var receipt *order.Receipt
	if stored == "" || json.Unmarshal([]byte(stored), &receipt) != nil {
		return nil
	}
	return receipt
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

// mostSpent is the most that one order counts, so that sums cannot overflow.
const mostSpent = 1_000_000_000

// spentAmount returns the amount that an order counts against limits once it is
// approved, in millionths, as [order.Order.Spent] has it.
func spentAmount(o order.Order) int64 {
	o.State = order.Placed // the sums select by the state
	s, _ := o.Spent()
	return decimal.Min(s.Amount, decimal.NewFromInt(mostSpent)).Shift(6).Round(0).IntPart()
}
