package bot

import (
	"context"
	"sync"
	"time"
)

// inflight is the work that is running, and what ends it. It accepts no work
// after it was closed.
type inflight struct {
	// ctx is the context of all work. It ends last.
	ctx context.Context //nolint:containedctx // it is the life of the bot
	// optional is the context of work that may stay undone. It ends when the bot
	// begins to stop.
	optional context.Context //nolint:containedctx // likewise
	// stopping is closed when the bot begins to stop: no call waits any longer.
	stopping chan struct{}

	cancel, cancelOptional context.CancelFunc

	mu      sync.Mutex
	running int
	closed  bool
	idle    chan struct{} // closed when no work is accepted and none runs
}

func newInflight() *inflight {
	i := &inflight{stopping: make(chan struct{}), idle: make(chan struct{})}
	i.ctx, i.cancel = context.WithCancel(context.Background())
	i.optional, i.cancelOptional = context.WithCancel(i.ctx)
	return i
}

// run runs f in a goroutine. It returns false, and does nothing, if no work is
// accepted any more.
func (i *inflight) run(f func()) bool {
	i.mu.Lock()
	if i.closed {
		i.mu.Unlock()
		return false
	}
	i.running++
	i.mu.Unlock()
	go func() {
		defer i.ended()
		f()
	}()
	return true
}

func (i *inflight) ended() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.running--; i.closed && i.running == 0 {
		close(i.idle)
	}
}

// close accepts no more work. Work that runs goes on, without the pauses.
func (i *inflight) close() {
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
func (i *inflight) wait(d time.Duration) int {
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

// stop accepts no more work, lets running work finish, cuts off what does not
// finish, and then waits for flush, which takes reserve at most, all within
// timeout. It returns how much work is left.
func (i *inflight) stop(timeout, reserve time.Duration, flush func()) (left int) {
	began := time.Now()
	i.close()
	// The last tenth is for cutting off, and for the flush.
	if left = i.wait(timeout * 9 / 10); left > 0 {
		i.cancel()
		left = i.wait(max(0, timeout-time.Since(began)-reserve))
	}
	flush()
	i.cancel()
	return left
}

// end ends the contexts of all work. Ending twice is harmless.
func (i *inflight) end() {
	i.cancel()
	i.cancelOptional()
}

// sleep waits for d or the end of ctx, and then returns its cause.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
