// Package waiters lets tests wait for something that happens in the simulated Slack,
// without polling. It does not know what happens.
package waiters

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"extendbot/internal/slacksim/socket"
)

// Set lets goroutines wait for the first value that they accept. The zero value
// has no waiters.
type Set[T any] struct {
	n   atomic.Int32 // the number of waiters, so that Notify is cheap without any
	mu  sync.Mutex
	set map[*waiter[T]]struct{}
}

type waiter[T any] struct {
	mu    sync.Mutex // Notify and Wait may call match at the same time
	match func(T) bool
	got   chan T
}

func (w *waiter[T]) try(v T) bool {
	w.mu.Lock()
	ok := w.match(v)
	w.mu.Unlock()
	if ok {
		select {
		case w.got <- v:
		default: // it already has one
		}
	}
	return ok
}

// Notify passes a new value to all waiters.
func (ws *Set[T]) Notify(v T) {
	if ws.n.Load() == 0 {
		return
	}
	ws.mu.Lock()
	all := make([]*waiter[T], 0, len(ws.set))
	for w := range ws.set {
		all = append(all, w)
	}
	ws.mu.Unlock()
	for _, w := range all {
		w.try(v)
	}
}

// Wait returns the first value that match accepts: a past one, or else one of
// the values passed to Notify from now on. It registers before it reads past, so
// that it misses no value. It fails with the cause of ctx, or with
// [socket.ErrClosed] when done is closed.
func (ws *Set[T]) Wait(ctx context.Context, done <-chan struct{}, past iter.Seq[T], match func(T) bool) (T, error) {
	w := &waiter[T]{match: match, got: make(chan T, 1)}
	ws.mu.Lock()
	if ws.set == nil {
		ws.set = make(map[*waiter[T]]struct{})
	}
	ws.set[w] = struct{}{}
	ws.n.Add(1)
	ws.mu.Unlock()
	defer func() {
		ws.mu.Lock()
		delete(ws.set, w)
		ws.n.Add(-1)
		ws.mu.Unlock()
	}()
	for v := range past {
		if w.try(v) {
			break
		}
	}
	select {
	case v := <-w.got:
		return v, nil
	default:
	}
	var none T
	select {
	case v := <-w.got:
		return v, nil
	case <-ctx.Done():
		return none, context.Cause(ctx)
	case <-done:
		return none, socket.ErrClosed
	}
}
