package postgres

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Only a plain error means that a commit changed nothing, in the language of any
// server. A commit may have succeeded if the server ended the connection.
func TestRolledBack_OnlyPlainErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		undone bool
	}{
		"an error":                   {&pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "40001"}, true},
		"an error, in German":        {&pgconn.PgError{Severity: "FEHLER", SeverityUnlocalized: "ERROR", Code: "23505"}, true},
		"the server stops":           {&pgconn.PgError{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "57P01"}, false},
		"the same, in Russian":       {&pgconn.PgError{Severity: "\u0412\u0410\u0416\u041d\u041e", SeverityUnlocalized: "FATAL", Code: "57P01"}, false},
		"the server does not say":    {&pgconn.PgError{Severity: "ERROR", Code: "40001"}, false},
		"the transaction had failed": {pgx.ErrTxCommitRollback, true},
		"the connection is gone":     {errors.New("unexpected EOF"), false},
	} {
		if got := RolledBack(test.err); got != test.undone {
			t.Errorf("%s: %v", name, got)
		}
	}
}
