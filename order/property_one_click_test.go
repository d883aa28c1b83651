package order_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"extendbot/order"
)

// leaseOf returns the lease of a server that all placed orders extend by their hours.
func leaseOf(base time.Time, all []order.Order, s order.Server) order.Lease {
	lease := order.Lease{Server: s, ExpiresAt: base.Add(1000 * time.Hour)}
	for _, o := range all {
		if o.Server.ID != s.ID || o.State != order.Placed {
			continue
		}
		lease.ExpiresAt = lease.ExpiresAt.Add(time.Duration(o.Hours) * time.Hour)
		if lease.Last == nil || cmp.Or(o.ChangedAt.Compare(lease.Last.ChangedAt), cmp.Compare(o.ID, lease.Last.ID)) > 0 {
			lease.Last = &o
		}
	}
	return lease
}

// checkLeases checks that each lease has one order that is open or was placed.
func checkLeases(all []order.Order) {
	type lease struct {
		server string
		ends   time.Time
	}
	taken := map[lease]order.ID{}
	for _, o := range all {
		if o.Lease.IsZero() || o.State != order.Pending && o.State != order.Placed && !o.State.Holds() {
			continue
		}
		l := lease{o.Server.ID, o.Lease}
		if other, ok := taken[l]; ok {
			fatalf("%s and %s are both orders for the lease of %s until %s", other, o.ID, l.server, l.ends)
		}
		taken[l] = o.ID
	}
}

// Lease implements [order.Leases].
func (c connection) Lease(_ context.Context, s order.Server) (order.Lease, error) {
	if err := c.use(); err != nil {
		return order.Lease{}, err
	}
	return leaseOf(c.p.w.began, c.Orders(), s), nil
}

// knownList is the list that was read for the last reminder, if one was.
func (p *process) knownList(string) (order.HostOrderList, time.Time, bool) {
	if p.known == nil {
		return order.HostOrderList{}, time.Time{}, false
	}
	return *p.known, p.knownAt, true
}

// unclear loses the answer to a commit, if that was drawn.
func (w *world) unclear(e order.Entry) error {
	if e.To == order.Approved && w.die.happens("press unclear") {
		return &order.Error{Code: order.CodeUnavailable}
	}
	return w.away(e, "commit unclear")
}

// pressOnReminder lets a person press a button of a reminder, which may be an old one.
// Some presses are delivered again.
func (w *world) pressOnReminder(t *rapid.T) {
	if len(w.ids) == 10 {
		return // rapid fails after many skips in a row
	}
	server := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "server")
	who := person(rapid.SampledFrom([]string{"UALICE", "UALICE", "UBOB"}).Draw(t, "person"))
	n, before := len(w.ids)+1, w.ledger.Orders()
	r := order.Request{
		Key: fmt.Sprint("press-", n), Person: who, Server: server, Hours: order.Hours(n), Channel: "C1", Thread: "C1:1.5",
		Lease:        leaseOf(w.began, before, order.Server{ID: "srv-" + server}).ExpiresAt,
		SeenEstimate: euros(rapid.SampledFrom([]string{"30", "30", "30", "2"}).Draw(t, "seen")),
	}
	if leased := slices.DeleteFunc(slices.Clone(before), func(o order.Order) bool { return o.Lease.IsZero() }); len(leased) > 0 && rarely(t, 3, "again") {
		old := rapid.SampledFrom(leased).Draw(t, "pressed before")
		r.Lease, r.Server = old.Lease, old.Server.Name
		if rapid.Bool().Draw(t, "redelivered") {
			r.Key = old.RequestKey
		}
	}
	p := w.aProcess(t)
	if rapid.Bool().Draw(t, "list is read") {
		p.known, p.knownAt = w.hostRecord.listed(), time.Now()
	}
	w.die.set(rapid.SampledFrom([]string{"", "", "", "", "before commit", "after commit", "press unclear"}).Draw(t, "fails"))
	w.pauses = false
	defer w.stepEnded()
	code := order.CodeUnavailable // if the process dies
	p.run(func() {
		_, err := p.Request(context.Background(), r)
		code = order.CodeOf(err)
	})
	w.pressed(r, code, len(before))
}

// listed returns the complete list of now.
func (b *hostRecord) listed() *order.HostOrderList {
	list := &order.HostOrderList{Complete: true}
	for _, l := range b.lines {
		if !time.Now().Before(l.listedAt) {
			list.Orders = append(list.Orders, l.HostOrder)
		}
	}
	return list
}

// pressed takes what a press recorded into the model, and checks that a press that is
// refused records nothing.
func (w *world) pressed(r order.Request, code order.Code, before int) {
	all := w.ledger.Orders()
	if len(all) == before {
		if code == "" {
			fatalf("the press %+v is not recorded", r)
		}
		return
	}
	o := all[slices.IndexFunc(all, func(o order.Order) bool { return o.RequestKey == r.Key })]
	if code != "" && code != order.CodeUnavailable || len(all) != before+1 || slices.Contains(w.ids, o.ID) {
		fatalf("the press %+v was answered %q, and recorded as order %s", r, code, o.ID)
	}
	w.ids = append(w.ids, o.ID)
	if o.ToldExtendedBy != "" {
		told := telling{o.ID, r.Person}
		w.told[told] = append(w.told[told], o.ToldExtendedBy)
	}
	if o.State == order.Approved {
		w.people.pressed(order.Decision{ID: o.ID, Person: r.Person, Yes: true}, nil, false)
		w.rememberApproval(o.ID)
	}
}

func (l spendingLedger) CreateApproved(ctx context.Context, o order.Order, e order.Entry, approved order.Order, a order.Entry, limits []order.Limit, b *order.Baseline, due ...order.Due) (order.Order, error) {
	l.commits(ctx, approved)
	w := l.d.w
	p := w.ofHours(o.Hours)
	p.id = o.ID
	stored, err := l.Ledger.CreateApproved(ctx, o, e, approved, a, limits, b, due...)
	if order.CodeOf(err) == order.CodeOverLimit {
		tried := *p
		tried.estimate = approved.Estimate.Amount
		w.checkRefused(&tried, pressOf(ctx).rules, a.At, err)
	}
	return stored, err
}

// Lease implements [order.Leases].
func (w *spending) Lease(_ context.Context, s order.Server) (order.Lease, error) {
	return leaseOf(w.began, w.ledger.Orders(), s), nil
}

// pressOnReminder lets a person press a button of a reminder: a request and a yes, which
// may be held before its commit.
func (w *spending) pressOnReminder(t *rapid.T) {
	if len(w.all) == 14 {
		return // rapid fails after many skips in a row
	}
	who := person(rapid.SampledFrom([]string{"UALICE", "UALICE", "UBOB", "UCAROL"}).Draw(t, "person"))
	server := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "server")
	rules := w.policy.Rules()
	p := &purchase{person: who, server: "srv-" + server, account: cmp.Or(rules.Account, "acc-"+who.User), hours: order.Hours(len(w.all) + 1)}
	if price, known := w.prices[p.server]; known {
		p.estimate = decimal.NewNullDecimal(price.Mul(decimal.NewFromInt(int64(p.hours))))
	}
	seen := p.estimate
	if rarely(t, 5, "old reminder") {
		seen = euros("0.10")
	}
	r := order.Request{
		Key: fmt.Sprint(p.hours), Person: who, Server: server, Hours: p.hours, Thread: "C1:1.5", SeenEstimate: seen,
		Lease: leaseOf(w.began, w.ledger.Orders(), order.Server{ID: p.server}).ExpiresAt,
	}
	w.all = append(w.all, p) // its hours are its own, also while it is held
	w.hold = rarely(t, 2, "held")
	w.die.set(rapid.SampledFrom([]string{"", "", "", "", "", "before commit", "after commit", "commit unclear"}).Draw(t, "fails"))
	w.on(t, func(d *spender) {
		judged := &press{seen: seen}
		o, err := d.Request(context.WithValue(context.Background(), pressKey{}, judged), r)
		switch {
		case err == nil && o.State == order.Pending:
			p.id, p.state = o.ID, order.Pending
		case order.CodeOf(err) == order.CodeOverLimit && o.ID != "":
			fatalf("a press that is over a limit has the order %s", o.ID)
		case order.CodeOf(err) == order.CodeOverLimit && len(judged.rules.People) == 0: // not at the commit
			w.checkRefused(p, rules, o.CreatedAt, err)
		}
	})
}
