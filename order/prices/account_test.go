package prices_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// A list that somebody else reads counts, too, without waiting for the balance, which is
// read at the same time. A reading that is canceled is no failure.
func TestWatch_OrdersLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a")
		w, lines := h.watch(t)
		pass(5 * time.Minute)
		wantEstimate(t, w, 24, "never_ordered")
		h.called()
		want := listOf(bought(24, "0.43", time.Minute))
		h.set(func() { h.lists["a"], h.balances["a"], h.takes["a"] = want, "90", time.Second })
		balances := make(chan order.Balance, 1)
		go func() {
			<-time.After(500 * time.Millisecond)
			balances <- w.Balance("a")
		}()
		got, err := w.Orders(t.Context(), "a")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
		synctest.Wait()
		if b := <-balances; order.FormatAmount(b.Amount) != "100.00" {
			t.Errorf("the balance meanwhile: %v", b)
		}
		wantEstimate(t, w, 24, "0.43 list")
		wantBalance(t, w, "a", "90.00")
		if diff := cmp.Diff([]string{"balance a", "list a"}, h.called()); diff != "" {
			t.Error(diff)
		}
		_, _ = w.Orders(t.Context(), "a") // of requests at once, one reads the balance
		synctest.Wait()
		if diff := cmp.Diff([]string{"list a"}, h.called()); diff != "" {
			t.Error(diff)
		}
		pass(9 * time.Minute)
		if calls := h.called(); len(calls) > 0 {
			t.Errorf("read again before ten minutes passed: %v", calls)
		}

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.Orders(ctx, "a"); err == nil || len(lines.AllEntries()) > 0 {
			t.Errorf("a canceled reading: %v; log: %v", err, logged(lines))
		}
		h.set(func() { h.takes["a"] = time.Hour })
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = w.Orders(ctx, "a")
		want2 := []string{"warning a context deadline exceeded: the list of orders"}
		if diff := cmp.Diff(want2, logged(lines)); diff != "" || err == nil {
			t.Errorf("a reading that takes too long: %v %s", err, diff)
		}
		synctest.Wait()
	})
}

// The newest list of each account is kept, and the newest complete one, whoever read them
// and in whichever order the readings end. Reading a list alone does not read the balance.
func TestWatch_KeepsLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost("a", "b")
		first, second, elsewhere := bought(24, "0.43", time.Minute), bought(72, "1.30", 2*time.Minute), bought(48, "0.87", time.Minute)
		elsewhere.ServerID = "db"
		h.lists["a"], h.lists["b"] = listOf(first, elsewhere), listOf(bought(1, "0.02", 0))
		w, _ := h.watch(t)
		want := func(lines int, complete order.HostOrderList, asked time.Duration) {
			t.Helper()
			list, at, ok := w.KnownList("a")
			if diff := cmp.Diff(complete, list); diff != "" || !ok || at.Sub(epoch) != asked || len(w.Lines("web")) != lines || len(w.Lines("none")) != 0 {
				t.Errorf("%d lines %v, the complete list is of %s: %s", len(w.Lines("web")), w.Lines("web"), at.Sub(epoch), diff)
			}
		}
		want(2, listOf(first, elsewhere), 0)
		pass(time.Minute)
		h.set(func() { h.lists["a"] = order.HostOrderList{Orders: []order.HostOrder{first, second}} }) // not complete
		h.called()
		if err := w.ReadList(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"list a"}, h.called()); diff != "" {
			t.Error(diff)
		}
		want(3, listOf(first, elsewhere), 0)
		h.set(func() { h.lists["a"], h.takes["list a"] = listOf(first), time.Minute })
		var slow sync.WaitGroup
		slow.Go(func() { _ = w.ReadList(t.Context(), "a") })
		pass(30 * time.Second)
		h.set(func() { h.lists["a"], h.takes["list a"] = listOf(first, second), 0 })
		if err := w.ReadList(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		slow.Wait() // it was asked for before, and ends after
		want(3, listOf(first, second), 90*time.Second)
		h.set(func() { h.err["a"] = errors.New("down") })
		if err := w.ReadList(t.Context(), "a"); err == nil {
			t.Error("no error")
		}
		want(3, listOf(first, second), 90*time.Second)
		if _, _, ok := w.KnownList("c"); ok {
			t.Error("a list of an unknown account")
		}
	})
}
