package order

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// LimitPer is whose orders count together against a [Limit].
type LimitPer string

// Whose orders can count together.
const (
	PerPerson  LimitPer = "person"  // those of the requester
	PerServer  LimitPer = "server"  // those for the server
	PerAccount LimitPer = "account" // those that the account at the host pays
	PerAll     LimitPer = "all"     // all of them
)

// Limit is the most that may be bought within some time. Exactly one of Hours and
// Amount is set.
type Limit struct {
	Per    LimitPer
	Within time.Duration
	Hours  Hours
	Amount decimal.NullDecimal // in the currency of the host's amounts
}

// Period returns Within for people: "90 minutes", "24 hours", "30 days". A day of the
// calendar may have other hours, so one day is written as 24 hours.
func (l Limit) Period() string {
	switch hours := Hours(l.Within / time.Hour); {
	case l.Within%time.Hour != 0:
		return count(int(l.Within/time.Minute), "minute")
	case hours > hoursPerDay && hours%hoursPerDay == 0:
		return count(int(hours/hoursPerDay), "day")
	default:
		return hours.Short()
	}
}

// Spent is what one order counts against limits, from its last approval on.
type Spent struct {
	At     time.Time // the time of its last approval
	Hours  Hours
	Amount decimal.Decimal // the charge, or the estimate while that is not known; 0 if neither is known
}

// Spent returns what the order counts against limits, and whether it counts at all:
// it does while it is approved, placing or unknown, and when it was placed.
func (o Order) Spent() (Spent, bool) {
	if !o.State.Holds() && o.State != Placed {
		return Spent{}, false
	}
	s := Spent{At: o.DecidedAt, Hours: o.Hours}
	switch {
	case o.Receipt != nil && calculable(o.Receipt.Amount):
		s.Amount = decimal.Max(o.Receipt.Amount.Decimal, decimal.Zero)
	case o.Estimate.Known():
		s.Amount = o.Estimate.Amount.Decimal
	}
	return s, true
}

// Covers reports whether another order counts against a limit together with o.
func (l Limit) Covers(o, other Order) bool {
	switch l.Per {
	case PerPerson:
		return o.Person == other.Person
	case PerServer:
		return o.Server.ID == other.Server.ID
	case PerAccount:
		return o.Account == other.Account
	default:
		return true
	}
}

// LimitState is what a limit leaves for one order at one moment.
type LimitState struct {
	Limit
	// UsedHours and UsedAmount are what other orders count against the limit now. They
	// can be more than the limit: a charge may be higher than its estimate, and the
	// policy may have been changed.
	UsedHours  Hours
	UsedAmount decimal.Decimal
	// Allows reports whether the order can be approved now. One whose estimate is not
	// known can be approved as long as a limit on amounts has something left.
	Allows bool
	// FreeAt is when enough becomes free for the order, if nothing else is approved
	// until then. It is zero if the order is allowed now, or alone is more than the limit.
	FreeAt time.Time
}

// LeftHours returns how many hours are left of a limit on hours, at least 0.
func (s LimitState) LeftHours() Hours { return max(s.Hours-s.UsedHours, 0) }

// LeftAmount returns how much money is left of a limit on amounts, at least 0.
func (s LimitState) LeftAmount() decimal.Decimal {
	return decimal.Max(s.Amount.Decimal.Sub(s.UsedAmount), decimal.Zero)
}

// Fits returns the most hours that an order like o can have within what is left, at
// least 0. For a limit on amounts that follows from the estimate of o; without one, it is 0.
func (s LimitState) Fits(o Order) Hours {
	if s.Hours > 0 {
		return s.LeftHours()
	}
	if !o.Estimate.Known() || o.Hours <= 0 {
		return 0
	}
	// The estimate is rounded: the price is below half a cent more. The one of the order
	// that is asked for instead is rounded, too, so it fits below half a cent more.
	half := decimal.New(5, -3)
	left := s.LeftAmount().RoundFloor(2)
	if left.IsZero() {
		return 0
	}
	fits, _ := left.Add(half).Mul(decimal.NewFromInt(int64(o.Hours))).QuoRem(o.Estimate.Amount.Decimal.Add(half), 0)
	return Hours(fits.IntPart())
}

// State returns what the limit leaves for o at a time. spent is what other orders that
// it covers count, oldest first; what is older than the limit's time does not count.
func (l Limit) State(o Order, now time.Time, spent []Spent) LimitState {
	s := LimitState{Limit: l}
	for _, one := range spent {
		if l.counts(one, now) {
			s.UsedHours += one.Hours
			s.UsedAmount = s.UsedAmount.Add(one.Amount)
		}
	}
	if s.Allows = s.allows(o); s.Allows {
		return s
	}
	rest := s
	for _, one := range spent {
		if !l.counts(one, now) {
			continue
		}
		rest.UsedHours -= one.Hours
		rest.UsedAmount = rest.UsedAmount.Sub(one.Amount)
		if rest.allows(o) {
			s.FreeAt = one.At.Add(l.Within)
			break
		}
	}
	return s
}

// counts reports whether what was spent still counts against the limit.
func (l Limit) counts(one Spent, now time.Time) bool { return one.At.After(now.Add(-l.Within)) }

// allows reports whether o fits into what is left.
func (s LimitState) allows(o Order) bool {
	switch {
	case s.Hours > 0:
		return s.UsedHours+o.Hours <= s.Hours
	case !o.Estimate.Known():
		return s.UsedAmount.LessThan(s.Amount.Decimal)
	default:
		return s.UsedAmount.Add(o.Estimate.Amount.Decimal).LessThanOrEqual(s.Amount.Decimal)
	}
}

// LimitStates returns what each limit of the policy leaves for an order now, also for one
// that the policy does not allow. It fails with CodeUnavailable.
func (d *Desk) LimitStates(ctx context.Context, o Order) ([]LimitState, error) {
	ruling, err := d.cfg.Policy.Judge(ctx, o)
	if CodeOf(err) == CodeUnavailable {
		return nil, fmt.Errorf("limits: %w", err)
	}
	return d.limitStates(ctx, o, ruling)
}

// LimitsExceededBy returns the limits on amounts that are exceeded now, if the charge for
// a placed order was more than its estimate, or if that was not known. Their UsedAmount
// contains the charge, and FreeAt is when they have something left again. The limits that
// a charge does not exceed are not among them.
func (d *Desk) LimitsExceededBy(ctx context.Context, o Order) ([]LimitState, error) {
	if o.State != Placed || o.Receipt == nil || !calculable(o.Receipt.Amount) ||
		o.Estimate.Known() && o.Receipt.Amount.Decimal.LessThanOrEqual(o.Estimate.Amount.Decimal) {
		return nil, nil
	}
	next := o // one of an unknown price, with which this one counts
	next.ID, next.Estimate = "", Estimate{}
	states, err := d.LimitStates(ctx, next)
	return slices.DeleteFunc(states, func(s LimitState) bool {
		return !s.Amount.Valid || s.UsedAmount.LessThanOrEqual(s.Amount.Decimal)
	}), err
}

func (d *Desk) limitStates(ctx context.Context, o Order, r Ruling) ([]LimitState, error) {
	if len(r.Limits) == 0 {
		return nil, nil
	}
	states, err := d.cfg.Ledger.LimitStates(ctx, o, r.Limits, d.now())
	if err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	return states, nil
}

// Exceeded returns CodeOverLimit with the limit that stops an order the longest, or nil
// if no limit stops it.
func Exceeded(states []LimitState) error {
	var most *LimitState
	for i := range states {
		s := &states[i]
		switch {
		case s.Allows:
		case most == nil, s.FreeAt.IsZero(), !most.FreeAt.IsZero() && s.FreeAt.After(most.FreeAt):
			most = s
		}
	}
	if most == nil {
		return nil
	}
	return &Error{Code: CodeOverLimit, Detail: "it is over the limit per " + string(most.Per), Limit: most}
}

// Spending is what a person has bought since a time, and what the limits that concern them
// leave. The zero value: nothing, and no limits.
type Spending struct {
	Hours  Hours
	Amount decimal.Decimal // the charges, or the estimates of orders whose charge is not known
	Limits []LimitUse      // per person, account, and all, in the order of the policy
}

// LimitUse is what a limit leaves to a person.
type LimitUse struct {
	LimitState

	Account string // whose orders count, for a limit per account; else ""
}

// Spending returns what the orders of a person count since a time, as limits count them,
// and what the limits leave to the person, who may extend these servers. Limits per server
// are not among them. It fails with CodeUnavailable.
func (d *Desk) Spending(ctx context.Context, p Person, servers []Server, since time.Time) (Spending, error) {
	now := d.now()
	ruling, err := d.cfg.Policy.Judge(ctx, Order{Person: p})
	if CodeOf(err) == CodeUnavailable {
		return Spending{}, fmt.Errorf("spending: %w", err)
	}
	accounts := d.accountsOf(ctx, p, servers)
	orders, limits := []Order{{Person: p}}, []Limit{{Per: PerPerson, Within: now.Sub(since), Hours: math.MaxInt32}}
	for _, l := range ruling.Limits {
		switch l.Per {
		case PerPerson, PerAll:
			orders, limits = append(orders, Order{Person: p}), append(limits, l)
		case PerAccount:
			for _, account := range accounts {
				orders, limits = append(orders, Order{Person: p, Account: account}), append(limits, l)
			}
		case PerServer:
		}
	}
	var s Spending
	for i, l := range limits {
		states, err := d.cfg.Ledger.LimitStates(ctx, orders[i], []Limit{l}, now)
		if err != nil {
			return Spending{}, fmt.Errorf("spending: %w", err)
		}
		if i == 0 {
			s.Hours, s.Amount = states[0].UsedHours, states[0].UsedAmount
			continue
		}
		s.Limits = append(s.Limits, LimitUse{LimitState: states[0], Account: orders[i].Account})
	}
	return s, nil
}

// accountsOf returns the accounts that pay for what a person orders, each once.
func (d *Desk) accountsOf(ctx context.Context, p Person, servers []Server) []string {
	var accounts []string
	for _, s := range servers {
		grant, err := d.cfg.Policy.Grant(ctx, p, s.ID)
		if err == nil && !slices.Contains(accounts, grant.Account) {
			accounts = append(accounts, grant.Account)
		}
	}
	return accounts
}
