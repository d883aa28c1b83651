package order

import (
	"context"
	"time"
)

// Ledger stores the orders and their history.
type Ledger interface {
	// Create records a new pending order with its first row of history and its due
	// work, in one transaction. It fails with CodeDuplicate and the order that
	// already has the same RequestKey, with CodeServerHeld and the order for that
	// server whose outcome is Unknown, with CodeAsked and the pending order of the same
	// person, account, server and hours that can still be decided, and with
	// CodeUnavailable if it cannot write. With CodeDuplicate and CodeAsked, it also
	// returns that order.
	//
	// It sets ExtendedBy to the newest order that was placed for the server since
	// RecentWindow before o.CreatedAt.
	Create(ctx context.Context, o Order, e Entry, due ...Due) (Order, error)

	// Change records one transition: next replaces the order whose version is
	// next.Version, together with a row of history and the due work that follows,
	// in one transaction. It is a compare-and-swap: if the order has another
	// version, is not in e.From, or is in Placing with another Owner, it fails with
	// CodeConflict. A transition that is not in the table fails with CodeIllegal. A
	// transition to Approved while another order holds the server fails with
	// CodeServerHeld and the other order. A transition from Pending to Approved fails
	// with CodeExtended and the newest other order that was placed for the server since
	// RecentWindow before next.CreatedAt, if that is neither next.ToldExtendedBy nor the
	// recorded ToldExtendedBy. A transition to Placed whose
	// [Order.SettledAs] is in the receipt of another order fails with CodeClaimed
	// and that order, whichever process recorded it. It fails with CodeUnavailable
	// if it cannot write. It returns what was stored, with the version increased by
	// one. If the entry is Durable, it returns only after the change is safe from a
	// power failure.
	//
	// A transition to Placed sets ExtendedBy of the other pending orders for the
	// server, and records WorkReconcile for them, due at once, in the same
	// transaction.
	//
	// Card, ThreadMessage and Question are not part of a change, except that an
	// empty Card.Ref is filled in if next has one. Neither are ExtendedBy,
	// CardExtendedBy and ToldExtendedBy, except that ToldExtendedBy of an approved
	// order is the order that CodeExtended would have named.
	Change(ctx context.Context, next Order, e Entry, due ...Due) (Order, error)

	// Order returns the current order, or CodeNotFound.
	Order(ctx context.Context, id ID) (Order, error)

	// LastReceipt returns the newest receipt for the server with this id that has an
	// expiry or a plan price, or nil if there is none.
	LastReceipt(ctx context.Context, serverID string) (*Receipt, error)
}

// Policy decides who may do what. Each answer follows the current policy. If it
// cannot be read, the answer is no (CodeUnavailable).
type Policy interface {
	// Grant returns the account with which p may extend the server, which is named
	// by its name or its id. It fails with CodeStranger if p is not on the
	// allowlist, and with CodeUnknownServer and similar names if p may not use the
	// server or there is none.
	Grant(ctx context.Context, p Person, server string) (Grant, error)

	// MayDecide returns nil if p may decide o now: the current policy must still
	// allow p exactly what o would buy. It fails with CodeStranger, with
	// CodeUnknownServer if p may not use the server, and with CodeNotYours. Only
	// with CodeNotYours may p be told about o.
	MayDecide(ctx context.Context, p Person, o Order) error

	// MaySettle returns nil if p may settle orders whose outcome is unknown. It
	// fails with CodeStranger for people of another workspace and with
	// CodeNotAdmin.
	MaySettle(ctx context.Context, p Person) error
}

// Grant is the answer of a Policy: what would be extended and which account
// pays.
type Grant struct {
	Account string
	Server  Server
}

// Host sells hours. It is the only interface here that spends money.
type Host interface {
	// ExtendServer makes the one call that costs money, once. It returns a receipt
	// if the host confirmed the order, and otherwise a [*PlaceError] whose verdict
	// says whether money may have been spent. Any other error counts as
	// UnknownOutcome.
	ExtendServer(ctx context.Context, e Extension) (Receipt, error)
}

// Observer is called for each event of an order after it was committed, and for
// what could not be committed. It must not block.
type Observer interface {
	// Transitioned reports one committed transition.
	Transitioned(o Order, e Entry)
	// Attempted reports one attempt at the host: its verdict, how long it took, and
	// the error, which is nil if the order was placed.
	Attempted(o Order, v Verdict, took time.Duration, err error)
	// LookedUp reports what the host's list showed about an order that is Unknown,
	// or that was throttled and is to be sent again, and the error if the list could
	// not be read. For a throttled order, MatchDoubtful means that the list has
	// something new.
	LookedUp(o Order, m Match, err error)
	// Unrecorded reports an outcome that the sender knows and the ledger does not
	// have, and why: the ledger was unavailable for too long, or the order was
	// settled differently before. known is Placed, with the receipt, or Refused; o
	// is the order as it was last read. The outcome is stored nowhere else.
	Unrecorded(o Order, known State, r *Receipt, err error)
}
