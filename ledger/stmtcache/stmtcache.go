// Package stmtcache opens SQLite databases whose connections keep their compiled
// statements, because SQLite takes longer to compile a long query than to run
// it. It works below database/sql, so it serves every query, including those of
// libraries.
package stmtcache

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"regexp"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// maxStatements limits a connection's cache. The program has a fixed set of far
// fewer queries; further ones are not cached.
const maxStatements = 200

// limitVariable finds the variables after LIMIT. SQLite looks at the value of such a
// variable when it compiles a query, so each new value makes it compile the query again.
// It does not look behind a sign.
var limitVariable = regexp.MustCompile(`\bLIMIT ([?$])`)

// sqliteConn is the part of the driver's connections that is used.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Open opens a database of the driver "sqlite".
func Open(dsn string) (*sql.DB, error) {
	// database/sql has no other way to get a registered driver.
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	c := &connector{dsn: dsn, base: db.Driver()}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// connector opens connections that keep their statements.
type connector struct {
	dsn  string
	base driver.Driver
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return c.base }

// Connect implements driver.Connector.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.base.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := opened.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks a method that the cache needs"), opened.Close())
	}
	return &conn{sqliteConn: full, known: map[string]*statement{}}, nil
}

// conn is a connection with its compiled statements. database/sql never uses a
// connection from two goroutines at once.
type conn struct {
	sqliteConn
	known map[string]*statement
}

// statement is a compiled statement. It is busy while its rows are being read.
type statement struct {
	driver.Stmt
	busy bool
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	var errs []error
	for _, stmt := range c.known {
		errs = append(errs, stmt.Close())
	}
	clear(c.known)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// stmt returns the compiled query, and a function to call when it is no longer
// used.
func (c *conn) stmt(ctx context.Context, query string) (_ driver.Stmt, release func() error, err error) {
	if kept := c.known[query]; kept != nil && !kept.busy {
		kept.busy = true
		return kept.Stmt, func() error { kept.busy = false; return nil }, nil
	}
	stmt, err := c.PrepareContext(ctx, limitVariable.ReplaceAllString(query, "LIMIT +$1"))
	if err != nil {
		return nil, nil, err
	}
	if c.known[query] != nil || len(c.known) >= maxStatements {
		return stmt, stmt.Close, nil
	}
	kept := &statement{Stmt: stmt, busy: true}
	c.known[query] = kept
	return stmt, func() error { kept.busy = false; return nil }, nil
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, release, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args) //nolint:forcetypeassert // all of the driver's statements implement it
	return result, errors.Join(err, release())
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, release, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, args) //nolint:forcetypeassert // all of the driver's statements implement it
	if err != nil {
		return nil, errors.Join(err, release())
	}
	return &rows{Rows: found, release: release}, nil
}

// rows releases its statement when it is closed.
type rows struct {
	driver.Rows
	release func() error
}

// Close implements driver.Rows.
func (r *rows) Close() error { return errors.Join(r.Rows.Close(), r.release()) }
