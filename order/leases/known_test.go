package leases_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/leases"
	"extendbot/order/ordertest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// known is a Known of one server, srv, with what its lease follows from.
type known struct {
	ledger *ordertest.Ledger
	policy time.Time
	broken error // of the policy
	lines  []order.HostOrder
	listed func() // called when the lines are read; nil: nothing
	now    time.Time
	n      int
}

func newKnown() *known {
	k := &known{now: noon}
	k.ledger = ordertest.NewLedger(func() time.Time { return k.now })
	return k
}

func (k *known) known() *leases.Known {
	return leases.NewKnown(leases.KnownConfig{
		Store:   k.ledger,
		Servers: func() ([]order.Server, bool, error) { return []order.Server{{Name: "web-1", ID: "srv"}}, false, nil },
		Expires: func(string) (time.Time, error) {
			if k.broken != nil {
				return time.Time{}, k.broken
			}
			return k.policy, nil
		},
		Lines: func(string) []order.HostOrder {
			lines := k.lines
			if k.listed != nil {
				k.listed()
			}
			return lines
		},
		Now: func() time.Time { return k.now },
	})
}

// find returns what is known now, and stores it as a process that reminds does.
func (k *known) find(t interface{ Fatal(args ...any) }) order.Lease {
	all, err := k.known().All(context.Background())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if all[0].Changed {
		if err := k.ledger.SaveLeaseRecord(context.Background(), all[0].Record); err != nil {
			t.Fatal(err)
		}
	}
	return all[0].Lease
}

// at returns a time some hours after noon.
func at(hours float64) time.Time { return noon.Add(time.Duration(hours * float64(time.Hour))) }

// put adds an order that was placed some hours after noon. Its receipt says until when the
// server runs, unless that is 0.
func (k *known) put(hours float64, expires float64, edit ...func(*order.Order)) {
	k.n++
	id := order.ID(fmt.Sprint("o", k.n))
	o := order.Order{
		ID: id, RequestKey: string(id), Version: 4, State: order.Placed, Server: order.Server{ID: "srv"}, Account: "acc", Hours: 24,
		CreatedAt: at(hours), FirstTry: at(hours), ChangedAt: at(hours), Receipt: &order.Receipt{OrderID: "h-" + string(id)},
	}
	if expires != 0 {
		o.Receipt.ExpiresAt = at(expires)
	}
	for _, e := range edit {
		e(&o)
	}
	k.ledger.Put(o)
}

// line adds a line of the host's list.
func (k *known) line(id string, hours float64, edit ...func(*order.HostOrder)) {
	l := order.HostOrder{ID: id, AccountID: "acc", ServerID: "srv", Status: order.HostCompleted, Hours: 24, CreatedAt: at(hours)}
	for _, e := range edit {
		e(&l)
	}
	k.lines = append(k.lines, l)
}

// The end of a lease follows from the newest receipt, or from the policy, and from what was
// bought since. What is in doubt does not move it.
func TestKnown_Evidence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given     func(k *known)
		want      float64 // hours after noon; 0: not known
		from      order.LeaseSource
		elsewhere order.Hours
		unstated  order.Hours
	}{
		"nothing":              {func(*known) {}, 0, order.LeaseUnknown, 0, 0},
		"a receipt":            {func(k *known) { k.put(-5, 19) }, 19, order.LeaseFromReceipt, 0, 0},
		"part of a second":     {func(k *known) { k.put(-5, 19.0001) }, 19, order.LeaseFromReceipt, 0, 0}, // buttons state whole seconds
		"the policy":           {func(k *known) { k.policy = at(7) }, 7, order.LeaseFromPolicy, 0, 0},
		"a receipt and policy": {func(k *known) { k.policy = at(7); k.put(-5, 19) }, 19, order.LeaseFromReceipt, 0, 0},
		"the newest receipt":   {func(k *known) { k.put(-5, 43); k.put(-9, 19) }, 43, order.LeaseFromReceipt, 0, 0},
		"a receipt without it": {func(k *known) { k.put(-9, 19); k.put(-5, 0) }, 43, order.LeaseFromReceipt, 0, 24},
		"only such a receipt":  {func(k *known) { k.put(-5, 0) }, 0, order.LeaseUnknown, 0, 0},
		"bought elsewhere":     {func(k *known) { k.put(-5, 19); k.line("h-o1", -5); k.line("x", -3) }, 43, order.LeaseFromReceipt, 24, 0},
		"twice elsewhere":      {func(k *known) { k.put(-5, 19); k.line("x", -3); k.line("y", -2) }, 67, order.LeaseFromReceipt, 48, 0},
		"before the receipt":   {func(k *known) { k.put(-5, 19); k.line("x", -6) }, 19, order.LeaseFromReceipt, 0, 0},
		"our own line":         {func(k *known) { k.put(-5, 19); k.line("h-o1", -5); k.put(-3, 0); k.line("h-o2", -3) }, 43, order.LeaseFromReceipt, 0, 24},
		"our line has no id": {func(k *known) {
			k.put(-5, 19)
			k.put(-3, 0, func(o *order.Order) { o.Receipt.OrderID = "" })
			k.line("z", -3)
		}, 43, order.LeaseFromReceipt, 0, 24},
		"just before, by the list": {func(k *known) { k.put(-5, 19); k.line("h-o1", -4); k.line("x", -4.001) }, 19, order.LeaseFromReceipt, 0, 0},
		"another time zone":        {func(k *known) { k.put(-5, 19); k.line("h-o1", -7); k.line("x", -6.9) }, 43, order.LeaseFromReceipt, 24, 0},
		"in the same minute":       {func(k *known) { k.put(-5, 19); k.line("x", -4.99) }, 19, order.LeaseFromReceipt, 0, 0},
		"without a time":           {func(k *known) { k.put(-5, 19); k.line("x", 0, func(l *order.HostOrder) { l.CreatedAt = time.Time{} }) }, 19, order.LeaseFromReceipt, 0, 0},
		"not completed":            {func(k *known) { k.put(-5, 19); k.line("x", -3, func(l *order.HostOrder) { l.Status = "pending" }) }, 19, order.LeaseFromReceipt, 0, 0},
		"a larger plan":            {func(k *known) { k.put(-5, 19); k.line("x", -3, func(l *order.HostOrder) { l.Type = "scale_server" }) }, 19, order.LeaseFromReceipt, 0, 0},
		"another server":           {func(k *known) { k.put(-5, 19); k.line("x", -3, func(l *order.HostOrder) { l.ServerID = "other" }) }, 19, order.LeaseFromReceipt, 0, 0},
		"an order is unsettled": {func(k *known) {
			k.put(-5, 19)
			k.put(-3, 0, func(o *order.Order) { o.State, o.Receipt = order.Unknown, nil })
			k.line("x", -3)
		}, 19, order.LeaseFromReceipt, 0, 0},
		"another one than the unsettled": {func(k *known) {
			k.put(-5, 19)
			k.put(-3, 0, func(o *order.Order) { o.State, o.Receipt = order.Placing, nil })
			k.line("x", -3, func(l *order.HostOrder) { l.Hours = 72 })
		}, 91, order.LeaseFromReceipt, 72, 0},
		"the line of the unsettled has no account": {func(k *known) {
			k.put(-5, 19)
			k.put(-3, 0, func(o *order.Order) { o.State, o.Receipt = order.Unknown, nil })
			k.line("x", -3, func(l *order.HostOrder) { l.AccountID = "" })
		}, 19, order.LeaseFromReceipt, 0, 0},
		"an order was throttled": {func(k *known) {
			k.put(-5, 19)
			k.put(-3, 0, func(o *order.Order) { o.State, o.Receipt = order.Approved, nil })
			k.line("x", -3)
		}, 19, order.LeaseFromReceipt, 0, 0},
		"an order was not tried": {func(k *known) {
			k.put(-5, 19)
			k.put(-3, 0, func(o *order.Order) { o.State, o.Receipt, o.FirstTry = order.Approved, nil, time.Time{} })
			k.line("x", -3)
		}, 43, order.LeaseFromReceipt, 24, 0},
		"in the lists of two accounts": {func(k *known) { k.put(-5, 19); k.line("x", -3); k.line("x", -3) }, 43, order.LeaseFromReceipt, 24, 0},
		"placed while the list is looked at": {func(k *known) {
			k.put(-5, 19)
			k.listed = func() {
				k.listed = nil
				k.put(-3, 0)
				k.line("h-o2", -3)
			}
		}, 43, order.LeaseFromReceipt, 0, 24},
		"after it had run out":    {func(k *known) { k.put(-50, -26); k.line("x", -2) }, 22, order.LeaseFromReceipt, 24, 0},
		"older than the policy":   {func(k *known) { k.policy = at(7); k.line("x", -2) }, 7, order.LeaseFromPolicy, 0, 0},
		"not placed after policy": {func(k *known) { k.policy = at(7); k.put(-3, 0) }, 7, order.LeaseFromPolicy, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKnown()
			c.given(k)
			l := k.find(t)
			want := at(c.want)
			if c.want == 0 {
				want = time.Time{}
			}
			if !l.ExpiresAt.Equal(want) || l.From != c.from || l.Elsewhere != c.elsewhere || l.Unstated != c.unstated {
				t.Errorf("it ends at %s, want %s: %+v", l.ExpiresAt, want, l)
			}
		})
	}
}

// What the list showed once counts until the next receipt, also while the list cannot be read,
// and after a restart. What is bought after the policy was seen moves its expiry.
func TestKnown_Remembers(t *testing.T) {
	t.Parallel()
	k := newKnown()
	k.policy = at(30)
	k.find(t)
	k.now = at(2)
	k.line("x", 1)
	want := func(hours float64) {
		t.Helper()
		if l := k.find(t); !l.ExpiresAt.Equal(at(hours)) {
			t.Errorf("it ends at %s, want %s: %+v", l.ExpiresAt, at(hours), l)
		}
	}
	want(54)
	lines := k.lines
	k.lines = nil
	want(54)
	k.put(3, 70)
	want(70)
	k.lines = lines
	want(70)
	k.line("y", 4)
	want(94)
	k.lines = nil
	want(94)
}

// While the policy cannot be read, the expiry counts that it stated before, also after a
// restart. Once it states none, none is known.
func TestKnown_PolicyUnreadable(t *testing.T) {
	t.Parallel()
	k := newKnown()
	want := func(l order.Lease, expires time.Time) {
		t.Helper()
		if !l.ExpiresAt.Equal(expires) {
			t.Errorf("it ends at %s, want %s", l.ExpiresAt, expires)
		}
	}
	k.broken = errors.New("the policy file cannot be used")
	want(k.find(t), time.Time{})
	k.policy, k.broken = at(30), nil
	want(k.find(t), at(30))
	k.broken = errors.New("the policy file cannot be used")
	k.now = at(2)
	k.line("x", 1)
	want(k.find(t), at(54))
	k.policy, k.broken = time.Time{}, nil
	want(k.find(t), time.Time{})
	k.put(3, 70)
	k.find(t)
	k.broken = errors.New("the policy file cannot be used")
	want(k.find(t), at(70))
}

// Everything about a lease is told: since when it is known, the newest order, whether the host
// renews it, and the price, each of the newest receipt that can say so.
func TestKnown_Details(t *testing.T) {
	t.Parallel()
	k := newKnown()
	k.put(-9, 19, func(o *order.Order) { o.Receipt.AutoRenew, o.Receipt.PlanPrice = true, amount("12.99") })
	k.put(-5, 0, func(o *order.Order) { o.Receipt.Listed = true })
	l := k.find(t)
	if l.Last == nil || l.Last.ID != "o2" || !l.AutoRenew || !l.RenewStatedAt.Equal(at(-9)) || !l.PlanPrice.Decimal.Equal(amount("12.99").Decimal) || l.Order != "o1" || !l.StatedAt.Equal(at(-9)) || !l.Since.Equal(at(-5)) {
		t.Errorf("%+v", l)
	}
	k.put(-1, 90)
	if l := k.find(t); l.AutoRenew || l.Order != "o3" || !l.Since.Equal(at(-1)) {
		t.Errorf("%+v", l)
	}
}

// Without a readable policy, the servers that were known before count, and without the ledger
// nothing is said.
func TestKnown_Unreadable(t *testing.T) {
	t.Parallel()
	var broken error
	k := newKnown()
	k.put(-5, 19)
	known := leases.NewKnown(leases.KnownConfig{
		Store:   k.ledger,
		Servers: func() ([]order.Server, bool, error) { return []order.Server{{ID: "other"}}, true, broken },
		Expires: func(string) (time.Time, error) { return time.Time{}, nil }, Lines: func(string) []order.HostOrder { return nil }, Now: func() time.Time { return noon },
	})
	for range 2 {
		all, err := known.All(t.Context())
		if err != nil || len(all) != 2 || all[0].Lease.Server.ID != "srv" || all[1].Lease.Known() {
			t.Errorf("%+v, %v", all, err)
		}
		broken = errors.New("the policy file cannot be used")
	}
	away := leases.NewKnown(leases.KnownConfig{
		Store: noLeases{k.ledger}, Expires: func(string) (time.Time, error) { return noon, nil }, Lines: func(string) []order.HostOrder { return nil }, Now: func() time.Time { return noon },
		Servers: func() ([]order.Server, bool, error) { return []order.Server{{ID: "srv"}}, false, nil },
	})
	if l, err := away.Lease(t.Context(), order.Server{ID: "srv"}); order.CodeOf(err) != order.CodeUnavailable || l.Known() {
		t.Errorf("%+v, %v", l, err)
	}
}

type noLeases struct{ *ordertest.Ledger }

func (noLeases) LeaseOrders(context.Context, string) (leases.LeaseOrders, error) {
	return leases.LeaseOrders{}, errAway
}

// Whatever was bought where, in whatever order it becomes known, the lease that is known never
// ends after the real one, and ends with it once everything is in the list, no outcome
// is open, and none was settled without the host's id.
func TestKnown_NeverTooLate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := newKnown()
		k.put(0, 24)
		k.line("h-o1", 0)
		k.now = noon.Add(2 * time.Minute)
		end := at(24)
		var hidden []order.HostOrder
		byHand := false // then nobody knows which line is whose
		buy := func(t *rapid.T) (order.Hours, string) {
			k.n++
			hours := order.Hours(rapid.SampledFrom([]int{1, 24, 72}).Draw(t, "hours"))
			if k.now.After(end) {
				end = k.now
			}
			end = end.Add(time.Duration(hours) * time.Hour)
			id := fmt.Sprint("h-", k.n)
			hidden = append(hidden, order.HostOrder{ID: id, AccountID: "acc", ServerID: "srv", Status: order.HostCompleted, Hours: hours, CreatedAt: k.now})
			return hours, id
		}
		ours := func(t *rapid.T, state order.State, receipt func(id string) *order.Receipt) {
			for _, o := range k.ledger.Orders() {
				if o.State == order.Unknown {
					return // it holds the server
				}
			}
			hours, id := buy(t)
			o := order.Order{ID: order.ID(fmt.Sprint("o", k.n)), RequestKey: id, Version: 4, State: state, Server: order.Server{ID: "srv"}, Account: "acc", Hours: hours, FirstTry: k.now, ChangedAt: k.now, CreatedAt: k.now}
			o.Receipt = receipt(id)
			k.ledger.Put(o)
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if l := k.find(t); l.ExpiresAt.After(end) {
					t.Fatalf("it is known to end at %s, and ends at %s: %+v", l.ExpiresAt, end, l)
				}
				k.now = k.now.Add(2 * time.Minute)
			},
			"time":      func(t *rapid.T) { k.now = k.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour) },
			"elsewhere": func(t *rapid.T) { buy(t) },
			"placed": func(t *rapid.T) {
				ours(t, order.Placed, func(id string) *order.Receipt { return &order.Receipt{OrderID: id, ExpiresAt: end} })
			},
			"unknown": func(t *rapid.T) { ours(t, order.Unknown, func(string) *order.Receipt { return nil }) },
			"settled": func(t *rapid.T) {
				for _, o := range k.ledger.Orders() {
					if o.State == order.Unknown {
						o.State, o.ChangedAt, o.Receipt = order.Placed, k.now, &order.Receipt{OrderID: o.RequestKey, Listed: true}
						if rapid.Bool().Draw(t, "by hand") {
							o.Receipt.OrderID, byHand = "", true
						}
						k.ledger.Put(o)
					}
				}
			},
			"list": func(*rapid.T) { k.lines, hidden = append(k.lines, hidden...), nil },
			"list lost": func(t *rapid.T) {
				hidden = append(hidden, k.lines...)
				k.lines = nil
			},
		})
		k.lines = append(k.lines, hidden...)
		for _, o := range k.ledger.Orders() {
			if o.State == order.Unknown {
				o.State, o.ChangedAt, o.Receipt = order.Placed, k.now, &order.Receipt{OrderID: o.RequestKey, Listed: true}
				k.ledger.Put(o)
			}
		}
		if l := k.find(t); l.ExpiresAt.After(end) || !byHand && !l.ExpiresAt.Equal(end) {
			t.Fatalf("everything is listed: it is known to end at %s, and ends at %s: %+v", l.ExpiresAt, end, l)
		}
	})
}
