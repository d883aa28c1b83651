package bot

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// memory is a ledger in memory whose writes can be made to fail or to wait.
type memory struct {
	*ordertest.Ledger

	mu      sync.Mutex
	down    error         // what every transition fails with
	slow    chan struct{} // if not nil, each transition waits until it is closed, however long
	entered chan struct{} // receives once for each transition that waits for slow
}

func newMemory(now func() time.Time) *memory {
	return &memory{Ledger: ordertest.NewLedger(now), entered: make(chan struct{}, 1000)}
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = err
}

// hold lets every write wait until free is called, or the test ends.
func (m *memory) hold(t *testing.T) (free func()) {
	t.Helper()
	gate := make(chan struct{})
	m.mu.Lock()
	m.slow = gate
	m.mu.Unlock()
	free = sync.OnceFunc(func() {
		m.mu.Lock()
		m.slow = nil
		m.mu.Unlock()
		close(gate)
	})
	t.Cleanup(free)
	return free
}

func (m *memory) write() error {
	m.mu.Lock()
	down, slow := m.down, m.slow
	m.mu.Unlock()
	if slow != nil {
		m.entered <- struct{}{}
		<-slow
	}
	return down
}

// Create implements [order.Ledger].
func (m *memory) Create(ctx context.Context, o order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := m.write(); err != nil {
		return o, err
	}
	return m.Ledger.Create(ctx, o, e, due...)
}

// Change implements [order.Ledger].
func (m *memory) Change(ctx context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := m.write(); err != nil {
		return next, err
	}
	return m.Ledger.Change(ctx, next, e, due...)
}

func (r rules) MaySettle(_ context.Context, p order.Person) error {
	if !slices.Contains(r.admins, p.User) {
		return &order.Error{Code: order.CodeNotAdmin}
	}
	return nil
}

// only returns the one order that there is.
func (m *memory) only() (order.Order, bool) {
	all := m.Orders()
	if len(all) == 0 {
		return order.Order{}, false
	}
	return all[0], len(all) == 1
}

func (m *memory) count() int { return len(m.Orders()) }

func (m *memory) edit(id order.ID, f func(*order.Order)) { m.Edit(id, f) }

// rules is a policy: alice and bob may extend web-1 for themselves.
type rules struct{ people, admins []string }

func (r rules) Grant(_ context.Context, p order.Person, server string) (order.Grant, error) {
	if !slices.Contains(r.people, p.User) {
		return order.Grant{}, &order.Error{Code: order.CodeStranger}
	}
	if server != "web-1" {
		return order.Grant{}, &order.Error{Code: order.CodeUnknownServer, Near: []string{"web-1"}}
	}
	return order.Grant{Account: "acc-" + p.User, Server: order.Server{Name: "web-1", ID: "srv-1"}}, nil
}

func (r rules) MayDecide(_ context.Context, p order.Person, o order.Order) error {
	if p != o.Person {
		return &order.Error{Code: order.CodeNotYours}
	}
	return nil
}

func (r rules) servers(p order.Person) ([]order.Server, error) {
	if !slices.Contains(r.people, p.User) {
		return nil, &order.Error{Code: order.CodeStranger}
	}
	return []order.Server{{Name: "web-1", ID: "srv-1"}}, nil
}

// host is a 0xhost that says yes.
type host struct {
	mu    sync.Mutex
	sent  int
	hold  chan struct{} // if not nil, each call waits until it is closed
	began chan struct{} // told of each call
	err   error
}

func (h *host) ExtendServer(ctx context.Context, e order.Extension) (order.Receipt, error) {
	h.mu.Lock()
	h.sent++
	hold, err := h.hold, h.err
	h.mu.Unlock()
	h.began <- struct{}{}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return order.Receipt{}, ctx.Err()
		}
	}
	return order.Receipt{OrderID: "hx-1", ServerID: e.ServerID, Hours: e.Hours}, err
}

func (h *host) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sent
}
