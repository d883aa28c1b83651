package ledger

import (
	"context"
	"slices"
	"sync"
)

// maxBatch bounds how many writes share one transaction, and so how long the
// first of them waits for the last.
const maxBatch = 64

// batcher lets writes that arrive while another commit is on its way share the
// next one. There is no goroutine behind it: the first to arrive leads, and
// hands the lead to whoever waits longest when its own batch is done.
type batcher struct {
	commit func(batch []*queuedWrite) // sets err of each, must not panic

	mu    sync.Mutex
	queue []*queuedWrite
	busy  bool
}

// pending is a write that waits for its commit.
type queuedWrite struct {
	ctx     context.Context //nolint:containedctx // it travels to the batch's leader
	durable bool
	write   write
	err     error
	done    chan struct{}
	lead    chan struct{}
}

// do returns when w was committed or failed, or when ctx ends first. A write
// whose caller has given up is left out if no commit has begun with it; the
// caller cannot know which it was.
func (b *batcher) do(ctx context.Context, durable bool, w write) error {
	p := &queuedWrite{ctx: ctx, durable: durable, write: w, done: make(chan struct{}), lead: make(chan struct{})}
	b.mu.Lock()
	b.queue = append(b.queue, p)
	leads := !b.busy
	b.busy = true
	b.mu.Unlock()

	if !leads {
		select {
		case <-p.done:
			return p.err
		case <-p.lead:
		case <-ctx.Done():
			return b.giveUp(ctx, p)
		}
	}
	b.runBatch()
	<-p.done
	return p.err
}

// giveUp takes a write back whose caller does not wait any longer. If it was
// just handed the lead, it has to lead all the same, for the others.
func (b *batcher) giveUp(ctx context.Context, p *queuedWrite) error {
	b.mu.Lock()
	select {
	case <-p.lead:
		b.mu.Unlock()
		b.runBatch()
	default:
		b.queue = slices.DeleteFunc(b.queue, func(other *queuedWrite) bool { return other == p })
		b.mu.Unlock()
	}
	return context.Cause(ctx)
}

// runBatch commits what waits and passes the lead on.
func (b *batcher) runBatch() {
	b.mu.Lock()
	n := min(len(b.queue), maxBatch)
	batch := b.queue[:n:n]
	b.queue = b.queue[n:]
	b.mu.Unlock()

	b.commit(batch)
	for _, p := range batch {
		close(p.done)
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		b.queue, b.busy = nil, false
		return
	}
	close(b.queue[0].lead)
}
