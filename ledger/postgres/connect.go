package postgres

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/sirupsen/logrus"
)

// How an idle connection is checked, and how a vanished peer is detected.
const (
	connectTime = 5 * time.Second
	pingTime    = 500 * time.Millisecond
	idle        = 5 * time.Second
	probe       = 2 * time.Second
	probes      = 3
	// unanswered is short because an abandoned connection occupies its place in
	// the pool until it is closed.
	unanswered = 4 * time.Second
	// abandoned is short for the same reason.
	abandoned = 2 * time.Second
	// maxSkew is how much the clocks of two machines may differ before a warning is
	// logged. Leases of orders tolerate much more.
	maxSkew     = 2 * time.Second
	showSync    = "SHOW synchronous_commit"
	showClock   = "SELECT clock_timestamp()"
	syncOn      = "SET synchronous_commit = on"
	showDurable = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'"
)

// session are the settings of each connection. A process that was frozen in a
// transaction must not block the others with its locks.
var session = map[string]string{
	"application_name":                    "extendbot",
	"idle_in_transaction_session_timeout": "5000",
}

// Configure sets what the URL does not set.
func Configure(config *pgxpool.Config) {
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTime
	}
	for name, value := range session {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	dialer := &net.Dialer{
		Timeout:         config.ConnConfig.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: idle, Interval: probe, Count: probes},
		Control:         unansweredSocket(unanswered),
	}
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return conn{c}, nil
	}
	config.PingTimeout = pingTime
	config.AfterConnect = forceSync
}

// conn is a connection that pgx does not wait for once it has abandoned it. pgx reads what a
// silent server may still send, and ends that with a deadline of 15 seconds. It sets no
// other deadlines that are in the future.
type conn struct{ net.Conn }

// SetDeadline implements net.Conn.
func (c conn) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(abandoned); t.After(latest) {
		t = latest
	}
	return c.Conn.SetDeadline(t)
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

// WarnIfCommitsCanBeLost warns if the server loses commits in a crash. A
// connection cannot change these settings.
func WarnIfCommitsCanBeLost(ctx context.Context, pool *pgxpool.Pool, log logrus.FieldLogger) error {
	var durable bool
	if err := pool.QueryRow(ctx, showDurable).Scan(&durable); err != nil {
		return err
	}
	if !durable {
		log.Warn("fsync or full_page_writes is off in the database: after a crash of its machine the program may not know that an order was sent, and send it again: switch them on")
	}
	return nil
}

// startPause is the pause between two tries of a step of the start.
const startPause = 500 * time.Millisecond

// Retry runs one step of the start. For at most wait, it repeats a step that fails
// for a transient reason, which it logs once. A supervisor that restarts the program would do the
// same, but with longer and longer pauses.
func Retry(ctx context.Context, wait time.Duration, log logrus.FieldLogger, step func(ctx context.Context) error) error {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	for logged := false; ; logged = true {
		err := step(ctx)
		if err == nil || !Transient(err) {
			return err
		}
		if !logged {
			log.WithError(WithHint(err)).Warn("the database cannot be used yet; waiting for it")
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-deadline.C:
			return err
		case <-time.After(startPause):
		}
	}
}

// WarnIfClocksDiffer warns if this machine's clock differs from the database's,
// and so from those of the other processes, which use their clocks to decide
// whether an owner may still be working.
func WarnIfClocksDiffer(ctx context.Context, pool *pgxpool.Pool, now func() time.Time, log logrus.FieldLogger) error {
	asked := now()
	theirs, err := ServerClock(ctx, pool)
	if err != nil {
		return err
	}
	answered := now()
	if skew := max(asked.Sub(theirs), theirs.Sub(answered)); skew > maxSkew {
		log.WithField("skew", skew.Round(time.Millisecond).String()).
			Warn("the clocks of this machine and of the database's machine differ: synchronize both with a time server")
	}
	return nil
}

// ServerClock returns the time that the server's clock shows.
func ServerClock(ctx context.Context, pool *pgxpool.Pool) (shown time.Time, err error) {
	err = pool.QueryRow(ctx, showClock).Scan(&shown)
	return shown, err
}
