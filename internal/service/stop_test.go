package service

import (
	"context"
	"errors"
	"testing"
	"time"
)

// within does not wait for a part that does not close in time.
func TestWithin_Timeout(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	defer close(hold)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := within(ctx, func() error { <-hold; return nil })
	if !errors.Is(err, errStillClosing) {
		t.Errorf("it ended with %v", err)
	}
	closed := errors.New("closed")
	if err := within(t.Context(), func() error { return closed }); !errors.Is(err, closed) {
		t.Errorf("it ended with %v", err)
	}
}
