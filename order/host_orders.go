package order

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// HostOrders reads the host's own list of an account's orders. It is the only
// way to find out whether a call whose answer was lost went through. It spends
// nothing.
type HostOrders interface {
	// Orders returns all orders that the account ever made. An error means that
	// there is no list. An order may be missing from a list that is not Complete.
	Orders(ctx context.Context, account string) (HostOrderList, error)
}

// HostOrderList is the host's list of an account's orders.
type HostOrderList struct {
	// Orders are in the host's order. Each id occurs once.
	Orders []HostOrder
	// Complete reports whether the list was read to its end and each line was
	// valid. If not, an order that is not in Orders may exist.
	Complete bool
}

// completeAfter reports whether the list is complete. One that lacks an order of
// an earlier list is not, whatever the host says.
func (l HostOrderList) completeAfter(b Baseline) bool {
	ids := map[string]bool{}
	for _, line := range l.Orders {
		ids[line.ID] = true
	}
	lost := slices.ContainsFunc(b.IDs, func(id string) bool { return !ids[id] })
	return l.Complete && !lost
}

// HostOrder is one line of the host's list. A field that the host left out, or
// that is invalid, is its zero value. Only ID is always set.
type HostOrder struct {
	ID        string
	AccountID string
	ServerID  string
	Type      string // the host's type; that of an extension is not documented
	Status    string
	Hours     Hours
	Amount    decimal.NullDecimal
	Currency  string
	CreatedAt time.Time
}

// HostCompleted is the status of a listed order that went through.
const HostCompleted = "completed"

// The types of the host's other purchases. An extension never has one of them.
const (
	newServer   = "new_server"
	scaleServer = "scale_server"
)

// PricesHours reports whether the line shows what hours of its server cost in a
// currency: it is a completed purchase of hours, for an amount. A line without a currency
// counts as one in any.
func (l HostOrder) PricesHours(currency string) bool {
	return l.Status == HostCompleted && l.Type != scaleServer && l.Hours > 0 &&
		calculable(l.Amount) && l.Amount.Decimal.IsPositive() &&
		(l.Currency == "" || strings.EqualFold(l.Currency, currency))
}

// Extends reports whether the line is a completed purchase of hours for a server that was
// there before.
func (l HostOrder) Extends(serverID string) bool {
	return l.ServerID == serverID && l.Status == HostCompleted && l.Hours > 0 && l.Type != newServer && l.Type != scaleServer
}

// Baseline is what the host listed for an order's server before the order was
// approved. The zero value means that there is no baseline.
type Baseline struct {
	IDs []string // of the orders that cannot be this one
	// Complete reports whether the list was complete. If not, an order that is not
	// in IDs may still be older than the baseline.
	Complete bool
	At       time.Time // when the list was requested
}

// Baselines stores the baselines of orders, and which of the host's orders
// belongs to which order. It is part of the ledger.
type Baselines interface {
	// AddBaseline stores the baseline of a Pending order that has none. It fails
	// with CodeConflict if the order is decided or has a baseline: a baseline must
	// be older than any decision.
	AddBaseline(ctx context.Context, id ID, n Baseline) error

	// Baseline returns the baseline of an order, or CodeNotFound. The baseline of
	// an order in a Final state may have been deleted. If it is not proven that the
	// program recorded it, it fails with one of the codes of [Ledger.Verified].
	Baseline(ctx context.Context, id ID) (Baseline, error)

	// HostOrderOf returns the id of the order whose receipt has this id from the
	// host, or CodeNotFound. Nothing is verified.
	HostOrderOf(ctx context.Context, hostID string) (ID, error)

	// Rivals counts the other orders for o's account, server and hours, changed
	// since that time, that an order in the host's list may belong to: Placed
	// without the host's id, or NotPlaced.
	Rivals(ctx context.Context, o Order, since time.Time) (int, error)
}
