package order

import (
	"fmt"
	"time"
)

// Verdict says what an attempt to place an order means for the money. The zero
// value is UnknownOutcome: an attempt without a verdict is not a failure.
type Verdict int

// The verdicts. Only the adapter that made the call can decide which one
// applies.
const (
	UnknownOutcome Verdict = iota // the call may have gone through; never send it again
	Done                          // it went through
	RefusedByHost                 // the host said no
	NeverSent                     // provably nothing was sent; it may be tried again
	Throttled                     // too many requests: it may have gone through all the same
)

// String returns the verdict's name in logs and metrics.
func (v Verdict) String() string {
	switch v {
	case Done:
		return "done"
	case RefusedByHost:
		return "refused"
	case NeverSent:
		return "never_sent"
	case Throttled:
		return "throttled"
	case UnknownOutcome:
		return "unknown"
	default:
		return fmt.Sprintf("verdict(%d)", int(v))
	}
}

// PlaceError is the error of a [Host] for an attempt that is not known to be
// done, with its verdict.
type PlaceError struct {
	Verdict Verdict
	// Reason is what happened, as a text for people. It may quote the host and
	// contains no secret.
	Reason string
	// RetryAfter is how long the host asked to wait after NeverSent or Throttled, or
	// 0.
	RetryAfter time.Duration
	// Err is the cause, or nil if the host itself refused.
	Err error
}

// Error returns the verdict, the reason and the cause.
func (e *PlaceError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Verdict, e.Reason)
	}
	return fmt.Sprintf("%s: %s: %v", e.Verdict, e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *PlaceError) Unwrap() error { return e.Err }
