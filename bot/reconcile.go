package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/bot/workqueue"
	"extendbot/bot/workspace"
	"extendbot/order"
)

const (
	// claimTime is how long a process owns the card of an order after it claimed
	// it.
	claimTime = 30 * time.Second
	// claimPause is the shortest pause before a claim is tried again.
	claimPause = time.Second
	// reconcileWait is how long due work waits for what an order owes. What takes
	// longer goes on in memory, and due work looks again after dueAgain.
	reconcileWait = 5 * time.Second
	dueAgain      = 30 * time.Second
)

var errClaimEnded = errors.New("another process may own the card now")

// reconciler brings what people see in line with the ledger. What an order can
// owe is listed in tasks: each has its own queue, its own pauses and its own due
// time, so that nothing waits for anything else that fails.
type reconciler struct {
	cfg        *Config
	slack      *slackapi.Client
	replies    *replies
	workspace  *workspace.Workspace
	baselines  *baselines
	tasks      []*task
	newCards   *task // one of tasks
	cards      *task // likewise
	inflight   *workqueue.Inflight
	questions  *workqueue.Queue // asks people
	notices    *workqueue.Queue // tells requesters that their card is on its way
	staleCards staleCards
	// redraws are the times from which cards are due although the ledger says that they
	// show the order as it is: the policy has changed, or a group could not be read. By
	// order.ID.
	redraws  sync.Map
	stopping <-chan struct{} // closed when nothing may wait anymore
}

// task is one thing that an order can owe.
type task struct {
	name  string
	queue *workqueue.Queue
	// owed reports whether the order owes it, now or later.
	owed func(o order.Order) bool
	// at returns when it is due, for an order that owes it.
	at func(o order.Order, now time.Time) time.Time
	// do does it. It gets the order as it is now. For a task that shows something,
	// this process owns the card, and calls of Slack get the context calls, which
	// ends when the ownership does.
	do func(ctx, calls context.Context, s *showing) error
	// shows is false for a task that calls no method of Slack.
	shows bool
	// reads is true for a task that reads the order itself, and does nothing if it is
	// not owed anymore.
	reads bool
	// memory is true for a task that only this process does: due work does not wait
	// for it, and the next process does not need it.
	memory bool
}

// showing is one try to do what an order owes.
type showing struct {
	*reconciler

	o   order.Order
	job *workqueue.Job
}

func newReconciler(cfg *Config, api *slackapi.Client, workspace *workspace.Workspace, replies *replies, baselines *baselines, running *workqueue.Inflight) *reconciler {
	r := &reconciler{
		cfg: cfg, slack: api, workspace: workspace, replies: replies, baselines: baselines, inflight: running, stopping: running.Stopping(),
		questions: workqueue.New(cfg.queue(), running, cfg.ShowSlots), notices: workqueue.New(cfg.queue(), running, cfg.ShowSlots),
	}
	baselines.repriced = r.scheduleAgain
	r.newCards = &task{name: "new card", owed: newCardOwed, at: atOnce, do: r.showNewCard, shows: true}
	r.cards = &task{name: "card", owed: r.updateOwed, at: r.updateAt, do: r.updateCard, shows: true}
	r.tasks = []*task{
		{name: "place", owed: placeOwed, at: placeAt, do: r.place, reads: true},
		{name: "thread message", owed: order.Order.ThreadMessageDue, at: atOnce, do: r.postThreadMessage, shows: true},
		{name: "requester", owed: requesterOwed, at: tellAt, do: r.tellRequester, shows: true, memory: true},
		{name: "waiting", owed: waitingOwed, at: waitingAt, do: r.postWaiting, shows: true, memory: true},
		r.newCards,
		{name: "no card", owed: noCardOwed, at: atOnce, do: r.tellWithoutCard, shows: true},
		r.cards,
		{name: "approvers", owed: r.approversOwed, at: atOnce, do: r.tellApprovers, shows: true},
		{name: "reminder", owed: r.reminderOwed, at: remindAt, do: r.remind, shows: true},
		{name: "decline reason", owed: declineReasonOwed, at: atOnce, do: r.postDeclineReason, shows: true},
		{name: "expiry", owed: pending, at: atDeadline, do: r.expire},
		{name: "question", owed: order.Order.QuestionDue, at: atOnce, do: r.closeQuestion, shows: true},
		{name: "finding", owed: order.Order.FindingDue, at: atOnce, do: r.checkFinding},
		{name: "finding refused", owed: order.Order.RefusalDue, at: atOnce, do: r.postRefusal, shows: true},
		{name: "superseded", owed: supersededOwed, at: atOnce, do: r.editSuperseded, shows: true},
		{name: "siblings", owed: r.siblingsOwed, at: atOnce, do: r.showSiblings, memory: true},
	}
	for _, t := range r.tasks {
		slots := cfg.ShowSlots
		if t.name == "place" {
			slots = cfg.PlaceSlots
		}
		t.queue = workqueue.New(cfg.queue(), running, slots)
	}
	r.newCards.queue.Turn = cfg.CardTurn
	return r
}

// atOnce is task.at for what is due as soon as it is owed.
func atOnce(_ order.Order, now time.Time) time.Time { return now }

func pending(o order.Order) bool { return o.State == order.Pending }

func atDeadline(o order.Order, _ time.Time) time.Time { return o.Deadline }

// schedule puts everything that an order owes into the queues. It does not
// block. What does not fit into a full queue is left to due work.
func (r *reconciler) schedule(o order.Order) {
	now := r.cfg.Now()
	for _, t := range r.tasks {
		if t.owed(o) && r.add(t, o, t.at(o, now)) == nil {
			r.cfg.Log.WithFields(orderFields(o)).WithField(fieldTask, t.name).Warn("the queue of this task is full; due work does it later")
		}
	}
}

func (r *reconciler) add(t *task, o order.Order, at time.Time) <-chan struct{} {
	return t.queue.Add(workqueue.Work{Key: string(o.ID), Channel: o.Channel, Since: o.ChangedAt, Version: newVersion(o)}, at, r.tries(t, o.ID))
}

// cancelNotOwed drops what waits for its time although an order that ended does not owe
// it anymore, such as its expiry. It would find nothing to do then.
func (r *reconciler) cancelNotOwed(o order.Order) {
	for _, t := range r.tasks {
		if id := string(o.ID); !t.owed(o) && t.queue.Unrecorded(id) == nil {
			t.queue.Cancel(id)
		}
	}
}

// newVersion returns the version that is tried at once although an older one could
// not be shown. While an order is tried again and again, its states show nothing
// new, so they end no pause.
func newVersion(o order.Order) int {
	if o.Attempts > 0 && (o.State == order.Approved || o.State == order.Placing) {
		return 0
	}
	return o.Version
}

// tries returns the function that tries to do what an order owes.
func (r *reconciler) tries(t *task, id order.ID) func(context.Context, *workqueue.Job) error {
	return func(ctx context.Context, j *workqueue.Job) error { return r.try(ctx, t, id, j) }
}

// scheduleAgain schedules what an order owes after it was changed.
func (r *reconciler) scheduleAgain(ctx context.Context, id order.ID) error {
	o, err := r.cfg.Orders.Order(ctx, id)
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	r.schedule(o)
	return nil
}

// reconcile is [App.Reconcile]: it schedules what an order owes and waits until
// each of that was tried once, but not longer than reconcileWait. It returns the
// order as it is then.
func (r *reconciler) reconcile(ctx context.Context, id order.ID) (order.Order, error) {
	o, err := r.cfg.Orders.Order(ctx, id)
	if err != nil {
		return o, fmt.Errorf("reconcile: %w", err)
	}
	enough, cancel := context.WithTimeout(ctx, reconcileWait)
	defer cancel()
	for range maxRounds {
		if o, err = r.tryOwed(ctx, enough, o); err != nil {
			return o, err
		}
		if len(r.owedNow(o)) == 0 || enough.Err() != nil {
			break
		}
	}
	return o, r.later(o)
}

// maxRounds is how often reconcile looks whether what was done made something
// else due: an order that expires owes its card, for example.
const maxRounds = 4

// tryOwed waits until everything that the order owes now was tried once, and then
// reads the order again.
func (r *reconciler) tryOwed(ctx, enough context.Context, o order.Order) (order.Order, error) {
	now := r.cfg.Now()
	var tries []<-chan struct{}
	for _, t := range r.tasks {
		if !t.owed(o) {
			continue
		}
		tried := r.add(t, o, t.at(o, now))
		if tried != nil && !t.memory && !r.dueAt(t, o, now).After(now) {
			tries = append(tries, tried)
		}
	}
	if len(tries) == 0 { // as a rule, the process that changed the order did everything
		return o, nil
	}
	if err := r.waitFor(ctx, enough, tries); err != nil {
		return o, fmt.Errorf("reconcile %s: %w", o.ID, err)
	}
	return r.cfg.Orders.Order(ctx, o.ID)
}

// waitFor waits for tries until enough ends, which ends with ctx.
func (r *reconciler) waitFor(ctx, enough context.Context, tries []<-chan struct{}) error {
	for _, tried := range tries {
		select {
		case <-tried:
		case <-r.stopping: // another process, or the next start, goes on
			return &order.Later{At: r.cfg.Now()}
		case <-enough.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// owedNow returns what the order owes now, apart from what waits for its next
// try.
func (r *reconciler) owedNow(o order.Order) []*task {
	var list []*task
	now := r.cfg.Now()
	for _, t := range r.tasks {
		if !t.memory && t.owed(o) && !r.dueAt(t, o, now).After(now) {
			list = append(list, t)
		}
	}
	return list
}

// dueAt returns when a task that the order owes is tried next.
func (r *reconciler) dueAt(t *task, o order.Order, now time.Time) time.Time {
	at := t.at(o, now)
	if next, ok := t.queue.Next(string(o.ID)); ok && next.After(at) {
		at = next
	}
	return at
}

// later returns when due work has to look at the order again, as [*order.Later],
// or nil if the order owes nothing.
func (r *reconciler) later(o order.Order) error {
	var first time.Time
	now := r.cfg.Now()
	soonest := now.Add(dueAgain) // what is tried sooner is tried by this process
	for _, t := range r.tasks {
		if t.memory || !t.owed(o) {
			continue
		}
		at := r.dueAt(t, o, now)
		if at.Before(soonest) && (t.name != "expiry" || at.Before(now)) {
			at = soonest
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if first.IsZero() {
		return nil
	}
	return &order.Later{At: first}
}

// try does one thing that an order owes, if it still owes it.
func (r *reconciler) try(ctx context.Context, t *task, id order.ID, j *workqueue.Job) error {
	s := &showing{reconciler: r, o: order.Order{ID: id}, job: j}
	if j.Shown != nil {
		if err := s.record(ctx, *j.Shown); err != nil {
			return r.failed(ctx, t, s, err)
		}
	}
	if t.reads {
		return r.failed(ctx, t, s, t.do(ctx, ctx, s))
	}
	now, exists, err := r.read(ctx, id)
	if err != nil || !exists {
		return err
	}
	s.o = now
	if !t.owed(s.o) {
		if j.Failures > 0 || s.o.CardDue() { // it may have been done, and only what follows was not scheduled
			r.schedule(s.o)
		}
		return nil
	}
	if !t.shows {
		return r.failed(ctx, t, s, t.do(ctx, ctx, s))
	}
	if err := s.verify(ctx); err != nil {
		return err
	}
	if claimed, err := s.claim(ctx); err != nil {
		return err
	} else if claimed { // that read the order once more
		if err := s.verify(ctx); err != nil {
			return err
		}
	}
	if !t.owed(s.o) {
		return nil
	}
	calls, cancel := context.WithDeadlineCause(slackapi.Once(ctx), time.Now().Add(s.o.CardOwnerUntil.Sub(r.cfg.Now())), errClaimEnded)
	defer cancel()
	return r.failed(ctx, t, s, t.do(ctx, calls, s))
}

// read returns an order as it is now, and whether there is one. If it was removed, it
// owes nothing anymore.
func (r *reconciler) read(ctx context.Context, id order.ID) (o order.Order, exists bool, err error) {
	o, err = r.cfg.Orders.Order(ctx, id)
	switch {
	case order.CodeOf(err) == order.CodeNotFound:
		_, _ = r.cfg.Desk.Verify(ctx, id) // reports that
		return o, false, nil
	case err != nil:
		return o, false, fmt.Errorf("reconcile: %w", err)
	default:
		return o, true, nil
	}
}

// keyPause is the pause before a process looks again at a pending order whose key it
// does not have.
const keyPause = 15 * time.Second

// verify reads a pending order once more, so that what people are asked to approve is
// what was verified, whatever the database contains a moment before or after. It fails
// if the order is not provably what the program recorded. If it was tampered with, the
// Desk has ended it; that is then shown. If only the key is missing, another process
// may have it and show the order.
func (s *showing) verify(ctx context.Context) error {
	if !pending(s.o) {
		return nil
	}
	now, err := s.cfg.Desk.Verify(ctx, s.o.ID)
	switch code := order.CodeOf(err); {
	case code == order.CodeTampered, code == order.CodeOldVersion, code == order.CodeKeyUnknown:
		if pending(now) {
			return &order.Later{At: s.cfg.Now().Add(keyPause)}
		}
		s.schedule(now)
		return &order.Later{At: s.cfg.Now()}
	case err != nil:
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	default:
		s.o = now
		return nil
	}
}

// failed logs an error and decides when the task is tried again. Until then,
// this process stays the card owner.
func (r *reconciler) failed(ctx context.Context, t *task, s *showing, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	later, ok := errors.AsType[*order.Later](err)
	if !ok {
		log := r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldTask, t.name).WithField(fieldError, err)
		if s.job.Failures == 0 {
			log.Warn("a task for an order failed; it is tried again after pauses that grow")
		} else {
			log.Debug("a task for an order failed again")
		}
		s.job.Failures++
		later = &order.Later{At: s.job.RetryAt()}
	}
	if t.shows && s.o.CardOwner == r.cfg.ProcessID && s.o.CardOwnerUntil.Sub(later.At) <= r.cfg.CallTimeout {
		_, _, _ = r.cfg.Orders.Claim(ctx, s.o.ID, r.cfg.ProcessID, later.At.Add(claimTime)) // without it, another process may try sooner
	}
	return later
}

// claim makes this process the card owner for as long as a call may take. It reports
// whether it had to claim the card, and so read the order again. If another process
// owns the card, it returns [*order.Later].
func (s *showing) claim(ctx context.Context) (claimed bool, err error) {
	now := s.cfg.Now()
	if s.o.CardOwner == s.cfg.ProcessID && s.o.CardOwnerUntil.Sub(now) > s.cfg.CallTimeout {
		return false, nil
	}
	o, ok, err := s.cfg.Orders.Claim(ctx, s.o.ID, s.cfg.ProcessID, now.Add(claimTime))
	if err != nil {
		return false, fmt.Errorf("reconcile %s: claim: %w", s.o.ID, err)
	}
	if !ok {
		s.job.Yield = true // if the owner dies, due work tries sooner
		wait := max(o.CardOwnerUntil.Sub(now), claimPause)
		if s.staleCards.due(s.o.ID) { // only this process knows
			wait = claimPause
		}
		return false, &order.Later{At: now.Add(wait)}
	}
	s.o = o
	return true, nil
}

// record records what was shown. What cannot be recorded is remembered, so that
// the next try does not show it twice.
func (s *showing) record(ctx context.Context, shown order.Shown) error {
	shown.ID = s.o.ID
	if err := s.cfg.Orders.RecordShown(ctx, shown); err != nil {
		s.job.Remember(&shown)
		return fmt.Errorf("reconcile %s: record what was shown: %w", s.o.ID, err)
	}
	s.job.Remember(nil)
	return nil
}

// shownUnrecorded reports whether this process showed the outcome of the order,
// and could not record that yet.
func (r *reconciler) shownUnrecorded(o order.Order) bool {
	for _, t := range r.tasks {
		shown := t.queue.Unrecorded(string(o.ID))
		if shown != nil && (shown.ThreadMessage.Version >= o.Version || ended(o) && shown.Card.Version >= o.Version) {
			return true
		}
	}
	return false
}

// verifiedView is view for messages about what an order bought or may have bought: they
// say so if it is not what the program recorded.
func (r *reconciler) verifiedView(ctx context.Context, o order.Order) message.OrderView {
	v := r.view(o, order.ServerActivity{})
	_, err := r.cfg.Desk.Verify(ctx, o.ID)
	if v.Tampered = order.CodeOf(err) == order.CodeTampered; v.Tampered {
		v.LookupUntil = time.Time{} // it is not looked up
	}
	return v
}

// view returns the data for the messages about an order.
func (r *reconciler) view(o order.Order, s order.ServerActivity) message.OrderView {
	v := message.OrderView{Order: o, Activity: s, Now: r.cfg.Now(), Currency: r.cfg.Currency, Command: r.workspace.CommandName()}
	v.AccountName, v.About = r.cfg.AccountName(o.Account), r.cfg.About(o.Server.ID)
	v.Balance = r.cfg.Balance(o.Account)
	if o.State == order.Unknown {
		v.Admins = r.cfg.Admins()
		if r.cfg.LookupFor > 0 {
			v.LookupUntil = o.ChangedAt.Add(r.cfg.LookupFor)
		}
	}
	return v
}
