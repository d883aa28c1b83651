package bot

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/internal/secret"
	"extendbot/order"
)

// hangingApp is an App in a bubble of fake time. No connection to Slack can be
// opened, and each try to open one hangs.
func hangingApp(t *testing.T, change func(*Config)) (*App, *ledger) {
	t.Helper()
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	people := rules{people: []string{"U0ALICE"}}
	l := newLedger(time.Now)
	cfg := Config{
		AppToken: secret.New("xapp-1"), BotToken: secret.New("xoxb-1"), APIURL: "http://127.0.0.1:1/",
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return nil, errors.Join(sleep(ctx, time.Minute), errors.New("no connection"))
		},
		Orders: l, Servers: people.servers, MaxHours: 720, ProcessID: "p1", Log: quiet, Jitter: func() float64 { return 0 },
		Desk: order.NewDesk(order.Config{
			Ledger: l, Policy: people.policy(), Host: &host{}, ProcessID: "p1", ConfirmTTL: time.Hour, MaxHours: 720, HostTimeout: time.Minute,
		}),
	}
	if change != nil {
		change(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a, l
}

// request creates a pending order, for other hours than the orders before it.
func (a *App) request(t *testing.T, key string) order.Order {
	t.Helper()
	alice := order.Person{User: "U0ALICE"}
	before, err := a.cfg.Orders.Recent(t.Context(), alice, 1000)
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.cfg.Desk.Request(t.Context(), order.Request{
		Key: key, Person: alice, Channel: general, Server: "web-1", Hours: order.Hours(1 + len(before)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Due work waits only a few seconds for what this process does in memory, however
// long that takes: due work of other orders would wait for it.
func TestReconcile_WaitsOnlyForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := hangingApp(t, func(c *Config) { c.ShowSlots = 1 })
		var ids []order.ID
		for _, key := range []string{"a", "b", "c"} {
			ids = append(ids, a.request(t, key).ID)
		}
		for _, id := range ids {
			began := time.Now()
			if err := a.Reconcile(t.Context(), id); !isLater(err) {
				t.Errorf("Reconcile: %v", err)
			}
			if took := time.Since(began); took > reconcileWait {
				t.Errorf("Reconcile took %s", took)
			}
		}
		a.Close()
		passes(t, time.Minute) // until net/http has given up
	})
}

// The same for a question that cannot be posted.
func TestAskPeople_WaitsOnlyForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, l := hangingApp(t, nil)
		id := a.request(t, "a").ID
		l.Edit(id, func(o *order.Order) { o.State, o.Version = order.Unknown, 4 })
		for range 5 {
			began := time.Now()
			if err := a.AskPeople(t.Context(), id); !isLater(err) {
				t.Errorf("AskPeople: %v", err)
			}
			if took := time.Since(began); took > reconcileWait {
				t.Errorf("AskPeople took %s", took)
			}
			passes(t, 10*time.Second)
		}
		a.Close()
		passes(t, time.Minute) // until net/http has given up
	})
}

// claims is a ledger that counts claims.
type claims struct {
	*ledger

	n int
}

func (c *claims) Claim(ctx context.Context, id order.ID, self string, until time.Time) (order.Order, bool, error) {
	c.n++
	return c.ledger.Claim(ctx, id, self, until)
}

// A card that cannot be posted does not cost a write at each try, and remains this
// process's until the next one.
func TestReconcile_FailuresClaimRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &claims{}
		a, l := hangingApp(t, func(cfg *Config) {
			c.ledger = cfg.Orders.(*ledger)
			cfg.Orders = c
			cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
		})
		o := a.request(t, "a")
		a.reconciler.requested(o, o.CreatedAt)
		for range 30 {
			passes(t, time.Second)
			at, _ := a.reconciler.newCards.queue.Next(string(o.ID))
			if o, _ = l.Order(t.Context(), o.ID); o.CardOwnerUntil.Before(at) {
				t.Fatalf("the next try is at %s, the claim ends at %s", at, o.CardOwnerUntil)
			}
		}
		if c.n > 3 {
			t.Errorf("%d claims in half a minute", c.n)
		}
		a.Close()
	})
}

// Due work for an order that should have expired long ago, and cannot, is not
// repeated at once.
func TestReconcile_OverdueExpiryIsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := hangingApp(t, nil)
		o := a.request(t, "a")
		a.Close() // so that nothing is accepted
		o.Deadline = time.Now().Add(-time.Hour)
		later, ok := errors.AsType[*order.Later](a.reconciler.later(o))
		if !ok || later.At.Before(time.Now().Add(time.Second)) {
			t.Errorf("later is %v", later)
		}
	})
}

// passes lets time pass in a bubble, until everything waits again.
func passes(t *testing.T, d time.Duration) {
	t.Helper()
	if err := sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}
