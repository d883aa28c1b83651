package ledger_test

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/ledgerfill"
	"extendbot/ledger"
	"extendbot/order"
)

// BenchmarkCreate measures how long the ledger delays the ack of a command.
func BenchmarkCreate(b *testing.B) {
	for _, workers := range []int{1, 50} {
		b.Run("inflight="+strconv.Itoa(workers), func(b *testing.B) {
			l := open(b, databases[0].url(b), true)
			var n atomic.Int64
			b.SetParallelism(workers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					benchCreate(b, l, n.Add(1))
				}
			})
		})
	}
}

func benchCreate(b *testing.B, l *ledger.Ledger, i int64) order.Order {
	id := order.ID("o-" + strconv.FormatInt(i, 10))
	o := sample(id)
	o.Server.ID = string(id)
	later := time.Now().Add(time.Minute)
	o, err := l.Create(b.Context(), o, order.Entry{Version: 1, At: start, Who: "U0ALICE", To: order.Pending},
		order.Due{Work: order.WorkReconcile, At: later})
	if err != nil {
		b.Fatal(err)
	}
	return o
}

// BenchmarkDecide measures how long the ledger delays the ack of a click: of a
// single click, and of the last of fifty that arrive at once.
func BenchmarkDecide(b *testing.B) {
	for _, together := range []int{1, 50} {
		b.Run("together="+strconv.Itoa(together), func(b *testing.B) {
			l := open(b, databases[0].url(b), true)
			later := time.Now().Add(time.Minute)
			for i := int64(0); b.Loop(); {
				b.StopTimer()
				var clicks sync.WaitGroup
				orders := make([]order.Order, together)
				for j := range orders {
					i++
					orders[j] = benchCreate(b, l, i)
				}
				b.StartTimer()
				for _, o := range orders {
					clicks.Go(func() {
						_, err := try(b, l, o, order.Approved, order.Due{Work: order.WorkPlace, At: later}, order.Due{Work: order.WorkReconcile, At: later})
						if err != nil {
							b.Error(err)
						}
					})
				}
				clicks.Wait()
			}
		})
	}
}

// BenchmarkApprove measures how long the last approval takes in a ledger with 30,000
// orders within the time of its limits, and twice as many before that: under no limit,
// within five, and over one of five, for which it reads each order to say when enough is
// free.
func BenchmarkApprove(b *testing.B) {
	const window = 30 * 24 * time.Hour
	most := decimal.NewNullDecimal(decimal.New(1, 8))
	five := []order.Limit{
		{Per: order.PerPerson, Within: 24 * time.Hour, Hours: 1 << 40}, {Per: order.PerPerson, Within: window, Amount: most},
		{Per: order.PerServer, Within: window, Hours: 1 << 40}, {Per: order.PerAccount, Within: window, Amount: most},
		{Per: order.PerAll, Within: window, Amount: most},
	}
	over := slices.Clone(five)
	over[4].Amount = decimal.NewNullDecimal(decimal.New(100, 0))
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			url := d.url(b)
			now := time.Now().UTC().Truncate(time.Microsecond)
			plan := ledgerfill.Years(90_000, now)
			plan.Span = 3 * window
			if err := ledgerfill.Fill(b.Context(), url, plan); err != nil {
				b.Fatal(err)
			}
			l := open(b, url, true)
			i := int64(0)
			for name, limits := range map[string][]order.Limit{"limits=0": nil, "limits=5": five, "over": over} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						b.StopTimer()
						i++
						o := benchCreate(b, l, i)
						b.StartTimer()
						o.State = order.Approved
						e := order.Entry{Version: 2, At: now, Who: "U0ALICE", From: order.Pending, To: order.Approved}
						if _, err := l.Approve(b.Context(), o, e, limits); (err != nil) != (name == "over") {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// BenchmarkVerified measures how long a click waits for its order, compared with
// reading the order alone.
func BenchmarkVerified(b *testing.B) {
	l := open(b, databases[0].url(b), true)
	o := benchCreate(b, l, 1)
	b.Run("order", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := l.Order(b.Context(), o.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verified", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := l.Verified(b.Context(), o.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}
