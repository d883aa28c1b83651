package order_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// withReceipt stores a receipt for alice's server, as if another order had been
// placed an hour ago.
func (d *desk) withReceipt(id order.ID, r order.Receipt) {
	d.ledger.Put(order.Order{
		ID: id, RequestKey: string(id), Version: 4, State: order.Placed, Person: alice, Server: order.Server{Name: "web-1", ID: "srv-web-1"},
		CreatedAt: time.Now().Add(-2 * time.Hour), ChangedAt: time.Now().Add(-time.Hour), Receipt: &r,
	})
}

func (d *desk) requestUntil(until time.Time) (order.Order, error) {
	return d.Request(d.t.Context(), order.Request{Key: "k", Person: alice, Server: "web-1", Hours: 5, Until: until, Typed: "until friday 18:00"})
}

// The hours until a time count from the expiry of the server, rounded up to whole
// hours.
func TestRequest_UntilCountsFromExpiry(t *testing.T) {
	for after, want := range map[time.Duration]order.Hours{
		time.Nanosecond: 1, time.Hour - time.Second: 1, time.Hour: 1, time.Hour + time.Microsecond: 2, 719*time.Hour + time.Minute: 720, 720 * time.Hour: 720,
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			expiry := time.Now().Add(90 * time.Minute)
			d.withReceipt("old", order.Receipt{ExpiresAt: expiry})
			o, err := d.requestUntil(expiry.Add(after))
			if err != nil || o.Hours != want || o.Typed != "until friday 18:00" {
				t.Errorf("%s after the expiry: %d hours (%q), want %d (%v)", after, o.Hours, o.Typed, want, err)
			}
		})
	}
}

// Hours until a time are refused if they do not follow from what is known, and
// nothing is recorded.
func TestRequest_UntilRefused(t *testing.T) {
	price := decimal.NewNullDecimal(decimal.New(1299, -2))
	for name, c := range map[string]struct {
		receipt func(now time.Time) *order.Receipt
		until   time.Duration // from now
		want    order.Code
		expiry  time.Duration // in the error; 0: none
	}{
		"no receipt":           {func(time.Time) *order.Receipt { return nil }, 48 * time.Hour, order.CodeNoExpiry, 0},
		"only a price":         {func(time.Time) *order.Receipt { return &order.Receipt{PlanPrice: price} }, 48 * time.Hour, order.CodeNoExpiry, 0},
		"the expiry is now":    {func(now time.Time) *order.Receipt { return &order.Receipt{ExpiresAt: now} }, 48 * time.Hour, order.CodeNoExpiry, 0},
		"the expiry is past":   {expiresIn(-time.Hour), 48 * time.Hour, order.CodeNoExpiry, 0},
		"just the expiry":      {expiresIn(24 * time.Hour), 24 * time.Hour, order.CodeRunsLonger, 24 * time.Hour},
		"before the expiry":    {expiresIn(24 * time.Hour), 23 * time.Hour, order.CodeRunsLonger, 24 * time.Hour},
		"the time is past":     {expiresIn(24 * time.Hour), -time.Hour, order.CodeRunsLonger, 24 * time.Hour},
		"an hour too many":     {expiresIn(24 * time.Hour), 744*time.Hour + time.Second, order.CodeBadHours, 24 * time.Hour},
		"centuries":            {expiresIn(24 * time.Hour), 290 * 365 * 24 * time.Hour, order.CodeBadHours, 24 * time.Hour},
		"longer than can be":   {func(now time.Time) *order.Receipt { return &order.Receipt{ExpiresAt: now.Add(time.Hour)} }, 1<<63 - 1, order.CodeBadHours, time.Hour},
		"an expiry in the far": {func(now time.Time) *order.Receipt { return &order.Receipt{ExpiresAt: now.AddDate(5000, 0, 0)} }, time.Hour, order.CodeRunsLonger, -1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				now := time.Now()
				if r := c.receipt(now); r != nil {
					d.withReceipt("old", *r)
				}
				before := len(d.ledger.Orders())
				_, err := d.requestUntil(now.Add(c.until))
				wantCode(t, err, c.want)
				e, _ := errors.AsType[*order.Error](err)
				want := now.Add(c.expiry)
				switch {
				case c.expiry == 0 && !e.Expiry.IsZero(), c.expiry > 0 && !e.Expiry.Equal(want), c.expiry < 0 && e.Expiry.IsZero():
					t.Errorf("the error has the expiry %s", e.Expiry)
				}
				if len(d.ledger.Orders()) != before {
					t.Error("something was recorded")
				}
			})
		})
	}
}

func expiresIn(d time.Duration) func(time.Time) *order.Receipt {
	return func(now time.Time) *order.Receipt { return &order.Receipt{ExpiresAt: now.Add(d)} }
}

// A person who may not extend the server learns nothing of its expiry, and a
// ledger that cannot be read is no reason to say that the expiry is not known.
func TestRequest_UntilAsksPolicyAndLedger(t *testing.T) {
	d := newDesk(t)
	d.withReceipt("old", order.Receipt{ExpiresAt: time.Now().Add(time.Hour)})
	_, err := d.Request(t.Context(), order.Request{Key: "k", Person: stranger, Server: "web-1", Until: time.Now()})
	wantCode(t, err, order.CodeStranger)

	d = newDesk(t, func(c *order.Config) { c.Leases = noLeases{} })
	_, err = d.requestUntil(time.Now().Add(time.Hour))
	wantCode(t, err, order.CodeUnavailable)
}

type noLeases struct{}

func (noLeases) Lease(context.Context, order.Server) (order.Lease, error) {
	return order.Lease{}, &order.Error{Code: order.CodeUnavailable}
}
