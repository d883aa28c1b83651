package oxhostsim

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// defaultPlanPrice is what the plan of the API page's example costs a month.
var defaultPlanPrice = decimal.RequireFromString("12.99")

// Account is a 0xhost customer.
type Account struct {
	// ID is what calls name as user_id. It is required.
	ID string
	// Username and Email are what info_user shows. Default: made from ID.
	Username, Email string
	// Balance is the prepaid money, in [Config.Currency].
	Balance decimal.Decimal
	// Active is false for a suspended account, which can buy nothing.
	Active bool
}

// RentedServer is a machine that an account rents.
type RentedServer struct {
	// ID is what calls name as server_id. It is required.
	ID string
	// Name is the machine's name. Default: its ID.
	Name string
	// OwnerID is the account that rents it.
	OwnerID string
	// PlanID is the plan's number. Default 5.
	PlanID int
	// PlanPrice is the price of 720 hours. Default 12.99.
	PlanPrice decimal.Decimal
	// PrimaryIP is the machine's address. Default 192.168.100.102.
	PrimaryIP string
	// Location is the country. Default "Slovenia".
	Location string
	// Status is what server_status shows. Default "active".
	Status string
	// ExpireDate is when the rental ends. Default: 30 days from now.
	ExpireDate time.Time
	// CreatedAt is when it was first rented. Default: now.
	CreatedAt time.Time
	// RentalHours is how many hours the last purchase bought.
	RentalHours int
	// AutoRenew says whether 0xhost extends it by itself.
	AutoRenew bool
}

// Plan is what list_plan offers.
type Plan struct {
	// ID is the plan's own id.
	ID string
	// Name is the plan's name.
	Name string
	// ExternalID is the number that create_order calls plan_id.
	ExternalID int
	// Price is the price of 720 hours.
	Price decimal.Decimal
	// Params is a JSON text inside the JSON, as the vendor sends it. Default `{"vcpu":2}`.
	Params string
}

// AddAccount opens an account, or replaces the one with the same id.
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

// AddServer rents out a machine, or replaces the one with the same id.
func (s *Server) AddServer(r RentedServer) {
	now := s.cfg.Now()
	if r.Name == "" {
		r.Name = r.ID
	}
	if r.PlanID == 0 {
		r.PlanID = 5
	}
	if r.PlanPrice.IsZero() {
		r.PlanPrice = defaultPlanPrice
	}
	if r.PrimaryIP == "" {
		r.PrimaryIP = "192.168.100.102"
	}
	if r.Location == "" {
		r.Location = "Slovenia"
	}
	if r.Status == "" {
		r.Status = "active"
	}
	if r.CreatedAt.IsZero() {
		r.CreatedAt = now
	}
	if r.ExpireDate.IsZero() {
		r.ExpireDate = now.Add(30 * 24 * time.Hour)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers[r.ID] = &r
}

// AddPlan offers a plan.
func (s *Server) AddPlan(p Plan) {
	if p.Params == "" {
		p.Params = `{"vcpu":2}`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans = append(s.plans, p)
}

// SetBalance sets what an account has, as a payment or a withdrawal would.
// It does nothing for an unknown account.
func (s *Server) SetBalance(accountID string, balance decimal.Decimal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[accountID]; a != nil {
		a.Balance = balance
	}
}

// SetActive suspends an account or lifts the suspension. It does nothing for
// an unknown account.
func (s *Server) SetActive(accountID string, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[accountID]; a != nil {
		a.Active = active
	}
}

// Balance returns what an account has; zero for an unknown one.
func (s *Server) Balance(accountID string) decimal.Decimal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[accountID]; a != nil {
		return a.Balance
	}
	return decimal.Zero
}

// Rented returns a machine as it now stands, and whether there is one.
func (s *Server) Rented(serverID string) (RentedServer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.servers[serverID]; r != nil {
		return *r, true
	}
	return RentedServer{}, false
}
