package stmtcache_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"extendbot/ledger/stmtcache"
)

// open returns a database with one connection and the numbers 1 to 3.
func open(t *testing.T) *sql.Conn {
	t.Helper()
	db, err := stmtcache.Open("file:" + filepath.Join(t.TempDir(), "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.ExecContext(t.Context(), "CREATE TABLE numbers (n INTEGER); INSERT INTO numbers VALUES (1), (2), (3)"); err != nil {
		t.Fatal(err)
	}
	return conn
}

// sum adds up the numbers from one on, with a query inside of the same query.
func sum(t *testing.T, conn *sql.Conn, from int) (total int) {
	t.Helper()
	found, err := conn.QueryContext(t.Context(), "SELECT n FROM numbers WHERE n >= $1", from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var n int
		if err := found.Scan(&n); err != nil {
			t.Fatal(err)
		}
		total += n
		if n == from {
			total += sum(t, conn, from+1)
		}
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return total
}

// A query can run while the rows of the same query are being read.
func TestQuery_InsideItself(t *testing.T) {
	t.Parallel()
	conn := open(t)
	for range 2 { // the second time, everything is cached
		if got := sum(t, conn, 1); got != 1+2+3+2+3+3 {
			t.Errorf("the sum is %d", got)
		}
	}
}

// A statement that was compiled before a table changed sees the changed table.
func TestQuery_AfterSchemaChange(t *testing.T) {
	t.Parallel()
	conn := open(t)
	for _, change := range []string{"ALTER TABLE numbers ADD COLUMN m INTEGER DEFAULT 7", "ALTER TABLE numbers DROP COLUMN m"} {
		for range 2 {
			if got := sum(t, conn, 3); got != 3 {
				t.Errorf("the sum is %d", got)
			}
		}
		if _, err := conn.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	if got := sum(t, conn, 3); got != 3 {
		t.Errorf("the sum is %d", got)
	}
}
