package ordertest

import (
	"cmp"
	"slices"

	"extendbot/order"
)

// sameRequest reports whether two orders ask for the same: person, account, server
// and hours.
func sameRequest(a, b order.Order) bool {
	return a.Person == b.Person && a.Account == b.Account && a.Server.ID == b.Server.ID && a.Hours == b.Hours
}

// extension returns the newest other order that was placed for the order's server
// since RecentWindow before the request, or nil.
func (l *Ledger) extension(o order.Order) *order.Order {
	since := o.CreatedAt.Add(-order.RecentWindow)
	placed := l.all(func(other order.Order) bool {
		return other.ID != o.ID && other.Server.ID == o.Server.ID && other.State == order.Placed && !other.ChangedAt.Before(since)
	})
	if len(placed) == 0 {
		return nil
	}
	newest := slices.MaxFunc(placed, func(a, b order.Order) int {
		return cmp.Or(a.ChangedAt.Compare(b.ChangedAt), cmp.Compare(a.ID, b.ID))
	})
	return &newest
}

// tellSiblings marks the other pending orders of a server as extended by one, and
// records the due work that shows that.
func (l *Ledger) tellSiblings(placed order.Order) {
	for id, o := range l.orders {
		if o.State == order.Pending && o.Server.ID == placed.Server.ID {
			o.ExtendedBy = placed.ID
			l.orders[id] = o
			l.due = append(l.due, order.Due{Work: order.WorkReconcile, At: placed.ChangedAt})
		}
	}
}
