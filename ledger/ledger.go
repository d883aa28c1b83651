package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/order"
)

// Handler does one piece of due work for an order. Returning nil means that it
// is done, [*order.Later] that there is nothing to do yet, any other error that
// it has to be tried again.
type Handler func(ctx context.Context, id order.ID) error

// Config says how to open a ledger.
type Config struct {
	// URL is "sqlite:" and a path, or "postgres://…" as libpq takes it.
	// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
	URL string
	// Serve takes the ledger for a process that works on it. On SQLite there
	// can be one such process, and a second one gets [ErrInUse]; on PostgreSQL
	// they share the work. Without Serve the
	// ledger can be read and single orders can be changed beside it; it has to
	// be there and up to date ([ErrNoDatabase], [ErrOlderSchema]). Nobody serves from a
	// ledger that was moved ([ErrMoved]).
	Serve bool
	// Log takes what the queue behind the due work has to say; nil: nothing.
	Log logrus.FieldLogger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Workers is how many pieces of due work run at once; 0: 16.
	Workers int
	// PollEvery is how often due work is looked for; 0: 500 ms. PostgreSQL says
	// by itself when there is some, and is asked at most once a second.
	PollEvery time.Duration
	// StartWait is how long Open with Serve, and Work, wait for a PostgreSQL
	// that starts too, or changes over to another machine; 0: 30 s.
	StartWait time.Duration
	// LockWait is how long a write waits for what somebody else keeps locked, and
	// for its turn on SQLite; 0: 2 s. An ack waits for it, and Slack waits three
	// seconds for the ack.
	LockWait time.Duration
	// WriteWait bounds one write on PostgreSQL with all its tries; 0: 5 s. Whoever
	// has an answer to give sooner says so by the context.
	WriteWait time.Duration

	// asItIs, with Serve, takes the ledger and leaves its tables as they are:
	// they have to be there and up to date.
	keepSchema bool
}

const (
	defaultWorkers   = 16
	defaultPollEvery = 500 * time.Millisecond
	defaultStartWait = 30 * time.Second
	defaultLockWait  = 2 * time.Second
	defaultWriteWait = 5 * time.Second
)

// Ledger is an open ledger. It implements [order.Ledger] and is safe for use
// by many goroutines.
type Ledger struct {
	db  engine
	now func() time.Time
}

var _ order.Ledger = (*Ledger)(nil)

// ErrInUse says that another process is serving from this ledger.
var ErrInUse = errors.New("another extendbot is serving from this database")

// ErrNoDatabase says that there is no database.
var ErrNoDatabase = errors.New("there is no database yet: extendbot serve and extendbot migrate make it")

// ErrOlderSchema says that the database has not been brought up to date.
var ErrOlderSchema = errors.New("the database belongs to an older version of extendbot")

// ErrNewerSchema says that the database was made by a newer version of the program.
var ErrNewerSchema = errors.New("the database belongs to a newer version of extendbot")

// Open opens the ledger at c.URL and brings its tables up to date.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = silent()
	}
	if c.Workers == 0 {
		c.Workers = defaultWorkers
	}
	if c.PollEvery == 0 {
		c.PollEvery = defaultPollEvery
	}
	if c.StartWait == 0 {
		c.StartWait = defaultStartWait
	}
	if c.LockWait == 0 {
		c.LockWait = defaultLockWait
	}
	if c.WriteWait == 0 {
		c.WriteWait = defaultWriteWait
	}
	db, err := openEngine(ctx, c)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db, now: c.Now}
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

// Close closes the ledger. Work has to be stopped before.
func (l *Ledger) Close() error { return l.db.close() }

// Ping says nil if the ledger can be written: it does write, because a change
// that is taken back never reaches the disk and so says nothing about it. After
// the database was found to be damaged it does not say nil any more.
func (l *Ledger) Ping(ctx context.Context) error {
	err := l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, l.db.touch())
		return nil, err
	})
	if err == nil {
		err = l.db.damage()
	}
	return l.db.wrap(err)
}
