package ledger

import (
	"context"
	"errors"
	"sync"
)

// maxBatch limits how many writes share one transaction, and so how long the
// first of them waits for the last.
const maxBatch = 64

// batcher lets writes that arrive during a commit share the next one: a disk
// sync takes as long for one write as for many.
type batcher struct {
	commit func(batch []*queuedWrite) // sets err of each write
	queue  chan *queuedWrite
	stop   chan struct{}
	once   sync.Once // closes stop
	ended  chan struct{}
}

// queuedWrite is a write that waits for its commit.
type queuedWrite struct {
	durable bool
	write   write
	gaveUp  func() error // why its caller no longer waits; nil if it still does
	err     error
	done    chan struct{}
}

var errClosed = errors.New("the ledger is closed")

// newBatcher starts a batcher; close ends it.
func newBatcher(commit func(batch []*queuedWrite)) *batcher {
	b := &batcher{commit: commit, queue: make(chan *queuedWrite), stop: make(chan struct{}), ended: make(chan struct{})}
	go b.run()
	return b
}

// do returns when w was committed or failed, or when ctx ends. A write whose
// caller has given up is left out if its commit has not begun; the caller cannot
// know whether it was.
func (b *batcher) do(ctx context.Context, durable bool, w write) error {
	p := &queuedWrite{durable: durable, write: w, gaveUp: func() error { return context.Cause(ctx) }, done: make(chan struct{})}
	select {
	case b.queue <- p:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-b.stop:
		return errClosed
	}
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run commits waiting writes until the batcher is closed.
func (b *batcher) run() {
	defer close(b.ended)
	for {
		select {
		case first := <-b.queue:
			batch := b.fill(first)
			b.commit(batch)
			for _, p := range batch {
				close(p.done)
			}
		case <-b.stop:
			return
		}
	}
}

// fill returns a batch with first and the writes that are waiting now.
func (b *batcher) fill(first *queuedWrite) []*queuedWrite {
	batch := []*queuedWrite{first}
	for len(batch) < maxBatch {
		select {
		case p := <-b.queue:
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// close ends the batcher after the current commit. It may be called twice.
func (b *batcher) close() {
	b.once.Do(func() { close(b.stop) })
	<-b.ended
}
