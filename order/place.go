package order

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// keyPause is the pause before a process looks again at an approved order that it cannot
// verify.
const keyPause = 15 * time.Second

// errHostTimeout is the cause of a context that ended because the host took too
// long.
var errHostTimeout = errors.New("0xhost did not answer in time")

// Place sends an approved order to the host. Only the call that changed it from
// Approved to Placing sends it; all other calls do nothing. So Place may run at
// any time and any number of times.
//
// It also handles what a dead process left behind: an order in Placing whose
// owner died becomes Unknown. If there is nothing to do yet, it returns
// [*Later].
func (d *Desk) Place(ctx context.Context, id ID) error {
	// Read the order only after this call has registered it: acting on a version
	// that was read before an earlier call ended could send it twice.
	first := d.placing.begin(id)
	if first {
		defer d.placing.end(id)
	}
	o, err := d.cfg.Ledger.Order(ctx, id)
	if CodeOf(err) == CodeNotFound {
		_, _ = d.Verify(ctx, id) // reports that it was removed
	}
	if err != nil {
		return fmt.Errorf("place: %w", err)
	}
	switch {
	case o.State == Approved && first:
		err = d.attempt(ctx, id)
	case o.State == Approved:
		return &Later{At: d.now().Add(retryPause)} // another call of this process works on it
	case o.State == Placing && first:
		err = d.takeOver(ctx, o)
	case o.State == Placing:
		return &Later{At: d.now().Add(d.cfg.HostTimeout)} // its owner is this process, so it is alive, whatever the clock says
	default:
		d.checks.forget(id)
		return nil
	}
	if CodeOf(err) == CodeConflict {
		return nil // another process continued with it
	}
	return err
}

// attempt commits that the order is being placed and makes the call. An order
// that may not be sent anymore ends without a call. What is sent is what was
// verified here, whatever happens to the row of the order meanwhile.
func (d *Desk) attempt(ctx context.Context, id ID) error {
	o, err := d.approvedOrder(ctx, id)
	if err != nil {
		return err
	}
	// If the clock was set back since the first attempt, RetryAt may be any time
	// away.
	if now := d.now(); now.Before(o.RetryAt) && !setBack(now, o.FirstTry) {
		return &Later{At: o.RetryAt}
	}
	asked := d.now()
	p, err := d.maySend(ctx, o)
	switch {
	case err != nil:
		return err
	case p.refused != "":
		_, err := d.giveUp(ctx, o, p.refused)
		return err
	case d.now().Sub(asked) > permitFor: // the program was paused
		return &Later{At: d.now()}
	}
	placing, err := d.begin(ctx, o, p.evidence)
	switch CodeOf(err) {
	case "":
		return d.send(ctx, placing)
	case CodeUnavailable:
		return d.withdrawAttempt(ctx, placing)
	default:
		return err
	}
}

// approvedOrder returns an approved order that verifies. It fails with CodeConflict if
// there is nothing to send anymore, and with [*Later] if it does not verify and was not
// ended: another process may have the key that authenticates it, or its history takes no
// more rows.
func (d *Desk) approvedOrder(ctx context.Context, id ID) (Order, error) {
	o, err := d.Verify(ctx, id)
	switch {
	case unverified(err) && o.State == Approved:
		return o, &Later{At: d.now().Add(keyPause)}
	case unverified(err), err == nil && o.State != Approved:
		return o, &Error{Code: CodeConflict, Order: &o, Detail: "it is not approved anymore"}
	case err != nil:
		return o, fmt.Errorf("place: %w", err)
	default:
		return o, nil
	}
}

// begin commits that this process attempts to place the order. With CodeUnavailable, it
// may be committed all the same.
func (d *Desk) begin(ctx context.Context, o Order, why string) (Order, error) {
	now := d.now()
	until := now.Add(d.cfg.HostTimeout + OwnerGrace)
	started := func(next *Order) {
		next.Attempts++
		next.Owner, next.OwnerUntil, next.RetryAt = d.cfg.ProcessID, until, time.Time{}
		if next.FirstTry.IsZero() {
			next.FirstTry = now
		}
	}
	placing, err := d.transition(ctx, o, Placing, Bot, why, []Due{{Work: WorkPlace, At: until}}, started)
	if err != nil {
		started(&o)
		return o, err
	}
	return placing, nil
}

// giveUp ends an approved order that is not sent anymore, and returns it. If the host
// throttled it, it may have been charged, so the outcome is Unknown.
func (d *Desk) giveUp(ctx context.Context, o Order, why string) (Order, error) {
	if o.mayBeCharged() {
		return d.endUnknown(ctx, o, notSentAgain(why))
	}
	return d.transition(ctx, o, Refused, Bot, why, nil, func(next *Order) { next.RetryAt = time.Time{} })
}

// endUnknown ends an approved order as Unknown, and returns it. The state table has that
// way only for an attempt, so this is one that sends nothing.
func (d *Desk) endUnknown(ctx context.Context, o Order, why string) (Order, error) {
	placing, err := d.begin(ctx, o, "")
	if err != nil { // if it is committed all the same, the order becomes Unknown after its owner's time
		return o, err
	}
	if err := d.record(ctx, placing, outcome{state: Unknown, why: why}); err != nil {
		return placing, err
	}
	return d.cfg.Ledger.Order(ctx, o.ID)
}

// permitFor is how long a permit is valid, from when it was asked for. Reading the
// host's list takes the most of it.
const permitFor = listTimeout + 5*time.Second

// permit is the answer to whether an order may be sent now.
type permit struct {
	evidence string // for the history, if any was needed
	refused  string // why it may not be sent anymore; "" if it may
}

// maySend decides whether an approved order may be sent now. It returns [*Later]
// if that is not known yet. An approval whose age is not known, because the clock
// was set back since, is too old.
func (d *Desk) maySend(ctx context.Context, o Order) (p permit, err error) {
	switch {
	case o.mayBeCharged():
		p, err = d.mayResend(ctx, o)
	case d.now().Sub(o.DecidedAt) > ApprovalTTL, setBack(d.now(), o.DecidedAt):
		p.refused = fmt.Sprintf("it could not be placed within %s of its approval", brief(ApprovalTTL))
	}
	if err != nil || p.refused != "" {
		return p, err
	}
	if o.mayBeCharged() { // reading the host's list took time
		now, err := d.approvedOrder(ctx, o.ID)
		if err == nil && now.Version != o.Version {
			err = &Error{Code: CodeConflict, Order: &now, Detail: "it was changed in the meantime"}
		}
		if err != nil {
			return permit{}, err
		}
	}
	p.refused, err = d.mustBeAllowed(ctx, o)
	return p, err
}

// send makes the one call and records its outcome. From here on nothing may
// prevent that, so it does not stop with its caller's context.
func (d *Desk) send(ctx context.Context, o Order) error {
	ctx = context.WithoutCancel(ctx)
	// After that time, others could consider this process dead before the answer
	// arrives.
	sendBy := o.OwnerUntil.Add(-d.cfg.HostTimeout)
	if d.now().After(sendBy) {
		return d.record(ctx, o, outcome{state: Approved, why: "the program was paused for too long"})
	}
	callCtx, cancel := context.WithTimeoutCause(ctx, d.cfg.HostTimeout, errHostTimeout)
	defer cancel()

	d.sent.Store(o.ID, o.Attempts)
	began := time.Now()
	receipt, err := d.cfg.Host.ExtendServer(callCtx, Extension{
		Account: o.Account, ServerID: o.Server.ID, Hours: o.Hours, SendBy: sendBy,
	})
	took := time.Since(began)
	_, _ = d.Verify(callCtx, o.ID) // only reports: what follows is about what was sent
	if err == nil {
		receipt.Took, receipt.Currency = took, d.cfg.Currency
		d.cfg.Observer.Attempted(o, Done, took, nil)
		return d.record(ctx, o, outcome{state: Placed, receipt: &receipt})
	}
	failed := asPlaceError(err)
	d.cfg.Observer.Attempted(o, failed.Verdict, took, err)
	known := outcome{state: Unknown, why: failed.Reason, retryAfter: failed.RetryAfter}
	switch failed.Verdict {
	case RefusedByHost:
		if o.mayBeCharged() { // this answer is about this attempt only
			known.why = throttledWhy(failed.Reason)
			break
		}
		known.state = Refused
	case Throttled:
		known.state, o.ThrottledAt = Approved, d.now()
	case NeverSent:
		known.state = Approved
	case Done, UnknownOutcome:
	}
	return d.record(ctx, o, known)
}

func asPlaceError(err error) *PlaceError {
	if failed, ok := errors.AsType[*PlaceError](err); ok {
		return failed
	}
	return &PlaceError{Verdict: UnknownOutcome, Reason: "the answer of 0xhost was lost", Err: err}
}

// takeOver ends an order that a dead process left in Placing. It is not known
// whether its call was sent.
func (d *Desk) takeOver(ctx context.Context, o Order) error {
	if d.now().Before(o.OwnerUntil) {
		return &Later{At: o.OwnerUntil}
	}
	why := "the program stopped while it was placing the order"
	if _, err := d.Verify(ctx, o.ID); CodeOf(err) == CodeTampered {
		why += "; " + unverifiedWhy(o, err)
	}
	return d.record(ctx, o, outcome{state: Unknown, why: why})
}

// placing holds the orders on which a call of [Desk.Place] in this process
// works, one call for each. It does not depend on clocks: while the call runs,
// the process does not consider itself dead.
type placing struct {
	mu  sync.Mutex
	ids map[ID]bool
}

// begin reports whether the caller may work on the order. If not, another call
// does.
func (p *placing) begin(id ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids[id] {
		return false
	}
	p.ids[id] = true
	return true
}

func (p *placing) end(id ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.ids, id)
}
