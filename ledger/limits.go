package ledger

import "time"

// limits bound how long a change waits for a database that does not answer.
type limits struct {
	// lock is for what somebody else keeps locked. An ack waits for it, and
	// Slack waits three seconds for the ack.
	lock time.Duration
	// write is for one write on PostgreSQL with all its tries. Whoever has an
	// answer to give sooner says so by the context.
	write time.Duration
}

var defaultLimits = limits{lock: 2 * time.Second, write: 5 * time.Second}
