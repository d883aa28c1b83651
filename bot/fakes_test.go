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

// ledger is a ledger in memory whose writes can fail or wait.
type ledger struct {
	*ordertest.Ledger

	mu      sync.Mutex
	down    error         // if not nil, each write fails with it
	slow    chan struct{} // if not nil, each write waits until it is closed
	entered chan struct{} // receives an element for each write that waits
}

func newLedger(now func() time.Time) *ledger {
	return &ledger{Ledger: ordertest.NewLedger(now), entered: make(chan struct{}, 1000)}
}

func (l *ledger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = err
}

// hold makes every write wait until free is called or the test ends.
func (l *ledger) hold(t *testing.T) (free func()) {
	t.Helper()
	slow := make(chan struct{})
	l.mu.Lock()
	l.slow = slow
	l.mu.Unlock()
	free = sync.OnceFunc(func() {
		l.mu.Lock()
		l.slow = nil
		l.mu.Unlock()
		close(slow)
	})
	t.Cleanup(free)
	return free
}

func (l *ledger) write() error {
	l.mu.Lock()
	down, slow := l.down, l.slow
	l.mu.Unlock()
	if slow != nil {
		l.entered <- struct{}{}
		<-slow
	}
	return down
}

func (l *ledger) Create(ctx context.Context, o order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := l.write(); err != nil {
		return o, err
	}
	return l.Ledger.Create(ctx, o, e, due...)
}

func (l *ledger) CreateApproved(ctx context.Context, o order.Order, e order.Entry, approved order.Order, a order.Entry, limits []order.Limit, b *order.Baseline, due ...order.Due) (order.Order, error) {
	if err := l.write(); err != nil {
		return o, err
	}
	return l.Ledger.CreateApproved(ctx, o, e, approved, a, limits, b, due...)
}

func (l *ledger) Change(ctx context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := l.write(); err != nil {
		return next, err
	}
	return l.Ledger.Change(ctx, next, e, due...)
}

func (l *ledger) Approve(ctx context.Context, next order.Order, e order.Entry, limits []order.Limit, due ...order.Due) (order.Order, error) {
	if err := l.write(); err != nil {
		return next, err
	}
	return l.Ledger.Approve(ctx, next, e, limits, due...)
}

func (l *ledger) RecordFinding(ctx context.Context, id order.ID, f order.Finding, due ...order.Due) (order.Order, error) {
	if err := l.write(); err != nil {
		return order.Order{}, err
	}
	return l.Ledger.RecordFinding(ctx, id, f, due...)
}

// only returns the only order.
func (l *ledger) only() (order.Order, bool) {
	all := l.Orders()
	if len(all) == 0 {
		return order.Order{}, false
	}
	return all[0], len(all) == 1
}

// rules is a policy: people may extend web-1 for themselves, admins may settle.
type rules struct{ people, admins []string }

func (r rules) policy() *ordertest.Policy {
	return ordertest.NewPolicy(ordertest.Rules{
		People: r.people, Admins: r.admins, Servers: []order.Server{{Name: "web-1", ID: "srv-1"}},
	})
}

func (r rules) servers(p order.Person) ([]order.Server, error) {
	if !slices.Contains(r.people, p.User) {
		return nil, &order.Error{Code: order.CodeStranger}
	}
	return []order.Server{{Name: "web-1", ID: "srv-1"}}, nil
}

// host is a 0xhost that accepts every order.
type host struct {
	mu    sync.Mutex
	sent  int
	hold  chan struct{} // if not nil, each call waits until it is closed
	began chan struct{} // receives an element for each call
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
