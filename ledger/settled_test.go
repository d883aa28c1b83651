package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"extendbot/ledger"
	"extendbot/order"
)

// On SQLite the second process is the command line.
func TestOfManySettlementsByManyProcessesOneGetsTheHostsOrder(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		processes := []*ledger.Ledger{open(t, url, true), open(t, url, false)}
		const together = 8
		var lost []order.Order
		for i := range together {
			o := sample(order.ID(fmt.Sprintf("o-%d", i)))
			o.Server.ID = "srv-" + string(o.ID)
			o = create(t, processes[0], o)
			for _, s := range []order.State{order.Approved, order.Placing, order.Unknown} {
				o = step(t, processes[0], o, s)
			}
			lost = append(lost, o)
		}
		errs := make(chan error, together)
		for i, o := range lost {
			o.SettledBy, o.Receipt = "ops", &order.Receipt{OrderID: "h-7"}
			go func() {
				_, err := try(t, processes[i%len(processes)], o, order.Placed)
				errs <- err
			}()
		}
		var winners []order.ID
		for range together {
			err := <-errs
			if err == nil {
				continue
			}
			wantCode(t, err, order.CodeClaimed)
			if e, ok := errors.AsType[*order.Error](err); ok && e.Order != nil {
				winners = append(winners, e.Order.ID)
			}
		}
		won, err := processes[0].HostOrderOf(t.Context(), "h-7")
		if err != nil {
			t.Fatal(err)
		}
		if len(winners) != together-1 {
			t.Fatalf("%d of %d were told that it belongs to another order", len(winners), together-1)
		}
		for _, id := range winners {
			if id != won {
				t.Errorf("one was told that it belongs to %s, and it belongs to %s", id, won)
			}
		}
		for _, o := range lost {
			if now, err := processes[1].Order(t.Context(), o.ID); err != nil || (now.State == order.Placed) != (o.ID == won) {
				t.Errorf("%s is %s (%v), and %s got the host's order", o.ID, now.State, err, won)
			}
		}
	})
}

// What 0xhost itself says of a purchase is recorded, whatever its id.
func TestAReceiptWithAnIDThatWasSeenIsStoredAllTheSame(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		for _, id := range []order.ID{"a", "b"} {
			o := sample(id)
			o.Server.ID = "srv-" + string(id)
			o = step(t, l, step(t, l, create(t, l, o), order.Approved), order.Placing)
			o.Receipt = &order.Receipt{OrderID: "h-7"}
			step(t, l, o, order.Placed)
		}
	})
}
