package slacksim

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
)

// waiters lets goroutines wait for the first value that they accept, without
// polling.
type waiters[T any] struct {
	n   atomic.Int32 // the number of waiters, so that notify is cheap without any
	mu  sync.Mutex
	set map[*waiter[T]]struct{}
}

type waiter[T any] struct {
	mu    sync.Mutex // notify and wait may call match at the same time
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

// notify passes a new value to all waiters.
func (ws *waiters[T]) notify(v T) {
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

// wait returns the first value that match accepts: a past one, or else one of
// the values passed to notify from now on. It registers before it reads past, so
// that it misses no value.
func (ws *waiters[T]) wait(ctx context.Context, done <-chan struct{}, past iter.Seq[T], match func(T) bool) (T, error) {
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
		return none, ErrClosed
	}
}
