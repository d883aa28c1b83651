package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"extendbot/internal/settings"
	"extendbot/ledger"
)

// databaseSetting is the setting that names the database. In place of a URL it
// stands for its value.
const databaseSetting = "DATABASE_URL"

// moveLedger moves everything from one database to another.
func moveLedger(ctx context.Context, term terminal, from, to string) error {
	source, err := databaseOf("--from", from)
	if err != nil {
		return err
	}
	destination, err := databaseOf("--to", to)
	if err != nil {
		return err
	}
	told := telling{out: term.err, now: time.Now}
	moved, err := ledger.Move(ctx,
		ledger.Config{URL: source.Reveal()}, ledger.Config{URL: destination.Reveal()}, told.progress)
	switch {
	case errors.Is(err, ledger.ErrSameDatabase):
		return usageError{fmt.Errorf("--from and --to: %w", err)}
	case errors.Is(err, ledger.ErrOlderSchema):
		return fmt.Errorf("%w (with DATABASE_URL=%s)", err, source)
	case err != nil:
		return err
	}
	return tellMoved(term.out, source, destination, moved)
}

// databaseOf reads a URL of the command line.
func databaseOf(flag, text string) (settings.Database, error) {
	if text == databaseSetting {
		s, err := settings.LoadSome(databaseSetting)
		return s.Database, err
	}
	d, err := settings.ParseDatabase(text)
	if errors.Is(err, settings.ErrForm) {
		err = errors.New("must be 'sqlite:<path>', 'postgres://<user>@<host>/<database>' or " + databaseSetting)
	}
	if err != nil {
		return d, usageError{fmt.Errorf("%s: %w", flag, err)}
	}
	return d, nil
}

func tellMoved(out io.Writer, source, destination settings.Database, moved ledger.MoveResult) error {
	did := "moved everything, and it is the same there:"
	if moved.AlreadyThere {
		did = "everything was moved before, and it is the same there:"
	}
	_, err := fmt.Fprintf(out, `%s
  from %s
  to   %s
orders: %d, rows of history: %d, notes: %d, orders for which something is due: %d
mark of all that had happened until %s, for extendbot orders verify --expect: %s
next: set DATABASE_URL to the new database and start extendbot with it
keep the old database: extendbot does not serve from it any more
`, did, source, destination, moved.Orders, moved.History, moved.Baselines, moved.Due,
		moment(moved.Until), mark{until: moved.Until, digest: moved.Digest})
	return err
}

// tellEvery is how often a long move says how far it is.
const tellEvery = 3 * time.Second

// telling tells people how far a move is.
type telling struct {
	out  io.Writer
	now  func() time.Time
	last time.Time
}

// progress tells it from time to time, the first time after a while.
func (t *telling) progress(p ledger.Progress) {
	now := t.now()
	t.last = cmp.Or(t.last, now)
	if now.Sub(t.last) < tellEvery {
		return
	}
	t.last = now
	_, _ = fmt.Fprintf(t.out, "%s: %d of %d rows\n", p.Doing, p.Done, p.Total) // the move goes on without a reader
}
