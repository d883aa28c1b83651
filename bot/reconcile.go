package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

const (
	// claimTime is how long a process owns the card of an order after it claimed
	// it.
	claimTime = 30 * time.Second
	// claimPause is the shortest pause before a claim is tried again.
	claimPause = time.Second
	// maxSteps is more than the number of changes in the life of an order.
	maxSteps = 16
)

var errClaimEnded = errors.New("another process may own the card now")

// reconciler updates the card, the thread and the question of an order to match
// the ledger.
type reconciler struct {
	cfg      *Config
	slack    *slackapi.Client
	replies  *replies
	stopping <-chan struct{} // closed when nothing may wait anymore
	locks    orderLocks
}

func newReconciler(cfg *Config, api *slackapi.Client, replies *replies, stopping <-chan struct{}) *reconciler {
	return &reconciler{cfg: cfg, slack: api, replies: replies, stopping: stopping}
}

// reconcile does everything that is due; see [App.Reconcile]. It returns the
// order as it last read it.
func (r *reconciler) reconcile(ctx context.Context, id order.ID) (order.Order, error) {
	unlock, err := r.locks.lock(ctx, id)
	if err != nil {
		return order.Order{}, fmt.Errorf("reconcile %s: %w", id, err)
	}
	defer unlock()
	t := reconciliation{reconciler: r}
	if err := t.read(ctx, id); err != nil {
		return order.Order{}, err
	}
	repeated := false
	for range maxSteps {
		stepErr := t.step(ctx)
		if stepErr == nil && t.done {
			return t.o, nil
		}
		if stepErr != nil && (t.written == 0 || repeated) {
			return t.o, stepErr
		}
		if err := t.read(ctx, id); err != nil {
			return order.Order{}, errors.Join(stepErr, err)
		}
		if stepErr != nil {
			if !t.cardStale() {
				return t.o, stepErr
			}
			repeated = true
		}
	}
	return t.o, &order.Later{At: r.cfg.Now().Add(time.Second)}
}

// reconcileOrLog is reconcile for callers that leave the rest to due work.
func (r *reconciler) reconcileOrLog(ctx context.Context, id order.ID) {
	_, err := r.reconcile(ctx, id)
	if err == nil {
		return
	}
	log := r.cfg.Log.WithField(fieldOrder, id).WithField(fieldError, err)
	if _, later := errors.AsType[*order.Later](err); later {
		log.Debug("the update of a card is postponed")
		return
	}
	log.Warn("the card of an order could not be updated; due work will try again")
}

// view returns the data for the messages about an order.
func (r *reconciler) view(o order.Order, s order.ServerActivity) message.OrderView {
	v := message.OrderView{Order: o, Activity: s, Now: r.cfg.Now(), Currency: r.cfg.Currency}
	if o.State == order.Unknown {
		v.Admins = r.cfg.Admins()
		if r.cfg.LookupFor > 0 {
			v.LookupUntil = o.ChangedAt.Add(r.cfg.LookupFor)
		}
	}
	return v
}

// reconciliation is one run of the reconciler over one order.
type reconciliation struct {
	*reconciler

	o       order.Order
	done    bool // nothing is left to do
	written int  // the version that this run last wrote to the card; 0: none
}

func (t *reconciliation) read(ctx context.Context, id order.ID) (err error) {
	if t.o, err = t.cfg.Orders.Order(ctx, id); err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	return nil
}

// step does one thing that is due.
func (t *reconciliation) step(ctx context.Context) error {
	switch {
	case t.o.State == order.Pending && !t.cfg.Now().Before(t.o.Deadline):
		return t.cfg.Desk.Expire(ctx, t.o.ID)
	case t.o.CardDue() || t.cardStale():
		return t.claimed(ctx, t.showCard)
	case t.o.ThreadMessageDue():
		return t.claimed(ctx, t.postThreadMessage)
	case t.o.QuestionDue():
		return t.claimed(ctx, t.closeQuestion)
	case t.o.State == order.Pending:
		return &order.Later{At: t.o.Deadline}
	default:
		t.done = true
		return nil
	}
}

// claimed runs show while this process owns the card. Calls of Slack get a
// context that ends when the ownership ends; what was shown can still be
// recorded after that.
func (t *reconciliation) claimed(ctx context.Context, show func(ctx, calls context.Context) error) error {
	if err := t.claim(ctx); err != nil {
		return err
	}
	calls, cancel := context.WithDeadlineCause(ctx, time.Now().Add(t.o.CardOwnerUntil.Sub(t.cfg.Now())), errClaimEnded)
	defer cancel()
	return show(ctx, calls)
}

// claim makes this process the card owner for as long as a call may take. If
// another process owns the card, it returns [*order.Later]. If the card may be
// stale, which only this run knows, it waits instead.
func (t *reconciliation) claim(ctx context.Context) error {
	for {
		now := t.cfg.Now()
		if t.o.CardOwner == t.cfg.ProcessID && t.o.CardOwnerUntil.Sub(now) > t.cfg.CallTimeout {
			return nil
		}
		o, ok, err := t.cfg.Orders.Claim(ctx, t.o.ID, t.cfg.ProcessID, now.Add(claimTime))
		if err != nil {
			return fmt.Errorf("reconcile %s: claim: %w", t.o.ID, err)
		}
		if ok {
			t.o = o
			return nil
		}
		pause := max(o.CardOwnerUntil.Sub(now), claimPause)
		if !t.cardStale() || !t.pause(ctx, pause) {
			return &order.Later{At: now.Add(pause)}
		}
	}
}

// pause waits for d. It returns false if ctx or the bot ends first.
func (t *reconciliation) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.stopping:
		return false
	case <-ctx.Done():
		return false
	}
}

// record records what was shown.
func (t *reconciliation) record(ctx context.Context, s order.Shown) error {
	s.ID = t.o.ID
	if err := t.cfg.Orders.RecordShown(ctx, s); err != nil {
		return fmt.Errorf("reconcile %s: record what was shown: %w", t.o.ID, err)
	}
	return nil
}
