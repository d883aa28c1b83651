package order_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// euros returns an amount; "" for one that is not known.
func euros(s string) decimal.NullDecimal {
	if s == "" {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(decimal.RequireFromString(s))
}

// hoursIn and amountIn return limits of all orders.
func hoursIn(within time.Duration, most order.Hours) order.Limit {
	return order.Limit{Per: order.PerAll, Within: within, Hours: most}
}

func amountIn(within time.Duration, most string) order.Limit {
	return order.Limit{Per: order.PerAll, Within: within, Amount: euros(most)}
}

// A limit allows what fits to the hour and to the cent, counts everything of its time and
// nothing older, and says when enough becomes free.
func TestLimit_State(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	type spent struct {
		ago    time.Duration
		hours  order.Hours
		amount string
	}
	const h, never = time.Hour, time.Duration(-1)
	day, fiver := hoursIn(24*h, 10), amountIn(24*h, "5")
	for name, c := range map[string]struct {
		limit    order.Limit
		hours    order.Hours
		estimate string
		spent    []spent
		used     string
		left     string
		freeIn   time.Duration // 0: allowed; never: alone it is more than the limit
	}{
		"the first one":                       {day, 1, "", nil, "0", "10", 0},
		"all of it":                           {day, 10, "99", nil, "0", "10", 0},
		"alone it is more":                    {day, 11, "", nil, "0", "10", never},
		"alone it is more, and others count":  {day, 11, "", []spent{{h, 4, "9"}}, "4", "6", never},
		"it fits to the hour":                 {day, 6, "99", []spent{{h, 4, "9"}}, "4", "6", 0},
		"one hour too many":                   {day, 7, "", []spent{{h, 4, "9"}}, "4", "6", 23 * h},
		"the oldest one is enough":            {day, 3, "", []spent{{20 * h, 4, ""}, {h, 4, ""}}, "8", "2", 4 * h},
		"the oldest one is not enough":        {day, 7, "", []spent{{20 * h, 4, ""}, {5 * h, 2, ""}, {h, 2, ""}}, "8", "2", 19 * h},
		"all have to be free":                 {day, 10, "", []spent{{20 * h, 4, ""}, {h, 1, ""}}, "5", "5", 23 * h},
		"the time has just passed":            {day, 10, "", []spent{{24 * h, 10, ""}}, "0", "10", 0},
		"it has not passed by a microsecond":  {day, 1, "", []spent{{24*h - time.Microsecond, 10, ""}}, "10", "0", time.Microsecond},
		"what is older is not what gets free": {day, 1, "", []spent{{25 * h, 10, ""}, {h, 10, ""}}, "10", "0", 23 * h},
		"approved by a clock that is ahead":   {day, 1, "", []spent{{-time.Minute, 10, ""}}, "10", "0", 24*h + time.Minute},
		"the limit was lowered":               {day, 1, "", []spent{{2 * h, 15, ""}, {h, 9, ""}}, "24", "0", 22 * h},

		"the whole amount":                      {fiver, 99, "5.00", nil, "0", "5", 0},
		"alone it costs more":                   {fiver, 1, "5.01", nil, "0", "5", never},
		"it fits to the cent":                   {fiver, 1, "0.43", []spent{{h, 1, "4.57"}}, "4.57", "0.43", 0},
		"less than a cent too much":             {fiver, 1, "0.43", []spent{{h, 1, "4.5701"}}, "4.5701", "0.4299", 23 * h},
		"the price is not known":                {fiver, 1, "", []spent{{h, 1, "4.99"}}, "4.99", "0.01", 0},
		"not known, and nothing is left":        {fiver, 1, "", []spent{{3 * h, 1, "1"}, {h, 1, "4"}}, "5", "0", 21 * h},
		"not known, and more than all is spent": {fiver, 1, "", []spent{{3 * h, 1, "1"}, {h, 1, "5"}}, "6", "0", 23 * h},
		"an estimate that cannot be":            {fiver, 1, "-9", []spent{{h, 1, "5"}}, "5", "0", 23 * h},
		"it is free of charge":                  {fiver, 1, "0", []spent{{h, 1, "5"}}, "5", "0", 0},
		"a charge was higher than expected":     {fiver, 1, "0.01", []spent{{3 * h, 1, "7"}, {h, 1, "1"}}, "8", "0", 21 * h},
	} {
		var before []order.Spent
		for _, s := range c.spent {
			amount := euros(s.amount).Decimal
			before = append(before, order.Spent{At: now.Add(-s.ago), Hours: s.hours, Amount: amount})
		}
		got := c.limit.State(order.Order{Hours: c.hours, Estimate: order.Estimate{Amount: euros(c.estimate)}}, now, before)
		used, left := got.UsedAmount, got.LeftAmount()
		if c.limit.Hours > 0 {
			used, left = decimal.NewFromInt(int64(got.UsedHours)), decimal.NewFromInt(int64(got.LeftHours()))
		}
		if !used.Equal(euros(c.used).Decimal) || !left.Equal(euros(c.left).Decimal) {
			t.Errorf("%s: used %s and left %s, want %s and %s", name, used, left, c.used, c.left)
		}
		var free time.Time
		if c.freeIn > 0 {
			free = now.Add(c.freeIn)
		}
		if got.Limit != c.limit || got.Allows != (c.freeIn == 0) || !got.FreeAt.Equal(free) {
			t.Errorf("%s: allowed %v, free at %s, want %s", name, got.Allows, got.FreeAt, free)
		}
	}
}

// What fits into the rest of a limit fits when it is asked for, and an hour more does not,
// apart from what rounding can hide: the price follows from an estimate that is rounded.
func TestLimitState_Fits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := decimal.New(rapid.Int64Range(0, 99_999_999).Draw(t, "price of a plan"), -4)
		costs := func(h order.Hours) order.Estimate {
			full := price.Mul(decimal.NewFromInt(int64(h))).DivRound(decimal.NewFromInt(order.HoursPerPlanPrice), 2)
			return order.Estimate{Amount: decimal.NewNullDecimal(full)}
		}
		o := order.Order{Hours: order.Hours(rapid.IntRange(1, 720).Draw(t, "hours"))}
		o.Estimate = costs(o.Hours)
		limit := hoursIn(time.Hour, order.Hours(rapid.IntRange(1, 1000).Draw(t, "limit")))
		if rapid.Bool().Draw(t, "of amounts") {
			limit = order.Limit{Per: order.PerAll, Within: time.Hour, Amount: decimal.NewNullDecimal(decimal.New(rapid.Int64Range(1, 9_999_999).Draw(t, "amount"), -4))}
		}
		spent := []order.Spent{{At: time.Unix(1, 0), Hours: order.Hours(rapid.IntRange(0, 1000).Draw(t, "spent hours")), Amount: decimal.New(rapid.Int64Range(0, 9_999_999).Draw(t, "spent"), -4)}}
		state := limit.State(o, time.Unix(2, 0), spent)
		fits := state.Fits(o)
		allows := func(h order.Hours) bool {
			return limit.State(order.Order{Hours: h, Estimate: costs(h)}, time.Unix(2, 0), spent).Allows
		}
		switch {
		case fits > 0 && !allows(fits):
			t.Fatalf("%d hours do not fit", fits)
		case fits < 0, !state.Allows && fits >= o.Hours:
			t.Fatalf("%d hours fit, but not %d", fits, o.Hours)
		case limit.Hours > 0 && allows(fits+1), o.Estimate.Amount.Decimal.GreaterThan(decimal.NewFromInt(1)) && allows(fits+fits/50+6):
			t.Fatalf("more than %d hours fit", fits)
		}
	})
	// At 10.00 a day, two days fit exactly into 20.00.
	o := order.Order{Hours: 72, Estimate: order.Estimate{Amount: decimal.NewNullDecimal(decimal.New(30, 0))}}
	if got := (order.LimitState{Limit: amountIn(24*time.Hour, "50"), UsedAmount: decimal.New(30, 0)}).Fits(o); got != 48 {
		t.Errorf("%d hours fit, want 48", got)
	}
	for name, s := range map[string]order.LimitState{
		"price not known": {Limit: amountIn(time.Hour, "5")}, "nothing left": {Limit: hoursIn(time.Hour, 5), UsedHours: 9},
	} {
		if got := s.Fits(order.Order{Hours: 10}); got != 0 {
			t.Errorf("%s: %d hours fit", name, got)
		}
	}
}

// The time of a limit is written in its largest unit. 24 hours are not called a day, which
// is one of the calendar.
func TestLimit_Period(t *testing.T) {
	for within, want := range map[time.Duration]string{
		time.Hour: "1 hour", 90 * time.Minute: "90 minutes", 24 * time.Hour: "24 hours", 36 * time.Hour: "36 hours", 48 * time.Hour: "2 days", 720 * time.Hour: "30 days",
	} {
		if got := (order.Limit{Within: within}).Period(); got != want {
			t.Errorf("%s: %q, want %q", within, got, want)
		}
	}
}

// The limit that is named is the one that stops the order the longest.
func TestExceeded_TheLongest(t *testing.T) {
	soon, late := time.Unix(1000, 0), time.Unix(2000, 0)
	fits := order.LimitState{Limit: hoursIn(1, 1), Allows: true}
	first, last := order.LimitState{Limit: hoursIn(2, 1), FreeAt: soon}, order.LimitState{Limit: hoursIn(3, 1), FreeAt: late}
	never := order.LimitState{Limit: hoursIn(4, 1)}
	for name, c := range map[string]struct {
		states []order.LimitState
		want   time.Duration // Within of the limit, 0 for none
	}{
		"no limit":              {nil, 0},
		"all allow it":          {[]order.LimitState{fits, fits}, 0},
		"one does not":          {[]order.LimitState{fits, first, fits}, 2},
		"the later one first":   {[]order.LimitState{last, first, fits}, 3},
		"the later one last":    {[]order.LimitState{first, fits, last}, 3},
		"never is later":        {[]order.LimitState{last, never}, 4},
		"never, named before":   {[]order.LimitState{never, last, first}, 4},
		"never, between others": {[]order.LimitState{first, never, last}, 4},
	} {
		var got time.Duration
		err := order.Exceeded(c.states)
		if e, ok := errors.AsType[*order.Error](err); ok && e.Code == order.CodeOverLimit {
			got = e.Limit.Within
		}
		if got != c.want || (err == nil) != (c.want == 0) {
			t.Errorf("%s: %v, want the limit %d", name, err, c.want)
		}
	}
}

// An order counts from its last approval until it is known that nothing was bought: with
// its charge, and with its estimate as long as that is not known.
func TestOrder_Spent(t *testing.T) {
	at := time.Unix(1000, 0)
	receipt := func(amount string) *order.Receipt { return &order.Receipt{Amount: euros(amount)} }
	for name, c := range map[string]struct {
		states   []order.State
		estimate string
		receipt  *order.Receipt
		want     string // "" if it does not count
	}{
		"not approved":             {[]order.State{order.Pending, order.Declined, order.Cancelled, order.Expired}, "5", nil, ""},
		"reserved":                 {[]order.State{order.Approved, order.Placing, order.Unknown}, "5", nil, "5"},
		"nothing was bought":       {[]order.State{order.Refused, order.NotPlaced}, "5", nil, ""},
		"placed":                   {[]order.State{order.Placed}, "5", receipt("5.25"), "5.25"},
		"placed for less":          {[]order.State{order.Placed}, "5", receipt("0"), "0"},
		"a charge below zero":      {[]order.State{order.Placed}, "5", receipt("-1"), "0"},
		"the charge is not known":  {[]order.State{order.Placed}, "5", receipt(""), "5"},
		"an absurd charge":         {[]order.State{order.Placed}, "5", &order.Receipt{Amount: decimal.NewNullDecimal(decimal.New(1, 1<<30))}, "5"},
		"settled without a charge": {[]order.State{order.Placed}, "5", nil, "5"},
		"neither is known":         {[]order.State{order.Approved, order.Placed}, "", nil, "0"},
		"an estimate below zero":   {[]order.State{order.Approved}, "-5", nil, "0"},
	} {
		for _, state := range c.states {
			o := order.Order{State: state, Hours: 72, DecidedAt: at, Estimate: order.Estimate{Amount: euros(c.estimate)}, Receipt: c.receipt}
			got, counts := o.Spent()
			if counts != (c.want != "") {
				t.Errorf("%s: one that is %s counts: %v", name, state, counts)
			}
			if counts && (!got.Amount.Equal(euros(c.want).Decimal) || got.Hours != 72 || !got.At.Equal(at)) {
				t.Errorf("%s: one that is %s counts %+v, want %s", name, state, got, c.want)
			}
		}
	}
}

// A limit counts those orders together that its "per" names.
func TestLimit_Covers(t *testing.T) {
	o := order.Order{Person: alice, Account: "acc-1", Server: order.Server{ID: "srv-1", Name: "web-1"}}
	for per, same := range map[order.LimitPer]order.Order{
		order.PerPerson:  {Person: alice, Account: "acc-2", Server: order.Server{ID: "srv-2"}},
		order.PerServer:  {Person: bob, Account: "acc-2", Server: order.Server{ID: "srv-1", Name: "renamed"}},
		order.PerAccount: {Person: bob, Account: "acc-1", Server: order.Server{ID: "srv-2"}},
		order.PerAll:     {Person: bob, Account: "acc-2", Server: order.Server{ID: "srv-2", Name: "web-1"}},
	} {
		other := order.Order{Person: outsider, Account: "acc-3", Server: order.Server{ID: "srv-3", Name: "web-1"}}
		l := order.Limit{Per: per}
		if !l.Covers(o, same) || l.Covers(o, other) != (per == order.PerAll) {
			t.Errorf("per %s: %v and %v", per, l.Covers(o, same), l.Covers(o, other))
		}
	}
}

// What a person spent since a time is what limits count of theirs. Limits per server are left
// out, and those per account are named for each account that pays for them.
func TestDesk_Spending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rules := aliceAndBob()
		rules.Account = "acc-17"
		for _, per := range []order.LimitPer{order.PerPerson, order.PerServer, order.PerAccount, order.PerAll} {
			rules.Limits = append(rules.Limits, order.Limit{Per: per, Within: 48 * time.Hour, Hours: 300})
		}
		d, _ := limited(t, rules)
		begin := time.Now()
		buy := func(who order.Person, server string, hours order.Hours) {
			t.Helper()
			id := d.asked(who, server, hours)
			if _, err := d.Decide(t.Context(), order.Decision{ID: id, Person: who, Yes: true}); err != nil {
				t.Fatal(err)
			}
			pass(time.Hour)
		}
		buy(alice, "web-1", 10)
		buy(alice, "web-2", 20)
		buy(bob, "web-3", 40)
		d.asked(alice, "web-4", 80) // it waits, and counts nothing
		servers := []order.Server{{ID: "srv-web-1"}, {ID: "srv-web-2"}}
		want := func(since time.Time, hours order.Hours, amount string) {
			t.Helper()
			s, err := d.Spending(t.Context(), alice, servers, since)
			if err != nil || s.Hours != hours || !s.Amount.Equal(euros(amount).Decimal) {
				t.Errorf("%d hours, %s; want %d and %s; %v", s.Hours, s.Amount, hours, amount, err)
			}
			var limits string
			for _, l := range s.Limits {
				limits += fmt.Sprintf("%s %s %d, ", l.Per, l.Account, l.UsedHours)
			}
			if limits != "person  30, account acc-17 70, all  70, " {
				t.Errorf("the limits are %s", limits)
			}
		}
		want(begin.Add(-time.Minute), 30, "10")
		want(begin.Add(time.Minute), 20, "5")
		want(begin.Add(2*time.Hour), 0, "0")
		d.policy.Set(ordertest.Rules{Err: &order.Error{Code: order.CodeUnavailable}})
		_, err := d.Spending(t.Context(), alice, servers, begin)
		wantCode(t, err, order.CodeUnavailable)
	})
}
