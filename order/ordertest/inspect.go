package ordertest

import (
	"maps"
	"slices"

	"extendbot/order"
)

// Orders returns all orders, oldest first.
func (l *Ledger) Orders() []order.Order {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all(func(order.Order) bool { return true })
}

// History returns the transitions of an order, oldest first.
func (l *Ledger) History(id order.ID) []order.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.history[id])
}

// DueWork returns all due work that was recorded.
func (l *Ledger) DueWork() []order.Due {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.due)
}

// Put stores an order without a transition, replacing one with the same id.
func (l *Ledger) Put(o order.Order) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders[o.ID] = o
}

// Edit changes an order without a transition.
func (l *Ledger) Edit(id order.ID, edit func(*order.Order)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.orders[id]
	edit(&o)
	l.orders[id] = o
}

// Baselines returns all baselines.
func (l *Ledger) Baselines() map[order.ID]order.Baseline {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.baselines)
}

// PutBaseline stores the baseline of an order, replacing an existing one.
func (l *Ledger) PutBaseline(id order.ID, b order.Baseline) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.baselines[id] = b
}
