package testpg

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// connect opens a connection that is closed with the test, unless the server has
// closed it.
func connect(t *testing.T, where string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// codeOf is the code of PostgreSQL's refusal; empty if it is none.
func codeOf(_ int, err error) string {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Code
	}
	return ""
}

// value runs a query of one value.
func value[T any](t *testing.T, where, query string) T {
	t.Helper()
	var v T
	if err := connect(t, where).QueryRow(t.Context(), query).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
