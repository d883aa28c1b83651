package order

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of trouble an [Error] is. Adapters turn codes into words
// for people in one place.
type Code string

// The codes.
const (
	CodeInternal      Code = "internal"       // anything that has no code of its own
	CodeStranger      Code = "stranger"       // the person is not on the allowlist
	CodeNotYours      Code = "not_yours"      // the person may not decide this order
	CodeNotAdmin      Code = "not_admin"      // the person may not settle unknown outcomes
	CodeUnknownServer Code = "unknown_server" // no such server, or not for this person
	CodeBadHours      Code = "bad_hours"      // not a whole number from 1 to the limit
	CodeServerHeld    Code = "server_held"    // another order of that server has no known outcome yet
	CodeDuplicate     Code = "duplicate"      // this request was recorded before
	CodeDecided       Code = "decided"        // too late: the order is no longer pending
	CodeNotFound      Code = "not_found"      // no such order
	CodeClaimed       Code = "claimed"        // the host's order belongs to another order
	CodeConflict      Code = "conflict"       // somebody else changed the order in between
	CodeIllegal       Code = "illegal"        // a step that the state table does not have
	CodeUnavailable   Code = "unavailable"    // the ledger or the policy cannot be used now
)

// Error is an error with a code.
type Error struct {
	Code Code
	// Detail adds to the code for whoever reads logs; it holds no secret.
	Detail string
	// Order is the order that stands in the way, if one does.
	Order *Order
	// Near lists what was probably meant, nearest first.
	Near []string
	// Err is the cause, if there is one.
	Err error
}

// Error gives code, detail and cause.
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

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf gives the code of err: "" for nil, CodeInternal if it has none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// Later is no failure: due work that has nothing to do yet, and wants to be
// asked again at At.
type Later struct{ At time.Time }

// Error says when to ask again.
func (l *Later) Error() string { return "not before " + l.At.UTC().Format(time.RFC3339) }
