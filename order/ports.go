package order

import (
	"context"
	"time"
)

// Ledger stores the orders and their history.
type Ledger interface {
	// Create records a new pending order with its first row of history and its due
	// work, in one transaction. It fails with CodeDuplicate and the order that
	// already has the same RequestKey, with CodeServerHeld and the order for that
	// server whose outcome is Unknown, with CodeAsked and the pending order of the same
	// person, account, server and hours that can still be decided, and with
	// CodeUnavailable if it cannot write. With CodeDuplicate and CodeAsked, it also
	// returns that order.
	//
	// It sets ExtendedBy to the newest order that was placed for the server since
	// RecentWindow before o.CreatedAt.
	//
	// If o has a Lease, it does not fail with CodeAsked, but with CodeLeaseTaken and the
	// other order for the same server and Lease that is open or placed, whichever process
	// recorded it.
	Create(ctx context.Context, o Order, e Entry, due ...Due) (Order, error)

	// Change records one transition: next replaces the order whose version is
	// next.Version, together with a row of history and the due work that follows,
	// in one transaction. It is a compare-and-swap: if the order has another
	// version, is not in e.From, or is in Placing with another Owner, it fails with
	// CodeConflict. A transition that is not in the table fails with CodeIllegal, and
	// so does the last approval, from Pending to Approved, which is for Approve. A
	// transition to Approved while another order holds the server fails with
	// CodeServerHeld and the other order. A transition to Placed whose
	// [Order.SettledAs] is in the receipt of another order fails with CodeClaimed
	// and that order, whichever process recorded it. It fails with CodeTampered if the
	// row of history is there already, and with CodeUnavailable if it cannot write. It
	// returns what was stored, with the version increased by one. If the entry is
	// Durable, it returns only after the change is safe from a power failure.
	//
	// A transition to Placed sets ExtendedBy of the other pending orders for the
	// server, and records WorkReconcile for them, due at once, in the same
	// transaction.
	//
	// Create, Change and Approve set Chain.
	//
	// Card, ThreadMessage and Question are not part of a change, except that an
	// empty Card.Ref is filled in if next has one. Neither are the other fields that
	// [Ledger] or [Shown] record apart from transitions.
	Change(ctx context.Context, next Order, e Entry, due ...Due) (Order, error)

	// Approve records the last approval of an order, from Pending to Approved, as Change
	// records other transitions. In the same transaction it makes sure that the order is
	// within all of the limits at the time e.At, whatever other processes approve at the
	// same time. If it is not, it fails with CodeOverLimit and the limit that stops the
	// order the longest. It fails with CodeExtended and the newest other order that was
	// placed for the server since RecentWindow before next.CreatedAt, if that is neither
	// next.ToldExtendedBy nor recorded as ToldExtendedBy of the user e.Who. If it was one
	// of the two, ToldExtendedBy and ToldUser become that order and e.Who.
	Approve(ctx context.Context, next Order, e Entry, limits []Limit, due ...Due) (Order, error)

	// CreateApproved records a new order together with its approval, in one transaction
	// that does and checks what Create, Baselines.AddBaseline and Approve do: o is the
	// order as it is requested, and approved what it becomes at once. No baseline is
	// recorded if b is nil. It is safe from a power failure when CreateApproved returns.
	CreateApproved(ctx context.Context, o Order, e Entry, approved Order, a Entry, limits []Limit, b *Baseline, due ...Due) (Order, error)

	// LimitStates returns what each of the limits leaves for an order at a time, in their
	// order. The order itself does not count.
	LimitStates(ctx context.Context, o Order, limits []Limit, now time.Time) ([]LimitState, error)

	// Requested returns the order that was recorded for a request, by its key, or
	// CodeNotFound. Nothing is verified.
	Requested(ctx context.Context, key string) (Order, error)

	// Order returns the current order, or CodeNotFound. Nothing is verified: it is for
	// showing and finding, not for deciding and sending.
	Order(ctx context.Context, id ID) (Order, error)

	// Verified returns the current order like Order, after it was verified that the
	// program itself recorded it: the order and all of its history, as they were at one
	// moment. With an error about what was recorded, it also returns the order as it
	// was found: CodeTampered, with what is wrong in Detail; CodeKeyUnknown if this
	// process does not have the key that authenticates it; CodeOldVersion if the
	// version that recorded it did not authenticate it.
	Verified(ctx context.Context, id ID) (Order, error)

	// AddDeclineReason records why an order was declined, and the due work that
	// follows. It fails with CodeConflict if the order is not Declined or has another
	// reason, and with CodeUnavailable. It returns only after that is safe from a power failure.
	AddDeclineReason(ctx context.Context, id ID, reason string, due ...Due) error

	// RecordFinding records what a person found out about an Unknown outcome, and the
	// due work that follows. It fails with CodeConflict and the order if the order is
	// not Unknown, or has another finding that was not refused. It returns the order
	// with its finding, which is the first one if the same person found the same
	// twice, and only after that is safe from a power failure. It fails with
	// CodeNotFound and CodeUnavailable.
	RecordFinding(ctx context.Context, id ID, f Finding, due ...Due) (Order, error)

	// RefuseFinding records why the finding of that time was refused, and the due work
	// that follows. It fails with CodeConflict and the order if the order is not Unknown
	// anymore, or has another finding.
	RefuseFinding(ctx context.Context, id ID, at time.Time, why string, due ...Due) error

	// LastReceipt returns the newest receipt for the server with this id that has an
	// expiry or a plan price, or nil if there is none.
	LastReceipt(ctx context.Context, serverID string) (*Receipt, error)
}

// Policy decides who may do what. Each answer follows the current policy. If it
// cannot be read, the answer is no (CodeUnavailable). People are matched by
// workspace and user id. An implementation never calls Slack or the host, because
// acks wait for it.
//
// A rule of the policy that matches an order asks for the yes of some people. One
// person counts once in each rule, and in all rules that list them. The yes of the
// requester counts only in rules that say so. If no rule matches, the requester
// confirms the order.
type Policy interface {
	// Grant returns the account with which p may extend the server, which is named
	// by its name or its id. It fails with CodeStranger if p is not on the
	// allowlist, with CodeUnknownServer and similar names if p may not use the server
	// or there is none, and with CodeGroupUnread if that depends on a group whose
	// members are not known now.
	Grant(ctx context.Context, p Person, server string) (Grant, error)

	// Judge returns which rules match o and its Estimate, whether its recorded approvals
	// satisfy them, and the limits. It does not look at the state of o. It fails with
	// CodeBarred if the requester may no longer order exactly what o would buy, and with
	// CodeNoApprovers and the rule if nobody can satisfy a rule that matches. A rule whose
	// groups cannot be read is not such a rule. If one of the two depends on a group whose
	// members are not known now, it fails with CodeGroupUnread. It fails with
	// CodePriceUnknown if the estimate is not known, a limit or a rule needs it, and there
	// is no admin who could approve the order instead. With each of these errors, it
	// returns the limits all the same.
	Judge(ctx context.Context, o Order) (Ruling, error)

	// MayApprove returns the ruling as it is once p has said yes to o, if that yes
	// counts now. It fails with CodeStranger if the policy does not know p, with
	// CodeNotYours if no rule matches and another person asked for o, with
	// CodeNotApprover and the rules that are not satisfied if p is in none of them,
	// with CodeApproved if p said yes before, with CodeGroupUnread and the rules if p
	// may be in a group whose members are not known now, with CodeUnknownServer if p
	// is the requester and may not use the server, and with the errors of Judge.
	//
	// If the policy changed, the recorded approvals can be complete without p. Then
	// the yes of everybody who may say yes counts, also if it is recorded already.
	MayApprove(ctx context.Context, p Person, o Order) (Ruling, error)

	// MayDecline returns the state that p's no to o leads to: Cancelled for the
	// requester, who withdraws it, and Declined for the approvers of a rule that
	// matches. It fails with CodeStranger, CodeNotYours, CodeNotApprover and
	// CodeGroupUnread as MayApprove does.
	MayDecline(ctx context.Context, p Person, o Order) (State, error)

	// MaySee returns nil if p may be told about o: the requester, the people who may
	// use its server, the approvers of a rule that matches, and admins. It fails with
	// CodeStranger if the policy does not know p, and with CodeNotFound for all
	// others. The zero order is one that nobody may see.
	MaySee(ctx context.Context, p Person, o Order) error

	// MaySettle returns nil if p may settle the unknown outcome of o: an admin who did
	// not ask for it, or the only admin. It fails with CodeStranger for people of
	// another workspace, with CodeNotAdmin, and with CodeOwnOrder.
	MaySettle(ctx context.Context, p Person, o Order) error
}

// Grant is the answer of a Policy: what would be extended and which account
// pays.
type Grant struct {
	Account string
	Server  Server
	// MaxHours is the most that one order of the person may buy; 0: only the limit of
	// the Desk counts.
	MaxHours Hours
}

// Host sells hours. It is the only interface here that spends money.
type Host interface {
	// ExtendServer makes the one call that costs money, once. It returns a receipt
	// if the host confirmed the order, and otherwise a [*PlaceError] whose verdict
	// says whether money may have been spent. Any other error counts as
	// UnknownOutcome.
	ExtendServer(ctx context.Context, e Extension) (Receipt, error)
}

// Observer is called for each event of an order after it was committed, and for
// what could not be committed. It must not block.
type Observer interface {
	// Transitioned reports one committed transition.
	Transitioned(o Order, e Entry)
	// Attempted reports one attempt at the host: its verdict, how long it took, and
	// the error, which is nil if the order was placed.
	Attempted(o Order, v Verdict, took time.Duration, err error)
	// LookedUp reports what the host's list showed about an order that is Unknown,
	// or that was throttled and is to be sent again, and the error if the list could
	// not be read. For a throttled order, MatchDoubtful means that the list has
	// something new.
	LookedUp(o Order, m Match, err error)
	// Unverified reports an order that is not provably what the program recorded, and
	// why: see [Ledger.Verified]. Each process reports an order once for each code.
	Unverified(o Order, err error)
	// Unrecorded reports an outcome that the sender knows and the ledger does not
	// have, and why: the ledger was unavailable for too long, or the order was
	// settled differently before. known is Placed, with the receipt, or Refused; o
	// is the order as it was last read. The outcome is stored nowhere else.
	Unrecorded(o Order, known State, r *Receipt, err error)
}
