package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"extendbot/ledger/dburl"
	"extendbot/order"
)

// MoveResult is the result of a move.
type MoveResult struct {
	// Proof is the result of [Ledger.Verify] at both ends. Its Digest is as of
	// Until.
	Proof

	Until     time.Time
	Baselines int // number of baselines
	Due       int // number of orders with due work at the destination
	// AlreadyThere reports that the destination was already equal to the source.
	AlreadyThere bool
}

// Progress reports how far a move has come.
type Progress struct {
	Doing       string // a text for people
	Done, Total int    // rows
}

var (
	// ErrSameDatabase reports that source and destination of a move are the same.
	ErrSameDatabase = errors.New("source and destination are the same database")
	// ErrSourceChanged reports that a ledger was changed while it was being moved.
	ErrSourceChanged = errors.New("the source was changed during the move: stop every extendbot that uses it, then move it again")
	// ErrMoved reports that everything was moved to another database. If both
	// databases were served, an order that was approved but not sent would be
	// placed twice.
	ErrMoved = errors.New("the orders of this database were moved to another one")

	errDiffers = errors.New("the copy differs from the source")
)

// NotEmptyError reports that the destination of a move contains something else.
type NotEmptyError struct{ Orders, History, Baselines int }

// Error returns how much the destination contains.
func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("it is neither empty nor equal to the source (orders: %d, rows of history: %d, baselines: %d):"+
		" ledgers cannot be merged; move into an empty database", e.Orders, e.History, e.Baselines)
}

// TamperedError reports that a ledger differs from what the program wrote.
type TamperedError struct {
	First []Difference // the first few
	Total int
}

// maxNamed is how many differences an error lists.
const maxNamed = 5

// Error lists the first ones.
func (e *TamperedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "it differs from what extendbot wrote, see extendbot orders verify (differences: %d)", e.Total)
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

// Move copies all orders of a ledger with their history and baselines,
// unchanged, into another database that is empty. It changes one thing in the
// source: that ledger can no longer be served ([ErrMoved]). The source has to be
// up to date ([ErrNoDatabase], [ErrOlderSchema]) and unchanged since the program
// wrote it ([*TamperedError]). No process may serve either of the two
// ([ErrInUse]). On PostgreSQL that cannot always be detected, but a change of
// the source during the move is ([ErrSourceChanged]).
//
// Afterward the destination has either everything or nothing, so a failed move
// can be repeated. A successful one can be repeated too
// ([MoveResult.AlreadyThere]). Move refuses a destination that contains anything
// else ([*NotEmptyError]).
//
// Due work is not copied; it is recorded again for each order that needs it, to
// be done now. Of both configurations, only URL, Log and Now are used, and the Keys
// of the source to verify it; those may be none. progress may be nil; it is called
// often.
func Move(ctx context.Context, from, to Config, progress func(Progress)) (_ MoveResult, err error) {
	if sameURL(from.URL, to.URL) {
		return MoveResult{}, ErrSameDatabase
	}
	from.keepSchema, from.unsealed, to.unsealed = true, true, true
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
		return MoveResult{}, fmt.Errorf("everything was sent, but it is not known whether it was committed: run the move again to find out: %w", err)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err) // the database's error may only say that it was interrupted
	}
	if err != nil {
		return MoveResult{}, fmt.Errorf("nothing was moved: %w", err)
	}
	return m.result, source.markMoved(ctx, m.result)
}

// sameURL reports whether two URLs name the same database, as far as that can be
// determined without connecting.
func sameURL(from, to string) bool {
	if from == to {
		return true
	}
	a, errA := dburl.SQLitePath(from)
	b, errB := dburl.SQLitePath(to)
	if errA != nil || errB != nil {
		return false
	}
	one, errA := os.Stat(a)
	two, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(one, two)
}

// openToMove opens a ledger that no process serves.
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

// atEnd adds to an error the end of the move at which it happened.
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

// mustNotBeMoved fails with ErrMoved if the ledger was moved.
func (l *Ledger) mustNotBeMoved(ctx context.Context) error {
	var at time.Time
	switch err := l.scanFirst(ctx, selectMoved, nil, (*storedTime)(&at)); {
	case order.CodeOf(err) == order.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w at %s: set DATABASE_URL to that database; to use this one again, abandon that one and empty the table moved",
		ErrMoved, at.Format(time.RFC3339))
}

// markMoved prevents the ledger from being served again.
func (l *Ledger) markMoved(ctx context.Context, m MoveResult) error {
	err := l.db.write(ctx, true, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, insertMoved, micros(m.Until), m.Digest)
		return nil, err
	})
	if err != nil {
		return fmt.Errorf("everything was moved, but the source could not be marked as moved: run the move again, and do not use the source anymore: %w", l.db.wrap(err))
	}
	return nil
}
