package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// stopTimeout is how long the program takes to stop, whatever hangs. All
	// parts share it.
	stopTimeout = 9 * time.Second
	// closeTimeout is what of it is kept for after the work that runs: to cut
	// that off, and to give back the listening port and the ledger.
	closeTimeout = 1500 * time.Millisecond
	// drainTimeout is how long work that runs has to end. What does not is cut
	// off, and found again at the next start.
	drainTimeout = stopTimeout - closeTimeout
	// leastTimeout is what a part has to close however late it is.
	leastTimeout = closeTimeout / 3
)

// stop is the end of a service.
type stop struct {
	once sync.Once
	by   time.Time
}

// begin begins the stop, if nobody did before, and says when it has to be over.
func (s *stop) begin() time.Time {
	s.once.Do(func() { s.by = time.Now().Add(stopTimeout) })
	return s.by
}

// draining bounds the wait for work that runs.
func (s *stop) draining() (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.Background(), s.begin().Add(-closeTimeout))
}

// closing bounds the wait for a part that is closed, so that something is left
// for the next one.
func (s *stop) closing() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), max(time.Until(s.begin())/2, leastTimeout))
}

var errStillClosing = errors.New("it could not be closed in time")

// within waits for f until ctx ends. Then f is left behind, for the end of the
// process.
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
