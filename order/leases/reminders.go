package leases

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/internal/crash"
	"extendbot/order"
)

const (
	// tick is how often a clock that may jump is looked at.
	tick = time.Second
	// lookEvery is the longest time between two looks at all leases. Hours that were bought
	// elsewhere, another policy, and a process that died are noticed after that time.
	lookEvery = time.Minute
	// lookAgain is that time if something has changed, if a look failed, or if a reminder is
	// due and another process has to post it, which may have died.
	lookAgain = 5 * time.Second
	// openEvery is the time between two looks at the reminders that are not done: another
	// process may have recorded a press.
	openEvery = 2 * time.Second
	// openElsewhere is that time for a process that does not remind.
	openElsewhere = 15 * time.Second
	// claimTime is how long a process alone reminds after it claimed that. If it dies, others
	// remind after that time. What it does in one look takes less.
	claimTime = time.Minute
	// claimLeft is how much of that must be left for a look at open reminders.
	claimLeft = 20 * time.Second
	// listsTimeout limits the reading of the host's lists before a reminder.
	listsTimeout = 25 * time.Second
	// stopGrace is how long a stop waits for a post and its record, and for telling other
	// processes.
	stopGrace = 3 * time.Second
	// expiringSoon is before which time to its end a lease counts as one that expires soon.
	expiringSoon = 24 * time.Hour
)

var (
	errClaimEnded   = errors.New("another process may remind now")
	errListsTimeout = errors.New("the lists of orders did not come in time")
)

// LateAfter is how late a reminder may be until it counts as late.
const LateAfter = 5 * time.Minute

// Result is what became of a reminder.
type Result string

// The results of reminders.
const (
	Posted   Result = "posted"    // where it belongs
	ToAdmins Result = "to_admins" // to admins, by direct message
	Failed   Result = "failed"    // it could not be posted, and is tried again
)

// Results returns all results.
func Results() []Result { return []Result{Posted, ToAdmins, Failed} }

// Observer is called for each try to post a reminder. It must not block.
type Observer interface {
	// Reminded reports the result, and how long after it was due.
	Reminded(result Result, late time.Duration)
}

// Config configures Reminders. Fields without a default are required.
type Config struct {
	Store  Store
	Known  *Known
	Poster Poster
	Prices order.Prices
	// Balance returns what an account at the host had left when that was read last. It
	// answers from memory.
	Balance func(account string) order.Balance
	// ReadList reads the host's list of an account's orders.
	ReadList func(ctx context.Context, account string) error
	// AccountsOf returns the accounts that may pay for a server, according to the policy.
	AccountsOf func(serverID string) []string
	// Admins returns the users who are told what cannot be posted.
	Admins func() []string
	// Before are the times before the end of a lease at which people are reminded; none:
	// they are not.
	Before []time.Duration
	// Channel is where reminders are posted. Default: the channel of the server's last
	// order.
	Channel string
	// Process identifies this process among all that share the Store.
	Process  string
	Observer Observer
	Log      logrus.FieldLogger
	Now      func() time.Time
}

// Reminders reminds people before servers run out, and keeps what it posted up to date. Create
// it with [NewReminders] and run it once with Run.
type Reminders struct {
	cfg  Config
	wake chan struct{} // holds one element when something may have changed

	// Only Run uses the following fields.

	claimedUntil time.Time
	lastLook     time.Time
	nextLook     time.Time
	nextOpen     time.Time
	open         bool // there may be reminders that are not done
	unrecorded   []Reminder
	followed     map[string]bool  // lines that were posted, and may not be recorded
	pauses       map[string]pause // by channel, or by the reference of a reminder
	failing      bool             // the last look failed
	last         []Found          // what the last look found that did not fail

	mu    sync.Mutex
	stats Stats
	due   time.Time // since when the oldest reminder is due that was not posted; zero: none
}

// Stats is what one process knows about leases and reminders.
type Stats struct {
	Known    int // leases whose end is known and has not passed
	Expiring int // those that end within 24 hours
	// Overdue is how long ago the oldest reminder was due that was not posted; 0: there is
	// none.
	Overdue time.Duration
}

// NewReminders returns Reminders that did nothing yet.
func NewReminders(c Config) *Reminders {
	return &Reminders{cfg: c, wake: make(chan struct{}, 1), open: true, followed: map[string]bool{}, pauses: map[string]pause{}}
}

// Wake makes Run look at open reminders now, and at all leases soon. It does not block.
func (r *Reminders) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Stats returns what this process knows now.
func (r *Reminders) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	if !r.due.IsZero() {
		s.Overdue = max(r.cfg.Now().Sub(r.due), 0)
	}
	return s
}

// Run reminds until ctx ends. Then another process may remind at once.
func (r *Reminders) Run(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		r.step(ctx)
		select {
		case <-ticker.C:
		case <-r.wake:
			r.woken()
		case <-ctx.Done():
			r.release(ctx)
			return
		}
	}
}

// woken makes the next step look at open reminders, and soon at all leases: not for each of
// many orders, because there can be many servers.
func (r *Reminders) woken() {
	r.lookBefore(r.lastLook.Add(lookAgain))
	r.nextOpen, r.open = time.Time{}, true
}

// step does what is due now.
func (r *Reminders) step(ctx context.Context) {
	now := r.cfg.Now()
	if !now.Before(r.nextLook) {
		r.lastLook, r.nextLook = now, now.Add(lookEvery)
		err := r.look(ctx, now)
		if err != nil {
			r.lookBefore(now.Add(lookAgain))
		}
		r.report(ctx, err, "leases cannot be looked at; it is tried again")
	}
	if r.open && !now.Before(r.nextOpen) {
		r.nextOpen = now.Add(openEvery)
		r.report(ctx, r.follow(ctx), "reminders cannot be brought up to date; it is tried again")
	}
}

// lookBefore makes the next look come at that time at the latest.
func (r *Reminders) lookBefore(at time.Time) {
	if at.Before(r.nextLook) {
		r.nextLook = at
	}
}

// report logs the first of several failures. An end of ctx is none.
func (r *Reminders) report(ctx context.Context, err error, what string) {
	switch {
	case ctx.Err() != nil:
	case err == nil:
		r.failing = false
	case !r.failing:
		r.failing = true
		r.cfg.Log.WithError(err).Warn(what)
	}
}

// look looks at all leases, and posts the reminders that are due.
func (r *Reminders) look(ctx context.Context, now time.Time) error {
	all, err := r.leases(ctx, now)
	if err != nil {
		return err
	}
	ctx, cancel, ok, err := r.claim(ctx, claimTime)
	if err != nil {
		return err
	}
	if !ok {
		if len(r.dueNow(all, now)) > 0 {
			r.lookBefore(now.Add(lookAgain))
		}
		return nil
	}
	defer cancel()
	if err := errors.Join(r.save(ctx, all), r.recordPosted(ctx)); err != nil {
		return err
	}
	list := r.unpaused(r.dueNow(all, now), now)
	if len(list) == 0 {
		return nil
	}
	r.readLists(ctx, list)
	now = r.cfg.Now()
	if all, err = r.leases(ctx, now); err != nil {
		return err
	}
	if err := r.save(ctx, all); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil // the process stops
	}
	r.postAll(ctx, r.unpaused(r.dueNow(all, now), now))
	_, err = r.leases(ctx, r.cfg.Now())
	return err
}

// leases returns all leases, and notes what Stats returns and when the next look is due.
func (r *Reminders) leases(ctx context.Context, now time.Time) ([]Found, error) {
	all, err := r.cfg.Known.All(ctx)
	if err == nil {
		r.last = all
	}
	r.note(r.last, now) // what is due waits, also while the ledger cannot be read
	return all, err
}

// note notes what Stats returns and when the next look is due.
func (r *Reminders) note(all []Found, now time.Time) {
	var s Stats
	var overdue time.Time
	for _, f := range all {
		if left := f.Lease.ExpiresAt.Sub(now); f.Lease.Known() && left > 0 {
			s.Known++
			if left <= expiringSoon {
				s.Expiring++
			}
		}
		if d, ok := r.dueOf(f, now); ok && (overdue.IsZero() || d.at.Before(overdue)) {
			overdue = d.at
		}
		if next := r.nextChange(f.Lease, now); !next.IsZero() {
			r.lookBefore(next)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats, r.due = s, overdue
}

// save stores what is known now.
func (r *Reminders) save(ctx context.Context, all []Found) error {
	for _, f := range all {
		if f.Changed {
			if err := r.cfg.Store.SaveLeaseRecord(ctx, f.Record); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordPosted records the reminders that were posted and could not be recorded then.
func (r *Reminders) recordPosted(ctx context.Context) error {
	for len(r.unrecorded) > 0 {
		if err := r.cfg.Store.AddReminder(ctx, r.unrecorded[0]); err != nil {
			for i := range r.unrecorded {
				r.unrecorded[i].Late = true
			}
			return err
		}
		crash.Point("leases", "post", "recorded")
		r.unrecorded = r.unrecorded[1:]
	}
	return nil
}
