package slacksim

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
)

// waiters lets goroutines wait for the first value that they like. A value is
// offered once, by whoever made it; nobody polls.
type waiters[T any] struct {
	n   atomic.Int32 // so that an offer without waiters costs one load
	mu  sync.Mutex
	set map[*waiter[T]]struct{}
}

type waiter[T any] struct {
	mu    sync.Mutex // match may run for an offer and for the past at once
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
		default: // already has one
		}
	}
	return ok
}

func (ws *waiters[T]) offer(v T) {
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

// wait returns the first of past, else of what is offered from now on, that match
// accepts. It registers before it looks at the past, so nothing slips between.
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
