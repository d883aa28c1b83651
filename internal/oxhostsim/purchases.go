package oxhostsim

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

const (
	// hoursPerMonth is how many hours the price of a plan buys.
	hoursPerMonth = 720
	// maxHours keeps the expiry within the range of dates.
	maxHours = 1_000_000
)

// cent is the lowest price.
var cent = decimal.New(1, -2)

// Price returns what 0xhost charges for a number of hours of a plan: the price of 720
// hours in proportion, rounded to cents, and at least one cent.
func Price(planPrice decimal.Decimal, hours int) decimal.Decimal {
	return decimal.Max(cent, planPrice.Mul(decimal.NewFromInt(int64(hours))).DivRound(decimal.NewFromInt(hoursPerMonth), 2))
}

// buyHours extends the rental of a server. The caller holds s.mu, as for all
// functions below.
func (s *Server) buyHours(p purchaseRequest, commit bool) answer {
	if p.ServerID == "" || !present(p.Hours) {
		return refusal(http.StatusUnprocessableEntity, "Missing required fields: server_id, hours")
	}
	hours, ok := p.hours()
	if !ok || hours < 1 || hours > maxHours {
		return refusal(http.StatusOK, "Invalid number of hours")
	}
	account, rented, problem := s.payerAndServer(p)
	if problem != "" {
		return refusal(http.StatusOK, problem)
	}
	after := *rented
	after.ExpireDate = later(rented.ExpireDate, s.cfg.Now()).Add(time.Duration(hours) * time.Hour)
	after.RentalHours = hours
	return s.charge(account, after, TypeRenew, hours, Price(rented.PlanPrice, hours), commit)
}

// BuyElsewhere buys hours as the owner of a server would in 0xhost's client area: it moves
// the expiry, takes the money, and adds a line to list_order, but no arrival. It returns the
// id of the order, or false if 0xhost refuses.
func (s *Server) BuyElsewhere(serverID string, hours int) (orderID string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rented := s.servers[serverID]
	if rented == nil {
		return "", false
	}
	before := len(s.charges)
	s.buyHours(purchaseRequest{UserID: rented.OwnerID, ServerID: serverID, Hours: strconv.AppendInt(nil, int64(hours), 10)}, true)
	if len(s.charges) == before {
		return "", false
	}
	return s.charges[before].OrderID, true
}

// buyScale moves a server to another plan. extendbot must never request it.
func (s *Server) buyScale(p purchaseRequest, commit bool) answer {
	account, rented, problem := s.payerAndServer(p)
	if problem != "" {
		return refusal(http.StatusOK, problem)
	}
	after := *rented
	after.PlanID, after.PlanPrice = s.plan(p, rented.PlanID, rented.PlanPrice)
	return s.charge(account, after, TypeScale, hoursPerMonth, after.PlanPrice, commit)
}

// buyNew rents another server. extendbot must never request it.
func (s *Server) buyNew(p purchaseRequest, commit bool) answer {
	account, problem := s.payer(p.UserID)
	if problem != "" {
		return refusal(http.StatusOK, problem)
	}
	now := s.cfg.Now()
	rented := RentedServer{
		ID: s.cfg.NewID(), Name: "vm-new", OwnerID: p.UserID,
		PrimaryIP: "192.168.100.200", Location: "Slovenia", Status: "active",
		CreatedAt: now, ExpireDate: now.Add(hoursPerMonth * time.Hour), RentalHours: hoursPerMonth,
	}
	rented.PlanID, rented.PlanPrice = s.plan(p, 5, defaultPlanPrice)
	return s.charge(account, rented, TypeNew, hoursPerMonth, rented.PlanPrice, commit)
}

// payerAndServer returns the account that pays and the server that it rents, or
// the reason why there is none.
func (s *Server) payerAndServer(p purchaseRequest) (*Account, *RentedServer, string) {
	account, problem := s.payer(p.UserID)
	if problem != "" {
		return nil, nil, problem
	}
	rented, problem := s.owned(p.ServerID, p.UserID)
	return account, rented, problem
}

// payer returns the account that pays, or the reason why it cannot.
func (s *Server) payer(userID string) (*Account, string) {
	account := s.accounts[userID]
	switch {
	case account == nil:
		return nil, "User not found"
	case !account.Active:
		return nil, "User account is suspended"
	}
	return account, ""
}

// owned returns a server that the user rents, or the reason why there is none.
func (s *Server) owned(serverID, userID string) (*RentedServer, string) {
	rented := s.servers[serverID]
	switch {
	case rented == nil:
		return nil, "Server not found"
	case rented.OwnerID != userID:
		return nil, "Server does not belong to this user"
	}
	return rented, ""
}

// plan returns the number and price of the plan that a request names. Without a
// plan it returns the given ones, and for an unknown plan the given price.
func (s *Server) plan(p purchaseRequest, id int, price decimal.Decimal) (int, decimal.Decimal) {
	named, err := strconv.Atoi(strings.Trim(string(bytes.TrimSpace(p.PlanID)), `"`))
	if err != nil {
		return id, price
	}
	for _, offered := range s.plans {
		if offered.ExternalID == named {
			return named, offered.Price
		}
	}
	return named, price
}

// charge takes the money, if the account has enough, and answers. Without commit
// it only answers.
func (s *Server) charge(account *Account, rented RentedServer, kind string, hours int, amount decimal.Decimal, commit bool) answer {
	if account.Balance.LessThan(amount) {
		return refusal(http.StatusOK, "Insufficient balance")
	}
	charge := Charge{
		OrderID: s.cfg.NewID(), Type: kind, AccountID: account.ID, ServerID: rented.ID, Hours: hours,
		Amount: amount, BalanceBefore: account.Balance, BalanceAfter: account.Balance.Sub(amount), At: s.cfg.Now(),
	}
	if commit {
		account.Balance = charge.BalanceAfter
		s.servers[rented.ID] = &rented
		s.recordCharge(charge)
	}
	return s.successAnswer(charge, rented)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
