package bot

import (
	"context"
	"sync"

	"extendbot/order"
)

// orderLocks allows one goroutine of this process at a time to reconcile an
// order. The zero value is ready for use.
type orderLocks struct {
	mu sync.Mutex
	by map[order.ID]*orderLock
}

type orderLock struct {
	held  chan struct{} // holds one element while the lock is taken
	users int           // goroutines that have it or wait for it
}

// lock waits for the order's lock and returns the function that releases it.
func (l *orderLocks) lock(ctx context.Context, id order.ID) (unlock func(), err error) {
	l.mu.Lock()
	k := l.by[id]
	if k == nil {
		k = &orderLock{held: make(chan struct{}, 1)}
		if l.by == nil {
			l.by = map[order.ID]*orderLock{}
		}
		l.by[id] = k
	}
	k.users++
	l.mu.Unlock()

	select {
	case k.held <- struct{}{}:
		return func() {
			<-k.held
			l.forget(id, k)
		}, nil
	case <-ctx.Done():
		l.forget(id, k)
		return nil, context.Cause(ctx)
	}
}

// forget drops a lock that nobody uses.
func (l *orderLocks) forget(id order.ID, k *orderLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.by, id)
	}
}
