package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger"
)

const migrateLong = `Brings the database that DATABASE_URL names up to date, or creates it, without serving.

With --from and --to it moves a ledger with all its history into an empty database, in
any direction between SQLite and PostgreSQL:

  extendbot migrate --from sqlite:/data/extendbot.db --to "postgres://bot@db/extendbot?sslmode=verify-full"

First stop every extendbot that serves from either database. The source is verified, as
by "extendbot orders verify", and is not changed. The destination is compared with it
before the move counts: afterward it has everything or nothing, so after a failure, run
the same command again.

Then set DATABASE_URL to the new database and start extendbot. Never serve from the old
database again: an order that was open during the move would be open in both.

Everyone on the machine can see a command line, so keep the password of PostgreSQL out of
it. Leave it out of the URL and set PGPASSWORD, or put it into ~/.pgpass (PGPASSFILE) or
into a service (PGSERVICEFILE, postgres:///?service=name). Or write DATABASE_URL instead
of a URL, for the value of that setting, which can come from a file (DATABASE_URL_FILE):

  extendbot migrate --from sqlite:/data/extendbot.db --to DATABASE_URL`

// databaseSetting is the name of the setting for the database. As a flag's value
// it means the value of that setting.
const databaseSetting = "DATABASE_URL"

func migrateCommand(term terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate [--from URL --to URL]",
		Short: "Bring the database up to date without serving, or move it to another one",
		Long:  migrateLong,
		Args:  noArgs,
	}
	from := cmd.Flags().String("from", "", "the database to move everything from")
	to := cmd.Flags().String("to", "", "the empty database to move everything to")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		given := cmd.Flags().Changed
		switch {
		case given("from") && given("to"):
			return moveLedger(cmd.Context(), term, *from, *to, 0)
		case given("from"):
			return usageError{errors.New("--from needs --to, the empty database to move everything to")}
		case given("to"):
			return usageError{errors.New("--to needs --from, the database to move everything from")}
		default:
			return updateSchema(cmd.Context(), term)
		}
	}
	return cmd
}

// updateSchema migrates the database of the settings, or creates it.
func updateSchema(ctx context.Context, term terminal) error {
	s, err := settings.LoadLedger(false)
	if err != nil {
		return err
	}
	if err := ledger.Migrate(ctx, ledger.Config{URL: s.Database.Reveal(), Keys: s.ApprovalKeys}); err != nil {
		return fmt.Errorf("%s: %w", databaseSetting, err)
	}
	_, err = fmt.Fprintln(term.out, "the database is up to date:", s.Database)
	if err == nil && s.ApprovalKeys.None() {
		_, err = fmt.Fprintln(term.out, "neither APPROVAL_KEY nor OXHOST_API_KEY is set here: if older versions wrote to it, the first start seals what they wrote")
	}
	return err
}

// moveLedger moves everything from one database to another. startWait is how long
// it waits for a PostgreSQL that cannot be reached; 0 is the ledger's default.
func moveLedger(ctx context.Context, term terminal, from, to string, startWait time.Duration) error {
	source, err := parseDatabaseFlag("--from", from)
	if err != nil {
		return err
	}
	destination, err := parseDatabaseFlag("--to", to)
	if err != nil {
		return err
	}
	s, err := settings.LoadKeys()
	if err != nil {
		return err
	}
	p := progressPrinter{out: term.err, now: time.Now}
	moved, err := ledger.Move(ctx, ledger.Config{URL: source.Reveal(), StartWait: startWait, Keys: s.ApprovalKeys},
		ledger.Config{URL: destination.Reveal(), StartWait: startWait}, p.print)
	switch {
	case errors.Is(err, ledger.ErrSameDatabase):
		return usageError{fmt.Errorf("--from and --to: %w", err)}
	case errors.Is(err, ledger.ErrOlderSchema):
		return fmt.Errorf("%w (with DATABASE_URL=%s)", err, source)
	case err != nil:
		return err
	}
	return printMoved(term.out, source, destination, moved)
}

func parseDatabaseFlag(flag, text string) (settings.Database, error) {
	if text == databaseSetting {
		s, err := settings.LoadSome(databaseSetting)
		return s.Database, err
	}
	d, err := settings.ParseDatabase(text)
	if errors.Is(err, settings.ErrForm) {
		err = errors.New("must be 'sqlite:<path>', 'postgres://<user>@<host>/<database>', or " + databaseSetting)
	}
	if err != nil {
		return d, usageError{fmt.Errorf("%s: %w", flag, err)}
	}
	return d, nil
}

func printMoved(out io.Writer, source, destination settings.Database, moved ledger.MoveResult) error {
	did := "everything was moved; the destination is equal to the source:"
	if moved.AlreadyThere {
		did = "there was nothing to move; the destination is already equal to the source:"
	}
	_, err := fmt.Fprintf(out, `%s
  from %s
  to   %s
orders: %d, rows of history: %d, baselines: %d, orders with due work: %d
mark of everything until %s, for extendbot orders verify --expect: %s
next: set DATABASE_URL to the new database and start extendbot with it
keep the old database, but do not serve it again
`, did, source, destination, moved.Orders, moved.History, moved.Baselines, moved.Due,
		formatTime(moved.Until), ledger.Mark{Until: moved.Until, Digest: moved.Digest})
	return err
}

// progressEvery is how often the progress of a long move is printed.
const progressEvery = 3 * time.Second

// progressPrinter prints how far a move has come.
type progressPrinter struct {
	out  io.Writer
	now  func() time.Time
	last time.Time
}

// print prints the progress if enough time has passed since the last line, or
// since the first call.
func (p *progressPrinter) print(done ledger.Progress) {
	now := p.now()
	p.last = cmp.Or(p.last, now)
	if now.Sub(p.last) < progressEvery {
		return
	}
	p.last = now
	_, _ = fmt.Fprintf(p.out, "%s: %d of %d rows\n", done.Doing, done.Done, done.Total) // the move continues even if nobody reads this
}
