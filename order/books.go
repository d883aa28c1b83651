package order

import (
	"context"
	"time"

	"github.com/shopspring/decimal"
)

// Books is the host's own list of an account's orders: the only way to learn
// whether a call whose answer was lost went through. It spends nothing.
type HostOrders interface {
	// Orders lists what the account ever ordered. An error means that there is
	// no list; one that is not Complete proves nothing by what it lacks.
	Orders(ctx context.Context, account string) (HostOrderList, error)
}

// HostOrders is the host's list of an account's orders.
type HostOrderList struct {
	// Orders are in the host's order; no id comes twice.
	Orders []HostOrder
	// Complete says that the list was read to its end and each line of it made
	// sense. If not, an order that is not in Orders may exist all the same.
	Complete bool
}

// HostOrder is one line of the host's list. A field that the host left out, or
// that makes no sense, is its zero value, but for ID, which is always there.
type HostOrder struct {
	ID        string
	AccountID string
	ServerID  string
	Type      string // the host's word; which one an extension has is not documented
	Status    string
	Hours     Hours
	Amount    decimal.NullDecimal
	Currency  string
	CreatedAt time.Time
}

// HostCompleted is the status of a listed order that went through.
const HostCompleted = "completed"

// The types of the host's other purchases, which no extension has.
const (
	newServer   = "new_server"
	scaleServer = "scale_server"
)

// Note is what the host listed of an order's server before anybody said yes to
// the order. The zero value is no note.
type Baseline struct {
	IDs []string // of the orders that cannot be this one
	// Complete says that the list was whole. If not, an order that is not in
	// IDs may be older than the note all the same.
	Complete bool
	At       time.Time // when the list was asked for
}

// Notes keeps what the Desk notes of the host's list, and knows which of the
// host's orders belong to which order. It is part of the ledger.
type Baselines interface {
	// AddNote keeps the note of an order that is Pending and has none. It
	// fails with CodeConflict if somebody decided the order or noted before:
	// what is noted is older than any decision.
	AddBaseline(ctx context.Context, id ID, n Baseline) error

	// Note gives the note of an order, or CodeNotFound. That of an order in a
	// state that is Final may be gone.
	Baseline(ctx context.Context, id ID) (Baseline, error)

	// HostOrderOf gives the order whose receipt has this id of the host, or
	// CodeNotFound.
	HostOrderOf(ctx context.Context, hostID string) (ID, error)

	// Rivals counts the other orders of o's account, server and hours, changed
	// since then, to which an order of the host may belong that the ledger
	// cannot name: Placed without the host's id, or NotPlaced.
	Rivals(ctx context.Context, o Order, since time.Time) (int, error)
}
