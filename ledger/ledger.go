package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/ledger/dburl"
	"extendbot/ledger/duework"
	"extendbot/ledger/mac"
	"extendbot/ledger/migrations"
	"extendbot/ledger/postgres"
	"extendbot/ledger/sqlitefile"
	"extendbot/order"
)

// Handler does one piece of due work for an order. It returns nil if the work is
// done, [*order.Later] if there is nothing to do yet, and any other error if it
// has to be tried again.
type Handler = duework.Handler

// Config configures a ledger.
type Config struct {
	// URL is "sqlite:" and a path, or a "postgres://…" URL for libpq.
	// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
	URL string
	// Serve opens the ledger for a process that works on it, and creates and
	// migrates the tables. On SQLite there can be one such process; a second one
	// gets [ErrInUse]. On PostgreSQL several processes share the work. A ledger
	// that was moved cannot be served ([ErrMoved]). Without Serve, the ledger can
	// be read and single orders can be changed while other processes serve it; it
	// has to exist and be up to date ([ErrNoDatabase], [ErrOlderSchema]).
	Serve bool
	// Keys authenticate the history. Create and Change need one, and so does Open
	// with Serve ([ErrNoKey]). Without keys a ledger can be read, and Verify says which
	// it would need.
	Keys mac.Keys
	// ProcessID identifies this process among all that ever served the ledger. On
	// PostgreSQL, other processes take over its orders within ten seconds of its
	// death. Empty: the others take over an order only when the time for which this
	// process owns it has passed, and this process considers none of them dead.
	ProcessID string
	// Log is where the queue for due work logs. nil: it does not log.
	Log logrus.FieldLogger
	// Now is the clock, which should never go back; nil: time.Now.
	Now func() time.Time
	// QueueNow is the clock of the queue for due work; nil: those of the package time
	// and of the database.
	QueueNow func() time.Time
	// Workers is how many pieces of due work run at once; 0: 16.
	Workers int
	// PollEvery is how often to look for due work; 0: 500 ms. PostgreSQL sends
	// notifications and is polled at most once a second.
	PollEvery time.Duration
	// StartWait is how long Open with Serve, and Work, wait for a PostgreSQL that
	// is still starting, or failing over to another machine; 0: 30 s.
	StartWait time.Duration
	// LockWait is how long a write waits for a lock, and for its turn on SQLite; 0:
	// 2 s. Acks wait for writes, and Slack waits three seconds for an ack.
	LockWait time.Duration
	// WriteWait limits one write on PostgreSQL with all its tries; 0: 5 s. The
	// context may end it earlier.
	WriteWait time.Duration

	// keepSchema, with Serve, opens the ledger without changing its tables. They
	// have to exist and be up to date.
	keepSchema bool
	// unsealed, with Serve, needs no key and makes no seal, for either end of a move:
	// the seal of the destination comes from the source.
	unsealed bool
	// Not settings; tests use shorter ones.
	readWait        time.Duration    // limits the wait for the first row on PostgreSQL, all tries together
	commitCheckTime time.Duration    // how long to look for a lost commit: as long as the server may take to restart
	closeWait       time.Duration    // how long closing waits for a PostgreSQL that does not answer
	maxLog          int64            // on SQLite: the size to which the write-ahead log is cut, and above which it is reported, in bytes
	wall            func() time.Time // the machine's clock, which can be set back; nil: time.Now
	lookEvery       time.Duration    // how often to look whether a clock was set back
	searchEvery     time.Duration    // the longest pause between two searches for what dead processes left
}

// withDefaults fills in the fields that are zero.
func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.wall == nil {
		c.wall = time.Now
	}
	if c.Log == nil {
		c.Log = discardLog()
	}
	if c.Workers == 0 {
		c.Workers = 16
	}
	for _, d := range []struct {
		of  *time.Duration
		def time.Duration
	}{
		{&c.PollEvery, 500 * time.Millisecond},
		{&c.StartWait, 30 * time.Second},
		{&c.LockWait, 2 * time.Second},
		{&c.WriteWait, 5 * time.Second},
		{&c.readWait, 10 * time.Second},
		{&c.commitCheckTime, 15 * time.Second},
		{&c.closeWait, 5 * time.Second},
		{&c.searchEvery, 1500 * time.Millisecond},
		{&c.lookEvery, 5 * time.Second},
	} {
		if *d.of == 0 {
			*d.of = d.def
		}
	}
	if c.maxLog == 0 {
		c.maxLog = 64 << 20
	}
	return c
}

// queue returns the configuration of the queue for due work.
func (c Config) queue() duework.Config {
	return duework.Config{Log: c.Log, Now: c.Now, QueueNow: c.QueueNow, ProcessID: c.ProcessID, Workers: c.Workers, PollEvery: c.PollEvery}
}

// discardLog returns a log that writes nothing.
func discardLog() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

// wallClock returns the machine's clock.
func (c Config) wallClock() *duework.Clock {
	return &duework.Clock{Read: func(context.Context) (time.Time, error) { return c.wall(), nil }}
}

// Ledger is an open ledger. It implements [order.Ledger] and [order.Baselines]
// and is safe for use by many goroutines. It has many methods because it has one
// for each query of the Desk, the bot and the command line.
type Ledger struct {
	db      engine
	now     func() time.Time
	config  Config
	watcher *duework.Watcher // nil while no work is done
	// unwritable is why this process can record nothing; nil if it can.
	unwritable error
}

var _ order.Ledger = (*Ledger)(nil)

// ErrNoKey reports that a ledger that is to be written has no key in its Config.
var ErrNoKey = errors.New("there is no key to authenticate what is recorded")

// ErrInUse reports that another process is serving this ledger.
var ErrInUse = errors.New("another extendbot is serving this database: stop it first; to run several, use PostgreSQL (DATABASE_URL=postgres://…)")

// ErrNoDatabase reports that there is no database.
var ErrNoDatabase = migrations.ErrNoDatabase

// ErrOlderSchema reports that the database has not been migrated.
var ErrOlderSchema = migrations.ErrOlderSchema

// errUnsealed reports that the history of earlier versions was not sealed.
var errUnsealed = fmt.Errorf("%w: its history is not sealed: run extendbot migrate, or serve", ErrOlderSchema)

// ErrNewerSchema reports that a newer version of the program migrated the
// database.
var ErrNewerSchema = migrations.ErrNewerSchema

// Open opens the ledger at c.URL. The error for a mistake in the URL is a
// [*dburl.Error].
func Open(ctx context.Context, c Config) (*Ledger, error) {
	c = c.withDefaults()
	if c.Serve && !c.unsealed && c.Keys.None() {
		return nil, ErrNoKey
	}
	db, err := openEngine(ctx, c)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db, now: c.Now, config: c}
	if err := l.prepare(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// prepare checks what Open promises, after the tables are up to date.
func (l *Ledger) prepare(ctx context.Context) error {
	c := l.config
	if c.Serve && !c.keepSchema {
		if err := l.mustNotBeMoved(ctx); err != nil {
			return err
		}
	}
	switch {
	case c.unsealed:
		return nil
	case !c.Serve && c.Keys.None():
		l.unwritable = ErrNoKey
		return nil
	}
	err := l.seal(ctx)
	if !c.Serve && errors.Is(err, errUnsealed) {
		l.unwritable = err
		return nil
	}
	return err
}

// Migrate creates the tables, or brings them up to date, without serving. Of c, it
// uses URL, Log, Now and Keys. Without keys, the first start seals the history of
// earlier versions.
func Migrate(ctx context.Context, c Config) error {
	c.Serve, c.unsealed = true, c.Keys.None()
	l, err := Open(ctx, c)
	if err != nil {
		return err
	}
	return l.Close()
}

func openEngine(ctx context.Context, c Config) (engine, error) {
	if dburl.IsPostgres(c.URL) {
		db, err := openPG(ctx, c.URL, c)
		if err != nil {
			return nil, onPostgres(err)
		}
		return db, nil
	}
	path, err := dburl.SQLitePath(c.URL)
	if err != nil {
		return nil, err
	}
	db, err := openSQLite(ctx, path, c)
	if err != nil {
		return nil, onSQLite(path, err)
	}
	return db, nil
}

// onPostgres describes why a ledger on PostgreSQL cannot be opened.
func onPostgres(err error) error {
	if wrong, ok := errors.AsType[*dburl.Error](err); ok {
		return wrong
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("open the ledger on PostgreSQL: %w", postgres.WithHint(err))
}

// onSQLite describes why a ledger on SQLite cannot be opened.
func onSQLite(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("open the ledger %s: %w", path, sqlitefile.AtOpen(path, err))
}

// Close closes the ledger. Call [Ledger.StopWork] first.
func (l *Ledger) Close() error { return l.db.close() }

// Ping returns nil if the ledger can be written. It commits a write, because a
// change that is rolled back would not reach the disk. Once the database was
// found to be damaged, Ping always fails. The [order.Error] that it returns
// contains no names or addresses in its Detail.
func (l *Ledger) Ping(ctx context.Context) error {
	return l.try(ctx, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, l.db.pingStatement())
		return nil, err
	})
}

// Check does the same as [Ledger.Ping], but writes nothing: it commits an empty
// transaction. So it does not notice a full disk.
func (l *Ledger) Check(ctx context.Context) error {
	return l.try(ctx, func(context.Context, tx) ([]job, error) { return nil, nil })
}

// try reports why a write cannot be committed, or that the database is damaged.
func (l *Ledger) try(ctx context.Context, w write) error {
	err := l.db.write(ctx, false, w)
	if err == nil {
		err = l.db.damage()
	}
	return l.db.wrap(err)
}
