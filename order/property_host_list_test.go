package order_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"extendbot/order"
)

// chargedList is the list of a host that may charge for an order whose answer is
// lost. It also lists purchases by others.
type chargedList struct {
	lines   []order.HostOrder
	own     map[string]int // lines for the world's orders; their hours are unique
	charged bool           // whether the next order whose answer is lost is charged
	answer  string         // how the next reading is answered: "", "part", "none"
}

func (s *chargedList) Orders(context.Context, string) (order.HostOrderList, error) {
	if s.answer == "none" {
		return order.HostOrderList{}, errors.New("no list")
	}
	return order.HostOrderList{Orders: append([]order.HostOrder(nil), s.lines...), Complete: s.answer == ""}, nil
}

// draw chooses how the next reading is answered.
func (s *chargedList) draw(t *rapid.T) {
	s.answer = rapid.SampledFrom([]string{"", "", "", "part", "none"}).Draw(t, "list")
}

func (w *world) put(id, server string, hours order.Hours) {
	w.listed.lines = slices.Insert(w.listed.lines, 0, order.HostOrder{ // newest first
		ID: id, AccountID: "acc", ServerID: server, Hours: hours, Status: "completed", CreatedAt: w.now,
	})
}

// charge adds the n-th order that was sent, if the host charges for it.
func (w *world) charge(n int) {
	if w.verdict == order.RefusedByHost || w.verdict != order.Done && !w.listed.charged {
		return
	}
	sent, id := w.host.sent[n-1], fmt.Sprintf("h-%d", n)
	w.put(id, sent.ServerID, sent.Hours)
	w.listed.own[id] = int(sent.Hours)
}

// decoy adds an identical purchase made outside of the program: before the
// baseline was recorded, or in addition to the order's own.
func (w *world) decoy(t *rapid.T, id order.ID) {
	o, err := w.ledger.Order(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	_, known := w.ledger.Baselines()[id]
	for _, hours := range w.listed.own {
		known = known && hours != int(o.Hours)
	}
	if known {
		t.Skip("it looks the same as the order's own")
	}
	w.put(fmt.Sprintf("x-%d", len(w.listed.lines)), o.Server.ID, o.Hours)
}
