package oxhostsim

import (
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// The kinds of purchase, as create_order's answer names them in its field type.
const (
	TypeRenew = "renew_server" // more hours for a machine: what extendbot buys
	TypeNew   = "new_server"   // another machine
	TypeScale = "scale_server" // another plan for a machine
)

// Charge is one movement of money: it really happened, whether or not the
// client ever heard of it.
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

// Order is a line of list_order.
type Order struct {
	ID        string // default: a new id
	AccountID string
	ServerID  string
	Type      string // default TypeRenew; [Listing.TypeNames] may show it under another name
	Status    string // default "completed"
	Hours     int
	Amount    decimal.Decimal
	At        time.Time // default: now
}

// Charges returns what was really charged, oldest first.
func (s *Server) Charges() []Charge {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.charges)
}

// WaitCharge waits until at least n charges are booked. It returns the context's
// cause when that ends first.
func (s *Server) WaitCharge(ctx context.Context, n int) error {
	return s.until(ctx, func() bool { return len(s.charges) >= n })
}

// AddOrder enters an order that did not come in through the API, such as one
// made in 0xhost's client area. It moves no money and returns the order's id.
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

// Secrets returns every secret that this server has handed out or accepts: its
// API key and each password that an answer carried. None of them may turn up
// anywhere else.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// book enters a charge and its order. s.mu is held.
func (s *Server) book(c Charge) {
	s.charges = append(s.charges, c)
	s.orders = append(s.orders, &Order{
		ID: c.OrderID, AccountID: c.AccountID, ServerID: c.ServerID,
		Type: c.Type, Status: "completed", Hours: c.Hours, Amount: c.Amount, At: c.At,
	})
	s.tell()
}
