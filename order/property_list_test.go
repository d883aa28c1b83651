package order_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"extendbot/order"
)

// shelf is the list of a host that charges as it likes when an answer is lost,
// and that lists what others bought as well.
type shelf struct {
	lines   []order.HostOrder
	own     map[string]int // the lines of orders of the world, with their hours, which are unique
	charged bool           // whether the next order whose answer is lost is charged
	answer  string         // of the next reading: "", "part", "none"
}

func (s *shelf) Orders(context.Context, string) (order.HostOrderList, error) {
	if s.answer == "none" {
		return order.HostOrderList{}, errors.New("no list")
	}
	return order.HostOrderList{Orders: append([]order.HostOrder(nil), s.lines...), Complete: s.answer == ""}, nil
}

// draw chooses how the list is answered next.
func (s *shelf) draw(t *rapid.T) {
	s.answer = rapid.SampledFrom([]string{"", "", "", "part", "none"}).Draw(t, "list")
}

func (w *world) put(id, server string, hours order.Hours) {
	w.shelf.lines = slices.Insert(w.shelf.lines, 0, order.HostOrder{ // newest first
		ID: id, AccountID: "acc", ServerID: server, Hours: hours, Status: "completed", CreatedAt: w.now,
	})
}

// charge enters the order that was sent as the n-th, if the host charges it.
func (w *world) charge(n int) {
	if w.verdict == order.RefusedByHost || w.verdict != order.Done && !w.shelf.charged {
		return
	}
	sent, id := w.host.sent[n-1], fmt.Sprintf("h-%d", n)
	w.put(id, sent.ServerID, sent.Hours)
	w.shelf.own[id] = int(sent.Hours)
}

// decoy enters a purchase of the same that somebody made without the program:
// before it was noted what is there, or beside the order's own.
func (w *world) decoy(t *rapid.T, id order.ID) {
	o := w.ledger.orders[id]
	_, noted := w.ledger.notes[id]
	for _, hours := range w.shelf.own {
		noted = noted && hours != int(o.Hours)
	}
	if noted {
		t.Skip("nobody could tell it from the order's own")
	}
	w.put(fmt.Sprintf("x-%d", len(w.shelf.lines)), o.Server.ID, o.Hours)
}
