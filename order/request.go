package order

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Request is a parsed command that is not yet authorized.
type Request struct {
	// Key identifies the request: a redelivery of the request has the same key.
	Key     string
	Person  Person
	Channel string // where the command was typed
	// Direct reports that nobody but the person can read that channel. An order that
	// needs approvals cannot be asked for there.
	Direct bool
	Server string // the name or id that was typed
	Hours  Hours
	// Until, if it is not zero, is the time until which the server is to run; Hours
	// is then ignored. They follow from the server's expiry, rounded up to whole
	// hours.
	Until   time.Time
	Typed   string // see [Order]; cut to 100 characters
	Purpose string // see [Order]; cut to 300 characters

	// Lease, Thread and SeenEstimate are set for a press on a reminder: the first two are
	// those of [Order], and SeenEstimate is what the button said that the hours cost; null
	// if it did not say so.
	Lease        time.Time
	Thread       string
	SeenEstimate decimal.NullDecimal
}

// AsksFor reports whether o is the order that r asks for. If r has a time, the hours do
// not count: they follow from it, and from what is known of the lease just now.
func (r Request) AsksFor(o Order) bool {
	server := strings.EqualFold(r.Server, o.Server.Label()) || r.Server == o.Server.ID
	same := o.Person == r.Person && o.Channel == r.Channel && o.Typed == firstCharacters(r.Typed, maxTyped) && o.Purpose == firstCharacters(r.Purpose, maxPurpose)
	return server && same && (o.Hours == r.Hours || !r.Until.IsZero())
}

// What the ledger stores of texts of people, in characters.
const (
	maxTyped   = 100
	maxPurpose = 300
)

// Request checks that the person may extend the server and records a pending
// order. If the request was recorded before, it returns that order and an error
// with CodeDuplicate. If the same person already asks for exactly this, it returns
// that order and CodeAsked. With CodeOverLimit, CodePriceUnknown and CodeRepriced, it
// returns the order that it did not record, without an id, because the answer depends on
// what it is expected to cost. The other errors are those of [Policy.Grant], [Policy.Judge] and
// [Ledger.Create], CodeNeedsChannel, CodeBadHours, and for a request with a time
// CodeNoExpiry and CodeRunsLonger.
func (d *Desk) Request(ctx context.Context, r Request) (Order, error) {
	o, _, err := d.wanted(ctx, r)
	if err != nil {
		return Order{}, err
	}
	if err := d.mustBeOf(ctx, &o); err != nil {
		return d.refuse(ctx, o, err)
	}
	ruling, err := d.judgeRequest(ctx, &o)
	if err == nil && !r.Lease.IsZero() && Above(o.Estimate.Amount, r.SeenEstimate) {
		err = &Error{Code: CodeRepriced, Detail: "the button showed " + FormatAmount(r.SeenEstimate)}
	}
	if err != nil { // nobody should wait for approvals that cannot come
		return d.refuse(ctx, o, err)
	}
	if r.Direct && len(ruling.Rules) > 0 {
		return Order{}, &Error{Code: CodeNeedsChannel, Rules: ruling.Rules}
	}
	now, ttl := o.CreatedAt, d.cfg.ConfirmTTL
	if len(ruling.Rules) > 0 {
		ttl = d.cfg.ApproveTTL
		o.RemindAt = now.Add(ttl / 2).Truncate(time.Microsecond)
	}
	o.Deadline = now.Add(ttl)
	entry := Entry{Version: 1, At: now, Who: r.Person.User, From: none, To: Pending, Why: o.Purpose}
	if !r.Lease.IsZero() && len(ruling.Rules) == 0 {
		return d.createApproved(ctx, o, entry)
	}
	first := now.Add(min(ReconcileGrace, ttl))
	stored, err := d.cfg.Ledger.Create(ctx, o, entry, Due{Work: WorkReconcile, At: first})
	if err != nil {
		return stored, fmt.Errorf("request: %w", err)
	}
	d.cfg.Observer.Transitioned(stored, entry)
	return stored, nil
}

// wanted returns the order that a request asks for, and what is known of the lease of its
// server if the request has a time. Nothing is recorded.
func (d *Desk) wanted(ctx context.Context, r Request) (Order, Lease, error) {
	grant, err := d.cfg.Policy.Grant(ctx, r.Person, r.Server)
	if err != nil {
		return Order{}, Lease{}, fmt.Errorf("request: %w", err)
	}
	now := d.now()
	hours, lease := r.Hours, Lease{}
	if !r.Until.IsZero() {
		if hours, lease, err = d.hoursUntil(ctx, grant.Server, r.Until, now); err != nil {
			return Order{}, lease, fmt.Errorf("request: %w", err)
		}
	}
	most := d.cfg.MaxHours
	if grant.MaxHours > 0 {
		most = min(most, grant.MaxHours)
	}
	if hours < 1 || hours > most {
		return Order{}, lease, &Error{Code: CodeBadHours, Expiry: lease.ExpiresAt, MaxHours: most, Detail: fmt.Sprintf("%d is not within 1 and %d", hours, most)}
	}
	return Order{
		ID: d.cfg.NewID(now), RequestKey: r.Key, Version: 1, State: Pending,
		Person: r.Person, Channel: r.Channel, Thread: r.Thread, Lease: r.Lease,
		Account: grant.Account, Server: grant.Server, Hours: hours,
		Typed: firstCharacters(r.Typed, maxTyped), Purpose: firstCharacters(r.Purpose, maxPurpose),
		CreatedAt: now, ChangedAt: now, Currency: d.cfg.Currency,
		CardOwner: d.cfg.ProcessID, CardOwnerUntil: now.Add(ReconcileGrace),
	}, lease, nil
}

// Quote is what would come of a request.
type Quote struct {
	Order  Order  // as it would be recorded, without an id and a deadline
	Lease  Lease  // of its server, as it is now
	Ruling Ruling // who has to approve it
}

// Quote returns what would come of a request, and records nothing. It fails with the error
// with which [Desk.Request] would refuse it now, apart from those of other orders; the quote
// is then as far as it is known.
func (d *Desk) Quote(ctx context.Context, r Request) (Quote, error) {
	o, lease, err := d.wanted(ctx, r)
	o.ID = ""
	q := Quote{Order: o, Lease: lease}
	if err != nil {
		return q, err
	}
	if q.Lease, err = d.lease(ctx, o.Server); err != nil {
		return q, fmt.Errorf("quote: %w", err)
	}
	if q.Ruling, err = d.judgeRequest(ctx, &q.Order); err != nil {
		return q, fmt.Errorf("quote: %w", err)
	}
	if r.Direct && len(q.Ruling.Rules) > 0 {
		return q, &Error{Code: CodeNeedsChannel, Rules: q.Ruling.Rules}
	}
	return q, nil
}

// refuse returns the answer to a request that is not recorded because of an error.
func (d *Desk) refuse(ctx context.Context, o Order, err error) (Order, error) {
	if first, none := d.cfg.Ledger.Requested(ctx, o.RequestKey); none == nil { // it may be what uses a limit up
		return first, &Error{Code: CodeDuplicate, Order: &first}
	}
	if code := CodeOf(err); code != CodeOverLimit && code != CodePriceUnknown && code != CodeRepriced {
		o = Order{}
	}
	o.ID = ""
	return o, fmt.Errorf("request: %w", err)
}

// judgeRequest estimates a new order, and judges it: by the policy, and by the limits,
// so that people learn early. Limits count when the order is approved.
func (d *Desk) judgeRequest(ctx context.Context, o *Order) (ruling Ruling, err error) {
	if o.Estimate, _, err = d.estimate(ctx, *o); err != nil {
		return ruling, err
	}
	if ruling, err = d.cfg.Policy.Judge(ctx, *o); err != nil {
		return ruling, err
	}
	states, err := d.limitStates(ctx, *o, ruling)
	if err != nil {
		return ruling, err
	}
	return ruling, Exceeded(states)
}

// hoursUntil returns the hours that a server needs to run until a time, rounded up,
// and its current lease. It fails with CodeNoExpiry if the expiry is not known or
// has passed, because then nobody knows from when the hours would count, and with
// CodeRunsLonger if the server runs until then anyway.
func (d *Desk) hoursUntil(ctx context.Context, s Server, until, now time.Time) (Hours, Lease, error) {
	lease, err := d.lease(ctx, s)
	switch {
	case err != nil:
		return 0, lease, err
	case !lease.ExpiresAt.After(now):
		return 0, lease, &Error{Code: CodeNoExpiry}
	case !until.After(lease.ExpiresAt):
		return 0, lease, &Error{Code: CodeRunsLonger, Expiry: lease.ExpiresAt}
	}
	missing := until.Sub(lease.ExpiresAt)
	hours := Hours(missing / time.Hour)
	if missing%time.Hour > 0 {
		hours++
	}
	return hours, lease, nil
}

// firstCharacters returns at most the first n characters of a text.
func firstCharacters(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
