package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// The codes of PostgreSQL that matter here.
//
// https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	pgUniqueViolation = "23505"
	pgDiskFull        = "53100"
	pgReadOnly        = "25006"
	pgNoSuchDatabase  = "3D000"
	pgBadAccount      = "28000"
	pgBadPassword     = "28P01"
	pgNotAllowed      = "42501"
	pgLocked          = "55P03"
)

// passingCodes are faults that are gone at the next try, or after a while.
var transientCodes = map[string]bool{
	"25P03": true, // idle in a transaction for too long
	"40001": true, // two transactions in each other's way
	"40P01": true, // the same, in a circle
	"53300": true, // too many connections
	"57P01": true, // the server stops
	"57P02": true, // the server crashed
	"57P03": true, // the server starts
	"57P05": true, // idle for too long
}

// passingClasses are the first two characters of such codes.
var transientClasses = map[string]bool{"08": true} // faults of the connection

// pgHints says what to do about the faults that a person can mend.
var pgHints = map[string]string{
	pgDiskFull:       "the disk of the database is full: make room, the program goes on by itself",
	pgReadOnly:       "the database takes no changes: DATABASE_URL has to name the primary server, not a copy",
	pgNoSuchDatabase: "there is no database of that name: create it, or check DATABASE_URL",
	pgBadAccount:     "the database does not let this user in: check the user in DATABASE_URL, and pg_hba.conf",
	pgBadPassword:    "the database does not take the password: check the user and the password in DATABASE_URL",
	pgNotAllowed:     "the database's user may not do this: it has to own the schema that the tables are in",
	pgLocked:         "somebody keeps a table of the database locked, such as a backup or a change by hand: let it end, then try again",
	"53300":          "the database has no connection to spare: raise its max_connections, or lower pool_max_conns in DATABASE_URL",
}

// pgHint says what to do about an error, "" if that is not known.
func pgHint(err error) string {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgHints[said.Code]
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return "the database cannot be reached: check the host and the port in DATABASE_URL, and that PostgreSQL is running"
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errPGSlow) {
		return "the database does not answer in time"
	}
	return ""
}

// pgHinted puts what to do about an error in front of it, if that is known.
func withPGHint(err error) error {
	if hint := pgHint(err); hint != "" {
		return fmt.Errorf("%s: %w", hint, err)
	}
	return err
}

// wrap implements engine.
func (*pgEngine) wrap(err error) error {
	detail := pgHint(err)
	if detail == "" {
		detail = "the database cannot be used"
	}
	return unavailable(err, detail)
}

// violates implements engine.
func (*pgEngine) violates(err error, index string) bool {
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && said.Code == pgUniqueViolation && said.ConstraintName == index
}
