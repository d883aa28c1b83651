package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// River's queries are long, and SQLite takes longer to compile one than to run
// it. The cache sits below database/sql, where it serves River's queries as
// well as the ledger's: each connection compiles a query once.

// maxStatements bounds a connection's cache. The program has a fixed set of
// queries, far fewer than this; any more are not kept.
const maxStatements = 200

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// cachingConnector opens connections that keep their statements.
type cachingConnector struct {
	dsn  string
	base driver.Driver
}

func newCachingConnector(dsn string) (*cachingConnector, error) {
	// database/sql has no other way to get a registered driver.
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	return &cachingConnector{dsn: dsn, base: db.Driver()}, db.Close()
}

// Driver implements driver.Connector.
func (c *cachingConnector) Driver() driver.Driver { return c.base }

// Connect implements driver.Connector.
func (c *cachingConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.base.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks a method that the ledger needs"), conn.Close())
	}
	return &cachingConn{sqliteConn: full, known: map[string]*cachedStmt{}}, nil
}

// cachingConn is a connection with its compiled statements. database/sql never
// uses a connection from two goroutines at once.
type cachingConn struct {
	sqliteConn
	known map[string]*cachedStmt
}

// cachedStmt is a compiled statement; busy while its rows are being read.
type cachedStmt struct {
	driver.Stmt
	busy bool
}

// Close implements driver.Conn.
func (c *cachingConn) Close() error {
	var errs []error
	for _, stmt := range c.known {
		errs = append(errs, stmt.Close())
	}
	clear(c.known)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// stmt returns the compiled query and what to call when it is no longer used.
func (c *cachingConn) stmt(ctx context.Context, query string) (_ driver.Stmt, release func() error, err error) {
	if kept := c.known[query]; kept != nil && !kept.busy {
		kept.busy = true
		return kept.Stmt, func() error { kept.busy = false; return nil }, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	if c.known[query] != nil || len(c.known) >= maxStatements {
		return stmt, stmt.Close, nil
	}
	kept := &cachedStmt{Stmt: stmt, busy: true}
	c.known[query] = kept
	return stmt, func() error { kept.busy = false; return nil }, nil
}

// ExecContext implements driver.ExecerContext.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, release, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args) //nolint:forcetypeassert // the driver's statements all do
	return result, errors.Join(err, release())
}

// QueryContext implements driver.QueryerContext.
func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, release, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, args) //nolint:forcetypeassert // the driver's statements all do
	if err != nil {
		return nil, errors.Join(err, release())
	}
	return &cachedRows{Rows: found, release: release}, nil
}

// cachedRows releases its statement when it is closed.
type cachedRows struct {
	driver.Rows
	release func() error
}

// Close implements driver.Rows.
func (r *cachedRows) Close() error { return errors.Join(r.Rows.Close(), r.release()) }
