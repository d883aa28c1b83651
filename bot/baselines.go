package bot

import (
	"context"
	"time"

	"extendbot/bot/workqueue"
	"extendbot/order"
)

const (
	// baselineSlots is how many baselines are recorded at once.
	baselineSlots = 16
	// baselineWait is how long a card waits for its order's baseline, so that the
	// baseline is recorded before anybody can click. If the host takes longer, the
	// card is posted without it.
	baselineWait = 250 * time.Millisecond
)

// baselines makes the Desk record what 0xhost lists before an order, in the
// background.
type baselines struct {
	cfg      *Config
	inflight *workqueue.Inflight
	queue    *workqueue.Queue
	// repriced is called when the list of an order changed what it is expected to cost.
	repriced func(context.Context, order.ID) error
}

func newBaselines(cfg *Config, running *workqueue.Inflight) *baselines {
	return &baselines{cfg: cfg, inflight: running, queue: workqueue.New(cfg.queue(), running, baselineSlots)}
}

// record starts recording, until it succeeds or the order is decided.
func (b *baselines) record(o order.Order) {
	b.queue.Add(workqueue.Work{Key: string(o.ID), Channel: o.Channel, Since: o.CreatedAt}, b.cfg.Now(), func(ctx context.Context, j *workqueue.Job) error {
		repriced, err := b.cfg.Desk.RecordBaseline(b.inflight.Optional(), o.ID)
		if repriced {
			return b.repriced(ctx, o.ID)
		}
		if err != nil && b.inflight.Optional().Err() == nil && j.Failures == 0 {
			b.cfg.Log.WithField(fieldOrder, o.ID).WithField(fieldError, err).
				Warn("the baseline could not be recorded yet; if the answer to this order is lost before it is, a person has to settle it")
		}
		return err
	})
}

// wait waits until the baseline of an order was recorded, but only until
// baselineWait after the request.
func (b *baselines) wait(ctx context.Context, o order.Order) {
	tried := b.queue.Tried(string(o.ID))
	if tried == nil {
		return
	}
	timer := time.NewTimer(o.CreatedAt.Add(baselineWait).Sub(b.cfg.Now()))
	defer timer.Stop()
	select {
	case <-tried:
	case <-timer.C:
	case <-ctx.Done():
	}
}
