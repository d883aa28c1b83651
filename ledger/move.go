package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"extendbot/order"
)

// MoveResult is what a move brought over.
type MoveResult struct {
	// Proof is of the destination. Its Digest is as of Until, and the same as
	// the source's.
	Proof

	Until time.Time
	Baselines int // how many lists of what the host had before a decision
	Due   int // for how many orders something is due at the destination
	// Already says that the destination was equal to the source before.
	AlreadyThere bool
}

// Progress says how far a move is.
type Progress struct {
	Doing       string // in words for people
	Done, Total int    // rows
}

// ErrSameDatabase says that source and destination of a move are one database.
var ErrSameDatabase = errors.New("source and destination are the same database")

// ErrSourceChanged says that a ledger was changed while it was moved.
var ErrSourceChanged = errors.New("the source was changed while it was moved: stop every extendbot that works on it, then move it again")

// NotEmptyError says that the destination of a move holds something else.
type NotEmptyError struct{ Orders, History, Baselines int }

// Error says how much.
func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("it is not empty, and not equal to the source (orders: %d, rows of history: %d, notes: %d):"+
		" ledgers are not merged, move into an empty database", e.Orders, e.History, e.Baselines)
}

// Move brings all orders of a ledger with their history and notes, as they are,
// into another database that is empty. Of the source it changes nothing, but that
// nobody can serve from it any more ([ErrMoved]). The source
// has to be up to date ([ErrNoDatabase], [ErrOlderSchema]) and as the program wrote it
// ([*TamperedError]). Nobody may serve from either of the two ([ErrInUse]); on
// PostgreSQL, where that cannot be ruled out, a change of the source in the
// meantime is noticed ([ErrSourceChanged]).
//
// Either everything is there afterwards or nothing, so a move that failed can be
// repeated. So can one that was done ([MoveResult.AlreadyThere]). A destination that holds
// anything else is refused ([*NotEmptyError]).
//
// Due work is not copied: what is due for each order is recorded anew, at once.
// Of both configurations URL, Log and Now count. progress may be nil; it is
// called often.
func Move(ctx context.Context, from, to Config, progress func(Progress)) (_ MoveResult, err error) {
	if same(from.URL, to.URL) {
		return MoveResult{}, ErrSameDatabase
	}
	from.keepSchema = true
	source, err := openToMove(ctx, from)
	if err != nil {
		return MoveResult{}, at(endSource, err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	destination, err := openToMove(ctx, to)
	if err != nil {
		return MoveResult{}, at(endDestination, err)
	}
	defer func() { err = errors.Join(err, destination.Close()) }()

	m := move{from: source, to: destination, progress: progress, moved: MoveResult{Until: source.now().Truncate(time.Second)}}
	if m.progress == nil {
		m.progress = func(Progress) {}
	}
	err = destination.db.fill(ctx, m.run)
	if _, lost := errors.AsType[*commitLostError](err); lost {
		return MoveResult{}, fmt.Errorf("everything was sent, and it is not known whether it was kept: move it again to see: %w", err)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err) // a database may say no more than that it was interrupted
	}
	if err != nil {
		return MoveResult{}, fmt.Errorf("nothing was moved: %w", err)
	}
	return m.moved, source.retire(ctx, m.moved)
}

// same says whether two URLs are the same without a look into the databases.
func same(from, to string) bool {
	if from == to {
		return true
	}
	a, errA := sqlitePath(from)
	b, errB := sqlitePath(to)
	if errA != nil || errB != nil {
		return false
	}
	one, errA := os.Stat(a)
	two, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(one, two)
}

// openToMove opens a ledger that nobody serves from.
func openToMove(ctx context.Context, c Config) (*Ledger, error) {
	c.Serve = true
	l, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := l.db.served(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// movable is what a database has to do to be either end of a move.
type movable interface {
	// served says [ErrInUse] if another process is seen to serve from it.
	served(ctx context.Context) error
	// linger lets the transaction of a snapshot last as long as a move does. It
	// says [ErrSameDatabase] if another move is going on in the same database.
	linger(ctx context.Context, tx tx) error
	// fill runs one long transaction, beside which nobody else writes.
	fill(ctx context.Context, fill func(ctx context.Context, into filling) error) error
}

// filling is the transaction in which a move takes place.
type filling interface {
	tx
	// take adds rows to a table until next gives none.
	take(ctx context.Context, t table, next func() ([]any, error)) error
	// schedule records due work.
	schedule(ctx context.Context, list []job) error
	// settle is called once when all rows are there.
	settle(ctx context.Context) error
}

// move is one run of Move.
type move struct {
	from, to *Ledger
	progress func(Progress)
	moved    MoveResult
}

// at says at which end something went wrong.
func at(end string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the %s: %w", end, err)
}

const (
	endSource      = "source"
	endDestination = "destination"
)

// sent is what was read from the source.
type sent struct {
	stamp stockStamp
	proof Proof
	sum   fingerprint
}

// run moves everything, inside the transaction of the destination.
func (m *move) run(ctx context.Context, into filling) error {
	there, err := stampOf(ctx, into)
	if err != nil {
		return at(endDestination, err)
	}
	var s sent
	err = m.from.db.snapshot(ctx, func(src tx) (err error) {
		s, err = m.send(ctx, src, into, there)
		return err
	})
	if err != nil {
		return err
	}
	if !m.moved.AlreadyThere {
		if m.moved.Due, err = makeDue(ctx, into, m.to.now()); err != nil {
			return at(endDestination, fmt.Errorf("record what is due: %w", err))
		}
	}
	if err := m.compare(ctx, into, s); err != nil {
		return at(endDestination, err)
	}
	after, err := stampOf(ctx, m.from.db.read())
	if err == nil && after != s.stamp {
		return ErrSourceChanged
	}
	return at(endSource, err)
}

// send reads everything and, if nothing is there yet, copies it.
func (m *move) send(ctx context.Context, src tx, into filling, there stockStamp) (s sent, err error) {
	if err := m.from.db.linger(ctx, src); err != nil {
		return s, at(endSource, err)
	}
	if s.stamp, err = stampOf(ctx, src); err != nil {
		return s, at(endSource, err)
	}
	m.moved.AlreadyThere = there.stock != (stock{})
	if m.moved.AlreadyThere && there.stock != s.stamp.stock {
		return s, at(endDestination, there.notEmpty())
	}
	if s.proof, err = m.prove(ctx, src, "checking the source", s.stamp.stock); err != nil {
		return s, at(endSource, err)
	}
	if m.moved.AlreadyThere {
		s.sum, err = m.read(ctx, src, "reading the source", s.stamp.stock)
		return s, at(endSource, err)
	}
	s.sum, err = m.copy(ctx, src, into, s.stamp.stock)
	return s, err
}

// dueAtOnce is how many orders are read to record what is due for them.
const dueAtOnce = 500

// Of unknown outcomes each has its next look-up or question; of questions that
// are answered the buttons may still be there.
var selectDue = "SELECT " + columnList + " FROM orders WHERE id > $1 AND (" + isOpen +
	" OR state = 'unknown' OR (ask_ref <> '' AND ask_version < version)) ORDER BY id LIMIT $2"

// makeDue records what is due for every order; the handlers know when it is too
// early. It gives the number of orders.
func makeDue(ctx context.Context, into filling, now time.Time) (n int, err error) {
	for last := order.ID(""); ; {
		open, err := selectAll(ctx, into, selectDue, string(last), int64(dueAtOnce))
		if err != nil || len(open) == 0 {
			return n, err
		}
		var list []job
		for _, r := range open {
			list = append(list, jobs(r.ID, dueOf(r.Order, now))...)
			if r.State == order.Unknown {
				list = append(list, job{id: r.ID, due: order.Due{Work: order.WorkLookup, At: now}})
			}
			last = r.ID
		}
		if err := into.schedule(ctx, list); err != nil {
			return n, err
		}
		n += len(open)
	}
}
