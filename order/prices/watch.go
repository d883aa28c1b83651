// Package prices knows what servers cost and what accounts have left. It reads the host's
// lists of orders and the balances in the background, so that no ack and no card waits for
// the host, and answers from memory and from the ledger.
//
// It does not know what the host will charge: a price is that of the newest purchase, or
// the one in the policy, and a balance is as old as its last reading or receipt.
package prices

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/shopspring/decimal"
	"github.com/sirupsen/logrus"

	"extendbot/order"
)

const (
	// readEvery is the time from the start of one reading of an account to the next.
	readEvery = 10 * time.Minute
	// retryAfter is that time if the reading failed. Accounts that the policy names later
	// are also noticed after that time.
	retryAfter = time.Minute
	// readTimeout limits one reading.
	readTimeout = 25 * time.Second
	// atOnce is how many lists, and how many balances, are read at once.
	atOnce = 4
)

var errTimeout = errors.New("0xhost did not answer in time")

// Config configures a Watch. All fields are required.
type Config struct {
	// Accounts returns the accounts that can pay now. If it fails, those that were known
	// before are read.
	Accounts func() ([]string, error)
	// HostOrders reads the list of an account's orders, and Balance what it has left.
	HostOrders order.HostOrders
	Balance    func(ctx context.Context, account string) (decimal.Decimal, error)
	// LastReceipt is that of [order.Ledger].
	LastReceipt func(ctx context.Context, serverID string) (*order.Receipt, error)
	// PlanPrice returns the price of a server's plan according to the policy; null if it
	// does not have one.
	PlanPrice func(serverID string) decimal.NullDecimal
	// Currency is the currency of the amounts. Lines of a list in another one do not count.
	Currency string
	Log      logrus.FieldLogger
	Now      func() time.Time
}

// Watch reads the list of orders and the balance of each account, at the start and every
// ten minutes, and knows what they say. It implements [order.Prices]. As
// [order.HostOrders], it also learns from each list that is read for another reason. Create
// it with [New]. It is safe for concurrent use.
type Watch struct {
	cfg  Config
	wake chan struct{} // holds one element when something may be due

	listedAt time.Time // when the accounts were last asked for; only Run uses it

	mu       sync.Mutex
	tried    chan struct{} // see Tried
	first    bool          // tried is open
	accounts map[string]*account
	listed   map[string]listed // by the id of the server
}

// account is what is known of one account.
type account struct {
	since   time.Time // when it was first heard of
	list    reading
	amount  reading
	balance order.Balance

	newest   readList // of the readings that succeeded
	complete readList // of those whose list was complete
}

// readList is a list as it was read. Its zero value is none.
type readList struct {
	order.HostOrderList

	byServer map[string][]order.HostOrder // its lines, by the id of the server
	began    time.Time                    // when it was asked for
}

// reading is how the readings of one account's list, or of its balance, went.
type reading struct {
	running bool      // by Run
	wanted  bool      // now, whatever the schedule says
	began   time.Time // the newest one that ended; zero: none did
	read    time.Time // when the newest one that succeeded began; zero: none did
	failed  bool      // the newest one that ended
}

// New returns a Watch. It has read nothing yet.
func New(c Config) *Watch {
	return &Watch{
		cfg: c, wake: make(chan struct{}, 1), tried: make(chan struct{}), first: true,
		accounts: map[string]*account{}, listed: map[string]listed{},
	}
}

// Run reads the lists and balances until ctx ends, and then waits for the readings that
// are under way, which end with ctx.
func (w *Watch) Run(ctx context.Context) {
	var readings sync.WaitGroup
	defer readings.Wait()
	for ctx.Err() == nil {
		due, pause := w.due()
		for _, read := range due {
			readings.Go(func() {
				ctx, cancel := context.WithTimeoutCause(ctx, readTimeout, errTimeout)
				defer cancel()
				read(ctx)
				w.look()
			})
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-w.wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// look makes Run look for what is due.
func (w *Watch) look() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// due returns the readings that are due, as many as may run, and how long to wait before
// looking again. It marks them as running.
func (w *Watch) due() (due []func(context.Context), pause time.Duration) {
	now := w.cfg.Now()
	if now.Sub(w.listedAt) >= retryAfter { // not for each reading that ends: there can be many accounts
		if ids, err := w.cfg.Accounts(); err == nil {
			w.listedAt = now
			w.mu.Lock()
			w.keep(ids, now)
			w.mu.Unlock()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closeTried()
	pause = retryAfter
	for _, kind := range []struct {
		of   func(*account) *reading
		read func(ctx context.Context, id string)
	}{
		{func(a *account) *reading { return &a.list }, w.readFor},
		{func(a *account) *reading { return &a.amount }, w.readBalance},
	} {
		running := 0
		var waiting []string
		for id, a := range w.accounts {
			switch r := kind.of(a); {
			case r.running:
				running++
			case r.dueIn(now) <= 0:
				waiting = append(waiting, id)
			default:
				pause = min(pause, r.dueIn(now))
			}
		}
		slices.SortFunc(waiting, func(a, b string) int { // so that accounts that hang are not read first each time
			return cmp.Or(kind.of(w.accounts[a]).began.Compare(kind.of(w.accounts[b]).began), cmp.Compare(a, b))
		})
		for _, id := range waiting[:min(len(waiting), atOnce-running)] { // the others when one of these has ended
			r := kind.of(w.accounts[id])
			r.running, r.wanted = true, false
			due = append(due, func(ctx context.Context) { kind.read(ctx, id) })
		}
	}
	return due, pause
}

// keep forgets the accounts that cannot pay anymore, and begins with the new ones. The
// caller holds the lock.
func (w *Watch) keep(ids []string, now time.Time) {
	current := map[string]bool{}
	for _, id := range ids {
		current[id] = true
	}
	maps.DeleteFunc(w.accounts, func(id string, _ *account) bool { return !current[id] })
	for _, id := range ids {
		w.account(id, now)
	}
}

// closeTried closes tried when it is time. The caller holds the lock.
func (w *Watch) closeTried() {
	if !w.first || w.listedAt.IsZero() {
		return
	}
	for _, a := range w.accounts {
		if a.list.began.IsZero() || a.amount.began.IsZero() {
			return
		}
	}
	w.first = false
	close(w.tried)
}

// account returns what is known of an account. The caller holds the lock.
func (w *Watch) account(id string, now time.Time) *account {
	a := w.accounts[id]
	if a == nil {
		a = &account{since: now}
		w.accounts[id] = a
	}
	return a
}

// dueIn returns the time until the next reading; 0 or less if it is due.
func (r *reading) dueIn(now time.Time) time.Duration {
	switch {
	case r.wanted || r.began.IsZero():
		return 0
	case r.failed:
		return r.began.Add(retryAfter).Sub(now)
	default:
		return r.began.Add(readEvery).Sub(now)
	}
}

// ended records how a reading that began at that time ended, unless a newer one ended
// before. It reports whether that differs from the one before.
func (r *reading) ended(began time.Time, err error) (changed bool) {
	if began.Before(r.began) {
		return false
	}
	changed = r.failed != (err != nil)
	r.began, r.failed = began, err != nil
	if err == nil {
		r.read = began
	}
	return changed
}

// Age returns how long ago the list of orders, and the balance, of an account were read,
// for the account for which that is longest; for one that was never read, since it was
// first to be read. It is 0 without accounts.
func (w *Watch) Age() (lists, balances time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.cfg.Now()
	for _, a := range w.accounts {
		lists = max(lists, now.Sub(later(a.list.read, a.since)))
		balances = max(balances, now.Sub(later(a.amount.read, a.since)))
	}
	return lists, balances
}

// Tried returns a channel that is closed once Run has tried to read the list and the
// balance of each account.
func (w *Watch) Tried() <-chan struct{} { return w.tried }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
