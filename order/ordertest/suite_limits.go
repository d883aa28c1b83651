package ordertest

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/order"
)

var limits = []testCase{
	{"Approve_WithinLimits", on(testWithinLimits)},
	{"Approve_OnlyTheLastApproval", on(testOnlyLastApproval)},
	{"Approve_OtherErrorsFirst", on(testOverLimitComesLast)},
	{"Approve_TogetherOverLimits", testTogetherOverLimits},
}

// earlier is an order that may count against a limit.
type earlier struct {
	ago      time.Duration // since its last approval
	hours    order.Hours
	estimate string        // "": not known
	charge   string        // what it was placed for; "": it was not, or its receipt does not say so
	path     []order.State // nil: approved
	edit     func(o *order.Order)
}

// limitCase is an order that is to be approved under limits, after others. Each order
// has its own server, and the person, team and account of [Sample], unless edit changes
// that.
type limitCase struct {
	limits   []order.Limit
	others   []earlier
	hours    order.Hours
	estimate string
	// used is what counts against the first limit.
	used string
	// freeIn is when the order can be approved; 0: now; never: it cannot.
	freeIn time.Duration
}

const (
	day   = 24 * time.Hour
	never = time.Duration(-1)
)

func amount(text string) decimal.NullDecimal {
	if text == "" {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(decimal.RequireFromString(text))
}

func hoursPer(per order.LimitPer, within time.Duration, hours order.Hours) []order.Limit {
	return []order.Limit{{Per: per, Within: within, Hours: hours}}
}

// amountPer returns a limit on the amount of a day.
func amountPer(per order.LimitPer, most string) []order.Limit {
	return []order.Limit{{Per: per, Within: day, Amount: amount(most)}}
}

// limitCases returns all cases by name.
func limitCases() map[string]limitCase {
	all := countedCases()
	maps.Copy(all, freeCases())
	return all
}

// countedCases are about which orders count, and with what.
func countedCases() map[string]limitCase {
	through := func(path ...order.State) []order.State { return path }
	bob := func(o *order.Order) { o.Person.User = "U0BOB" }
	otherTeam := func(o *order.Order) { o.Person.Team = "T1OTHER" }
	otherAccount := func(o *order.Order) { o.Account = "acc-2" }
	sameServer := func(o *order.Order) { o.Person.User, o.Account, o.Server.ID = "U0BOB", "acc-2", "srv-the same server" }
	unlike := func(o *order.Order) { o.Person.User, o.Account, o.Server.ID = "U0BOB", "acc-2", "srv-like" }
	return map[string]limitCase{
		"another person": {limits: hoursPer(order.PerPerson, day, 100), others: []earlier{{ago: time.Hour, hours: 60, edit: bob}}, hours: 100, used: "0 0"},
		"the same user of another team": {
			limits: hoursPer(order.PerPerson, day, 100), others: []earlier{{ago: time.Hour, hours: 60, edit: otherTeam}}, hours: 100, used: "0 0",
		},
		"another server":    {limits: hoursPer(order.PerServer, day, 100), others: []earlier{{ago: time.Hour, hours: 60}}, hours: 100, used: "0 0"},
		"the same server":   {limits: hoursPer(order.PerServer, day, 100), others: []earlier{{ago: 3 * time.Hour, hours: 60, charge: "6", edit: sameServer}}, hours: 41, used: "60 6", freeIn: 21 * time.Hour},
		"another account":   {limits: amountPer(order.PerAccount, "10"), others: []earlier{{ago: time.Hour, hours: 1, charge: "9", edit: otherAccount}}, hours: 1, estimate: "10", used: "0 0"},
		"the same account":  {limits: amountPer(order.PerAccount, "10"), others: []earlier{{ago: time.Hour, hours: 1, charge: "9", edit: bob}}, hours: 1, estimate: "2", used: "1 9", freeIn: 23 * time.Hour},
		"all count for all": {limits: amountPer(order.PerAll, "10"), others: []earlier{{ago: time.Hour, hours: 1, charge: "9", edit: unlike}}, hours: 1, estimate: "2", used: "1 9", freeIn: 23 * time.Hour},
		"what reserves": {
			limits: amountPer(order.PerAll, "10"), hours: 1, estimate: "4.01", used: "30 6", freeIn: 21 * time.Hour,
			others: []earlier{
				{ago: time.Hour, hours: 10, estimate: "1", path: through(order.Approved)},
				{ago: 2 * time.Hour, hours: 10, estimate: "2", path: through(order.Approved, order.Placing)},
				{ago: 3 * time.Hour, hours: 10, estimate: "3", path: through(order.Approved, order.Placing, order.Unknown)},
			},
		},
		"what frees": {
			limits: hoursPer(order.PerAll, day, 1), hours: 1, used: "0 0",
			others: []earlier{
				{hours: 10, estimate: "1", path: []order.State{}},
				{hours: 10, estimate: "1", path: through(order.Declined)},
				{hours: 10, estimate: "1", path: through(order.Approved, order.Refused)},
				{hours: 10, estimate: "1", path: through(order.Approved, order.Placing, order.Refused)},
				{hours: 10, estimate: "1", path: through(order.Approved, order.Placing, order.Unknown, order.NotPlaced)},
			},
		},
		"the charge counts, or else the estimate": {
			limits: amountPer(order.PerAll, "20"), hours: 1, estimate: "1", used: "6 22.5", freeIn: 17 * time.Hour,
			others: []earlier{
				{ago: 5 * time.Hour, hours: 1, estimate: "1", charge: "8"},
				{ago: 6 * time.Hour, hours: 1, estimate: "9", charge: "3"},
				{ago: 7 * time.Hour, hours: 1, estimate: "11.5", path: through(order.Approved, order.Placing, order.Unknown, order.Placed)},
				{ago: 8 * time.Hour, hours: 1},
				{ago: 9 * time.Hour, hours: 1, estimate: "7", charge: "-2.00"},
				{ago: 10 * time.Hour, hours: 1, charge: "0"},
			},
		},
	}
}

// freeCases are about what is enough, and when that is free.
func freeCases() map[string]limitCase {
	old := []earlier{{ago: day, hours: 60}, {ago: time.Hour, hours: 10}}
	one := []earlier{{ago: 2 * time.Hour, hours: 60, estimate: "6.00"}}
	return map[string]limitCase{
		"nothing before":                     {limits: hoursPer(order.PerAll, day, 40), hours: 40, used: "0 0"},
		"exactly the hours":                  {limits: hoursPer(order.PerPerson, day, 100), others: one, hours: 40, used: "60 6"},
		"an hour over":                       {limits: hoursPer(order.PerPerson, day, 100), others: one, hours: 41, used: "60 6", freeIn: 22 * time.Hour},
		"exactly the amount":                 {limits: amountPer(order.PerPerson, "10.00"), others: one, estimate: "4.00", hours: 1, used: "60 6"},
		"a cent over":                        {limits: amountPer(order.PerPerson, "10.00"), others: one, estimate: "4.01", hours: 1, used: "60 6", freeIn: 22 * time.Hour},
		"a millionth over":                   {limits: amountPer(order.PerPerson, "10.00"), others: one, estimate: "4.000001", hours: 1, used: "60 6", freeIn: 22 * time.Hour},
		"alone more than the hours":          {limits: hoursPer(order.PerAll, day, 100), hours: 101, used: "0 0", freeIn: never},
		"alone more than the amount":         {limits: amountPer(order.PerAll, "1.00"), others: one, hours: 1, estimate: "1.01", used: "60 6", freeIn: never},
		"approved as long ago":               {limits: hoursPer(order.PerPerson, day, 100), others: old, hours: 90, used: "10 0"},
		"the same, with much left":           {limits: hoursPer(order.PerPerson, day, 100), others: old, hours: 30, used: "10 0"},
		"approved almost as long ago":        {limits: hoursPer(order.PerPerson, day, 100), others: []earlier{{ago: day - time.Microsecond, hours: 60}}, hours: 100, used: "60 0", freeIn: time.Microsecond},
		"price not known, something is left": {limits: amountPer(order.PerAll, "6.01"), others: one, hours: 1, used: "60 6"},
		"price not known, nothing is left":   {limits: amountPer(order.PerAll, "6.00"), others: one, hours: 1, used: "60 6", freeIn: 22 * time.Hour},
		"price not known, but the hours are": {limits: hoursPer(order.PerAll, day, 100), others: one, hours: 41, used: "60 6", freeIn: 22 * time.Hour},
		"several have to become free": {
			limits: hoursPer(order.PerPerson, 30*day, 100), hours: 71, used: "90 0", freeIn: 20 * day,
			others: []earlier{{ago: day, hours: 20}, {ago: 10 * day, hours: 50}, {ago: 20 * day, hours: 20}},
		},
		"the limit that stops the longest": {
			limits: append(append(hoursPer(order.PerPerson, day, 100), hoursPer(order.PerAccount, 7*day, 100)...), hoursPer(order.PerAll, 2*day, 100)...),
			others: one, hours: 41, used: "60 6", freeIn: 7*day - 2*time.Hour,
		},
		"a limit that stops forever": {
			limits: append(hoursPer(order.PerPerson, 30*day, 100), amountPer(order.PerAll, "1")...),
			others: one, hours: 41, estimate: "1.01", used: "60 6", freeIn: never,
		},
		"charged more than the limit": {
			limits: amountPer(order.PerAll, "10"), others: []earlier{{ago: time.Hour, hours: 1, estimate: "1", charge: "25"}},
			hours: 1, estimate: "1", used: "1 25", freeIn: 23 * time.Hour,
		},
	}
}

// An order is approved if it is within all limits, and not a moment earlier.
func testWithinLimits(t *testing.T, l Implementation) {
	now := Start
	for name, c := range limitCases() {
		now = now.Add(100 * day) // the cases do not count for each other
		for i, e := range c.others {
			e.record(t, l, order.ID(fmt.Sprintf("%s-%d", name, i)), now)
		}
		o := Sample(order.ID(name))
		o.Server.ID, o.CreatedAt, o.Hours, o.Estimate.Amount = "srv-"+name, now, c.hours, amount(c.estimate)
		c.check(t, l, name, Create(t, l, o), now)
	}
}

// record takes the order along its path.
func (e earlier) record(t *testing.T, l Implementation, id order.ID, now time.Time) {
	t.Helper()
	o := Sample(id)
	o.Server.ID, o.Hours, o.Estimate.Amount = "srv-"+string(id), e.hours, amount(e.estimate)
	o.CreatedAt = now.Add(-e.ago)
	o.ChangedAt = o.CreatedAt
	if e.edit != nil {
		e.edit(&o)
	}
	o = Create(t, l, o)
	path := e.path
	switch {
	case e.charge != "":
		path = []order.State{order.Approved, order.Placing, order.Placed}
	case path == nil:
		path = []order.State{order.Approved}
	}
	for _, to := range path {
		if to == order.Approved {
			o.DecidedAt = o.CreatedAt
		}
		if to == order.Placed {
			o.Receipt = &order.Receipt{Amount: amount(e.charge)}
		}
		o = Step(t, l, o, to)
	}
}

// check compares what the ledger says about the order, and what it does, with the case.
func (c limitCase) check(t *testing.T, l Implementation, name string, o order.Order, now time.Time) {
	t.Helper()
	states, err := l.LimitStates(t.Context(), o, c.limits, now)
	if err != nil || len(states) != len(c.limits) {
		t.Fatalf("%s: %+v, %v", name, states, err)
	}
	if used := fmt.Sprint(int(states[0].UsedHours), " ", states[0].UsedAmount); used != c.used {
		t.Errorf("%s: %s is used, want %s", name, used, c.used)
	}
	wantOverLimit(t, name, order.Exceeded(states), c.freeIn, now)
	if c.freeIn != 0 {
		_, err = approve(t, l, o, now, c.limits)
		wantOverLimit(t, name, err, c.freeIn, now)
		want(t, l, o) // nothing of it was recorded
	}
	if c.freeIn == never {
		return
	}
	if c.freeIn > 0 {
		now = now.Add(c.freeIn)
		if _, err := approve(t, l, o, now.Add(-time.Microsecond), c.limits); order.CodeOf(err) != order.CodeOverLimit {
			t.Errorf("%s: a moment before enough is free: %v", name, err)
		}
	}
	before, err := l.LimitStates(t.Context(), o, c.limits, now)
	if err != nil {
		t.Fatal(err)
	}
	approved, err := approve(t, l, o, now, c.limits)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	want(t, l, approved)
	after, err := l.LimitStates(t.Context(), approved, c.limits, now)
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("%s: the order counts for itself: %v\n%s", name, err, diff)
	}
}

// wantOverLimit checks that err is about a limit that frees enough for the order after
// a time.
func wantOverLimit(t *testing.T, name string, err error, freeIn time.Duration, now time.Time) {
	t.Helper()
	if freeIn == 0 {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	var free time.Time
	if freeIn != never {
		free = now.Add(freeIn)
	}
	e, ok := errors.AsType[*order.Error](err)
	if !ok || e.Code != order.CodeOverLimit || e.Limit == nil || !e.Limit.FreeAt.Equal(free) || e.Limit.Allows {
		t.Errorf("%s: %v, want one about a limit that is free at %s", name, err, free)
	}
}

// approve records the last approval of an order at a time.
func approve(t *testing.T, l order.Ledger, o order.Order, at time.Time, limits []order.Limit) (order.Order, error) {
	t.Helper()
	next := o
	next.State, next.ChangedAt, next.DecidedAt, next.DecidedBy = order.Approved, at, at, "U0ALICE"
	e := order.Entry{Version: o.Version + 1, At: at, Who: "U0ALICE", From: o.State, To: order.Approved}
	return l.Approve(t.Context(), next, e, limits)
}

// Change cannot be used to get around the limits, and Approve for nothing else.
func testOnlyLastApproval(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	next := o
	next.State = order.Approved
	_, err := l.Change(t.Context(), next, order.Entry{Version: 2, At: Start, Who: "U0ALICE", From: o.State, To: order.Approved})
	WantCode(t, err, order.CodeIllegal)
	for _, to := range []order.State{order.Pending, order.Declined, order.Placing} {
		next.State = to
		_, err := l.Approve(t.Context(), next, order.Entry{Version: 2, At: Start, Who: "U0ALICE", From: o.State, To: to}, nil)
		WantCode(t, err, order.CodeIllegal)
	}
	want(t, l, o)
}

// People learn first what they can do nothing about, or have to know: that the order was
// decided, that another one holds the server, and that its server was extended.
func testOverLimitComesLast(t *testing.T, l Implementation) {
	none := amountPer(order.PerAll, "0.01")
	o, holder := Create(t, l, Sample("a")), Create(t, l, Sample("b"))
	old := o
	old.Version++
	_, err := approve(t, l, old, Start, none)
	WantCode(t, err, order.CodeConflict)
	holder = Step(t, l, holder, order.Approved)
	_, err = approve(t, l, o, Start, none)
	WantCode(t, err, order.CodeServerHeld)
	Through(t, l, holder, order.Placing, order.Placed)
	_, err = approve(t, l, o, Start, none)
	WantCode(t, err, order.CodeExtended)
	o.ToldExtendedBy = holder.ID
	_, err = approve(t, l, o, Start, none)
	WantCode(t, err, order.CodeOverLimit)
	_, err = approve(t, l, o, Start, nil)
	WantCode(t, err, "")
}

// Many approvals at once, in several processes, fit into the limits one by one, but not
// together. As many pass as fit. Every other one is a press that is recorded with its
// approval.
func testTogetherOverLimits(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	processes := []Implementation{l, another(), another()}
	const together, fit = 24, 7
	all := append(amountPer(order.PerAccount, "9.80"), hoursPer(order.PerAll, day, 24*fit+23)...)
	var waiting []order.Order
	for i := range together {
		o := Sample(order.ID(fmt.Sprintf("o-%02d", i)))
		o.Server.ID, o.Person.User = "srv-"+string(o.ID), fmt.Sprintf("U%d", i)
		o.Hours, o.Estimate.Amount = 24, amount("1.3")
		if i%2 == 0 {
			o = Create(t, l, o)
		}
		waiting = append(waiting, o)
	}
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		codes = map[order.Code]int{}
	)
	start := make(chan struct{})
	for i, o := range waiting {
		group.Go(func() {
			<-start
			var err error
			if l := processes[i%len(processes)]; i%2 == 0 {
				_, err = approve(t, l, o, Start, all)
			} else {
				_, err = createApproved(t.Context(), l, o, all, nil)
			}
			mu.Lock()
			defer mu.Unlock()
			codes[order.CodeOf(err)]++
		})
	}
	close(start)
	group.Wait()
	if diff := cmp.Diff(map[order.Code]int{"": fit, order.CodeOverLimit: together - fit}, codes); diff != "" {
		t.Error(diff)
	}
	states, err := l.LimitStates(t.Context(), Sample("another"), all, Start)
	if err != nil || states[0].UsedAmount.String() != "9.1" || states[1].UsedHours != 24*fit {
		t.Errorf("%+v, %v", states, err)
	}
}
