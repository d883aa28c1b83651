package ledger

import (
	"context"
	"errors"

	"extendbot/ledger/duework"
	"extendbot/ledger/migrations"
	"extendbot/order"
)

// engine is a database. The SQL of the ledger is the same for all of them. They
// differ in how they open, lock and commit, and in the meaning of their errors.
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
	// read sees the last committed state.
	read() tx
	// snapshot lets look see the state at one moment, however long look takes.
	snapshot(ctx context.Context, look func(tx tx) error) error
	// brokenTriggers says, for each trigger that protects history and is not as a
	// migration made it, what is wrong.
	brokenTriggers(ctx context.Context) ([]string, error)
}

// writer changes the ledger.
type writer interface {
	// write commits w. If durable, the commit has reached the disk when write
	// returns. An error of w rolls back only w and is returned as it is. After any
	// other error except [*commitLostError], w has changed nothing.
	write(ctx context.Context, durable bool, w write) error
	// alone runs one transaction that may take long, during which no process adds to
	// history.
	alone(ctx context.Context, do func(ctx context.Context, tx tx) error) error
	// forUpdate returns the end of a SELECT whose row this transaction will change.
	forUpdate() string
	// isDead returns a condition: the process in a column is known to be dead. self
	// is the parameter with the id of this process.
	isDead(column, self string) string
	// lockName makes other transactions that lock the same name wait until tx has
	// ended.
	lockName(ctx context.Context, tx tx, name string) error
	// pingStatement returns a statement that changes nothing but is written to
	// disk.
	pingStatement() string
}

// faults interprets the errors of the database.
type faults interface {
	// wrap turns an error of the database into one with a code.
	wrap(err error) error
	// violates reports whether err is the violation of a unique index.
	violates(err error, index string) bool
	// damage returns the error by which the database showed that it lost data, or
	// nil.
	damage() error
}

// workEngine does due work.
type workEngine interface {
	// exclusive reports whether no other process can be working on this ledger.
	exclusive() bool
	// clocks returns the clocks by which River decides what is due.
	clocks() []*duework.Clock
	// queueNow returns River's current time, as SQL.
	queueNow() string
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

// job is due work to be recorded with a change.
type job = duework.Job

// write is one change of the ledger. It runs inside a transaction, possibly
// together with other writes, and returns the due work that follows. It may be
// run again if the transaction failed. It may return an [*order.Error] only
// before it has changed anything, because the other writes of the transaction
// continue.
type write func(ctx context.Context, tx tx) ([]job, error)

// commitLostError reports that the database connection, or the database file,
// was lost during a commit. Only the ledger itself can tell whether the commit
// happened.
type commitLostError struct{ err error }

// Error describes the failure.
func (e *commitLostError) Error() string {
	return "the database was lost during a commit: " + e.err.Error()
}

// Unwrap returns the cause.
func (e *commitLostError) Unwrap() error { return e.err }

// unavailable wraps an error that has no code in one with CodeUnavailable: the
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

// orderOf returns the order in err, or nil.
func orderOf(err error) *order.Order {
	if e, ok := errors.AsType[*order.Error](err); ok {
		return e.Order
	}
	return nil
}

// comparedTriggers compares the triggers and functions in a database, which a query
// returns with their kinds and names, with those of its migrations.
func comparedTriggers(ctx context.Context, tx tx, own, query string) (wrong []string, err error) {
	there := map[string]string{}
	err = forEachRow(ctx, tx, query, func(found scanner) error {
		var name, definition string
		err := found.Scan(&name, &definition)
		there[name] = definition
		return err
	})
	if err != nil {
		return nil, err
	}
	return migrations.CompareTriggers(own, there)
}
