package prices_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/order"
	"extendbot/order/prices"
)

// host is a host with accounts, a ledger with a receipt, and a policy with a price.
type host struct {
	mu       sync.Mutex // between the test, which sets the fields, and the readings
	ids      []string   // of the accounts that can pay
	idsErr   error
	lists    map[string]order.HostOrderList
	balances map[string]string
	err      map[string]error         // instead of the list and the balance of an account
	takes    map[string]time.Duration // how long each call for an account takes, or one such as "balance a"
	lingers  time.Duration            // how long a call goes on after its context ended
	price    string                   // in the policy
	receipt  *order.Receipt
	calls    []string
	running  int // lists that are being read
	most     int // at once
}

func newHost(ids ...string) *host {
	h := &host{
		ids: ids, lists: map[string]order.HostOrderList{}, balances: map[string]string{},
		err: map[string]error{}, takes: map[string]time.Duration{},
	}
	for _, id := range ids {
		h.balances[id] = "100.00"
	}
	return h
}

// set changes the host, the ledger or the policy.
func (h *host) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// Orders implements order.HostOrders.
func (h *host) Orders(ctx context.Context, id string) (order.HostOrderList, error) {
	h.mu.Lock()
	list := h.lists[id] // as it was when the call began
	h.running++
	h.most = max(h.most, h.running)
	h.mu.Unlock()
	err := h.call(ctx, "list "+id, id)
	h.set(func() { h.running-- })
	return list, err
}

func (h *host) balance(ctx context.Context, id string) (decimal.Decimal, error) {
	h.mu.Lock()
	amount := h.balances[id]
	h.mu.Unlock()
	return decimal.RequireFromString(amount), h.call(ctx, "balance "+id, id)
}

func (h *host) call(ctx context.Context, name, id string) error {
	h.mu.Lock()
	h.calls = append(h.calls, name)
	takes, err := max(h.takes[id], h.takes[name]), h.err[id]
	h.mu.Unlock()
	timer := time.NewTimer(takes)
	defer timer.Stop()
	select {
	case <-timer.C:
		return err
	case <-ctx.Done():
		<-time.After(h.lingers)
		return context.Cause(ctx)
	}
}

// called returns the calls since the last time, sorted.
func (h *host) called() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := slices.Sorted(slices.Values(h.calls))
	h.calls = nil
	return calls
}

// watch runs a watch of the host until the test ends.
func (h *host) watch(t *testing.T) (*prices.Watch, *logtest.Hook) {
	t.Helper()
	w, lines := h.newWatch()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	synctest.Wait()
	return w, lines
}

// newWatch returns a watch that does not run.
func (h *host) newWatch() (*prices.Watch, *logtest.Hook) {
	log, lines := logtest.NewNullLogger()
	return prices.New(prices.Config{
		Accounts: func() ([]string, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.idsErr != nil {
				return nil, h.idsErr
			}
			return slices.Clone(h.ids), nil
		},
		HostOrders: h, Balance: h.balance, Currency: "EUR", Log: log, Now: time.Now,
		LastReceipt: func(context.Context, string) (*order.Receipt, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.receipt, nil
		},
		PlanPrice: func(string) decimal.NullDecimal {
			h.mu.Lock()
			defer h.mu.Unlock()
			return money(h.price)
		},
	}), lines
}

func money(amount string) decimal.NullDecimal {
	if amount == "" {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(decimal.RequireFromString(amount))
}

// bought returns a line of a list: hours of the server "web" for an amount, made so long
// after the time began.
func bought(hours order.Hours, amount string, after time.Duration) order.HostOrder {
	return order.HostOrder{
		ID: fmt.Sprint(hours, amount, after), ServerID: "web", Status: order.HostCompleted, Type: "renew_server",
		Hours: hours, Amount: money(amount), Currency: "EUR", CreatedAt: epoch.Add(after),
	}
}

// epoch is when time begins in a bubble of synctest.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func listOf(lines ...order.HostOrder) order.HostOrderList {
	return order.HostOrderList{Orders: lines, Complete: true}
}

// estimate returns the estimate for hours of the server "web", such as "0.43 list".
func estimate(t *testing.T, w *prices.Watch, hours order.Hours) string {
	t.Helper()
	e, err := w.Estimate(t.Context(), order.Order{Account: "a", Server: order.Server{ID: "web"}, Hours: hours})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(order.FormatAmount(e.Amount) + " " + string(e.From))
}

func wantEstimate(t *testing.T, w *prices.Watch, hours order.Hours, want string) {
	t.Helper()
	if got := estimate(t, w, hours); got != want {
		t.Errorf("%d hours: %s, want %s", hours, got, want)
	}
}

func wantBalance(t *testing.T, w *prices.Watch, id, want string) {
	t.Helper()
	if got := order.FormatAmount(w.Balance(id).Amount); got != want {
		t.Errorf("balance of %s: %s, want %s", id, got, want)
	}
	left, known := w.Balances()[id]
	if got := order.FormatAmount(decimal.NewNullDecimal(left)); known != (want != "") || known && got != want {
		t.Errorf("balance of %s among all: %s, %t, want %s", id, got, known, want)
	}
}

// pass lets time pass, and what is then due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// The list and the balance of each account are read at the start and every ten minutes. An
// account that the policy names later is read within a minute, and one that it does not
// name anymore is not read. While the policy cannot be read, the known accounts are.
func TestWatch_ReadsEachAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a", "b")
		w, _ := h.watch(t)
		both := []string{"balance a", "balance b", "list a", "list b"}
		for round := range 3 {
			if diff := cmp.Diff(both, h.called()); diff != "" {
				t.Errorf("round %d: %s", round, diff)
			}
			pass(10 * time.Minute)
		}
		h.called()
		h.set(func() { h.ids = []string{"b", "c"}; h.balances["c"] = "7" })
		pass(time.Minute)
		if diff := cmp.Diff([]string{"balance c", "list c"}, h.called()); diff != "" {
			t.Error(diff)
		}
		wantBalance(t, w, "c", "7.00")
		wantBalance(t, w, "a", "")
		h.set(func() { h.idsErr = errors.New("broken") })
		pass(10 * time.Minute)
		if diff := cmp.Diff([]string{"balance b", "balance c", "list b", "list c"}, h.called()); diff != "" {
			t.Error(diff)
		}
	})
}

// An account is tried when both its list and its balance are.
func TestWatch_TriedListAndBalance(t *testing.T) {
	for _, slow := range []string{"list a", "balance a"} {
		synctest.Test(t, func(t *testing.T) {
			h := newHost("a", "b")
			h.takes[slow] = time.Second
			w, _ := h.watch(t)
			select {
			case <-w.Tried():
				t.Errorf("tried without the %s", slow)
			default:
			}
			pass(time.Second)
			<-w.Tried()
		})
	}
}

// Accounts that hang delay no other, each reading is limited in time, and four lists at
// most are read at once.
func TestWatch_AccountHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a", "b", "c", "d", "e", "f", "g", "h")
		for _, id := range []string{"a", "b", "c"} {
			h.takes[id] = time.Hour
		}
		for _, id := range []string{"d", "e", "f", "g", "h"} {
			h.takes[id] = time.Second
		}
		h.lists["h"] = listOf(bought(24, "0.43", -time.Hour))
		w, _ := h.watch(t)
		wantEstimate(t, w, 24, "list_unread")
		pass(6 * time.Second)
		select {
		case <-w.Tried():
			t.Error("lists that hang are said to be tried")
		default:
		}
		wantEstimate(t, w, 24, "0.43 list")
		wantBalance(t, w, "h", "100.00")
		if h.most != 4 {
			t.Errorf("%d lists at once", h.most)
		}
		h.set(func() { h.lists["h"] = listOf() })
		pass(25 * time.Second)
		<-w.Tried()
		h.called()
		pass(time.Minute)
		if calls := h.called(); !slices.Contains(calls, "list a") || slices.Contains(calls, "list h") {
			t.Errorf("calls after a minute: %v", calls)
		}
		h.set(func() { h.takes = map[string]time.Duration{} })
		pass(10 * time.Minute)
		if lists, balances := w.Age(); lists > 10*time.Minute || balances > 10*time.Minute {
			t.Errorf("the oldest readings are %s and %s old", lists, balances)
		}
	})
}

// So many accounts hang that the next try of the first is due before the others had their
// turn: those come first.
func TestWatch_ManyAccountsHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("z")
		for i := range 16 {
			id := fmt.Sprintf("a%02d", i)
			h.ids = append(h.ids, id)
			h.balances[id], h.takes[id] = "1", time.Hour
		}
		w, _ := h.watch(t)
		pass(2 * time.Minute)
		wantBalance(t, w, "z", "100.00")
	})
}

// A stop ends the readings that are under way, and waits for them.
func TestWatch_Stop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a")
		h.takes["a"], h.lingers = time.Hour, time.Second
		w, lines := h.newWatch()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			w.Run(ctx)
		}()
		synctest.Wait()
		stop()
		began := time.Now()
		<-ended
		if h.running != 0 || time.Since(began) != h.lingers || len(lines.AllEntries()) > 0 {
			t.Errorf("%d readings after %s; log: %v", h.running, time.Since(began), lines.AllEntries())
		}
		_, _ = w.Orders(ctx, "a") // nothing reads the balance anymore
	})
}

// A failure is logged once until it works again. The next try comes after a minute. What
// was known before counts, and the age says how old it is.
func TestWatch_FailureIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a", "b")
		h.err["a"] = errors.New("HTTP 404")
		w, lines := h.watch(t)
		wantEstimate(t, w, 24, "list_failed")
		h.called()
		pass(5 * time.Minute)
		if calls := h.called(); len(calls) != 10 || slices.Contains(calls, "list b") {
			t.Errorf("tries in five minutes: %v", calls)
		}
		want := []string{"warning a HTTP 404: the balance", "warning a HTTP 404: the list of orders"}
		if diff := cmp.Diff(want, logged(lines)); diff != "" {
			t.Error(diff)
		}
		if lists, balances := w.Age(); lists != 5*time.Minute || balances != 5*time.Minute {
			t.Errorf("readings are %s and %s old", lists, balances)
		}

		h.set(func() { clear(h.err); h.lists["a"] = listOf(bought(24, "0.43", 0)) })
		pass(time.Minute)
		if diff := cmp.Diff([]string{"info a <nil>: the balance", "info a <nil>: the list of orders"}, logged(lines)); diff != "" {
			t.Error(diff)
		}
		wantEstimate(t, w, 24, "0.43 list")
		h.set(func() { h.err["a"] = errors.New("HTTP 502"); h.ids = []string{"a"} })
		at := w.Balance("a").At
		pass(time.Hour)
		wantEstimate(t, w, 24, "0.43 list")
		wantBalance(t, w, "a", "100.00")
		if !w.Balance("a").At.Equal(at) {
			t.Errorf("a balance of %s is said to be of %s", at, w.Balance("a").At)
		}
		if lists, _ := w.Age(); lists != time.Hour {
			t.Errorf("the list is %s old after an hour", lists)
		}
	})
}

// logged returns what was logged since the last time, sorted, without what each line says
// about the rest.
func logged(lines *logtest.Hook) []string {
	var all []string
	for _, e := range lines.AllEntries() {
		what, _, _ := strings.Cut(e.Message, " of an account")
		all = append(all, fmt.Sprintf("%s %v %v: %s", e.Level, e.Data["account"], e.Data[logrus.ErrorKey], what))
	}
	lines.Reset()
	slices.Sort(all)
	return all
}

// The newest balance counts, whether it was read or follows from a receipt. One that was
// read from before the receipt on does not, because 0xhost may have answered before.
func TestWatch_BalanceFromReceipts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a")
		w, _ := h.watch(t)
		placed := func(receipt order.Receipt) {
			w.Placed(order.Order{Account: "a", ChangedAt: time.Now(), Receipt: &receipt})
		}
		receipt := order.Receipt{Amount: money("0.43"), BalanceBefore: money("50.00")}
		pass(time.Second)
		h.set(func() { h.takes["a"] = 5 * time.Second })
		go func() { _, _ = w.Orders(t.Context(), "a") }()
		pass(time.Second)
		placed(receipt)
		wantBalance(t, w, "a", "49.57")
		pass(10 * time.Second)
		wantBalance(t, w, "a", "49.57")

		settled := order.Receipt{Amount: money("0.43"), BalanceBefore: money("1.00"), Listed: true}
		placed(settled)
		placed(order.Receipt{Amount: money("0.43")})
		w.Placed(order.Order{Account: "a", ChangedAt: time.Now()})
		wantBalance(t, w, "a", "49.57")
		h.set(func() { h.balances["a"] = "20" })
		pass(10 * time.Minute)
		wantBalance(t, w, "a", "20.00")
		w.Placed(order.Order{Account: "a", ChangedAt: time.Now().Add(-time.Hour), Receipt: &receipt})
		wantBalance(t, w, "a", "20.00")
		w.Placed(order.Order{Account: "b", ChangedAt: time.Now(), Receipt: &receipt}) // not in the policy
		wantBalance(t, w, "b", "49.57")
		pass(time.Minute)
		if calls := h.called(); slices.Contains(calls, "balance b") {
			t.Errorf("an account that cannot pay is read: %v", calls)
		}
	})
}

// Lists, balances, receipts and questions at the same time do not disturb each other.
func TestWatch_Concurrently(t *testing.T) {
	h := newHost("a", "b", "c")
	for id := range maps.Keys(h.balances) {
		h.lists[id] = listOf(bought(720, "12.99", 0))
	}
	w, _ := h.newWatch()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { w.Run(ctx) })
	var people sync.WaitGroup
	for i := range 30 {
		people.Go(func() {
			id := string(rune('a' + i%3))
			_, _ = w.Orders(ctx, id)
			w.Placed(order.Order{Account: id, ChangedAt: time.Now(), Receipt: &order.Receipt{Amount: money("1"), BalanceBefore: money("9")}})
			_, _ = w.Age()
			if got := order.FormatAmount(w.Balance(id).Amount); got != "100.00" && got != "8.00" {
				t.Errorf("balance %s", got)
			}
			if e, err := w.Estimate(ctx, order.Order{Account: id, Server: order.Server{ID: "web"}, Hours: 24}); err != nil || e.From != order.PriceFromList {
				t.Errorf("%v %v", e, err)
			}
		})
	}
	people.Wait()
	stop()
	all.Wait()
}
