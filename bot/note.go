package bot

import (
	"context"
	"fmt"
	"time"

	"extendbot/order"
)

const (
	// maxNotes bounds how many orders are noted at once. What finds no room is
	// noted when due work looks after its card, if nobody has decided by then.
	maxNotes = 16
	// noteHead is how long a card waits for the note of its order, so that it
	// is there before anybody can click. A host that takes longer is not
	// waited for.
	noteHead = 250 * time.Millisecond
)

// show posts the card of a new order, after a short wait for its note.
func (a *App) show(ctx context.Context, id order.ID) {
	head := time.NewTimer(noteHead)
	defer head.Stop()
	select {
	case <-a.note(id):
	case <-head.C:
	case <-ctx.Done():
	}
	a.reconcile(ctx, id)
}

// note lets the Desk note what 0xhost lists already, beside everything else.
// What it returns is closed when that is over or was not even begun.
func (a *App) note(id order.ID) <-chan struct{} {
	over := make(chan struct{})
	select {
	case a.notes <- struct{}{}:
	default:
		close(over)
		return over
	}
	leave := func() {
		<-a.notes
		close(over)
	}
	if !a.inflight.run(func() { defer leave(); a.noteNow(id) }) {
		leave()
	}
	return over
}

func (a *App) noteNow(id order.ID) {
	line := a.log.WithField(fieldOrder, id)
	defer func() {
		if p := recover(); p != nil {
			a.cfg.Meter.Panicked()
			line.WithField("panic", fmt.Sprintf("%T", p)).Error("noting an order panicked")
		}
	}()
	err := a.cfg.Desk.RecordBaseline(a.spare, id)
	if err != nil && a.spare.Err() == nil {
		line.WithField(fieldError, err).
			Warn("what 0xhost lists could not be noted; if the answer to this order is lost, a person has to settle it")
	}
}
