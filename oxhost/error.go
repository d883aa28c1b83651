package oxhost

import (
	"fmt"
	"net/http"
	"time"
)

// Error is the error of a call that only reads. Such a call may be repeated.
type Error struct {
	// Op is the call: "info_user" or "list_order".
	Op string
	// Status is the HTTP status, 0 if there was none.
	Status int
	// Message is what 0xhost said, cleaned and cut; "" if it said nothing.
	Message string
	// RetryAfter is how long 0xhost wants to be left alone; 0 if it did not say.
	RetryAfter time.Duration
	// Err is the cause; nil if 0xhost itself said no.
	Err error
}

// Error says which call failed and why; it holds no secret and no query.
func (e *Error) Error() string {
	text := "0xhost: " + e.Op
	if e.Status != 0 {
		text += fmt.Sprintf(": HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
