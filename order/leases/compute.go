package leases

import (
	"slices"
	"time"

	"extendbot/order"
)

// evidence is everything that is known about the lease of one server.
type evidence struct {
	server order.Server
	orders LeaseOrders
	policy time.Time // what the policy says; zero: nothing
	lines  []order.HostOrder
	record Record
	now    time.Time
}

// skew is by how much the clocks of the host and of the program may differ.
const skew = time.Minute

// purchase is hours that were bought after the expiry was stated to which they are added.
type purchase struct {
	at    time.Time
	hours order.Hours
	known time.Time // when it became known that it was made
}

// lease returns what follows from the evidence, and what of it is to be recorded.
func (e evidence) lease() (order.Lease, Record) {
	l := order.Lease{Server: e.server}
	r := e.record
	r.ServerID = e.server.ID
	e.state(&l)
	base, newer := e.base()
	switch {
	case base != nil:
		l.From, l.Order, l.StatedAt, l.ExpiresAt = order.LeaseFromReceipt, base.ID, base.ChangedAt, base.Receipt.ExpiresAt
	case !e.policy.IsZero():
		l.From, l.StatedAt, l.ExpiresAt = order.LeaseFromPolicy, e.now, e.policy
		if r.BaseOrder == "" && r.Base.Equal(e.policy.Truncate(time.Second)) {
			l.StatedAt = r.BaseSince
		}
		newer = slices.DeleteFunc(newer, func(o order.Order) bool { return !o.FirstTry.After(l.StatedAt) })
	default:
		return l, r
	}
	l.ExpiresAt = l.ExpiresAt.Truncate(time.Second) // which identifies the lease, and a button states no more
	if r.BaseOrder != l.Order || !r.Base.Equal(l.ExpiresAt) {
		r.Base, r.BaseOrder, r.BaseSince, r.Elsewhere, r.ElsewhereAt = l.ExpiresAt, l.Order, l.StatedAt, 0, time.Time{}
	}
	if base != nil {
		l.Since = base.ChangedAt
	}
	bought := e.elsewhere(e.start(base, l.StatedAt), newer)
	if hours, at := sum(bought); hours > r.Elsewhere {
		r.Elsewhere, r.ElsewhereAt = hours, at
	} else if r.Elsewhere > hours { // this list lacks what an earlier one had
		bought = []purchase{{r.ElsewhereAt, r.Elsewhere, r.ElsewhereAt}}
	}
	l.Elsewhere = r.Elsewhere
	for _, o := range newer {
		l.Unstated += o.Hours
		bought = append(bought, purchase{o.FirstTry, o.Hours, o.ChangedAt})
	}
	l.ExpiresAt, l.Since = extend(l.ExpiresAt, l.Since, bought)
	return l, r
}

// state fills in what the newest orders say besides the expiry.
func (e evidence) state(l *order.Lease) {
	for i, o := range e.orders.Placed {
		if i == 0 {
			l.Last = &o
		}
		if o.Receipt == nil || o.Receipt.Listed {
			continue
		}
		if l.RenewStatedAt.IsZero() {
			l.AutoRenew, l.RenewStatedAt = o.Receipt.AutoRenew, o.ChangedAt
		}
		if !l.PlanPrice.Valid {
			l.PlanPrice = o.Receipt.PlanPrice
		}
	}
}

// base returns the newest placed order whose receipt states an expiry, or nil, and the placed
// orders that are newer.
func (e evidence) base() (base *order.Order, newer []order.Order) {
	for _, o := range e.orders.Placed {
		if o.Receipt != nil && !o.Receipt.ExpiresAt.IsZero() {
			return &o, newer
		}
		newer = append(newer, o)
	}
	return nil, newer
}

// start returns the time in the host's list after which a line is newer than the expiry to
// which its hours are to be added. If the list has the order of the receipt, that does not
// depend on clocks and time zones.
func (e evidence) start(base *order.Order, stated time.Time) time.Time {
	if base == nil {
		return stated
	}
	for _, line := range e.lines {
		if line.ID != "" && line.ID == base.Receipt.OrderID && !line.CreatedAt.IsZero() {
			return line.CreatedAt
		}
	}
	return stated.Add(skew)
}

// elsewhere returns what the host lists after a time that is no order of this program, and
// cannot be one whose outcome is open. own are the placed orders whose receipts state no
// expiry: one that was settled without the host's id has a line, too. Of several that may be
// it, the newest one counts as it, so that the expiry is not too late.
func (e evidence) elsewhere(after time.Time, own []order.Order) (bought []purchase) {
	counted := map[string]bool{} // by id: with an order of this program, or in another account's list
	for _, o := range e.orders.Placed {
		if o.Receipt != nil {
			counted[o.Receipt.OrderID] = true
		}
	}
	unnamed := slices.DeleteFunc(slices.Clone(own), func(o order.Order) bool { return o.Receipt != nil && o.Receipt.OrderID != "" })
	newestFirst := slices.SortedStableFunc(slices.Values(e.lines), func(a, b order.HostOrder) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for _, line := range newestFirst {
		if !line.Extends(e.server.ID) || !line.CreatedAt.After(after) || counted[line.ID] {
			continue
		}
		counted[line.ID] = true
		is := func(o order.Order) bool {
			return o.Hours == line.Hours && (line.AccountID == "" || o.Account == line.AccountID)
		}
		if slices.ContainsFunc(e.orders.Unsettled, is) {
			continue
		}
		if i := slices.IndexFunc(unnamed, is); i >= 0 {
			unnamed = slices.Delete(unnamed, i, i+1)
			continue
		}
		bought = append(bought, purchase{line.CreatedAt, line.Hours, line.CreatedAt})
	}
	return bought
}

// sum returns the hours of all purchases, and when the oldest one was made.
func sum(list []purchase) (hours order.Hours, oldest time.Time) {
	for _, p := range list {
		hours += p.hours
		if oldest.IsZero() || p.at.Before(oldest) {
			oldest = p.at
		}
	}
	return hours, oldest
}

// extend returns an expiry, and when the newest purchase became known from which it follows,
// after more purchases. Hours that were bought when the server had run out count from then.
func extend(expires, since time.Time, bought []purchase) (time.Time, time.Time) {
	slices.SortStableFunc(bought, func(a, b purchase) int { return a.at.Compare(b.at) })
	for _, p := range bought {
		if p.at.After(expires) {
			expires = p.at.Truncate(time.Second)
		}
		expires = expires.Add(time.Duration(p.hours) * time.Hour)
		if p.known.After(since) {
			since = p.known
		}
	}
	return expires, since
}
