package order

import (
	"errors"
	"fmt"
	"time"
)

// Code is the kind of an [Error]. Only bot/message turns codes into texts for
// people.
type Code string

// The codes.
const (
	CodeInternal      Code = "internal"       // anything without another code
	CodeStranger      Code = "stranger"       // the person is not on the allowlist
	CodeNotYours      Code = "not_yours"      // the person may not decide this order
	CodeNotApprover   Code = "not_approver"   // other people have to approve this order
	CodeApproved      Code = "approved"       // the person's yes is recorded already
	CodeBarred        Code = "barred"         // the requester may no longer order this
	CodeNoApprovers   Code = "no_approvers"   // nobody can give the approvals that a rule asks for
	CodeNeedsChannel  Code = "needs_channel"  // the order needs approvals, and was asked for in a direct message
	CodeGroupUnread   Code = "group_unread"   // the members of a user group are not known now
	CodeTampered      Code = "tampered"       // the order is not what the program recorded
	CodeKeyUnknown    Code = "key_unknown"    // the order is authenticated with a key that this process does not have
	CodeOldVersion    Code = "old_version"    // the order was recorded by a version that did not authenticate it
	CodeNotAdmin      Code = "not_admin"      // the person may not settle unknown outcomes
	CodeOwnOrder      Code = "own_order"      // the requester may not settle their own order, because others can
	CodeUnknownServer Code = "unknown_server" // no such server, or not for this person
	CodeBadHours      Code = "bad_hours"      // not a whole number from 1 to the limit
	CodeServerHeld    Code = "server_held"    // another order for that server has no known outcome yet
	CodeDuplicate     Code = "duplicate"      // this request was recorded before
	CodeAsked         Code = "asked"          // the same person already asks for exactly this
	CodeExtended      Code = "extended"       // another order extended the server meanwhile, and the requester does not know
	CodeOverLimit     Code = "over_limit"     // a limit of the policy does not leave enough for the order
	CodePriceUnknown  Code = "price_unknown"  // the price is not known, a limit or a rule needs it, and no admin but the requester could approve the order
	CodeRepriced      Code = "repriced"       // the order is expected to cost more than the card showed whose button was clicked
	CodeNoExpiry      Code = "no_expiry"      // hours until a time: the expiry of the server is not known
	CodeRunsLonger    Code = "runs_longer"    // hours until a time: the server runs at least until then
	CodeLeaseTaken    Code = "lease_taken"    // another press on a reminder of the same lease is an order that is open or was placed
	CodeLeaseOver     Code = "lease_over"     // the lease of a reminder has ended: the server was extended meanwhile, or its expiry has passed
	CodeDecided       Code = "decided"        // too late: the order is no longer pending
	CodeNotFound      Code = "not_found"      // no such order
	CodeClaimed       Code = "claimed"        // the host's order belongs to another order
	CodeListed        Code = "listed"         // the host lists an order that can be the one that is said not to be placed
	CodeNoList        Code = "no_list"        // the host's list of orders cannot be read now
	CodeConflict      Code = "conflict"       // the order was changed in the meantime
	CodeIllegal       Code = "illegal"        // a transition that the state table does not have
	CodeUnavailable   Code = "unavailable"    // the ledger or the policy cannot be used now
)

// Error is an error with a code.
type Error struct {
	Code Code
	// Detail explains the code in logs. It contains no secret.
	Detail string
	// Order is the order that caused the error, if any.
	Order *Order
	// Expiry is the current expiry of the server, if the hours were to follow from it:
	// with CodeRunsLonger and CodeBadHours; with CodeLeaseOver, the one that is known now.
	// Otherwise it is zero.
	Expiry time.Time
	// MaxHours is the most that an order of the person may buy, with CodeBadHours.
	MaxHours Hours
	// MayBeSent is set with CodeTampered if the order may have been sent, whatever its
	// state is.
	MayBeSent bool
	// Rules are the rules of the policy that the error is about, if any.
	Rules []RuleState
	// Limit is the limit that stops the order, with CodeOverLimit.
	Limit *LimitState
	// Near lists similar names, most similar first.
	Near []string
	// Err is the cause, if any.
	Err error
}

// Error returns code, detail and cause.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Order != nil {
		s += fmt.Sprintf(" (order %s is %s)", e.Order.ID, e.Order.State)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of err: "" for nil, CodeInternal if it has no code.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// Later is not a failure: there is nothing to do yet, and the call is to be
// repeated at At.
type Later struct{ At time.Time }

// Error returns the time of the next call as text.
func (l *Later) Error() string { return "not before " + l.At.UTC().Format(time.RFC3339) }
