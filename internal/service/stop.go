package service

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// StopTimeout is how long the service may take to stop, even if something
	// hangs. All parts share it.
	StopTimeout = 9 * time.Second
	// closeTimeout is the part of it that is reserved for canceling running work
	// and for closing the listening port and the ledger.
	closeTimeout = 1500 * time.Millisecond
	// drainTimeout is how long running work may take to end. After that it is
	// canceled, and the next start finds it again.
	drainTimeout = StopTimeout - closeTimeout
	// minTimeout is how long a part has to close even if the time is used up.
	minTimeout = closeTimeout / 3
)

// stop is the deadline of a service that stops.
type stop struct {
	timeout time.Duration
	once    sync.Once
	at      time.Time
}

// begin starts the time at the first call, and returns when it ends.
func (s *stop) begin() time.Time {
	s.once.Do(func() { s.at = time.Now().Add(s.timeout) })
	return s.at
}

// draining limits the wait for running work.
func (s *stop) draining() (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.Background(), s.begin().Add(-closeTimeout))
}

// closing limits the wait for one part to half of the remaining time, so that
// the next part has some time too.
func (s *stop) closing() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), max(time.Until(s.begin())/2, minTimeout))
}

var errStillClosing = errors.New("it was not closed in time")

// within waits for f until ctx ends, and then returns errStillClosing. f keeps
// running until it returns or the process ends.
func within(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errStillClosing
	}
}
