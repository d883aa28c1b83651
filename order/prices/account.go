package prices

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

var _ order.HostOrders = (*Watch)(nil)

// fresh is the age up to which a balance is not read once more because somebody is about to
// look at it: of many requests at once, one is enough.
const fresh = 5 * time.Second

// Orders implements [order.HostOrders] with the one of the configuration, and learns from
// the list. Meanwhile Run reads the account's balance, unless it is fresh, because somebody
// is about to look at it; the list does not wait for that.
func (w *Watch) Orders(ctx context.Context, id string) (order.HostOrderList, error) {
	began := w.cfg.Now()
	w.mu.Lock()
	a := w.account(id, began)
	stale := began.Sub(a.amount.read) > fresh
	a.amount.wanted = a.amount.wanted || stale
	w.mu.Unlock()
	if stale {
		w.look()
	}
	return w.orders(ctx, id, began)
}

// ReadList reads an account's list now, and learns from it.
func (w *Watch) ReadList(ctx context.Context, id string) error {
	_, err := w.orders(ctx, id, w.cfg.Now())
	return err
}

// KnownList returns the newest complete list of an account that was read, and when it was
// asked for.
func (w *Watch) KnownList(id string) (list order.HostOrderList, asked time.Time, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.accounts[id]; a != nil && !a.complete.began.IsZero() {
		return a.complete.HostOrderList, a.complete.began, true
	}
	return order.HostOrderList{}, time.Time{}, false
}

// Lines returns the lines of each account's newest list that are for the server with this
// id.
func (w *Watch) Lines(serverID string) (lines []order.HostOrder) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(w.accounts)) {
		lines = append(lines, w.accounts[id].newest.byServer[serverID]...)
	}
	return lines
}

// readFor reads an account's list for Run.
func (w *Watch) readFor(ctx context.Context, id string) {
	_, _ = w.orders(ctx, id, w.cfg.Now()) // its error is logged
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.accounts[id]; a != nil {
		a.list.running = false
	}
}

// orders reads an account's list, and learns from it.
func (w *Watch) orders(ctx context.Context, id string, began time.Time) (order.HostOrderList, error) {
	list, err := w.cfg.HostOrders.Orders(ctx, id)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return list, err // nobody waits for it anymore; that says nothing about the host
	}
	lines, newest := w.pricing(list), readList{list, byServer(list), began}
	w.mu.Lock()
	a := w.account(id, began)
	if err == nil {
		w.learn(lines, began)
		a.keepList(newest)
	}
	changed := a.list.ended(began, err)
	w.mu.Unlock()
	if changed {
		w.logChange(id, "the list of orders", err)
	}
	return list, err
}

// byServer returns the lines of a list by the id of their server. Lists can be long, so the
// caller does not hold the lock.
func byServer(list order.HostOrderList) map[string][]order.HostOrder {
	lines := map[string][]order.HostOrder{}
	for _, l := range list.Orders {
		lines[l.ServerID] = append(lines[l.ServerID], l)
	}
	return lines
}

// keepList keeps a list, unless a newer one is known.
func (a *account) keepList(l readList) {
	if !l.began.Before(a.newest.began) {
		a.newest = l
	}
	if l.Complete && !l.began.Before(a.complete.began) {
		a.complete = l
	}
}

// readBalance reads an account's balance for Run.
func (w *Watch) readBalance(ctx context.Context, id string) {
	began := w.cfg.Now()
	amount, err := w.cfg.Balance(ctx, id)
	w.mu.Lock()
	a := w.account(id, began)
	a.amount.running = false
	changed := false
	if err == nil || !errors.Is(ctx.Err(), context.Canceled) {
		changed = a.amount.ended(began, err)
	}
	if err == nil {
		a.learn(decimal.NewNullDecimal(amount), began)
	}
	w.mu.Unlock()
	if changed {
		w.logChange(id, "the balance", err)
	}
}

// learn keeps a balance, unless a newer one is known.
func (a *account) learn(amount decimal.NullDecimal, at time.Time) {
	if amount.Valid && !at.Before(a.balance.At) {
		a.balance = order.Balance{Amount: amount, At: at}
	}
}

// logChange logs that something of an account cannot be read, and that it can again, each
// once.
func (w *Watch) logChange(id, what string, err error) {
	log := w.cfg.Log.WithField("account", id)
	if err != nil {
		log.WithError(err).Warn(what + " of an account cannot be read at 0xhost; what was known before counts")
		return
	}
	log.Info(what + " of an account can be read at 0xhost again")
}

// Placed learns from an order that was placed what its account has left.
func (w *Watch) Placed(o order.Order) {
	if o.Receipt == nil || o.Receipt.Listed {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.account(o.Account, o.ChangedAt).learn(o.Receipt.BalanceAfter(), o.ChangedAt)
}

// Balance returns what an account had left when that was last read, or when 0xhost last
// confirmed an order.
func (w *Watch) Balance(id string) order.Balance {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.accounts[id]; a != nil {
		return a.balance
	}
	return order.Balance{}
}

// Balances returns what each account had left, as Balance does, without those of which it
// is not known, or too large or too precise to be real.
func (w *Watch) Balances() map[string]decimal.Decimal {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, nothing := map[string]decimal.Decimal{}, decimal.NewNullDecimal(decimal.Zero)
	for id, a := range w.accounts {
		if left := a.balance.After(nothing); left.Valid {
			known[id] = left.Decimal
		}
	}
	return known
}
