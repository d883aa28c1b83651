// Package groupcommit lets writes that arrive during a commit share the next one,
// because a disk sync takes as long for one write as for many.
//
// It does not know what a write is, nor how a batch is committed.
package groupcommit

import (
	"context"
	"errors"
	"sync"
)

// maxBatch limits how many writes share one transaction, and so how long the
// first of them waits for the last.
const maxBatch = 64

// Batcher commits writes of type W, one batch after the other.
type Batcher[W any] struct {
	commit func(batch []*Write[W])
	queue  chan *Write[W]
	stop   chan struct{}
	once   sync.Once // closes stop
	ended  chan struct{}
}

// Write is a write that waits for its commit.
type Write[W any] struct {
	Durable bool // whether its commit has to reach the disk
	Write   W
	GaveUp  func() error // returns why its caller no longer waits; nil if it still does
	Err     error        // the result; set by the commit
	done    chan struct{}
}

var errClosed = errors.New("the ledger is closed")

// New starts a Batcher; [Batcher.Close] ends it. commit sets the Err of each write.
func New[W any](commit func(batch []*Write[W])) *Batcher[W] {
	b := &Batcher[W]{commit: commit, queue: make(chan *Write[W]), stop: make(chan struct{}), ended: make(chan struct{})}
	go b.run()
	return b
}

// Do returns when w was committed or failed, or when ctx ends. A write whose
// caller has given up is left out if its commit has not begun; the caller cannot
// know whether it was.
func (b *Batcher[W]) Do(ctx context.Context, durable bool, w W) error {
	p := &Write[W]{Durable: durable, Write: w, GaveUp: func() error { return context.Cause(ctx) }, done: make(chan struct{})}
	select {
	case b.queue <- p:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-b.stop:
		return errClosed
	}
	select {
	case <-p.done:
		return p.Err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run commits waiting writes until the Batcher is closed.
func (b *Batcher[W]) run() {
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
func (b *Batcher[W]) fill(first *Write[W]) []*Write[W] {
	batch := []*Write[W]{first}
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

// Close ends the Batcher after the current commit. It may be called twice.
func (b *Batcher[W]) Close() {
	b.once.Do(func() { close(b.stop) })
	<-b.ended
}
