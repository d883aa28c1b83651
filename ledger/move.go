package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"extendbot/order"
)

// MoveResult is what a move brought over.
type MoveResult struct {
	// Proof is what [Ledger.Verify] finds at both ends. Its Digest is as of Until.
	Proof

	Until     time.Time
	Baselines int // how many baselines
	Due       int // for how many orders something is due at the destination
	// AlreadyThere reports that the destination was equal to the source before.
	AlreadyThere bool
}

// Progress says how far a move is.
type Progress struct {
	Doing       string // in words for people
	Done, Total int    // rows
}

var (
	// ErrSameDatabase reports that source and destination of a move are one database.
	ErrSameDatabase = errors.New("source and destination are the same database")
	// ErrSourceChanged reports that a ledger was changed while it was moved.
	ErrSourceChanged = errors.New("the source was changed while it was moved: stop every extendbot that works on it, then move it again")
	// ErrMoved reports that everything was moved to another database. An order that
	// was approved and not sent would be placed twice, once from each of them.
	ErrMoved = errors.New("the orders of this database were moved to another one")

	errDiffers = errors.New("what arrived is not what was sent")
)

// NotEmptyError reports that the destination of a move holds something else.
type NotEmptyError struct{ Orders, History, Baselines int }

// Error returns how much it holds.
func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("it is not empty, and not equal to the source (orders: %d, rows of history: %d, baselines: %d):"+
		" ledgers are not merged, move into an empty database", e.Orders, e.History, e.Baselines)
}

// TamperedError reports that a ledger is not as the program wrote it.
type TamperedError struct {
	First []Difference // the first few
	Total int
}

// maxNamed is how many differences an error lists.
const maxNamed = 5

// Error lists the first ones.
func (e *TamperedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "it is not as extendbot wrote it, see extendbot orders verify (differences: %d)", e.Total)
	for _, d := range e.First {
		fmt.Fprintf(&b, "\n  %s", d)
	}
	if more := e.Total - len(e.First); more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

func (e *TamperedError) add(d Difference) error {
	if e.Total++; len(e.First) < maxNamed {
		e.First = append(e.First, d)
	}
	return nil
}

// Move copies all orders of a ledger with their history and baselines, as they
// are, into another database that is empty. In the source it changes one thing:
// the ledger cannot be served from any more ([ErrMoved]). The source has to be up
// to date ([ErrNoDatabase], [ErrOlderSchema]) and as the program wrote it
// ([*TamperedError]). Neither of the two may be served from ([ErrInUse]); on
// PostgreSQL, where that cannot be ruled out, a change of the source during the
// move is noticed ([ErrSourceChanged]).
//
// Afterwards either everything is there or nothing, so a move that failed can be
// repeated. So can one that succeeded ([MoveResult.AlreadyThere]). A destination
// that holds anything else is refused ([*NotEmptyError]).
//
// Due work is not copied: what is due for each order is recorded anew, for now.
// Of both configurations URL, Log and Now count. progress may be nil; it is
// called often.
func Move(ctx context.Context, from, to Config, progress func(Progress)) (_ MoveResult, err error) {
	if sameURL(from.URL, to.URL) {
		return MoveResult{}, ErrSameDatabase
	}
	from.keepSchema = true
	source, err := openToMove(ctx, from)
	if err != nil {
		return MoveResult{}, atEnd(endSource, err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	destination, err := openToMove(ctx, to)
	if err != nil {
		return MoveResult{}, atEnd(endDestination, err)
	}
	defer func() { err = errors.Join(err, destination.Close()) }()

	m := move{from: source, to: destination, progress: progress, result: MoveResult{Until: source.now().Truncate(time.Second)}}
	if m.progress == nil {
		m.progress = func(Progress) {}
	}
	err = destination.db.load(ctx, m.run)
	if _, lost := errors.AsType[*commitLostError](err); lost {
		return MoveResult{}, fmt.Errorf("everything was sent, and it is not known whether it was kept: move it again to see: %w", err)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err) // a database may say no more than that it was interrupted
	}
	if err != nil {
		return MoveResult{}, fmt.Errorf("nothing was moved: %w", err)
	}
	return m.result, source.markMoved(ctx, m.result)
}

// sameURL reports whether two URLs name the same database, as far as that can be
// seen without connecting.
func sameURL(from, to string) bool {
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

// openToMove opens a ledger that no process serves from.
func openToMove(ctx context.Context, c Config) (*Ledger, error) {
	c.Serve = true
	l, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := l.db.mustNotBeServed(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

const (
	endSource      = "source"
	endDestination = "destination"
)

// atEnd adds the end of a move at which an error happened.
func atEnd(end string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the %s: %w", end, err)
}

const (
	selectMoved = "SELECT at FROM moved ORDER BY at DESC LIMIT 1"
	insertMoved = "INSERT INTO moved (at, mark) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM moved)"
)

// mustNotBeMoved fails with ErrMoved if everything was moved to another ledger.
func (l *Ledger) mustNotBeMoved(ctx context.Context) error {
	var at time.Time
	switch err := l.scanFirst(ctx, selectMoved, nil, (*storedTime)(&at)); {
	case order.CodeOf(err) == order.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w at %s: set DATABASE_URL to that one; to serve from this one again, give that one up and empty the table moved",
		ErrMoved, at.Format(time.RFC3339))
}

// markMoved keeps the ledger from being served from again.
func (l *Ledger) markMoved(ctx context.Context, m MoveResult) error {
	err := l.db.write(ctx, true, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, insertMoved, micros(m.Until), m.Digest)
		return nil, err
	})
	if err != nil {
		return fmt.Errorf("everything was moved, but the source could not be marked as moved: move it again, and do not serve from it any more: %w", l.db.wrap(err))
	}
	return nil
}
