package ordertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"extendbot/order"
	"extendbot/order/leases"
)

// Ledger is a ledger in memory. It passes [TestLedger], as the databases do. It
// stores due work but does not run it. It is safe for concurrent use.
type Ledger struct {
	// Before is called before each commit of a transition and can fail it. After is
	// called after each. Either may end the goroutine, as a crash would. They are
	// called without the lock and may be nil.
	Before func(order.Entry) error
	After  func(order.Entry)
	// LoseAnswer is called after each commit of a transition. An error that it
	// returns becomes the transition's result although the transition was
	// committed.
	LoseAnswer func(order.Entry) error
	// Unverified is called by Verified, and returns why the order does not verify, or
	// nil.
	Unverified func(order.Order) error
	// UnverifiedBaseline is why no baseline verifies; nil if they do.
	UnverifiedBaseline error
	// AfterRead is called after an order was read, without the lock. AfterClaim is
	// likewise called after HostOrderOf.
	AfterRead, AfterClaim func()

	now func() time.Time

	mu        sync.Mutex
	orders    map[order.ID]order.Order
	history   map[order.ID][]order.Entry
	due       []order.Due
	baselines map[order.ID]order.Baseline

	leases       map[string]leases.Record // by the id of the server
	reminders    []leases.Reminder
	reminds      string // the process that reminds, until remindsUntil
	remindsUntil time.Time
}

var _ Implementation = (*Ledger)(nil)

// NewLedger returns a ledger without orders. now is its clock.
func NewLedger(now func() time.Time) *Ledger {
	return &Ledger{
		now:    now,
		orders: map[order.ID]order.Order{}, history: map[order.ID][]order.Entry{}, baselines: map[order.ID]order.Baseline{},
		leases: map[string]leases.Record{},
	}
}

// Create implements [order.Ledger].
func (l *Ledger) Create(_ context.Context, o order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !e.From.CanBecome(e.To) || e.To != o.State {
		return o, &order.Error{Code: order.CodeIllegal}
	}
	if instead, err := l.mayCreate(o); err != nil {
		return instead, err
	}
	if newest := l.extension(o); newest != nil {
		o.ExtendedBy = newest.ID
	}
	o.Chain = chain(o, e)
	l.store(o, e, due)
	return o, nil
}

// Change implements [order.Ledger].
func (l *Ledger) Change(_ context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if e.From == order.Pending && e.To == order.Approved {
		return next, &order.Error{Code: order.CodeIllegal}
	}
	return l.commit(next, e, nil, due)
}

// Approve implements [order.Ledger].
func (l *Ledger) Approve(_ context.Context, next order.Order, e order.Entry, limits []order.Limit, due ...order.Due) (order.Order, error) {
	if e.From != order.Pending || e.To != order.Approved {
		return next, &order.Error{Code: order.CodeIllegal}
	}
	return l.commit(next, e, limits, due)
}

// Requested implements [order.Ledger].
func (l *Ledger) Requested(_ context.Context, key string) (order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.find(func(other order.Order) bool { return other.RequestKey == key })
	if !ok {
		return o, &order.Error{Code: order.CodeNotFound}
	}
	return o, nil
}

// LimitStates implements [order.Ledger].
func (l *Ledger) LimitStates(_ context.Context, o order.Order, limits []order.Limit, now time.Time) ([]order.LimitState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limitStates(o, limits, now), nil
}

func (l *Ledger) limitStates(o order.Order, limits []order.Limit, now time.Time) (states []order.LimitState) {
	for _, limit := range limits {
		var spent []order.Spent
		for _, other := range l.all(func(other order.Order) bool { return other.ID != o.ID && limit.Covers(o, other) }) {
			if s, ok := other.Spent(); ok {
				spent = append(spent, s)
			}
		}
		slices.SortStableFunc(spent, func(a, b order.Spent) int { return a.At.Compare(b.At) })
		states = append(states, limit.State(o, now, spent))
	}
	return states
}

// commit records a transition, and calls the hooks.
func (l *Ledger) commit(next order.Order, e order.Entry, limits []order.Limit, due []order.Due) (order.Order, error) {
	if l.Before != nil {
		if err := l.Before(e); err != nil {
			return next, err
		}
	}
	stored, err := l.change(next, e, limits, due)
	if err != nil {
		return next, err
	}
	if l.After != nil {
		l.After(e)
	}
	if l.LoseAnswer != nil {
		if err := l.LoseAnswer(e); err != nil {
			return next, err
		}
	}
	return stored, nil
}

func (l *Ledger) change(next order.Order, e order.Entry, limits []order.Limit, due []order.Due) (order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !e.From.CanBecome(e.To) || e.To != next.State {
		return next, &order.Error{Code: order.CodeIllegal}
	}
	now, ok := l.orders[next.ID]
	if !ok {
		return next, &order.Error{Code: order.CodeNotFound}
	}
	if now.Version != next.Version || now.State != e.From || now.State == order.Placing && now.Owner != next.Owner {
		return next, &order.Error{Code: order.CodeConflict, Order: &now}
	}
	if next.State == order.Approved {
		if err := l.mustNotBeHeld(next, order.State.Holds); err != nil {
			return next, err
		}
	}
	if newest := l.extension(next); newest != nil && e.From == order.Pending && e.To == order.Approved {
		if newest.ID != next.ToldExtendedBy && (newest.ID != now.ToldExtendedBy || e.Who != now.ToldUser) {
			return next, &order.Error{Code: order.CodeExtended, Order: newest}
		}
		now.ToldExtendedBy, now.ToldUser = newest.ID, e.Who
	}
	if id := next.SettledAs(); id != "" {
		if other, ok := l.find(hasHostOrder(id)); ok {
			return next, &order.Error{Code: order.CodeClaimed, Order: &other}
		}
	}
	if err := order.Exceeded(l.limitStates(next, limits, e.At)); err != nil {
		return next, err
	}
	next.Version++
	ref := next.Card.Ref
	next.Card, next.ThreadMessage, next.Question, next.AskedAt = now.Card, now.ThreadMessage, now.Question, now.AskedAt
	next.WaitingRef, next.ToldVersion, next.SupersededRef = now.WaitingRef, now.ToldVersion, now.SupersededRef
	next.ExtendedBy, next.CardExtendedBy = now.ExtendedBy, now.CardExtendedBy
	next.ToldExtendedBy, next.ToldUser, next.Finding = now.ToldExtendedBy, now.ToldUser, now.Finding
	next.ApproversTold, next.RemindedAt = now.ApproversTold, now.RemindedAt
	next.DeclineReason, next.DeclineRef, next.CardDeclineReason = now.DeclineReason, now.DeclineRef, now.CardDeclineReason
	if next.Card.Ref == "" {
		next.Card.Ref = ref
	}
	if next.State.Final() {
		delete(l.baselines, next.ID)
	}
	next.Chain = chain(next, e)
	l.store(next, e, due)
	if next.State == order.Placed {
		l.tellSiblings(next)
	}
	return next, nil
}

// chain returns what is different for each transition of each order.
func chain(o order.Order, e order.Entry) string {
	return fmt.Sprintf("%s %d %s", o.ID, e.Version, e.To)
}

func (l *Ledger) store(o order.Order, e order.Entry, due []order.Due) {
	o.Approvals = slices.Clone(o.Approvals) // the caller may append to its own
	l.orders[o.ID] = o
	l.history[o.ID] = append(l.history[o.ID], e)
	l.due = append(l.due, due...)
}

func (l *Ledger) mustNotBeHeld(o order.Order, stops func(order.State) bool) error {
	holder, ok := l.find(func(other order.Order) bool {
		return other.ID != o.ID && other.Server.ID == o.Server.ID && stops(other.State)
	})
	if ok {
		return &order.Error{Code: order.CodeServerHeld, Order: &holder}
	}
	return nil
}

// Order implements [order.Ledger].
func (l *Ledger) Order(_ context.Context, id order.ID) (order.Order, error) {
	l.mu.Lock()
	o, ok := l.orders[id]
	l.mu.Unlock()
	if l.AfterRead != nil {
		l.AfterRead()
	}
	if !ok {
		return o, &order.Error{Code: order.CodeNotFound}
	}
	return o, nil
}

// Verified implements [order.Ledger].
func (l *Ledger) Verified(ctx context.Context, id order.ID) (order.Order, error) {
	o, err := l.Order(ctx, id)
	if err != nil || l.Unverified == nil {
		return o, err
	}
	return o, l.Unverified(o)
}

// AddBaseline implements [order.Baselines].
func (l *Ledger) AddBaseline(_ context.Context, id order.ID, b order.Baseline) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.orders[id]
	if !ok {
		return &order.Error{Code: order.CodeNotFound}
	}
	if _, ok := l.baselines[id]; ok || o.State != order.Pending {
		return &order.Error{Code: order.CodeConflict, Order: &o}
	}
	l.baselines[id] = b
	return nil
}

// Baseline implements [order.Baselines].
func (l *Ledger) Baseline(_ context.Context, id order.ID) (order.Baseline, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.baselines[id]
	if !ok {
		return b, &order.Error{Code: order.CodeNotFound}
	}
	return b, l.UnverifiedBaseline
}

// HostOrderOf implements [order.Baselines].
func (l *Ledger) HostOrderOf(_ context.Context, hostID string) (order.ID, error) {
	l.mu.Lock()
	o, ok := l.find(hasHostOrder(hostID))
	l.mu.Unlock()
	if l.AfterClaim != nil {
		l.AfterClaim()
	}
	if !ok || hostID == "" {
		return "", &order.Error{Code: order.CodeNotFound}
	}
	return o.ID, nil
}

func hasHostOrder(id string) func(order.Order) bool {
	return func(o order.Order) bool { return o.Receipt != nil && o.Receipt.OrderID == id }
}

// Rivals implements [order.Baselines].
func (l *Ledger) Rivals(_ context.Context, o order.Order, since time.Time) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all(func(other order.Order) bool {
		same := other.ID != o.ID && other.Account == o.Account && other.Server.ID == o.Server.ID && other.Hours == o.Hours
		unnamed := other.State == order.NotPlaced || other.State == order.Placed && other.Receipt.OrderID == ""
		return same && unnamed && !other.ChangedAt.Before(since)
	})), nil
}

// find returns the oldest order that matches.
func (l *Ledger) find(wanted func(order.Order) bool) (order.Order, bool) {
	list := l.all(wanted)
	if len(list) == 0 {
		return order.Order{}, false
	}
	return list[0], true
}

// all returns the orders that match, oldest first.
func (l *Ledger) all(wanted func(order.Order) bool) (list []order.Order) {
	for _, o := range l.orders {
		if wanted(o) {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b order.Order) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return list
}
