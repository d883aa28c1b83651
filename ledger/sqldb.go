package ledger

import (
	"context"
	"database/sql"
)

// sqlRunner is what *sql.DB and *sql.Tx have in common.
type sqliteRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// sqlTx runs the ledger's queries through database/sql.
type sqliteTx struct{ sqliteRunner }

func (t sqliteTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t sqliteTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	return t.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller does
}
