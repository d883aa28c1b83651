package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"extendbot/order"
)

const (
	// repaintEvery is how often this process looks after the cards that it may
	// have painted over, and repaintPause how long it leaves one alone after a
	// try that failed.
	repaintEvery = time.Second
	repaintPause = 5 * time.Second
	// maxPaints bounds the memory. One is remembered for as long as a call of
	// Slack takes, or fails.
	maxPaints = 10_000
)

// paints remembers which cards this process wrote and has not compared with
// the ledger since. If the order moved on in the meantime, another process may
// have shown and noted the newer version first, and this one has painted over
// it: nobody else can know.
type paints struct {
	mu sync.Mutex
	by map[order.ID]paint
}

type paint struct {
	version int       // that the card may show
	again   time.Time // when to look after it; zero while somebody does
}

// begin remembers that the card is about to show a version: what is sent may
// arrive although the call fails.
func (p *paints) begin(id order.ID, version int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.by[id]; ok || len(p.by) < maxPaints {
		p.by[id] = paint{version: version}
	}
}

// over says whether the card may show an older version than this one because
// of this process.
func (p *paints) over(id order.ID, version int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	wrote, ok := p.by[id]
	return ok && wrote.version < version
}

// drop forgets a card that shows what it should.
func (p *paints) drop(id order.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.by, id)
}

// leave gives up a card for now, if it is still remembered.
func (p *paints) leave(id order.ID, again time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left, ok := p.by[id]; ok {
		left.again = again
		p.by[id] = left
	}
}

// due lists the cards that were left and want to be looked after now.
func (p *paints) due(now time.Time) []order.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []order.ID
	for id, left := range p.by {
		if !left.again.IsZero() && !now.Before(left.again) {
			ids = append(ids, id)
		}
	}
	return ids
}

// repaint brings cards that this process painted over up to date, until ctx
// ends. Due work is not enough: another process may do it, and to that one the
// card looks as it should.
func (a *App) repaint(ctx context.Context) {
	tick := time.NewTicker(repaintEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, id := range a.paints.due(a.cfg.Now()) {
			if err := a.mend(ctx, id); err != nil {
				a.log.WithField(fieldOrder, id).WithField(fieldError, err).Debug("a card that may have been painted over waits")
			}
		}
	}
}

// mend shows a card again that was painted over. One that is behind in the
// ledger too is left to due work, and looked after when that was there.
func (a *App) mend(ctx context.Context, id order.ID) error {
	o, err := a.cfg.Orders.Order(ctx, id)
	if err != nil || o.CardDue() {
		a.paints.leave(id, a.cfg.Now().Add(repaintPause))
		return err
	}
	_, err = a.bring(ctx, id)
	return err
}

// again is when to look after a card whose tending ended with err.
func (a *App) again(err error) time.Time {
	if later, ok := errors.AsType[*order.Later](err); ok {
		return later.At
	}
	return a.cfg.Now().Add(repaintPause)
}
