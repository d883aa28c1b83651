package bot

import (
	"context"
	"fmt"
	"time"

	"extendbot/order"
)

const (
	// maxBaselines limits how many baselines are recorded at once. If there is no
	// room, the baseline is recorded when due work reconciles the order, unless the
	// order is decided by then.
	maxBaselines = 16
	// baselineWait is how long a card waits for its order's baseline, so that the
	// baseline is recorded before anybody can click. If the host takes longer, the
	// card is posted without it.
	baselineWait = 250 * time.Millisecond
)

// baselines makes the Desk record what 0xhost lists before an order, in the
// background.
type baselines struct {
	cfg      *Config
	inflight *inflight
	slots    chan struct{} // one element for each baseline that is being recorded
}

func newBaselines(cfg *Config, running *inflight) *baselines {
	return &baselines{cfg: cfg, inflight: running, slots: make(chan struct{}, maxBaselines)}
}

// wait starts recording and waits for its end, at most baselineWait.
func (b *baselines) wait(ctx context.Context, id order.ID) {
	timer := time.NewTimer(baselineWait)
	defer timer.Stop()
	select {
	case <-b.record(id):
	case <-timer.C:
	case <-ctx.Done():
	}
}

// record starts recording. The returned channel is closed when recording ended
// or could not start.
func (b *baselines) record(id order.ID) <-chan struct{} {
	over := make(chan struct{})
	select {
	case b.slots <- struct{}{}:
	default:
		close(over)
		return over
	}
	free := func() {
		<-b.slots
		close(over)
	}
	if !b.inflight.run(func() { defer free(); b.recordNow(id) }) {
		free()
	}
	return over
}

func (b *baselines) recordNow(id order.ID) {
	log := b.cfg.Log.WithField(fieldOrder, id)
	defer func() {
		if p := recover(); p != nil {
			b.cfg.Meter.Panicked()
			log.WithField("panic", fmt.Sprintf("%T", p)).Error("recording a baseline panicked")
		}
	}()
	err := b.cfg.Desk.RecordBaseline(b.inflight.optional, id)
	if err != nil && b.inflight.optional.Err() == nil {
		log.WithField(fieldError, err).
			Warn("the baseline could not be recorded; if the answer to this order is lost, a person has to settle it")
	}
}
