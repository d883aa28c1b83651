package order

import (
	"context"
	"time"
)

// Ledger keeps the orders and their history. The Desk calls it, and whoever
// else wants to read.
type Ledger interface {
	// Create records a new pending order with its first row of history and
	// its due work, in one transaction. It fails with CodeDuplicate and the
	// order that has the same Key already, with CodeServerHeld and the order
	// of that server whose outcome is Unknown, and with CodeUnavailable if it
	// cannot write.
	Create(ctx context.Context, o Order, e Entry, due ...Due) (Order, error)

	// Change records one transition: next replaces the order whose version is
	// next.Version, together with a row of history and the due work that
	// follows, in one transaction. It is a compare-and-swap: if the order has
	// another version or is not in e.From, it fails with CodeConflict. A step
	// that the table does not have fails with CodeIllegal. A step to Approved
	// while another order holds the server fails with CodeServerHeld and the
	// other order. A step to Placed with a [Order.SettledAs] that the receipt of
	// another order has fails with CodeClaimed and that order, whichever process
	// recorded it. It fails with CodeUnavailable if it cannot write. It returns
	// what was stored, its version one higher. If the state is Durable it returns
	// after the change is safe from a power cut.
	//
	// Card, Word and Ask are not part of a change, save that an empty Card.Ref
	// is filled in if next has one.
	Change(ctx context.Context, next Order, e Entry, due ...Due) (Order, error)

	// Order gives an order as it stands, or CodeNotFound.
	Order(ctx context.Context, id ID) (Order, error)
}

// Policy says who may do what. Each answer is as fresh as the rule's source;
// if the source cannot be read the answer is no (CodeUnavailable).
type Policy interface {
	// Grant says with which account p may extend the server that they named,
	// by its name or its id. It fails with CodeStranger if p is on no list and
	// with CodeUnknownServer, and what is near, if p may not use it or there
	// is none.
	Grant(ctx context.Context, p Person, server string) (Grant, error)

	// MayDecide says nil if p may decide o now: the rule for p and for what o
	// would buy, read again. It fails with CodeStranger, with CodeNotYours, and
	// with CodeUnknownServer if the server was taken from p since.
	MayDecide(ctx context.Context, p Person, o Order) error

	// MaySettle says nil if p may say what became of orders whose outcome is
	// unknown. It fails with CodeStranger for people of another workspace and
	// with CodeNotAdmin.
	MaySettle(ctx context.Context, p Person) error
}

// Grant is the answer of a Policy: what would be extended and who pays.
type Grant struct {
	Account string
	Server  Server
}

// Host sells hours. It is the only thing here that spends money.
type Host interface {
	// ExtendServer makes the one call that costs money, once. It returns a
	// receipt if the host confirmed it, and otherwise a [*PlaceError] whose
	// verdict says whether money may have been spent. Any other error counts
	// as UnknownOutcome.
	ExtendServer(ctx context.Context, e Extension) (Receipt, error)
}

// Observer is told of each thing that happened to an order, after it was
// committed, and of what could not be. It must not block.
type Observer interface {
	// Moved reports one committed transition.
	Transitioned(o Order, e Entry)
	// Tried reports one attempt at the host: its verdict, how long it took,
	// and the error, nil if it is done.
	Attempted(o Order, v Verdict, took time.Duration, err error)
	// LookedUp reports what a look-up of an Unknown order found, and the error
	// if the host gave no list.
	LookedUp(o Order, f Match, err error)
	// Unrecorded reports that the ledger does not say what became of an order,
	// although its sender knows, and why: it was away for too long, or the
	// order was settled otherwise before. known is Placed, with the receipt, or
	// Refused; o is the order as it was last seen. It is the only trace.
	Unrecorded(o Order, known State, r *Receipt, err error)
}
