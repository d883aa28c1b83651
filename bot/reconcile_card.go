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
	"extendbot/order"
)

const (
	// noticeAfter is how long a requester waits for the card before they are told
	// that it is on its way.
	noticeAfter = 2 * time.Second
	// maxApplyDelay is how long after a call without an answer Slack may still apply
	// it.
	maxApplyDelay = 20 * time.Second
	// moneyFirst is how much longer cards wait than messages about money, when
	// Slack limits what is posted into a channel.
	moneyFirst = 300 * time.Millisecond
)

// newCardOwed reports whether the order has no card yet, and needs one.
func newCardOwed(o order.Order) bool { return o.CardDue() && o.Card.Ref == "" && !ended(o) }

// noCardOwed reports whether the order ended without a card, and its requester has
// to be told. That does not wait until Slack takes the card.
func noCardOwed(o order.Order) bool { return o.CardDue() && o.Card.Ref == "" && ended(o) }

// ended reports whether the order ended in a way that only its card shows.
func ended(o order.Order) bool {
	return o.State == order.Cancelled || o.State == order.Expired
}

// requested schedules what follows a request that arrived at a time: the card
// and, if that takes long, an answer that it is on its way.
func (r *reconciler) requested(o order.Order, arrived time.Time) {
	r.baselines.record(o)
	w := workqueue.Work{Key: string(o.ID), Channel: o.Channel, Since: arrived, Version: o.Version}
	r.newCards.queue.Add(w, r.cfg.Now(), func(ctx context.Context, j *workqueue.Job) error {
		r.baselines.wait(ctx, o) // which may change what the card says
		return r.try(ctx, r.newCards, o.ID, j)
	})
	r.schedule(o)
	r.notices.Add(w, o.CreatedAt.Add(noticeAfter), func(ctx context.Context, _ *workqueue.Job) error {
		return r.tellOnItsWay(ctx, o.ID)
	})
}

// withCard returns a pending order with its card, if this process is about to post
// it. It waits for that.
func (r *reconciler) withCard(ctx context.Context, o order.Order) order.Order {
	if o.Card.Ref != "" || !pending(o) {
		return o
	}
	if tried := r.newCards.queue.Tried(string(o.ID)); tried != nil {
		select {
		case <-tried:
		case <-ctx.Done():
			return o
		}
	}
	if now, err := r.cfg.Orders.Order(ctx, o.ID); err == nil {
		return now
	}
	return o
}

// tellOnItsWay tells the requester that the card is late.
func (r *reconciler) tellOnItsWay(ctx context.Context, id order.ID) error {
	o, err := r.cfg.Orders.Order(ctx, id)
	if err != nil || !pending(o) || !newCardOwed(o) {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(slackapi.Once(ctx), replyTimeout, errReplyTimeout)
	defer cancel()
	r.cfg.Log.WithFields(orderFields(o)).Info("the card is late; the requester is told")
	return r.replies.tell(ctx, person{user: o.Person.User, channel: o.Channel, responseURL: r.replies.urls.get(id)}, message.CardOnItsWay(o))
}

// showNewCard posts the card. If Slack refuses it, it withdraws the order.
func (r *reconciler) showNewCard(ctx, calls context.Context, s *showing) error {
	if pending(s.o) && !r.cfg.Now().Before(s.o.Deadline) {
		return nil // it expires now, and then its requester is told
	}
	began := r.cfg.Now()
	at, err := r.postCard(calls, s.o)
	s.job.Next()
	later, limited := errors.AsType[*order.Later](err)
	switch {
	case limited:
		return &order.Later{At: later.At.Add(moneyFirst)}
	case pending(s.o) && (slackapi.Rejected(err) || slackapi.ClassOf(err) == slackapi.ClassPermission):
		return r.withdraw(ctx, s.o, err)
	case slackapi.Rejected(err):
		r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldError, err).Warn("slack does not accept the card")
	case err != nil:
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	}
	r.notices.Cancel(string(s.o.ID))
	if err := s.recordCard(ctx, at.String()); err != nil {
		return err
	}
	s.o.Card.Ref = at.String()
	r.redrawn(s.o, began)
	return r.scheduleAgain(ctx, s.o.ID) // its approvers have to be told
}

// recordCard records that the card at a place shows the order.
func (s *showing) recordCard(ctx context.Context, at string) error {
	return s.record(ctx, order.Shown{Card: order.ShownMessage{Ref: at, Version: s.o.Version}, CardExtendedBy: s.o.ExtendedBy, CardDeclineReason: s.o.DeclineReason})
}

func (r *reconciler) postCard(ctx context.Context, o order.Order) (slackapi.MessageRef, error) {
	m, err := r.cardMessage(ctx, o)
	if err != nil {
		return slackapi.MessageRef{}, err
	}
	out := outgoing(m)
	if pending(o) {
		out.Plain = "" // without its buttons it would be of no use
	}
	at, err := r.post(ctx, cardsThread(o), out)
	if err == nil {
		r.cfg.Log.WithFields(orderFields(o)).Info("card posted")
	}
	return at, err
}

func (r *reconciler) cardMessage(ctx context.Context, o order.Order) (message.Message, error) {
	if !pending(o) { // the rest is for those who decide
		return message.Card(r.view(o, order.ServerActivity{})), nil
	}
	v, err := r.pendingView(ctx, o)
	if err != nil {
		return message.Message{}, err
	}
	return message.Card(v), nil
}

// pendingView returns what the card of a pending order is made of.
func (r *reconciler) pendingView(ctx context.Context, o order.Order) (message.OrderView, error) {
	activity, err := r.cfg.Orders.ServerActivity(ctx, o, o.CreatedAt.Add(-order.RecentWindow))
	if err != nil {
		return message.OrderView{}, fmt.Errorf("read the server's activity: %w", err)
	}
	v := r.view(o, activity)
	if v.Lease, err = r.cfg.Leases.Lease(ctx, o.Server); err != nil {
		return v, fmt.Errorf("read the server's lease: %w", err)
	}
	if v.ExtendedBy, err = r.extendedBy(ctx, o); err != nil {
		return v, err
	}
	err = r.judge(ctx, &v)
	return v, err
}

// withdraw withdraws an order whose card Slack refuses. Then its requester has
// to be told.
func (r *reconciler) withdraw(ctx context.Context, o order.Order, err error) error {
	r.cfg.Log.WithFields(orderFields(o)).WithField(fieldError, err).Warn("the card could not be posted; the order is withdrawn")
	if err := r.cfg.Desk.Void(ctx, o.ID, message.CardRefusedReason(slackapi.CodeOf(err))); err != nil {
		return err
	}
	return r.scheduleAgain(ctx, o.ID)
}

// tellWithoutCard tells the requester the result of an order that ended before
// it had a card, unless they canceled it themselves, and records that.
func (r *reconciler) tellWithoutCard(ctx, calls context.Context, s *showing) error {
	if posted := r.newCards.queue.Showing(string(s.o.ID)); posted != nil { // it may get its card yet
		select {
		case <-posted:
		case <-calls.Done():
		}
		return r.scheduleAgain(ctx, s.o.ID)
	}
	if err := r.tellEnd(calls, s.o); err != nil {
		return err
	}
	return s.recordCard(ctx, "")
}

func (r *reconciler) tellEnd(ctx context.Context, o order.Order) error {
	v := r.view(o, order.ServerActivity{})
	m := message.ExpiredUnposted(v)
	switch {
	case message.Withdrawn(o):
		return nil
	case message.CardRefused(o):
		v.Ruling, _ = r.cfg.Desk.Ruling(ctx, o) // without it, the answer is less exact
		m = message.CannotPost(v, r.workspace.BotName())
	case o.State == order.Cancelled:
		m = message.Ended(o)
	}
	r.notices.Cancel(string(o.ID))
	err := r.replies.tell(ctx, person{user: o.Person.User, responseURL: r.replies.urls.get(o.ID)}, m)
	if err == nil {
		r.replies.urls.drop(o.ID)
	}
	return err
}

// updateOwed reports whether the card shows an older version of the order, or
// may do so although the ledger says otherwise.
func (r *reconciler) updateOwed(o order.Order) bool {
	return o.Card.Ref != "" && (o.CardDue() || r.staleCards.due(o.ID) || r.redrawDue(o.ID))
}

// updateAt returns when the card is updated. An order that is placed at once
// shows only its outcome.
func (r *reconciler) updateAt(o order.Order, now time.Time) time.Time {
	if o.State == order.Approved || o.State == order.Placing {
		return o.ChangedAt.Add(r.cfg.PlacingNotice)
	}
	return now
}

// updateCard updates a posted card. If the card is gone and the order still
// waits for its decision, it posts a new one.
func (r *reconciler) updateCard(ctx, calls context.Context, s *showing) error {
	began := r.cfg.Now()
	m, err := r.cardMessage(calls, s.o)
	if err != nil {
		return err
	}
	at := slackapi.ParseMessageRef(s.o.Card.Ref)
	err = r.slack.Update(calls, at, outgoing(m))
	uncertain := slackapi.ClassOf(err) == slackapi.ClassUncertain || calls.Err() != nil
	if slackapi.ClassOf(err) == slackapi.ClassGone && pending(s.o) {
		at, err = r.postCard(calls, s.o)
	}
	if r.rejected(s.o, err) {
		r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldError, err).Warn("slack does not accept the card")
		err = nil
		if requesterOwed(s.o) && endOwed(s.o) { // nothing else will tell them
			err = r.tellRequester(ctx, calls, s)
		}
	}
	if err == nil {
		err = s.recordCard(ctx, at.String())
	}
	err = r.checkStale(ctx, s, uncertain, err)
	if err == nil {
		r.redrawn(s.o, began)
	}
	return err
}

// rejected reports whether Slack rejects the update of a message for good. A code
// that the bot does not know may be gone later, so such an update is tried again
// for a day.
func (r *reconciler) rejected(o order.Order, err error) bool {
	if slackapi.ClassOf(err) == slackapi.ClassOther && r.cfg.Now().Sub(o.ChangedAt) < 24*time.Hour {
		return false
	}
	return slackapi.Rejected(err)
}

// checkStale finds out whether the call that just ended, or one that Slack still
// applies, may have overwritten a newer version of the card: that happens if
// this process no longer owned the card, or if the answer to a call was lost. Only
// this process knows. err is the error of the update.
func (r *reconciler) checkStale(ctx context.Context, s *showing, uncertain bool, err error) error {
	now, readErr := r.cfg.Orders.Order(ctx, s.o.ID)
	mine := now.CardOwner == r.cfg.ProcessID
	switch {
	case readErr == nil && newerThan(now, s.o) && (!mine || !now.CardDue()):
		r.staleCards.set(s.o.ID) // another process shows, or showed, the newer version
		s.job.RepeatAt = r.cfg.Now()
		return nil
	case uncertain:
		r.staleCards.doubt(s.o.ID)
		return err
	case readErr == nil && err == nil && now.Version == s.o.Version && newerThan(now, s.o):
		s.job.RepeatAt = r.cfg.Now() // the server was extended while the card was updated
		return nil
	case err == nil && r.staleCards.shown(s.o.ID):
		s.job.RepeatAt = r.cfg.Now().Add(maxApplyDelay)
	}
	return err
}

// newerThan reports whether a card of the order as it is now shows more than one
// of the order as it was.
func newerThan(now, was order.Order) bool {
	return now.Version > was.Version || now.State == order.Pending && now.ExtendedBy != was.ExtendedBy || now.DeclineReason != was.DeclineReason
}

// staleCards are the orders whose card this process may have overwritten with an
// older version. The zero value is ready for use.
type staleCards struct {
	mu sync.Mutex
	by map[order.ID]staleState
}

type staleState int

const (
	doubtful staleState = iota + 1 // an update without an answer may be applied late
	stale                          // the card has to be updated again
)

func (p *staleCards) put(id order.ID, s staleState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by == nil {
		p.by = map[order.ID]staleState{}
	}
	p.by[id] = s
}

// set makes an update due although the card shows the current version.
func (p *staleCards) set(id order.ID) { p.put(id, stale) }

// doubt remembers an update without an answer. If an update is due anyway, it
// remains due.
func (p *staleCards) doubt(id order.ID) {
	if !p.due(id) {
		p.put(id, doubtful)
	}
}

// due reports whether an update is due that the ledger does not know of.
func (p *staleCards) due(id order.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.by[id] == stale
}

// shown records an update that succeeded. It reports whether one more is
// necessary, because an earlier one may be applied late.
func (p *staleCards) shown(id order.ID) (again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.by[id] {
	case doubtful:
		p.by[id] = stale
		return true
	case stale:
		delete(p.by, id)
	}
	return false
}

// expire ends an order that is pending at its deadline.
func (r *reconciler) expire(ctx, _ context.Context, s *showing) error {
	if err := r.cfg.Desk.Expire(ctx, s.o.ID); err != nil {
		return err
	}
	return r.scheduleAgain(ctx, s.o.ID)
}
