package ledger

import (
	"context"
	"errors"
	"time"
)

// pgStartPause is how often a step of the start is tried.
const pgStartPause = 500 * time.Millisecond

// patiently takes one step of the start. If serve, a step that fails for a
// reason that passes is taken again: a supervisor that restarts the program
// would do the same, but ever more slowly.
func (e *pgEngine) retryStart(ctx context.Context, serve bool, step func(ctx context.Context) error) error {
	deadline := time.NewTimer(e.config.StartWait)
	defer deadline.Stop()
	for said := false; ; said = true {
		err := step(ctx)
		if err == nil || !serve || !transient(err) {
			return err
		}
		if !said {
			e.config.Log.WithError(withPGHint(err)).Warn("the database cannot be used yet, the start waits for it")
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-deadline.C:
			return err
		case <-time.After(pgStartPause):
		}
	}
}
