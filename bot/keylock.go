package bot

import (
	"context"
	"sync"

	"extendbot/order"
)

// locks makes sure that one order is tended by one goroutine of this process
// at a time.
type locks struct {
	mu sync.Mutex
	by map[order.ID]*lock
}

type lock struct {
	held  chan struct{} // holds one element while somebody has the lock
	users int           // who has it or waits for it
}

// lock waits for the order's lock and returns what gives it back.
func (l *locks) lock(ctx context.Context, id order.ID) (unlock func(), err error) {
	l.mu.Lock()
	k := l.by[id]
	if k == nil {
		k = &lock{held: make(chan struct{}, 1)}
		l.by[id] = k
	}
	k.users++
	l.mu.Unlock()

	select {
	case k.held <- struct{}{}:
		return func() {
			<-k.held
			l.leave(id, k)
		}, nil
	case <-ctx.Done():
		l.leave(id, k)
		return nil, context.Cause(ctx)
	}
}

func (l *locks) leave(id order.ID, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.by, id)
	}
}
