package ledger

import (
	"context"

	"extendbot/order"
)

// rows and tx are the part of a database that the ledger's SQL needs. The SQL
// itself is written for every database; the engines differ in how they open,
// lock and commit.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

type tx interface {
	exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	query(ctx context.Context, query string, args ...any) (rows, error)
}

// job is due work that is to be recorded with a change.
type job struct {
	id  order.ID
	due order.Due
}

// write is one change of the ledger. It runs inside a transaction, possibly
// together with other writes, and returns the due work that it leads to. It may
// be run again if the transaction failed. An [*order.Error] of it is a refusal:
// it comes before anything was changed, and the other writes go on.
type write func(ctx context.Context, tx tx) ([]job, error)

// engine is a database.
type engine interface { //nolint:interfacebloat // it is all that a database has to do here
	// write commits w. If durable, the commit has reached the disk when it
	// returns. An error of w undoes w alone and comes back as it is. After any
	// error but [*commitLostError], w has changed nothing.
	write(ctx context.Context, durable bool, w write) error
	// forUpdate ends a SELECT whose row this transaction is about to change.
	forUpdate() string
	// alone makes other transactions that name the same thing wait until the
	// one of tx has ended.
	alone(ctx context.Context, tx tx, thing string) error
	// read gives a view of what was committed last.
	read() tx
	// snapshot lets look see one state of the database, however long it takes.
	snapshot(ctx context.Context, look func(tx tx) error) error
	// unguarded lists what should keep history from being changed and does not.
	unguarded(ctx context.Context) ([]string, error)
	// violates says whether err is the breach of the unique index named.
	violates(err error, index string) bool
	// wrap turns an error of the database into one with a code.
	wrap(err error) error
	// touch is a statement that changes nothing and is written all the same.
	touch() string
	// damage gives the error by which the database showed that it lost data,
	// nil if it did not.
	damage() error
	// sole says whether no other process can be working on this ledger.
	sole() bool
	startWork(ctx context.Context, handle map[order.Work]Handler) error
	stopWork(ctx context.Context) error
	movable
	close() error
}

// commitLostError says that the database broke off while it committed: only
// the ledger itself can tell whether it did.
type commitLostError struct{ err error }

// Error says what broke off.
func (e *commitLostError) Error() string {
	return "the database broke off while it committed: " + e.err.Error()
}

// Unwrap gives what broke off.
func (e *commitLostError) Unwrap() error { return e.err }
