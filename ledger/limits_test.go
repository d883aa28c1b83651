package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/ledger"
	"extendbot/order"
)

// placedFor records an order that was placed for an amount; "" if its receipt has none.
func placedFor(t *testing.T, l *ledger.Ledger, id order.ID, amount string) order.Order {
	t.Helper()
	o := sample(id)
	o.Server.ID = "srv-" + string(id)
	o.Estimate, o.Currency = order.Estimate{}, "" // as before they were known
	o = create(t, l, o)
	o.DecidedAt = start
	o = through(t, l, o, order.Approved, order.Placing)
	o.Receipt = &order.Receipt{OrderID: "h-" + string(id), ServerName: `"amount":"9.99"`}
	if amount != "" {
		o.Receipt.Amount = decimal.NewNullDecimal(decimal.RequireFromString(amount))
	}
	return step(t, l, o, order.Placed)
}

// What was placed before there were limits counts against them after the upgrade, with the
// same amount as if it had been recorded since: an upgraded ledger verifies. A receipt that
// nobody can read does not stop the upgrade.
func TestOpen_OlderReceiptsCount(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.altered(t)
		l := open(t, url, true)
		for i, amount := range []string{
			"1.3", "0", "12", "0.01", "", "-2.00", "0.000001", "0.0000005", "0.0000004999999", "0.0000015", "2.9999995", "2.99999949",
			"9.123456789", "999999999.9999994", "999999999.9999995", "1000000000", "1000000001", "123456789012345.123456789012345678901234",
		} {
			placedFor(t, l, order.ID(fmt.Sprintf("o-%02d", i)), amount)
		}
		placedFor(t, l, "broken", "1.00")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		db := d.raw(t, url)
		spent := func() string {
			t.Helper()
			rows, err := db.QueryContext(t.Context(), "SELECT CAST(spent AS TEXT) FROM orders WHERE id <> 'broken' ORDER BY id")
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(columnOf(t, rows, ""), " ")
		}
		before := spent()
		if err := ledger.MigrateDatabaseDown(t.Context(), db, d.shared, 17); err != nil {
			t.Fatal(err)
		}
		exec(t, db, `UPDATE orders SET receipt = '{"amount":"1.00","order_id' WHERE id = 'broken'`)
		l = open(t, url, true)
		if diff := cmp.Diff(before, spent()); diff != "" {
			t.Errorf("spent (-recorded +migrated): %s", diff)
		}
		_, found := verify(t, l, start)
		for _, what := range found {
			if !strings.Contains(what, "order broken") {
				t.Error(what)
			}
		}
		limit := order.Limit{Per: order.PerServer, Within: time.Hour, Amount: decimal.NewNullDecimal(decimal.New(130, -2))}
		o := sample("new")
		o.Server.ID = "srv-o-00"
		states, err := l.LimitStates(t.Context(), o, []order.Limit{limit}, start.Add(time.Minute))
		if err != nil || states[0].UsedAmount.String() != "1.3" || states[0].Allows || !states[0].FreeAt.Equal(start.Add(time.Hour)) {
			t.Errorf("%+v, %v", states, err)
		}
	})
}

// SpentSince returns what counts against limits, by the time of its approval, and ends
// with the first error.
func TestSpentSince_ByApproval(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		for i, way := range [][]order.State{
			{order.Approved}, {order.Approved, order.Placing}, {order.Approved, order.Placing, order.Unknown}, {order.Approved, order.Placing, order.Placed},
			{}, {order.Declined}, {order.Approved, order.Refused}, {order.Approved, order.Placing, order.Unknown, order.NotPlaced},
		} {
			o := sample(order.ID(fmt.Sprintf("%d", i)))
			o.Server.ID = "srv-" + string(o.ID)
			o = create(t, l, o)
			o.DecidedAt = start.Add(-time.Duration(i) * time.Hour) // the newest first
			through(t, l, o, way...)
		}
		spent := func(since time.Time, most int) (got string, err error) {
			err = l.SpentSince(t.Context(), since, func(o order.Order) error {
				if most--; most < 0 {
					return errEnough
				}
				want, readErr := l.Order(t.Context(), o.ID)
				if diff := cmp.Diff(want, o); readErr != nil || diff != "" {
					t.Errorf("%v\n%s", readErr, diff)
				}
				got += string(o.ID)
				return nil
			})
			return got, err
		}
		for since, want := range map[time.Time]string{{}: "3210", start.Add(-2 * time.Hour): "210", start.Add(-2*time.Hour + time.Microsecond): "10", start.Add(time.Hour): ""} {
			if got, err := spent(since, 9); err != nil || got != want {
				t.Errorf("since %s: %q, %v, want %q", since, got, err, want)
			}
		}
		if got, err := spent(time.Time{}, 2); got != "32" || !errors.Is(err, errEnough) || order.CodeOf(err) != order.CodeInternal {
			t.Errorf("%q, %v", got, err)
		}
	})
}

var errEnough = errors.New("enough")
