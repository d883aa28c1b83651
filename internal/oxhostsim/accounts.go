package oxhostsim

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Account is a 0xhost customer.
type Account struct {
	// ID is the user_id in calls. Required.
	ID string
	// Username and Email are what info_user shows. Default: made from ID.
	Username, Email string
	// Balance is the prepaid money in [Config.Currency].
	Balance decimal.Decimal
	// Active is false for a suspended account, which can buy nothing.
	Active bool
}

// AddAccount adds an account, or replaces the one with the same id.
func (s *Server) AddAccount(a Account) {
	if a.Username == "" {
		a.Username = "user-" + a.ID
	}
	if a.Email == "" {
		a.Email = fmt.Sprintf("%s@customer.example", a.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[a.ID] = &a
}

// SetBalance sets the balance of an account. It does nothing for an unknown
// account.
func (s *Server) SetBalance(accountID string, balance decimal.Decimal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[accountID]; a != nil {
		a.Balance = balance
	}
}

// SetActive suspends an account, or ends its suspension. It does nothing for an unknown
// account.
func (s *Server) SetActive(accountID string, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[accountID]; a != nil {
		a.Active = active
	}
}

// Balance returns the balance of an account, or zero for an unknown one.
func (s *Server) Balance(accountID string) decimal.Decimal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[accountID]; a != nil {
		return a.Balance
	}
	return decimal.Zero
}
