package order_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/order"
)

const (
	// checksTime is how long before a further send the list must show a charge that
	// is behind a 429, at the latest, so that it is not made again.
	checksTime = 10 * time.Second
	// mostSends is how often an order may be sent in all.
	mostSends = 6
)

// hostRecord is what the host knows: the requests that reached it, and what it
// charged for. The hours of an order identify it. The list shows charges late,
// and purchases that others made.
type hostRecord struct {
	arrivals map[order.Hours][]*arrival
	lines    []listedLine
	own      map[string]order.Hours // the lines for the world's orders, by id
	broken   []string               // what must not happen and did
	n        int

	lag     time.Duration // how long after a charge it is listed
	charged bool          // whether the next order whose answer is unclear is charged
	list    string        // how the next list is answered: "" completely, "part", "none"
}

// arrival is a request that reached the host.
type arrival struct {
	verdict  order.Verdict
	charged  bool
	answered time.Time // zero: the process has no answer yet
}

type listedLine struct {
	order.HostOrder

	listedAt time.Time
}

func newHostRecord() hostRecord {
	return hostRecord{arrivals: map[order.Hours][]*arrival{}, own: map[string]order.Hours{}}
}

// charges returns how often an order was charged.
func (b *hostRecord) charges(hours order.Hours) (n int) {
	for _, a := range b.arrivals[hours] {
		if a.charged {
			n++
		}
	}
	return n
}

func (b *hostRecord) report(format string, args ...any) {
	b.broken = append(b.broken, fmt.Sprintf(format, args...))
}

func (b *hostRecord) put(id, account, server string, hours order.Hours, lag time.Duration) {
	b.lines = append([]listedLine{{order.HostOrder{ // newest first
		ID: id, AccountID: account, ServerID: server, Hours: hours, Status: "completed", CreatedAt: time.Now(),
	}, time.Now().Add(lag)}}, b.lines...)
}

// ExtendServer implements [order.Host] with the answer that was drawn. It may be
// paused before it sends and before it gets the answer.
func (p *process) ExtendServer(_ context.Context, e order.Extension) (order.Receipt, error) {
	w := p.w
	w.sending(e.Hours)
	p.pause()
	if w.verdict == order.NeverSent || time.Now().After(e.SendBy) {
		return order.Receipt{}, &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
	}
	a, id := p.arrive(e)
	w.dieAt("sending")
	p.pause()
	a.answered = time.Now()
	switch a.verdict {
	case order.Done:
		return order.Receipt{OrderID: id, Type: order.RenewServer, Hours: e.Hours}, nil
	case order.RefusedByHost, order.Throttled:
		return order.Receipt{}, &order.PlaceError{Verdict: a.verdict, Reason: "no"}
	case order.UnknownOutcome, order.NeverSent:
	}
	return order.Receipt{}, errors.New("lost")
}

// arrive adds a request to the host's record, and the charge, if there is one. It checks
// whether the request may be made.
func (p *process) arrive(e order.Extension) (*arrival, string) {
	b := &p.w.hostRecord
	earlier := b.arrivals[e.Hours]
	for _, a := range earlier {
		switch {
		case a.answered.IsZero():
			b.report("order of %d hours was sent although an attempt has no answer", e.Hours)
		case a.verdict != order.Throttled:
			b.report("order of %d hours was sent again after the verdict %s", e.Hours, a.verdict)
		case a.charged && b.lag < checksTime:
			b.report("order of %d hours was sent again although its charge is listed", e.Hours)
		case !p.checkedSince(a.answered):
			b.report("order of %d hours was sent again without two lists since %s", e.Hours, a.answered)
		}
	}
	if len(earlier) >= mostSends {
		b.report("order of %d hours was sent %d times", e.Hours, len(earlier)+1)
	}
	b.n++
	a, id := &arrival{verdict: p.w.verdict}, fmt.Sprintf("h-%d", b.n)
	a.charged = a.verdict == order.Done || a.verdict != order.RefusedByHost && b.charged
	b.arrivals[e.Hours] = append(earlier, a)
	if a.charged {
		b.put(id, e.Account, e.ServerID, e.Hours, b.lag)
		b.own[id] = e.Hours
	}
	return a, id
}

// checkedSince reports whether this process has requested two complete lists
// since then, far enough apart.
func (p *process) checkedSince(since time.Time) bool {
	var first time.Time
	for _, at := range p.lists {
		if at.Before(since) {
			continue
		}
		if first.IsZero() {
			first = at
		}
		if at.Sub(first) >= checksTime {
			return true
		}
	}
	return false
}

// Orders implements [order.HostOrders]. The answer may be on its way for a while.
func (p *process) Orders(context.Context, string) (order.HostOrderList, error) {
	b := &p.w.hostRecord
	list, answer := order.HostOrderList{Complete: b.list == ""}, b.list
	for _, l := range b.lines {
		if !time.Now().Before(l.listedAt) {
			list.Orders = append(list.Orders, l.HostOrder)
		}
	}
	if list.Complete {
		p.lists = append(p.lists, time.Now())
	}
	p.pause()
	if answer == "none" {
		return order.HostOrderList{}, errors.New("no list")
	}
	return list, nil
}

// decoy adds an identical purchase made outside of the program: before the
// baseline was recorded, or in addition to the order's own, when that is listed.
func (w *world) decoy(id order.ID) {
	o, err := w.ledger.Order(context.Background(), id)
	if err != nil {
		fatalf("%v", err)
	}
	_, known := w.ledger.Baselines()[id]
	for _, l := range w.hostRecord.lines {
		listed := !time.Now().Before(l.listedAt)
		known = known && (w.hostRecord.own[l.ID] != o.Hours || !listed)
	}
	if known { // it would look the same as the order's own
		return
	}
	w.hostRecord.n++
	w.hostRecord.put(fmt.Sprintf("x-%d", w.hostRecord.n), o.Account, o.Server.ID, o.Hours, 0)
}
