package ledger

import (
	"context"
	"errors"

	"extendbot/order"
)

// engine is a database. The SQL of the ledger is the same for all of them; they
// differ in how they open, lock and commit, and in what their errors mean.
type engine interface {
	reader
	writer
	faults
	workEngine
	moveEnd
	close() error
}

// reader reads what was committed.
type reader interface {
	// read sees what was committed last.
	read() tx
	// snapshot lets look see the state at one moment, however long look takes.
	snapshot(ctx context.Context, look func(tx tx) error) error
	// missingTriggers lists the triggers that keep history from being changed
	// and are not there, or are switched off.
	missingTriggers(ctx context.Context) ([]string, error)
}

// writer changes the ledger.
type writer interface {
	// write commits w. If durable, the commit has reached the disk when it
	// returns. An error of w undoes w alone and comes back as it is. After any
	// error but [*commitLostError], w has changed nothing.
	write(ctx context.Context, durable bool, w write) error
	// forUpdate ends a SELECT whose row this transaction is about to change.
	forUpdate() string
	// lockName makes other transactions that lock the same name wait until tx
	// has ended.
	lockName(ctx context.Context, tx tx, name string) error
	// pingStatement changes nothing and is written all the same.
	pingStatement() string
}

// faults interprets the errors of the database.
type faults interface {
	// wrap turns an error of the database into one with a code.
	wrap(err error) error
	// violates reports whether err is the violation of a unique index.
	violates(err error, index string) bool
	// damage returns the error by which the database showed that it lost data,
	// nil if it did not.
	damage() error
}

// workEngine does due work.
type workEngine interface {
	// exclusive reports whether no other process can be working on this ledger.
	exclusive() bool
	startWork(ctx context.Context, handle map[order.Work]Handler) error
	stopWork(ctx context.Context) error
}

// tx runs the ledger's SQL, in a transaction or outside of one.
type tx interface {
	exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	query(ctx context.Context, query string, args ...any) (rows, error)
}

// rows is the result of a query.
type rows interface {
	scanner
	Next() bool
	Err() error
	Close() error
}

// job is due work that is to be recorded with a change.
type job struct {
	id  order.ID
	due order.Due
}

// write is one change of the ledger. It runs inside a transaction, possibly
// together with other writes, and returns the due work that it leads to. It may
// be run again if the transaction failed. It returns an [*order.Error] only
// before it has changed anything: the other writes of the transaction go on.
type write func(ctx context.Context, tx tx) ([]job, error)

// commitLostError reports that the database broke off while it committed: only
// the ledger itself can tell whether it did.
type commitLostError struct{ err error }

// Error returns what broke off.
func (e *commitLostError) Error() string {
	return "the database broke off while it committed: " + e.err.Error()
}

// Unwrap returns what broke off.
func (e *commitLostError) Unwrap() error { return e.err }

// unavailable wraps an error that has no code in one with CodeUnavailable: a
// caller can only try again and report it.
func unavailable(err error, detail string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*order.Error](err); ok {
		return err
	}
	return &order.Error{Code: order.CodeUnavailable, Detail: detail, Err: err}
}

// orderOf returns the order that err carries, nil if none.
func orderOf(err error) *order.Order {
	if e, ok := errors.AsType[*order.Error](err); ok {
		return e.Order
	}
	return nil
}
