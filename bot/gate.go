package bot

import (
	"sync"
	"time"
)

// gate counts running work, and lets none in after it was closed.
type inflight struct {
	mu      sync.Mutex
	running int
	closed  bool
	idle    chan struct{} // closed when the gate is and nothing runs
}

func newGate() *inflight { return &inflight{idle: make(chan struct{})} }

// run runs f in a goroutine that [gate.wait] waits for. It says false, and
// does nothing, if the gate is closed.
func (g *inflight) run(f func()) bool {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return false
	}
	g.running++
	g.mu.Unlock()
	go func() {
		defer g.leave()
		f()
	}()
	return true
}

func (g *inflight) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running--; g.closed && g.running == 0 {
		close(g.idle)
	}
}

// close lets nothing in any more.
func (g *inflight) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	if g.closed = true; g.running == 0 {
		close(g.idle)
	}
}

// wait waits until all work has ended, for at most d, and gives how much of it
// has not. The gate must be closed.
func (g *inflight) wait(d time.Duration) int {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-g.idle:
		return 0
	case <-timer.C:
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.running
	}
}
