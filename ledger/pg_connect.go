package ledger

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How an idle connection is checked, and how a vanished peer is detected.
const (
	pgConnectTime = 5 * time.Second
	pgPingTime    = 500 * time.Millisecond
	pgIdle        = 5 * time.Second
	pgProbe       = 2 * time.Second
	pgProbes      = 3
	// pgUnanswered is short because an abandoned connection occupies its place in
	// the pool until it is closed.
	pgUnanswered = 4 * time.Second
	// maxSkew is how much the clocks of two machines may differ before a warning is
	// logged. Leases of orders tolerate much more.
	maxSkew     = 2 * time.Second
	pgLockTime  = "2s" // for migrations
	showSync    = "SHOW synchronous_commit"
	showClock   = "SELECT clock_timestamp()"
	syncOn      = "SET synchronous_commit = on"
	showDurable = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'"
)

// pgSession are the settings of each connection. A process that was frozen in a
// transaction must not block the others with its locks.
var pgSession = map[string]string{
	"application_name":                    "extendbot",
	"idle_in_transaction_session_timeout": "5000",
}

// configurePool sets what the URL does not set.
func configurePool(config *pgxpool.Config) {
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = pgConnectTime
	}
	for name, value := range pgSession {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	config.ConnConfig.DialFunc = (&net.Dialer{
		Timeout:         config.ConnConfig.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: pgIdle, Interval: pgProbe, Count: pgProbes},
		Control:         unansweredSocket(pgUnanswered),
	}).DialContext

	config.PingTimeout = pgPingTime
	config.AfterConnect = forceSync
}

// forceSync makes commits on a connection wait for the disk, and for the
// standbys that the server waits for, whatever is configured for the database or
// the user. If a crash undid a commit, an order could be sent twice.
func forceSync(ctx context.Context, conn *pgx.Conn) error {
	var level string
	if err := conn.QueryRow(ctx, showSync).Scan(&level); err != nil {
		return err
	}
	if level != "off" && level != "local" {
		return nil // the other levels wait for as much or more
	}
	_, err := conn.Exec(ctx, syncOn)
	return err
}

// warnIfCommitsCanBeLost warns if the server loses commits in a crash. A
// connection cannot change these settings.
func (e *pgEngine) warnIfCommitsCanBeLost(ctx context.Context) error {
	var durable bool
	if err := e.pool.QueryRow(ctx, showDurable).Scan(&durable); err != nil {
		return err
	}
	if !durable {
		e.config.Log.Warn("fsync or full_page_writes is off in the database: after a crash of its machine the program may not know that an order was sent, and send it again: switch them on")
	}
	return nil
}

// pgStartPause is the pause between two tries of a step of the start.
const pgStartPause = 500 * time.Millisecond

// retryStart runs one step of the start. If serve, it repeats a step that fails
// for a transient reason. A supervisor that restarts the program would do the
// same, but with longer and longer pauses.
func (e *pgEngine) retryStart(ctx context.Context, serve bool, step func(ctx context.Context) error) error {
	deadline := time.NewTimer(e.config.StartWait)
	defer deadline.Stop()
	for logged := false; ; logged = true {
		err := step(ctx)
		if err == nil || !serve || !transient(err) {
			return err
		}
		if !logged {
			e.config.Log.WithError(withPGHint(err)).Warn("the database cannot be used yet; waiting for it")
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

// warnIfClocksDiffer warns if this machine's clock differs from the database's,
// and so from those of the other processes, which use their clocks to decide
// whether an owner may still be working.
func (e *pgEngine) warnIfClocksDiffer(ctx context.Context) error {
	var theirs time.Time
	asked := e.config.Now()
	if err := e.pool.QueryRow(ctx, showClock).Scan(&theirs); err != nil {
		return err
	}
	answered := e.config.Now()
	if skew := max(asked.Sub(theirs), theirs.Sub(answered)); skew > maxSkew {
		e.config.Log.WithField("skew", skew.Round(time.Millisecond).String()).
			Warn("the clocks of this machine and of the database's machine differ: synchronize both with a time server")
	}
	return nil
}
