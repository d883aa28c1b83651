package workqueue

import (
	"context"
	"sync"
	"time"
)

// Inflight is the running work. It accepts no work after it was closed.
type Inflight struct {
	ctx      context.Context //nolint:containedctx // it lives as long as the bot
	optional context.Context //nolint:containedctx // likewise
	stopping chan struct{}

	cancel, cancelOptional context.CancelFunc

	mu      sync.Mutex
	running int
	closed  bool
	idle    chan struct{} // closed when no work is accepted and none runs
}

// NewInflight returns an Inflight that accepts work. [Inflight.End] frees it.
func NewInflight() *Inflight {
	i := &Inflight{stopping: make(chan struct{}), idle: make(chan struct{})}
	i.ctx, i.cancel = context.WithCancel(context.Background())
	i.optional, i.cancelOptional = context.WithCancel(i.ctx)
	return i
}

// Context returns the context of all work. It ends last.
func (i *Inflight) Context() context.Context { return i.ctx }

// Optional returns the context of work that may be left undone. It ends when the bot
// begins to stop.
func (i *Inflight) Optional() context.Context { return i.optional }

// Stopping is closed when the bot begins to stop. From then on, no call waits.
func (i *Inflight) Stopping() <-chan struct{} { return i.stopping }

// Run runs f in a goroutine. If no more work is accepted, it does nothing and
// returns false.
func (i *Inflight) Run(f func()) bool {
	i.mu.Lock()
	if i.closed {
		i.mu.Unlock()
		return false
	}
	i.running++
	i.mu.Unlock()
	go func() {
		defer i.done()
		f()
	}()
	return true
}

// begin counts work that was accepted earlier, or that follows from running
// work. It must be followed by done. It returns false if all work has ended and
// the bot stops.
func (i *Inflight) begin() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed && i.running == 0 {
		return false
	}
	i.running++
	return true
}

// done ends what begin began.
func (i *Inflight) done() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.running--; i.closed && i.running == 0 {
		close(i.idle)
	}
}

// Close accepts no more work. Running work continues, without pauses.
func (i *Inflight) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return
	}
	i.closed = true
	i.cancelOptional()
	close(i.stopping)
	if i.running == 0 {
		close(i.idle)
	}
}

// wait waits until all work has ended, for at most d, and returns how much has
// not. inflight must be closed.
func (i *Inflight) wait(d time.Duration) int {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-i.idle:
		return 0
	case <-timer.C:
		i.mu.Lock()
		defer i.mu.Unlock()
		return i.running
	}
}

// Stop accepts no more work, lets running work finish, cancels what does not
// finish, and then calls flush, which takes at most reserve. All of that takes
// at most timeout. It returns how much work is left.
func (i *Inflight) Stop(timeout, reserve time.Duration, flush func()) (left int) {
	began := time.Now()
	i.Close()
	// The last tenth is for canceling, and for the flush.
	if left = i.wait(timeout * 9 / 10); left > 0 {
		i.cancel()
		left = i.wait(max(0, timeout-time.Since(began)-reserve))
	}
	flush()
	i.cancel()
	return left
}

// ended reports whether all work has ended and the bot stops.
func (i *Inflight) ended() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.closed && i.running == 0
}

// End accepts no more work and ends the contexts of all work. It may be called
// twice.
func (i *Inflight) End() {
	i.Close()
	i.cancel()
	i.cancelOptional()
}
