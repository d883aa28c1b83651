package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/bot/workspace"
	"extendbot/order"
)

// unreadAgain is when a card that names groups whose members are not known is updated
// again.
const unreadAgain = time.Minute

// rulesOf returns the rules that match a pending order whose approvers can see its
// card, as far as they are known. It never waits, because the policy does not.
func (r *reconciler) rulesOf(o order.Order) []order.RuleState {
	if !pending(o) || o.Card.Ref == "" || workspace.Direct(o.Channel) {
		return nil
	}
	ruling, err := r.cfg.Desk.Ruling(r.inflight.Context(), o)
	if err != nil {
		return nil
	}
	return ruling.Rules
}

// judge adds to a view what the policy says about a pending order now.
func (r *reconciler) judge(ctx context.Context, v *message.OrderView) (err error) {
	if !pending(v.Order) {
		return nil
	}
	v.Ruling, err = r.cfg.Desk.Ruling(ctx, v.Order)
	switch code := order.CodeOf(err); code {
	case order.CodeBarred, order.CodeNoApprovers, order.CodePriceUnknown:
		v.Blocked = code
		return nil
	default:
		return err
	}
}

// policyChanged makes the card of a pending order due again after a refused press, if
// it would say something else now. shown is the text of the card that was pressed. So
// a person whose yes does not count cannot use up what Slack allows of updates.
func (r *reconciler) policyChanged(ctx context.Context, o order.Order, shown string) {
	if !pending(o) || o.Card.Ref == "" {
		return
	}
	if m, err := r.cardMessage(ctx, o); err == nil && m.Text == shown {
		return
	}
	r.redraws.Store(o.ID, r.cfg.Now())
	r.schedule(o)
}

// redrawDue reports whether a card has to be updated although the ledger says that it
// shows the order as it is.
func (r *reconciler) redrawDue(id order.ID) bool {
	at, ok := r.redraws.Load(id)
	return ok && !r.cfg.Now().Before(at.(time.Time)) //nolint:forcetypeassert // nothing else is stored
}

// redrawn records that a card was drawn at a time with the policy as it was then. If it
// says that the members of a group are not known, it is due again in a while.
func (r *reconciler) redrawn(o order.Order, began time.Time) {
	if at, ok := r.redraws.Load(o.ID); ok && !began.Before(at.(time.Time)) { //nolint:forcetypeassert // as above
		r.redraws.CompareAndDelete(o.ID, at)
	}
	if !unread(r.rulesOf(o)) {
		return
	}
	at := r.cfg.Now().Add(unreadAgain)
	if _, sooner := r.redraws.LoadOrStore(o.ID, at); !sooner {
		r.add(r.cards, o, at)
	}
}

// unread reports whether the policy does not know now who is in a group that an order
// needs.
func unread(rules []order.RuleState) bool {
	return slices.ContainsFunc(rules, func(s order.RuleState) bool { return s.Missing() > 0 && len(s.Unreadable)+len(s.Assumed) > 0 })
}

// untold returns the users whose yes an order misses and who got no direct message
// that asks for it. Members of groups are mentioned on the card only.
func (r *reconciler) untold(o order.Order) (users []string) {
	for _, s := range r.rulesOf(o) {
		for _, id := range s.Approvers {
			known := slices.Contains(users, id) || slices.Contains(o.ApproversTold, id) || o.ApprovedBy(id)
			if s.Missing() > 0 && !known && id != o.Person.User && message.IsUser(id) {
				users = append(users, id)
			}
		}
	}
	return users
}

func (r *reconciler) approversOwed(o order.Order) bool { return len(r.untold(o)) > 0 }

// tellApprovers asks each approver by direct message, with a link to the card, and
// records that.
func (r *reconciler) tellApprovers(ctx, calls context.Context, s *showing) error {
	v := r.view(s.o, order.ServerActivity{})
	if err := r.judge(ctx, &v); err != nil {
		return err
	}
	card := slackapi.ParseMessageRef(s.o.Card.Ref)
	m := message.ApprovalRequest(v, r.slack.Permalinks(calls, []slackapi.MessageRef{card})[card])
	var failed error
	for _, user := range r.untold(s.o) {
		_, err := r.slack.Post(calls, slackapi.MessageRef{Channel: user}, outgoing(m))
		if slackapi.Rejected(err) { // the card mentions them, too
			r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldUser, user).WithField(fieldError, err).Warn("an approver cannot be reached by direct message")
			err = nil
		}
		if err == nil {
			err = s.record(ctx, order.Shown{ApproverTold: user})
		}
		if err != nil {
			failed = sooner(failed, err)
		}
		if s.job.Shown != nil {
			break // this is recorded before anybody else is told
		}
	}
	return failed
}

// reminderOwed reports whether a pending order still misses approvals, and nobody was
// reminded.
func (r *reconciler) reminderOwed(o order.Order) bool {
	return o.RemindedAt.IsZero() && slices.ContainsFunc(r.rulesOf(o), func(s order.RuleState) bool { return s.Missing() > 0 })
}

// remindAt is at half time, also if the policy asked for no approvals at the request.
func remindAt(o order.Order, _ time.Time) time.Time {
	if o.RemindAt.IsZero() {
		return o.CreatedAt.Add(o.Deadline.Sub(o.CreatedAt) / 2)
	}
	return o.RemindAt
}

// remind reminds the approvers who are missing in the thread, and records that.
func (r *reconciler) remind(ctx, calls context.Context, s *showing) error {
	now := r.cfg.Now()
	v := r.view(s.o, order.ServerActivity{})
	if err := r.judge(ctx, &v); err != nil {
		return err
	}
	m, ok := message.ApprovalReminder(v)
	if !ok || !now.Before(s.o.Deadline) {
		return nil
	}
	_, err := r.post(calls, threadOf(s.o), outgoing(m))
	if slackapi.Rejected(err) {
		r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldError, err).Warn("slack refuses the reminder of the approvers")
		err = nil
	}
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	}
	return s.record(ctx, order.Shown{RemindedAt: now})
}

func declineReasonOwed(o order.Order) bool { return o.DeclineReason != "" && o.DeclineRef == "" }

// postDeclineReason posts into the thread why the order was declined, and records
// that.
func (r *reconciler) postDeclineReason(ctx, calls context.Context, s *showing) error {
	at, err := r.postInThread(calls, s.o, outgoing(message.DeclineReason(s.o)))
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	}
	return s.record(ctx, order.Shown{DeclineRef: at.String()})
}
