package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/bot/message"
	"extendbot/order"
)

const (
	// tendLease is how long a process that took over an order may tend it.
	tendLease = 30 * time.Second
	// maxRounds is more than a life of an order has changes.
	maxRounds = 16
)

var errTendTimeout = errors.New("somebody else may tend the order now")

// Tend brings the card and the thread of an order in line with the ledger, and
// notes there what it showed. An order that waits for its decision it has noted
// by the Desk, if that was not done before. It ends a pending order whose deadline has
// passed. It may run at any time and as often as anybody likes, on any number
// of processes. It returns [*order.Later] when another process is at it, when
// Slack wants to be left alone, or when the order is pending: then it wants to
// be asked again at the deadline.
//
// A message can come twice only if the process, or Slack's answer to it, was
// lost between the post and the note of it.
func (a *App) Reconcile(ctx context.Context, id order.ID) error {
	o, err := a.bring(ctx, id)
	if o.State == order.Pending {
		a.note(id)
	}
	return err
}

// bring is Tend without the note. It gives the order as it saw it last.
func (a *App) bring(ctx context.Context, id order.ID) (_ order.Order, err error) {
	unlock, err := a.locks.lock(ctx, id)
	if err != nil {
		return order.Order{}, fmt.Errorf("tend %s: %w", id, err)
	}
	defer unlock()
	defer func() { a.paints.leave(id, a.again(err)) }()
	t := reconciler{App: a}
	if t.o, err = a.cfg.Orders.Order(ctx, id); err != nil {
		return order.Order{}, fmt.Errorf("tend: %w", err)
	}
	for range maxRounds {
		if err := t.step(ctx); err != nil {
			return t.o, err
		}
		if t.done {
			return t.o, nil
		}
		if t.o, err = a.cfg.Orders.Order(ctx, id); err != nil {
			return order.Order{}, fmt.Errorf("tend: %w", err)
		}
	}
	return t.o, &order.Later{At: a.cfg.Now().Add(time.Second)}
}

// tend is Tend for whoever does not repeat it: due work will.
func (a *App) reconcile(ctx context.Context, id order.ID) {
	_, err := a.bring(ctx, id)
	if err == nil {
		return
	}
	line := a.log.WithField(fieldOrder, id).WithField(fieldError, err)
	if _, later := errors.AsType[*order.Later](err); later {
		line.Debug("the card of an order waits")
		return
	}
	line.Warn("the card of an order could not be brought up to date, due work goes on with it")
}

// tending is one run of Tend.
type reconciler struct {
	*App

	o    order.Order
	done bool // nothing is left to do
}

// cardDue compares the card with the order as it was read after the last time
// that this process wrote it.
func (t *reconciler) cardDue() bool {
	if t.o.CardDue() || t.paints.over(t.o.ID, t.o.Version) {
		return true
	}
	t.paints.drop(t.o.ID)
	return false
}

// claim makes sure that no other process tends the order for as long as a call
// may take.
func (t *reconciler) claim(ctx context.Context) error {
	now := t.cfg.Now()
	if t.o.CardOwner == t.cfg.ProcessID && t.o.CardOwnerUntil.Sub(now) > t.cfg.CallTimeout {
		return nil
	}
	o, ok, err := t.cfg.Orders.Claim(ctx, t.o.ID, t.cfg.ProcessID, now.Add(tendLease))
	if err != nil {
		return fmt.Errorf("tend %s: claim: %w", t.o.ID, err)
	}
	if !ok {
		at := o.CardOwnerUntil
		if soon := now.Add(time.Second); at.Before(soon) {
			at = soon
		}
		return &order.Later{At: at}
	}
	t.o = o
	return nil
}

// step does one thing that is due.
func (t *reconciler) step(ctx context.Context) error {
	switch {
	case t.o.State == order.Pending && !t.cfg.Now().Before(t.o.Deadline):
		return t.cfg.Desk.Expire(ctx, t.o.ID)
	case t.cardDue():
		return t.claimed(ctx, t.card)
	case t.o.ThreadMessageDue():
		return t.claimed(ctx, t.word)
	case t.o.QuestionDue():
		return t.claimed(ctx, t.answered)
	case t.o.State == order.Pending:
		return &order.Later{At: t.o.Deadline}
	default:
		t.done = true
		return nil
	}
}

// claimed runs show as long as no other process may tend the order. What it
// calls of Slack gets a context that ends then; a note of what was shown is
// still taken after that.
func (t *reconciler) claimed(ctx context.Context, show func(ctx, calls context.Context) error) error {
	if err := t.claim(ctx); err != nil {
		return err
	}
	calls, cancel := context.WithDeadlineCause(ctx, time.Now().Add(t.o.CardOwnerUntil.Sub(t.cfg.Now())), errTendTimeout)
	defer cancel()
	return show(ctx, calls)
}

// note records what was shown.
func (t *reconciler) note(ctx context.Context, s order.Shown) error {
	s.ID = t.o.ID
	if err := t.cfg.Orders.RecordShown(ctx, s); err != nil {
		return fmt.Errorf("tend %s: note what was shown: %w", t.o.ID, err)
	}
	return nil
}

// view is what the words about an order are made of.
func (a *App) view(o order.Order, s order.ServerActivity) message.OrderView {
	v := message.OrderView{Order: o, Activity: s, Now: a.cfg.Now(), Currency: a.cfg.Currency}
	if o.State == order.Unknown {
		v.Admins = a.cfg.Admins()
		if a.cfg.LookupFor > 0 {
			v.LookupUntil = o.ChangedAt.Add(a.cfg.LookupFor)
		}
	}
	return v
}
