package ordertest_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"extendbot/order/ordertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The ledger in memory behaves as the databases do.
func TestLedger_InMemory(t *testing.T) {
	t.Parallel()
	ordertest.TestLedger(t, func(_ *testing.T, now func() time.Time) (ordertest.Implementation, func() ordertest.Implementation) {
		memory := ordertest.NewLedger(now)
		return memory, func() ordertest.Implementation { return memory }
	})
}
