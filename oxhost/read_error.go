package oxhost

import (
	"fmt"
	"net/http"
	"time"
)

// ReadError is the error of a call that only reads. Such a call may be repeated.
type ReadError struct {
	// Op is the call: "info_user" or "list_order".
	Op string
	// Status is the HTTP status if it was not 2xx, otherwise 0.
	Status int
	// Message is the message of 0xhost, cleaned and cut for people to read; "" if
	// there was none.
	Message string
	// RetryAfter is how long 0xhost asked to wait before the next call; 0 if it
	// did not ask.
	RetryAfter time.Duration
	// Err is the cause; nil if 0xhost answered that it refuses.
	Err error
}

// Error returns which call failed and why. It contains no secret and no query.
func (e *ReadError) Error() string {
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

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }
