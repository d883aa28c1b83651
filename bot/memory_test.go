package bot

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"extendbot/order"
)

// memory is a ledger without a disk.
type memory struct {
	now func() time.Time

	mu      sync.Mutex
	orders  map[order.ID]order.Order
	down    error         // what every write fails with
	slow    chan struct{} // if not nil, each write waits until it is closed, however long
	entered chan struct{} // told of each write that waits for slow
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, orders: map[order.ID]order.Order{}, entered: make(chan struct{}, 1000)}
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

func (m *memory) Create(_ context.Context, o order.Order, _ order.Entry, _ ...order.Due) (order.Order, error) {
	if err := m.write(); err != nil {
		return o, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.orders {
		if other.RequestKey == o.RequestKey {
			return other, &order.Error{Code: order.CodeDuplicate, Order: &other}
		}
	}
	m.orders[o.ID] = o
	return o, nil
}

func (m *memory) Change(_ context.Context, next order.Order, e order.Entry, _ ...order.Due) (order.Order, error) {
	if err := m.write(); err != nil {
		return next, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.orders[next.ID]
	if now.Version != next.Version || now.State != e.From {
		return next, &order.Error{Code: order.CodeConflict, Order: &now}
	}
	card := now.Card
	if card.Ref == "" {
		card.Ref = next.Card.Ref
	}
	next.Card, next.ThreadMessage = card, now.ThreadMessage
	next.Question, next.AskedAt = now.Question, now.AskedAt
	next.Version++
	m.orders[next.ID] = next
	return next, nil
}

func (m *memory) Order(_ context.Context, id order.ID) (order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.orders[id]
	if !ok {
		return o, &order.Error{Code: order.CodeNotFound}
	}
	return o, nil
}

func (m *memory) Claim(_ context.Context, id order.ID, self string, until time.Time) (order.Order, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.orders[id]
	if o.CardOwner != self && m.now().Before(o.CardOwnerUntil) {
		return o, false, nil
	}
	o.CardOwner, o.CardOwnerUntil = self, until
	m.orders[id] = o
	return o, true, nil
}

func (m *memory) RecordShown(_ context.Context, s order.Shown) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.orders[s.ID]
	o.Card, o.ThreadMessage, o.Question = newer(o.Card, s.Card), newer(o.ThreadMessage, s.ThreadMessage), newer(o.Question, s.Question)
	if s.AskedAt.After(o.AskedAt) {
		o.AskedAt = s.AskedAt
	}
	m.orders[s.ID] = o
	return nil
}

func newer(noted, shown order.ShownMessage) order.ShownMessage {
	if shown.Version < noted.Version || shown == (order.ShownMessage{}) {
		return noted
	}
	return shown
}

func (r rules) MaySettle(_ context.Context, p order.Person) error {
	if !slices.Contains(r.admins, p.User) {
		return &order.Error{Code: order.CodeNotAdmin}
	}
	return nil
}

func (m *memory) ServerActivity(context.Context, order.Order, time.Time) (order.ServerActivity, error) {
	return order.ServerActivity{}, nil
}

func (m *memory) Recent(_ context.Context, p order.Person, _ int) ([]order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []order.Order
	for _, o := range m.orders {
		if o.Person == p {
			list = append(list, o)
		}
	}
	return list, nil
}

// only gives the one order there is.
func (m *memory) only() (order.Order, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.orders {
		return o, len(m.orders) == 1
	}
	return order.Order{}, false
}

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.orders)
}

// edit changes an order behind everybody's back.
func (m *memory) edit(id order.ID, f func(*order.Order)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.orders[id]
	f(&o)
	m.orders[id] = o
}

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
