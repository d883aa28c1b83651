package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/order"
)

// Handler does one piece of due work for an order. It returns nil if the work is
// done, [*order.Later] if there is nothing to do yet, and any other error if it
// has to be tried again.
type Handler func(ctx context.Context, id order.ID) error

// Config says how to open a ledger.
type Config struct {
	// URL is "sqlite:" and a path, or "postgres://…" as libpq takes it.
	// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
	URL string
	// Serve opens the ledger for a process that works on it, creates the tables
	// and brings them up to date. On SQLite there can be one such process, a
	// second one gets [ErrInUse]; on PostgreSQL they share the work. A ledger that
	// was moved cannot be served from ([ErrMoved]). Without Serve the ledger can
	// be read, and single orders can be changed, beside serving processes; it has
	// to exist and be up to date ([ErrNoDatabase], [ErrOlderSchema]).
	Serve bool
	// Log is where the queue behind the due work logs; nil: nowhere.
	Log logrus.FieldLogger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Workers is how many pieces of due work run at once; 0: 16.
	Workers int
	// PollEvery is how often due work is looked for; 0: 500 ms. PostgreSQL sends
	// notifications, and is asked at most once a second.
	PollEvery time.Duration
	// StartWait is how long Open with Serve, and Work, wait for a PostgreSQL
	// that is starting too, or failing over to another machine; 0: 30 s.
	StartWait time.Duration
	// LockWait is how long a write waits for a lock, and for its turn on SQLite;
	// 0: 2 s. An ack waits for it, and Slack waits three seconds for the ack.
	LockWait time.Duration
	// WriteWait bounds one write on PostgreSQL with all its tries; 0: 5 s. The
	// context may end it sooner.
	WriteWait time.Duration

	// keepSchema, with Serve, takes the ledger and does not change its tables:
	// they have to exist and be up to date.
	keepSchema bool
	// What no setting is needed for; tests have shorter ones.
	readWait        time.Duration // bounds the wait for the first row on PostgreSQL, all tries together
	commitCheckTime time.Duration // how long a lost commit is looked for: as long as the server may take to restart
	closeWait       time.Duration // for connections to a PostgreSQL that does not answer
	searchEvery     time.Duration // the longest pause between two searches for orders of dead processes
}

// withDefaults fills in what was left at zero.
func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
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
		{&c.searchEvery, 2 * time.Second},
	} {
		if *d.of == 0 {
			*d.of = d.def
		}
	}
	return c
}

// Ledger is an open ledger. It implements [order.Ledger] and [order.Baselines] and
// is safe for use by many goroutines. It has many methods because each query that
// the Desk, the bot or the command line asks is one.
type Ledger struct {
	db              engine
	now             func() time.Time
	commitCheckTime time.Duration
}

var _ order.Ledger = (*Ledger)(nil)

// ErrInUse reports that another process is serving from this ledger.
var ErrInUse = errors.New("another extendbot is serving from this database")

// ErrNoDatabase reports that there is no database.
var ErrNoDatabase = errors.New("there is no database yet: extendbot serve and extendbot migrate make it")

// ErrOlderSchema reports that the database has not been brought up to date.
var ErrOlderSchema = errors.New("the database belongs to an older version of extendbot")

// ErrNewerSchema reports that the database was made by a newer version of the program.
var ErrNewerSchema = errors.New("the database belongs to a newer version of extendbot")

// Open opens the ledger at c.URL.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	c = c.withDefaults()
	db, err := openEngine(ctx, c)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db, now: c.Now, commitCheckTime: c.commitCheckTime}
	if c.Serve && !c.keepSchema {
		if err := l.mustNotBeMoved(ctx); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

func openEngine(ctx context.Context, c Config) (engine, error) {
	if isPostgres(c.URL) {
		db, err := openPG(ctx, c.URL, c)
		if err != nil {
			return nil, fmt.Errorf("open the ledger on PostgreSQL: %w", withPGHint(err))
		}
		return db, nil
	}
	path, err := sqlitePath(c.URL)
	if err != nil {
		return nil, err
	}
	db, err := openSQLite(ctx, path, c)
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, withSQLiteHint(err))
	}
	return db, nil
}

// Close closes the ledger. Call [Ledger.StopWork] before.
func (l *Ledger) Close() error { return l.db.close() }

// Ping returns nil if the ledger can be written: it does write, because a change
// that is rolled back never reaches the disk and so proves nothing. After the
// database was found to be damaged it always fails.
func (l *Ledger) Ping(ctx context.Context) error {
	err := l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, l.db.pingStatement())
		return nil, err
	})
	if err == nil {
		err = l.db.damage()
	}
	return l.db.wrap(err)
}
