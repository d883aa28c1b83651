package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"extendbot/internal/settings"
	"extendbot/ledger"
)

const migrateLong = `Brings the database that DATABASE_URL names up to date, or makes it, without serving.

With --from and --to it moves a ledger with all its history into an empty database:

  extendbot migrate --from sqlite:/data/extendbot.db --to postgres://bot@db/extendbot

Stop every extendbot that serves from either of them first. The source is checked as
by extendbot orders verify and is not changed; everything is compared with it before
it counts. Either everything is there afterwards or nothing, so after a failure run it
again. It moves in every direction between SQLite and PostgreSQL.

Afterwards set DATABASE_URL to the new database and start extendbot with it. Never
serve from the old one again: an order that was open when it was moved would be open in
both.

What is written on a command line can be seen by everybody on the machine. Keep the
password of PostgreSQL out of it: leave it out of the URL and set PGPASSWORD, or put it
into ~/.pgpass (PGPASSFILE), or into a service (PGSERVICEFILE, postgres:///?service=name).
Or write DATABASE_URL instead of a URL: then that setting is taken, which may be in a
file (DATABASE_URL_FILE).

  extendbot migrate --from sqlite:/data/extendbot.db --to DATABASE_URL`

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
			return moveLedger(cmd.Context(), term, *from, *to)
		case given("from"):
			return usageError{errors.New("--from wants --to beside it: the empty database to move everything to")}
		case given("to"):
			return usageError{errors.New("--to wants --from beside it: the database to move everything from")}
		default:
			return prepare(cmd, term)
		}
	}
	return cmd
}

// prepare brings the database up to date.
func prepare(cmd *cobra.Command, term terminal) error {
	s, err := settings.LoadSome(databaseSetting)
	if err != nil {
		return err
	}
	l, err := ledger.Open(cmd.Context(), ledger.Config{URL: s.Database.Reveal(), Serve: true})
	if err != nil {
		return fmt.Errorf("%s: %w", databaseSetting, err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(term.out, "the database is up to date:", s.Database)
	return err
}
