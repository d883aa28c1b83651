package ledger

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What a connection is asked when it was idle, and how a peer that vanished
// without a word is noticed.
const (
	pgPingTime = 500 * time.Millisecond
	pgIdle     = 5 * time.Second
	pgProbe    = 2 * time.Second
	pgProbes   = 3
	// pgUnanswered is short, because a connection that is given up keeps its
	// place in the pool until it is closed.
	pgUnanswered = 4 * time.Second
	pgLockTime   = "2s" // of a migration
	syncParam    = "synchronous_commit"
	showSync     = "SHOW " + syncParam
	syncOn       = "SET " + syncParam + " = on"
	showDurable  = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'"
)

// pgBegin begins a transaction that waits for nobody's locks for longer than
// that. As a setting of the session it would also hold for River's maintenance,
// which may wait, and leaves half an index behind if it is not let.
func pgBegin(lock time.Duration) pgx.TxOptions {
	return pgx.TxOptions{BeginQuery: "begin; set local lock_timeout = " + strconv.FormatInt(lock.Milliseconds(), 10)}
}

// tune sets what the URL leaves open.
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

// insistOnSync makes commits of a connection wait for the disk, and for the
// standbys that the server wants to wait for, whatever is set for the database or
// the user. A commit that a crash takes back would be an order that is sent twice.
func forceSync(ctx context.Context, conn *pgx.Conn) error {
	var level string
	if err := conn.QueryRow(ctx, showSync).Scan(&level); err != nil {
		return err
	}
	if level != "off" && level != "local" {
		return nil // the others are as good, or wait for more
	}
	_, err := conn.Exec(ctx, syncOn)
	return err
}

// compareSyncs warns of a server that loses commits in a crash, which no
// connection can change.
func (e *pgEngine) warnIfCommitsCanBeLost(ctx context.Context) error {
	var durable bool
	if err := e.pool.QueryRow(ctx, showDurable).Scan(&durable); err != nil {
		return err
	}
	if !durable {
		e.config.Log.Warn("fsync or full_page_writes is off in the database: a crash of its machine can lose that an order was sent, and it would be sent again: switch them on")
	}
	return nil
}
