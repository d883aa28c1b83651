package oxhost

import (
	"fmt"
	"net/http"
	"time"
)

// ReadError is the error of a read call. Such a call may be repeated.
type ReadError struct {
	// Op is the call: "info_user" or "list_order".
	Op string
	// Status is the HTTP status if it was not 2xx, otherwise 0.
	Status int
	// Message is 0xhost's message, cleaned and cut for people to read, or "".
	Message string
	// RetryAfter is how long 0xhost asked to wait before the next call, or 0.
	RetryAfter time.Duration
	// Err is the cause; nil if 0xhost itself refused.
	Err error
}

// Error says which call failed and why. It contains no secret and no query.
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
