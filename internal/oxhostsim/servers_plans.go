package oxhostsim

import (
	"time"

	"github.com/shopspring/decimal"
)

// defaultPlanPrice is the price of the plan in the example on the API page.
var defaultPlanPrice = decimal.RequireFromString("12.99")

// RentedServer is a server that an account rents.
type RentedServer struct {
	// ID is the server_id in calls. Required.
	ID string
	// Name is the server's name. Default: its ID.
	Name string
	// OwnerID is the account that rents it.
	OwnerID string
	// PlanID is the plan's number. Default 5.
	PlanID int
	// PlanPrice is the price of 720 hours. Default 12.99.
	PlanPrice decimal.Decimal
	// PrimaryIP is the server's address. Default 192.168.100.102.
	PrimaryIP string
	// Location is the country. Default "Slovenia".
	Location string
	// Status is the status in server_status. Default "active".
	Status string
	// ExpireDate is when the rental ends. Default: 30 days from now.
	ExpireDate time.Time
	// CreatedAt is when it was first rented. Default: now.
	CreatedAt time.Time
	// RentalHours is how many hours the last purchase bought.
	RentalHours int
	// AutoRenew says whether 0xhost extends the rental automatically.
	AutoRenew bool
}

// Plan is a plan in list_plan.
type Plan struct {
	// ID is the plan's own id.
	ID string
	// Name is the plan's name.
	Name string
	// ExternalID is the number that create_order calls plan_id.
	ExternalID int
	// Price is the price of 720 hours.
	Price decimal.Decimal
	// Params is JSON in a JSON string, as 0xhost sends it. Default `{"vcpu":2}`.
	Params string
}

// AddServer adds a rented server, or replaces the one with the same id.
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

// AddPlan adds a plan to list_plan.
func (s *Server) AddPlan(p Plan) {
	if p.Params == "" {
		p.Params = `{"vcpu":2}`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans = append(s.plans, p)
}

// Rented returns the current state of a server, and reports whether there is one.
func (s *Server) Rented(serverID string) (RentedServer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.servers[serverID]; r != nil {
		return *r, true
	}
	return RentedServer{}, false
}
