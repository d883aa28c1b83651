package oxhostsim

import (
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// The kinds of purchase, as in the field type of create_order's answer.
const (
	TypeRenew = "renew_server" // more hours for a server: what extendbot buys
	TypeNew   = "new_server"   // another server
	TypeScale = "scale_server" // another plan for a server
)

// Charge is money that was really taken from an account, whether or not the
// client got the answer.
type Charge struct {
	OrderID       string
	Type          string // TypeRenew, TypeNew or TypeScale
	AccountID     string
	ServerID      string
	Hours         int
	Amount        decimal.Decimal
	BalanceBefore decimal.Decimal
	BalanceAfter  decimal.Decimal
	At            time.Time
}

// Order is one order in list_order.
type Order struct {
	ID        string // default: a new id
	AccountID string
	ServerID  string
	Type      string // default TypeRenew; [Listing.TypeNames] may show another name
	Status    string // default "completed"
	Hours     int
	Amount    decimal.Decimal
	At        time.Time // default: now
}

// Charges returns all charges, oldest first.
func (s *Server) Charges() []Charge {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.charges)
}

// WaitCharge waits until there are at least n charges. If the context ends
// first, it returns the context's cause.
func (s *Server) WaitCharge(ctx context.Context, n int) error {
	return s.waitFor(ctx, func() bool { return len(s.charges) >= n })
}

// AddOrder adds an order that was not made through the API, such as one made in
// 0xhost's client area. It charges nothing and returns the order's id.
func (s *Server) AddOrder(o Order) string {
	if o.ID == "" {
		o.ID = s.cfg.NewID()
	}
	if o.Type == "" {
		o.Type = TypeRenew
	}
	if o.Status == "" {
		o.Status = "completed"
	}
	if o.At.IsZero() {
		o.At = s.cfg.Now()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = append(s.orders, &o)
	return o.ID
}

// SetListed hides one order from list_order, or shows it again.
func (s *Server) SetListed(orderID string, listed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden[orderID] = !listed
}

// Secrets returns every secret of this server: its API key and each password
// that an answer contained. Tests check that they appear nowhere else.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// recordCharge adds a charge and its order. The caller holds s.mu.
func (s *Server) recordCharge(c Charge) {
	s.charges = append(s.charges, c)
	s.orders = append(s.orders, &Order{
		ID: c.OrderID, AccountID: c.AccountID, ServerID: c.ServerID,
		Type: c.Type, Status: "completed", Hours: c.Hours, Amount: c.Amount, At: c.At,
	})
	s.notifyWaiters()
}
