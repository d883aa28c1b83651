package order_test

import (
	"context"
	"sync"

	"extendbot/order"
)

// memory is a ledger without a disk, for tests of the Desk alone. The real
// ones pass the conformance tests of their own package.
type memory struct {
	mu        sync.Mutex
	orders    map[order.ID]order.Order
	history   map[order.ID][]order.Entry
	due       []order.Due
	baselines map[order.ID]order.Baseline

	// before and after are called around each commit of a change, outside of
	// the lock. They may fail it, or end the goroutine as a crash would.
	before func(e order.Entry) error
	after  func(e order.Entry)
	// lose fails the answer to a change that was made.
	lose func(e order.Entry) error
	// read is called after each reading of an order, outside of the lock.
	read func()
}

func newMemory() *memory {
	return &memory{orders: map[order.ID]order.Order{}, history: map[order.ID][]order.Entry{}, baselines: map[order.ID]order.Baseline{}}
}

func (m *memory) Create(_ context.Context, o order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.orders {
		if other.RequestKey == o.RequestKey {
			return other, &order.Error{Code: order.CodeDuplicate, Order: &other}
		}
	}
	if held := m.holder(o, order.Unknown); held != nil {
		return o, held
	}
	m.orders[o.ID] = o
	m.history[o.ID] = []order.Entry{e}
	m.due = append(m.due, due...)
	return o, nil
}

func (m *memory) Change(_ context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if m.before != nil {
		if err := m.before(e); err != nil {
			return next, err
		}
	}
	stored, err := m.change(next, e, due)
	if err == nil && m.after != nil {
		m.after(e)
	}
	if err == nil && m.lose != nil {
		if err := m.lose(e); err != nil {
			return next, err
		}
	}
	return stored, err
}

func (m *memory) change(next order.Order, e order.Entry, due []order.Due) (order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !e.From.CanBecome(e.To) {
		return next, &order.Error{Code: order.CodeIllegal}
	}
	now := m.orders[next.ID]
	if now.Version != next.Version || now.State != e.From {
		return next, &order.Error{Code: order.CodeConflict, Order: &now}
	}
	if next.State == order.Approved {
		if held := m.holder(next, order.Approved, order.Placing, order.Unknown); held != nil {
			return next, held
		}
	}
	for _, other := range m.orders {
		if id := next.SettledAs(); id != "" && other.Receipt != nil && other.Receipt.OrderID == id {
			return next, &order.Error{Code: order.CodeClaimed, Order: &other}
		}
	}
	next.Version++
	m.orders[next.ID] = next
	m.history[next.ID] = append(m.history[next.ID], e)
	m.due = append(m.due, due...)
	return next, nil
}

func (m *memory) holder(o order.Order, states ...order.State) error {
	for _, other := range m.orders {
		for _, s := range states {
			if other.ID != o.ID && other.Server.ID == o.Server.ID && other.State == s {
				return &order.Error{Code: order.CodeServerHeld, Order: &other}
			}
		}
	}
	return nil
}

func (m *memory) Order(_ context.Context, id order.ID) (order.Order, error) {
	m.mu.Lock()
	o, ok := m.orders[id]
	m.mu.Unlock()
	if m.read != nil {
		m.read()
	}
	if !ok {
		return o, &order.Error{Code: order.CodeNotFound}
	}
	return o, nil
}
