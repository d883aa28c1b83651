package leases_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/shopspring/decimal"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/leases"
	"extendbot/order/ordertest"
)

// world is a simulated team with some servers, over weeks. Its methods are what can happen.
type world struct {
	t      tester
	now    time.Time
	ledger *ordertest.Ledger
	policy map[string]time.Time // expires
	lines  []order.HostOrder
	hidden []order.HostOrder // the list lags
	orders int
	procs  []*process
	slack  slack
	// What processes that start find: see leases.Config.
	channel string
	admins  []string
	balance order.Balance
	results []leases.Result
	// lost are the entries, and lines, whose record or answer may be lost.
	lost    map[string]bool
	stopped map[string]time.Time // by lease
}

// tester is what a world needs of a test.
type tester interface {
	Context() context.Context
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

var thresholds = []time.Duration{24 * time.Hour, 2 * time.Hour}

var names = []string{"web-1", "db-1"}

// slack is what people see.
type slack struct {
	mu    sync.Mutex
	fails string // "", "temporary", "unpostable", "lost"
	n     int
	posts []post
	shown map[string]leases.View // by reference
	lines map[string]int         // that follow the reminders of a lease
	// lineOf is the reminder that the newest line follows.
	lineOf string
	tries  int    // to post
	during func() // called once while a reminder is posted; nil: nothing
}

type post struct {
	key    string
	server string
	lease  time.Time
	before time.Duration
	at     time.Time
	to     string
	since  time.Time // when hours were bought last
}

// process is one process. Once it is dead, it reaches nothing anymore.
type process struct {
	*leases.Reminders
	*ordertest.Ledger

	w       *world
	dead    bool
	away    bool // it does not reach the ledger
	dieNext bool // when it has posted, before that is recorded
	// awayNext is dieNext for away.
	awayNext bool
	// owes are the entries, and lines, that it posted and could not record. If it dies, or
	// another process can remind meanwhile, they may appear twice.
	owes []string
	// reads counts how often the lease of each server was read; nil: nobody asks.
	reads map[string]int
}

// alone reports whether no other process can remind.
func (p *process) alone() bool {
	return !slices.ContainsFunc(p.w.procs, func(other *process) bool { return other != p && !other.dead })
}

// owe notes what was posted and could not be recorded.
func (p *process) owe(keys ...string) {
	p.owes = append(p.owes, keys...)
	if p.dead || !p.alone() {
		p.lose()
	}
}

func (p *process) lose() {
	for _, key := range p.owes {
		p.w.lost[key] = true
	}
	p.owes = nil
}

func (p *process) die() {
	p.dead = true
	p.lose()
}

// posted does what is to happen after a post.
func (p *process) posted() {
	if p.dieNext {
		p.die()
	}
	p.away = p.away || p.awayNext
	p.awayNext = false
}

var errAway = &order.Error{Code: order.CodeUnavailable}

func (p *process) err() error {
	if p.dead || p.away {
		return errAway
	}
	return nil
}

func (p *process) LeaseOrders(ctx context.Context, id string) (leases.LeaseOrders, error) {
	if p.reads != nil {
		p.reads[id]++
	}
	found, err := p.Ledger.LeaseOrders(ctx, id)
	return found, errors.Join(err, p.err())
}

func (p *process) AddReminder(ctx context.Context, r leases.Reminder) error {
	if err := p.err(); err != nil {
		for _, e := range r.Entries {
			p.owe(entryKey(e), leaseOf(e)) // the second message may be recorded when the first is done
		}
		return err
	}
	return p.Ledger.AddReminder(ctx, r)
}

func (p *process) SaveReminder(ctx context.Context, r leases.Reminder) error {
	if err := p.err(); err != nil {
		for _, e := range r.Entries {
			p.owe(leaseOf(e))
		}
		return err
	}
	return p.Ledger.SaveReminder(ctx, r)
}

func (p *process) ClaimReminders(ctx context.Context, process string, until time.Time) (bool, error) {
	if err := p.err(); err != nil {
		return false, err
	}
	return p.Ledger.ClaimReminders(ctx, process, until)
}

func entryKey(e leases.Entry) string { return fmt.Sprintf("%s %s", leaseOf(e), e.Before) }

func leaseOf(e leases.Entry) string { return fmt.Sprintf("%s %d", e.Server.ID, e.Lease.Unix()) }

func (p *process) PostReminder(_ context.Context, to string, v leases.View) (string, error) {
	s := &p.w.slack
	if then := s.during; then != nil {
		s.during = nil
		then()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	if p.dead {
		return "", errAway
	}
	switch s.fails {
	case "temporary", "temporary " + to:
		return "", errors.New("internal_error")
	case "unpostable":
		if to[0] == 'C' {
			return "", &leases.UnpostableError{Err: errors.New("is_archived")}
		}
	}
	s.n++
	ref := fmt.Sprintf("%s:%d", to, s.n)
	for _, row := range v.Rows {
		e := row.Entry
		s.posts = append(s.posts, post{entryKey(e), e.Server.ID, e.Lease, e.Before, p.w.now, to, row.Lease.Since})
		if s.fails == "lost" {
			p.w.lost[entryKey(e)] = true
		}
	}
	p.posted()
	if s.fails == "lost" {
		return "", errors.New("time-out")
	}
	s.shown[ref] = v
	return ref, nil
}

func (p *process) UpdateReminder(_ context.Context, ref string, v leases.View) error {
	s := &p.w.slack
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.dead || s.fails == "temporary" {
		return errAway
	}
	s.shown[ref] = v
	if s.fails == "lost" {
		return errors.New("time-out")
	}
	return nil
}

func (p *process) FollowReminder(_ context.Context, ref string, row leases.Row) error {
	s := &p.w.slack
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.dead || s.fails == "temporary" {
		return errAway
	}
	key := leaseOf(row.Entry)
	s.lines[key]++
	s.lineOf = ref
	p.posted()
	if s.fails == "lost" {
		p.w.lost[key] = true
		return errors.New("time-out")
	}
	return nil
}

// Reminded implements leases.Observer.
func (p *process) Reminded(result leases.Result, _ time.Duration) {
	p.w.results = append(p.w.results, result)
}

// Estimate implements order.Prices.
func (*process) Estimate(_ context.Context, o order.Order) (order.Estimate, error) {
	return order.Estimate{Amount: decimal.NewNullDecimal(decimal.New(int64(o.Hours), -2)), From: order.PriceFromList}, nil
}

// newWorld returns a world with some processes.
func newWorld(t tester, processes int) *world {
	w := &world{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), policy: map[string]time.Time{}, lost: map[string]bool{}, stopped: map[string]time.Time{}, channel: "C1", admins: []string{"UADMIN"}}
	w.ledger = ordertest.NewLedger(func() time.Time { return w.now })
	w.slack.shown, w.slack.lines = map[string]leases.View{}, map[string]int{}
	for range processes {
		w.start()
	}
	return w
}

func (w *world) known(store leases.Store) *leases.Known {
	return leases.NewKnown(leases.KnownConfig{
		Store: store,
		Servers: func() (list []order.Server, others bool, err error) {
			for _, name := range names {
				list = append(list, order.Server{Name: name, ID: name})
			}
			return list, true, nil
		},
		Expires: func(id string) (time.Time, error) { return w.policy[id], nil },
		Lines: func(id string) []order.HostOrder {
			return slices.DeleteFunc(slices.Clone(w.lines), func(l order.HostOrder) bool { return l.ServerID != id })
		},
		Now: func() time.Time { return w.now },
	})
}

func (w *world) start() {
	p := &process{Ledger: w.ledger, w: w}
	log, _ := logtest.NewNullLogger()
	p.Reminders = leases.NewReminders(leases.Config{
		Store: p, Known: w.known(p), Poster: p, Prices: p, Observer: p, Log: log, Process: fmt.Sprint("p", len(w.procs)),
		Balance:  func(string) order.Balance { return w.balance },
		ReadList: func(context.Context, string) error { return nil }, AccountsOf: func(string) []string { return []string{"acc"} },
		Admins: func() []string { return w.admins }, Before: thresholds, Channel: w.channel, Now: func() time.Time { return w.now },
	})
	for _, other := range w.procs {
		other.lose()
	}
	w.procs = append(w.procs, p)
}

// settle lets all processes do what is due, for long enough that claims of the dead and pauses
// end.
func (w *world) settle() {
	for range 9 {
		for _, p := range w.procs {
			if !p.dead {
				p.WakeStep(w.t.Context())
				p.Step(w.t.Context())
			}
		}
		w.now = w.now.Add(15 * time.Second)
	}
}

func drawServer(t *rapid.T) string { return rapid.SampledFrom(names).Draw(t, "server") }

func drawHours(t *rapid.T) order.Hours {
	return order.Hours(rapid.SampledFrom([]int{1, 2, 24, 30, 72}).Draw(t, "hours"))
}

// next passes some thresholds, or ends of leases.
func (w *world) next(n int) {
	for range n {
		first := w.now.Add(48 * time.Hour)
		for _, name := range names {
			for _, before := range append([]time.Duration{0}, thresholds...) {
				if at := w.expiry(name).Add(-before); at.After(w.now) && at.Before(first) {
					first = at
				}
			}
		}
		w.now = first.Add(time.Second)
	}
}

// stop is a press on "stop" in a reminder of a server.
func (w *world) stop(server string) {
	if ref, lease := w.pressed(server); ref != "" {
		if err := w.ledger.StopReminders(w.t.Context(), server, lease, "UBOB"); err != nil {
			w.t.Fatal(err)
		}
		w.stopped[fmt.Sprintf("%s %d", server, lease.Unix())] = w.now
	}
}

// place adds an order that was placed. Its receipt says until when the server runs.
func (w *world) place(server string, hours order.Hours, lease time.Time, thread string, states bool) {
	w.orders++
	id := order.ID(fmt.Sprint("o", w.orders))
	r := &order.Receipt{OrderID: fmt.Sprint("h", w.orders), Listed: !states}
	if states {
		from := w.now
		if at := w.expiry(server); at.After(from) {
			from = at
		}
		r.ExpiresAt = from.Add(time.Duration(hours) * time.Hour).Truncate(time.Second)
	}
	for _, l := range w.hidden { // the host knows of these
		if states && l.ServerID == server {
			r.ExpiresAt = r.ExpiresAt.Add(time.Duration(l.Hours) * time.Hour)
		}
	}
	w.lines = append(w.lines, order.HostOrder{ID: r.OrderID, AccountID: "acc", ServerID: server, Status: order.HostCompleted, Hours: hours, CreatedAt: w.now})
	w.ledger.Put(order.Order{
		ID: id, RequestKey: string(id), Version: 4, State: order.Placed, Account: "acc", Channel: "C1", Server: order.Server{Name: server, ID: server}, Hours: hours,
		CreatedAt: w.now, ChangedAt: w.now, FirstTry: w.now, Receipt: r, Lease: lease, Thread: thread,
	})
	w.now = w.now.Add(2 * time.Second)
}

// lease returns what is known of a server's lease.
func (w *world) lease(server string) leases.Found {
	all, err := w.known(w.ledger).All(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range all {
		if f.Lease.Server.ID == server {
			return f
		}
	}
	return leases.Found{}
}

func (w *world) expiry(server string) time.Time { return w.lease(server).Lease.ExpiresAt }

// pressed returns a reminder of a server's current lease that has buttons, or "".
func (w *world) pressed(server string) (ref string, lease time.Time) {
	at := w.expiry(server)
	for ref, v := range w.slack.shown {
		for _, row := range v.Rows {
			if row.Entry.Server.ID == server && row.Entry.Lease.Equal(at) && at.After(w.now) {
				return ref, at
			}
		}
	}
	return "", at
}

// check compares what people were told with what they should have been told.
func (w *world) check() {
	seen := map[string]int{}
	smallest := map[string]time.Duration{}
	for _, p := range w.slack.posts {
		lease := fmt.Sprintf("%s %d", p.server, p.lease.Unix())
		if p.to == "C1" || p.to == "UADMIN" {
			seen[p.key]++
		}
		if seen[p.key] > 1 && !w.lost[p.key] {
			w.t.Fatalf("%s was posted %d times", p.key, seen[p.key])
		}
		if !p.at.Before(p.lease) || p.at.Before(p.lease.Add(-p.before)) {
			w.t.Fatalf("%s was posted at %s, and the lease ends at %s", p.key, p.at, p.lease)
		}
		if last, ok := smallest[lease]; ok && p.before > last {
			w.t.Fatalf("%s was posted after a later threshold", p.key)
		}
		smallest[lease] = p.before
		if at, ok := w.stopped[lease]; ok && p.at.After(at) {
			w.t.Fatalf("%s was posted after somebody stopped that", p.key)
		}
		if !p.since.IsZero() && !p.lease.Add(-p.before).After(p.since) {
			w.t.Fatalf("%s was posted, and had passed when hours were bought at %s", p.key, p.since)
		}
	}
	for lease, n := range w.slack.lines {
		if n > 1 && !w.lost[lease] {
			w.t.Fatalf("%d lines follow the reminders of %s", n, lease)
		}
	}
	up := slices.ContainsFunc(w.procs, func(p *process) bool { return !p.dead && !p.away })
	if !up || w.slack.fails == "temporary" || w.slack.fails == "lost" {
		return
	}
	for _, name := range names {
		f := w.lease(name)
		l := f.Lease
		due := time.Duration(0)
		for _, before := range thresholds {
			if at := l.ExpiresAt.Add(-before); l.ExpiresAt.After(w.now.Add(time.Minute)) && !at.After(w.now.Add(-2*time.Minute)) && (due == 0 || before < due) {
				due = before
			}
		}
		at := l.ExpiresAt.Add(-due)
		if due == 0 || f.Record.Lease.Equal(l.ExpiresAt) && f.Record.StoppedBy != "" || !at.After(l.Since) && !l.Since.IsZero() {
			continue
		}
		if key := entryKey(leases.Entry{Server: l.Server, Lease: l.ExpiresAt, Before: due}); seen[key] == 0 {
			w.t.Fatalf("nobody was reminded of %s, %s before %s; now it is %s (record %+v)", name, due, l.ExpiresAt, w.now, f.Record)
		}
	}
	open, _ := w.ledger.OpenReminders(w.t.Context())
	for _, r := range open {
		for i, e := range r.Entries {
			if got, want := w.slack.shown[r.Ref].Rows[i].State, w.want(e); got != want && !e.Done {
				w.t.Fatalf("%s shows that %s is %s, want %s", r.Ref, e.Server.ID, got, want)
			}
		}
	}
}

// want returns what a reminder should show.
func (w *world) want(e leases.Entry) leases.State {
	f := w.lease(e.Server.ID)
	o, err := w.ledger.OneClick(w.t.Context(), e.Server.ID, e.Lease)
	switch {
	case err == nil && o.State != order.Placed:
		return leases.StateOrdered
	case !f.Lease.ExpiresAt.Equal(e.Lease):
		return leases.StateExtended
	case !e.Lease.After(w.now.Add(-15 * time.Second)):
		return leases.StatePassed
	case f.Record.Lease.Equal(e.Lease) && f.Record.StoppedBy != "":
		return leases.StateStopped
	default:
		return leases.StateOpen
	}
}
