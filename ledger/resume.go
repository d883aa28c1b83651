package ledger

import (
	"context"
	"fmt"
	"sync"
)

// resumer makes River's jobs available that would otherwise wait: those that a
// process had begun when it died, which River repeats only when no process can
// still be doing them (rescueAfter), and those whose time has come, which wait
// for River's leader. If that died, there is another one after 20 seconds.
type resumer struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// River's jobs have no other process than the one that began them last.
const resumeJobs = "UPDATE river_job SET state = 'available' WHERE id IN (SELECT id FROM river_job" +
	" WHERE state IN ('scheduled', 'retryable') AND scheduled_at < now()" +
	" OR state = 'running' AND attempted_by[cardinality(attempted_by)] IN (%s)" +
	" ORDER BY scheduled_at LIMIT 1000 FOR UPDATE SKIP LOCKED)"

func startResumer(ctx context.Context, c Config, e *pgEngine) *resumer {
	ctx, cancel := context.WithCancel(ctx)
	r := &resumer{cancel: cancel}
	query := fmt.Sprintf(resumeJobs, fmt.Sprintf(selectDead, "$1"))
	r.done.Go(func() {
		c.searchOften(ctx, func(ctx context.Context) error {
			_, err := e.pool.Exec(ctx, query, c.ProcessID)
			return err
		})
	})
	return r
}

// stop ends the search and waits until it has ended.
func (r *resumer) stop() {
	r.cancel()
	r.done.Wait()
}
