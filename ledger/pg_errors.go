package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PostgreSQL's error codes that are used here.
//
// https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	pgUniqueViolation    = "23505"
	pgDiskFull           = "53100"
	pgTooManyConnections = "53300"
	pgReadOnly           = "25006"
	pgNoSuchDatabase     = "3D000"
	pgBadAccount         = "28000"
	pgBadPassword        = "28P01"
	pgNotAllowed         = "42501"
	pgLocked             = "55P03"
)

// transientCodes are faults that may be gone at the next try.
var transientCodes = map[string]bool{
	"25P03":              true, // idle in a transaction for too long
	"40001":              true, // another transaction changed the same rows
	"40P01":              true, // a deadlock
	pgTooManyConnections: true,
	"57P01":              true, // the server is stopping
	"57P02":              true, // the server crashed
	"57P03":              true, // the server is starting
	"57P05":              true, // idle for too long
}

// transientClasses are the first two characters of such codes.
var transientClasses = map[string]bool{"08": true} // connection faults

// pgHints says what to do about faults that a person can fix.
var pgHints = map[string]string{
	pgDiskFull:           "the disk of the database is full: free some space; the program then continues by itself",
	pgReadOnly:           "the database is read-only: DATABASE_URL has to name the primary server, not a standby",
	pgNoSuchDatabase:     "there is no database of that name: create it, or check DATABASE_URL",
	pgBadAccount:         "the database rejects this user: check the user in DATABASE_URL, and pg_hba.conf",
	pgBadPassword:        "the database rejects the password: check the user and the password in DATABASE_URL",
	pgNotAllowed:         "the database's user may not do this: it has to own the schema with the tables",
	pgLocked:             "a table stays locked by a backup or a manual change: wait until that ends, then try again",
	pgTooManyConnections: "the database has no free connection: raise its max_connections, or lower pool_max_conns in DATABASE_URL",
}

var errPGSlow = errors.New("postgresql did not answer in time")

// pgHint returns what to do about an error, or "".
func pgHint(err error) string {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgHints[said.Code]
	}
	if notAgreed(err) {
		return "the database and this program could not agree on the encryption or on how to log in: check sslmode, sslrootcert, and require_auth in DATABASE_URL" +
			" (a password is sent as it is only over an encrypted connection, unless require_auth=password allows it)"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return "the database cannot be reached: check the host and the port in DATABASE_URL, and that PostgreSQL is running"
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errPGSlow) {
		return "the database does not answer in time"
	}
	return ""
}

// notAgreed reports whether a server was reached and no connection made, for a
// reason that lies in what both sides allow: the server has no TLS, its
// certificate is not trusted, or it asks for a login that is not allowed.
func notAgreed(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	_, said := errors.AsType[*pgconn.PgError](err)
	return connecting && !network && !said && !ended(err) && !errors.Is(err, context.Canceled)
}

// ended reports whether err is that of a connection that was closed.
func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// withPGHint puts what to do about an error in front of it, if known.
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

// damage implements engine: the server checks its own pages.
func (*pgEngine) damage() error { return nil }

// rolledBack reports whether a failed commit is known to have changed nothing.
// An error that ended the connection does not tell.
func rolledBack(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && said.SeverityUnlocalized == "ERROR" // Severity is in the server's language
}

// transient reports whether an error before the commit may be gone at the next
// try.
func transient(err error) bool {
	if _, lost := errors.AsType[*commitLostError](err); lost {
		return false
	}
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return transientCodes[said.Code] || transientClasses[said.Code[:2]]
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if notAgreed(err) {
		return false
	}
	_, dialing := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return dialing || network || pgconn.SafeToRetry(err) || ended(err)
}
