package postgres

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
	uniqueViolation    = "23505"
	diskFull           = "53100"
	tooManyConnections = "53300"
	readOnly           = "25006"
	noSuchDatabase     = "3D000"
	badAccount         = "28000"
	badPassword        = "28P01"
	notAllowed         = "42501"
	locked             = "55P03"
)

// transientCodes are faults that may be gone at the next try.
var transientCodes = map[string]bool{
	"25P03":            true, // idle in a transaction for too long
	"40001":            true, // another transaction changed the same rows
	"40P01":            true, // a deadlock
	tooManyConnections: true,
	"57P01":            true, // the server is stopping
	"57P02":            true, // the server crashed
	"57P03":            true, // the server is starting
	"57P05":            true, // idle for too long
}

// transientClasses are the first two characters of such codes.
var transientClasses = map[string]bool{"08": true} // connection faults

// hints says what to do about faults that a person can fix.
var hints = map[string]string{
	diskFull:           "the disk of the database is full: free some space; the program then continues by itself",
	readOnly:           "the database is read-only: DATABASE_URL has to name the primary server, not a standby",
	noSuchDatabase:     "there is no database of that name: create it, or check DATABASE_URL",
	badAccount:         "the database rejects this user: check the user in DATABASE_URL, and pg_hba.conf",
	badPassword:        "the database rejects the password: check the user and the password in DATABASE_URL",
	notAllowed:         "the database's user may not do this: it has to own the schema with the tables",
	locked:             "a table stays locked by a backup or a manual change: wait until that ends, then try again",
	tooManyConnections: "the database has no free connection: raise its max_connections, or lower pool_max_conns in DATABASE_URL",
}

// ErrSlow is the cause of a context that ended because the server took too long.
var ErrSlow = errors.New("postgresql did not answer in time")

// Hint returns what to do about an error, or "".
func Hint(err error) string {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return hints[said.Code]
	}
	if notAgreed(err) {
		return "the database and this program could not agree on the encryption or on how to log in: check sslmode, sslrootcert, and require_auth in DATABASE_URL" +
			" (a password is sent as it is only over an encrypted connection, unless require_auth=password allows it)"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return "the database cannot be reached: check the host and the port in DATABASE_URL, and that PostgreSQL is running"
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrSlow) {
		return "the database does not answer in time"
	}
	return ""
}

// IsViolation reports whether err is the violation of a unique index.
func IsViolation(err error, index string) bool {
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && said.Code == uniqueViolation && said.ConstraintName == index
}

// IsReadOnly reports whether the server takes no writes, because it is a standby.
func IsReadOnly(err error) bool {
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && said.Code == readOnly
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
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed)
}

// WithHint puts what to do about an error in front of it, if known.
func WithHint(err error) error {
	if hint := Hint(err); hint != "" {
		return fmt.Errorf("%s: %w", hint, err)
	}
	return err
}

// RolledBack reports whether a failed commit is known to have changed nothing.
// An error that ended the connection does not tell.
func RolledBack(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && said.SeverityUnlocalized == "ERROR" // Severity is in the server's language
}

// Transient reports whether an error before the commit may be gone at the next
// try.
func Transient(err error) bool {
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
