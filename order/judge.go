package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// policyPause is the pause before the policy is asked again about an approved order,
// after it could not be read.
const policyPause = 5 * time.Second

// capped is a policy that bars orders of more hours than one order may buy now, which may
// have been lowered, with a restart, since the order was requested.
type capped struct {
	Policy
	most Hours
}

// Judge implements [Policy].
func (c capped) Judge(ctx context.Context, o Order) (Ruling, error) {
	ruling, err := c.Policy.Judge(ctx, o)
	return ruling, c.within(o, err)
}

// MayApprove implements [Policy].
func (c capped) MayApprove(ctx context.Context, p Person, o Order) (Ruling, error) {
	ruling, err := c.Policy.MayApprove(ctx, p, o)
	return ruling, c.within(o, err)
}

// within returns err, or CodeBarred instead of nil if the order buys more.
func (c capped) within(o Order, err error) error {
	if err == nil && o.Hours > c.most {
		return &Error{Code: CodeBarred, Detail: fmt.Sprintf("one order may buy at most %s", c.most.Short())}
	}
	return err
}

// mustBeAllowed judges an approved order right before it is sent. It returns why the
// policy does not allow it now, or "". While the policy, or a group that it needs,
// cannot be read, it returns [*Later], but not longer than the last approval is
// valid.
func (d *Desk) mustBeAllowed(ctx context.Context, o Order) (why string, err error) {
	why, unread := d.refusedByPolicy(ctx, o)
	switch next := d.now().Add(policyPause); {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case !unread:
		return why, nil
	case next.Sub(o.DecidedAt) > ApprovalTTL:
		return fmt.Sprintf("the policy could not be read within %s of its approval", brief(ApprovalTTL)), nil
	default:
		return "", &Later{At: next}
	}
}

// WaitsForPolicy reports whether an approved order is not sent now because the policy,
// or a group that it needs, cannot be read.
func (d *Desk) WaitsForPolicy(ctx context.Context, o Order) bool {
	if o.State != Approved || o.mayBeCharged() {
		return false
	}
	_, unread := d.refusedByPolicy(ctx, o)
	return unread
}

// refusedByPolicy returns why the policy does not allow an approved order now, or "".
// unread means that this is not known, because the policy or a group cannot be read.
func (d *Desk) refusedByPolicy(ctx context.Context, o Order) (why string, unread bool) {
	ruling, err := d.cfg.Policy.Judge(ctx, o)
	switch code := CodeOf(err); {
	case err == nil && ruling.Complete:
		return "", false
	case code == CodeBarred:
		return "the policy changed, and no longer allows " + o.Person.User + " this order", false
	case code == CodePriceUnknown:
		return "the policy changed, and needs an admin's approval, because the price is not known", false
	case code == CodeNoApprovers && !unreadIn(err):
		return "the policy changed, and too few people can give the approvals that it asks for" + rulesOf(err), false
	case err == nil && !slices.ContainsFunc(ruling.Rules, RuleState.unread):
		return "the policy changed, and asks for " + ruling.missing(), false
	default:
		return "", true
	}
}

// unread reports whether a rule is not satisfied, and might be if the members of all
// groups were known.
func (r RuleState) unread() bool { return r.Missing() > 0 && len(r.Unreadable)+len(r.Assumed) > 0 }

// unreadIn reports whether one of the rules that an error is about is such a rule.
func unreadIn(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.ContainsFunc(e.Rules, RuleState.unread)
}

// missing says what the rules miss.
func (r Ruling) missing() string {
	var parts []string
	for _, s := range r.Rules {
		if s.Missing() > 0 {
			parts = append(parts, fmt.Sprintf("the rule %s has %d of %d", s.Name, len(s.By), s.Count))
		}
	}
	if len(parts) == 0 {
		return "the confirmation of the person who asked"
	}
	return "more approvals: " + strings.Join(parts, ", ")
}

// rulesOf names the rules that an error is about.
func rulesOf(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Rules) == 0 {
		return ""
	}
	var names []string
	for _, r := range e.Rules {
		names = append(names, r.Name)
	}
	return " in the rule " + strings.Join(names, ", ")
}
