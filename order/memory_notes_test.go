package order_test

import (
	"context"
	"time"

	"extendbot/order"
)

func (m *memory) AddBaseline(_ context.Context, id order.ID, n order.Baseline) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.orders[id]
	if _, ok := m.baselines[id]; ok || o.State != order.Pending {
		return &order.Error{Code: order.CodeConflict, Order: &o}
	}
	m.baselines[id] = n
	return nil
}

func (m *memory) Baseline(_ context.Context, id order.ID) (order.Baseline, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok := m.baselines[id]
	if !ok {
		return n, &order.Error{Code: order.CodeNotFound}
	}
	return n, nil
}

func (m *memory) HostOrderOf(_ context.Context, hostID string) (order.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, o := range m.orders {
		if o.Receipt != nil && o.Receipt.OrderID == hostID {
			return id, nil
		}
	}
	return "", &order.Error{Code: order.CodeNotFound}
}

func (m *memory) Rivals(_ context.Context, o order.Order, since time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, other := range m.orders {
		same := other.ID != o.ID && other.Account == o.Account && other.Server.ID == o.Server.ID && other.Hours == o.Hours
		unnamed := other.State == order.NotPlaced || other.State == order.Placed && other.Receipt.OrderID == ""
		if same && unnamed && !other.ChangedAt.Before(since) {
			n++
		}
	}
	return n, nil
}
