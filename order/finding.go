package order

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Finding is what a person found out about an order whose outcome is unknown. It is
// recorded before their press is acked, but settles nothing until
// [Desk.CheckFinding] has read the host's list once more. The zero value means that
// there is none.
type Finding struct {
	By     string // the user id of the person
	Placed bool   // it went through
	Why    string // how they know; required if Placed
	At     time.Time
	// Refused is why it did not settle the order, as a text for people; "" if it was
	// not refused. After that, people can find out something else.
	Refused string
	Shown   bool // the thread says that it was refused
	// Unverified is why it is not proven that the person said so: one of the codes of
	// [Ledger.Verified], which sets it; "" if that is proven, or if there is no finding.
	Unverified Code
}

// SameAs reports whether the same person found the same.
func (f Finding) SameAs(g Finding) bool { return f.By == g.By && f.Placed == g.Placed }

// FindingDue reports whether the order has a finding that has to be checked.
func (o Order) FindingDue() bool {
	return o.State == Unknown && !o.Finding.At.IsZero() && o.Finding.Refused == ""
}

// RefusalDue reports whether the thread still has to say that a finding about the
// order was refused.
func (o Order) RefusalDue() bool {
	return o.State == Unknown && o.Finding.Refused != "" && !o.Finding.Shown
}

const (
	// findingPause is the pause before a finding is checked again, after the host's list
	// or the policy could not be read.
	findingPause = 10 * time.Second
	// findingWait is how long that is tried, from the press.
	findingWait = 2 * time.Minute
	// maxWhy is how many characters of a person's reason are stored.
	maxWhy = 300
)

// MaySettle returns an order whose outcome is unknown, if the person may settle it
// now. The errors are those of [Desk.SettleBy].
func (d *Desk) MaySettle(ctx context.Context, p Person, id ID) (Order, error) {
	o, err := d.maySettle(ctx, p, id)
	if err == nil && (o.State != Unknown || o.FindingDue()) {
		err = &Error{Code: CodeConflict, Order: &o, Detail: "its outcome is known, or another finding is being checked"}
	}
	return o, err
}

// maySettle returns an order whose outcome the person may settle if it is unknown.
func (d *Desk) maySettle(ctx context.Context, p Person, id ID) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil {
		return Order{}, fmt.Errorf("settle: %w", err)
	}
	if o.Person.Team != p.Team {
		return Order{}, &Error{Code: CodeNotFound, Detail: "the order belongs to another workspace"}
	}
	if err := d.cfg.Policy.MaySettle(ctx, p, o); err != nil {
		return o, fmt.Errorf("settle: %w", err)
	}
	return o, nil
}

// SettleBy records what a person in Slack found out about an order whose outcome is
// unknown. [Desk.CheckFinding] then settles the order. It returns the current order
// even with an error: those of [Policy.MaySettle], CodeNotFound, CodeConflict if the
// order is not Unknown or another finding is being checked, and CodeUnavailable. Only
// s.ID, s.Placed and s.Why are used; the latter is required if s.Placed.
func (d *Desk) SettleBy(ctx context.Context, p Person, s Settlement) (Order, error) {
	o, err := d.maySettle(ctx, p, s.ID)
	if err != nil {
		return o, err
	}
	if s.Placed && strings.TrimSpace(s.Why) == "" {
		return o, &Error{Code: CodeIllegal, Detail: "a settlement as placed needs a reason"}
	}
	now := d.now()
	f := Finding{By: p.User, Placed: s.Placed, Why: firstCharacters(s.Why, maxWhy), At: now}
	stored, err := d.cfg.Ledger.RecordFinding(ctx, s.ID, f, Due{Work: WorkReconcile, At: d.reconcileFrom(now)})
	if err != nil {
		return stored, fmt.Errorf("settle: %w", err)
	}
	return stored, nil
}

// CheckFinding checks what a person found out about an order whose outcome is
// unknown, and settles the order with that. The finding is refused if the person may
// not settle the order anymore, if it is not proven that they said so, or if they say that
// it never went through and the host lists an order that can be this one. Then the thread has to say so. If there is
// nothing to do yet, it returns [*Later]. It may run any number of times.
func (d *Desk) CheckFinding(ctx context.Context, id ID) error {
	// A settlement sends nothing. So an order that was tampered with can be settled,
	// too: until then, its server cannot be extended.
	o, err := d.Verify(ctx, id)
	if err != nil && !unverified(err) {
		return fmt.Errorf("check a finding: %w", err)
	}
	f := o.Finding
	if !o.FindingDue() {
		return nil
	}
	refused, err := d.checkFinding(ctx, o)
	if refused == "" || err != nil {
		return err
	}
	err = d.cfg.Ledger.RefuseFinding(ctx, id, f.At, refused, Due{Work: WorkReconcile, At: d.now()})
	if err != nil && CodeOf(err) != CodeConflict {
		return fmt.Errorf("check a finding: %w", err)
	}
	return nil
}

// checkFinding settles o with its finding, or returns why it does not.
func (d *Desk) checkFinding(ctx context.Context, o Order) (refused string, err error) {
	f := o.Finding
	if f.Unverified != "" {
		d.report(o, &Error{Code: f.Unverified, Detail: "the answer of " + f.By + " about its outcome cannot be verified"})
		if f.Unverified == CodeKeyUnknown { // another process may have the key
			return d.findingLater(ctx, f, "no process had the key that authenticates their answer")
		}
		return "their answer cannot be verified", nil
	}
	switch err := d.cfg.Policy.MaySettle(ctx, Person{Team: o.Person.Team, User: f.By}, o); CodeOf(err) {
	case "":
	case CodeStranger, CodeNotAdmin, CodeOwnOrder:
		return "the policy changed, and they may not settle it anymore", nil
	default:
		return d.findingLater(ctx, f, "the policy cannot be read now")
	}
	s := Settlement{ID: o.ID, Who: f.By, Placed: f.Placed, Why: f.Why}
	evidence, err := d.evidenceFor(ctx, o, s)
	switch code := CodeOf(err); {
	case code == CodeListed:
		return textOf(err), nil
	case code == CodeNoList && f.Placed && d.now().Sub(f.At) >= findingWait:
		evidence.text = textOf(err) // there is nothing that it could contradict
	case code == CodeNoList:
		return d.findingLater(ctx, f, textOf(err))
	case err != nil:
		return "", fmt.Errorf("check a finding: %w", err)
	}
	if f.By == o.Person.User {
		evidence.text += "; they also asked for the order, because there is no other admin"
	}
	_, err = d.recordSettlement(ctx, o, s, evidence)
	switch CodeOf(err) {
	case CodeConflict: // settled in the meantime
		return "", nil
	case CodeClaimed: // another order was settled with the line since the list was read
		return "", &Later{At: d.now().Add(findingPause)}
	default:
		return "", err
	}
}

// findingLater returns [*Later], or why the finding is refused if it was tried for
// long enough, also as far as a clock that was set back can tell.
func (d *Desk) findingLater(ctx context.Context, f Finding, why string) (string, error) {
	now := d.now()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case now.Sub(f.At) >= findingWait, setBack(now, f.At):
		return why, nil
	default:
		return "", &Later{At: now.Add(findingPause)}
	}
}
