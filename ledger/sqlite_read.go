package ledger

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

func (e *sqliteEngine) read() tx { return sqliteTx{e.reader} }

// snapshot implements engine.
func (e *sqliteEngine) snapshot(ctx context.Context, look func(tx tx) error) error {
	inner, err := e.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(look(sqliteTx{inner}), inner.Rollback())
}

// unguarded implements engine: the triggers that make history append-only can
// be dropped by whoever can write the file.
func (e *sqliteEngine) unguarded(ctx context.Context) ([]string, error) {
	missing := []string{"history_no_update", "history_no_delete", "history_no_replace"}
	found, err := e.reader.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'history'")
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }() // it was read to its end, or its error is known
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			return nil, err
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return m == name })
	}
	return missing, found.Err()
}
