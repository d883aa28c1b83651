package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/ordertest"
)

// busyHost is a host that throttles most orders, and charges for some of those.
// It lists every charge at once.
type busyHost struct {
	mu    sync.Mutex
	lines []order.HostOrder
	sends map[string]int // by server
}

func (h *busyHost) ExtendServer(_ context.Context, e order.Extension) (order.Receipt, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sends[e.ServerID]++
	placed, charged := rand.N(4) == 0, rand.N(8) == 0
	id := fmt.Sprintf("h-%d", len(h.lines))
	if placed || charged {
		h.lines = append(h.lines, order.HostOrder{ID: id, AccountID: e.Account, ServerID: e.ServerID, Hours: e.Hours, CreatedAt: time.Now()})
	}
	if placed {
		return order.Receipt{OrderID: id, Hours: e.Hours}, nil
	}
	return order.Receipt{}, &order.PlaceError{Verdict: order.Throttled, Reason: "slow down"}
}

func (h *busyHost) Orders(context.Context, string) (order.HostOrderList, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return order.HostOrderList{Orders: append([]order.HostOrder(nil), h.lines...), Complete: true}, nil
}

// Several processes work on the same throttled orders at the same time, on one
// database. No order is charged twice or sent more than six times, and each send
// has its own row of history.
func TestPG_ThrottledOrdersOfManyProcesses(t *testing.T) {
	t.Parallel()
	policy := ordertest.NewPolicy(ordertest.Rules{People: []string{"U0ALICE"}})
	url, host := databases[1].url(t), &busyHost{sends: map[string]int{}}
	var (
		desks []*order.Desk
		l     *ledger.Ledger
	)
	for i := range 4 {
		l = open(t, url, true)
		desks = append(desks, order.NewDesk(order.Config{
			Ledger: l, Policy: policy, Host: host, HostOrders: host, Baselines: l, ProcessID: fmt.Sprintf("p%d", i),
			ConfirmTTL: time.Hour, MaxHours: 100, HostTimeout: time.Minute, Pauses: order.Pauses{Lists: 20 * time.Millisecond},
		}))
	}
	var ids []order.ID
	who := order.Person{Team: "T1", User: "U0ALICE"}
	for i := range 20 {
		o, err := desks[0].Request(t.Context(), order.Request{Key: fmt.Sprint(i), Person: who, Server: fmt.Sprintf("srv-%d", i), Hours: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := desks[0].RecordBaseline(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := desks[i%4].Decide(t.Context(), order.Decision{ID: o.ID, Person: who, Yes: true}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, o.ID)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var group sync.WaitGroup
	for _, id := range ids {
		for _, d := range desks {
			group.Go(func() { placeToTheEnd(ctx, d, l, id) })
		}
	}
	group.Wait()
	for _, id := range ids {
		checkThrottled(t, l, host, id)
	}
}

// placeToTheEnd calls Place as due work does, until the order has its outcome.
func placeToTheEnd(ctx context.Context, d *order.Desk, l *ledger.Ledger, id order.ID) {
	for ctx.Err() == nil {
		err := d.Place(ctx, id)
		now, readErr := l.Order(ctx, id)
		if readErr != nil || now.State == order.Placed || now.State == order.Unknown {
			return
		}
		pause := 5 * time.Millisecond
		if later, ok := errors.AsType[*order.Later](err); ok {
			pause = min(time.Until(later.At), 20*time.Millisecond)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func checkThrottled(t *testing.T, l *ledger.Ledger, host *busyHost, id order.ID) {
	t.Helper()
	o, err := l.Order(t.Context(), id)
	if err != nil || o.State != order.Placed && o.State != order.Unknown {
		t.Errorf("%s is %s, %v", id, o.State, err)
	}
	charges := 0
	for _, line := range host.lines {
		if line.ServerID == o.Server.ID {
			charges++
		}
	}
	history, err := l.History(t.Context(), id)
	permits := 0
	for _, e := range history {
		if e.To == order.Placing {
			permits++
		}
	}
	if sends := host.sends[o.Server.ID]; err != nil || charges > 1 || sends > 6 || sends > permits {
		t.Errorf("%s (%s): %d charges, %d sends, %d permits, %v", id, o.State, charges, sends, permits, err)
	}
}
