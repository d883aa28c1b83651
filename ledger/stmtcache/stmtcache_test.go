package stmtcache_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"extendbot/ledger/stmtcache"
)

// open returns a database with one connection and the numbers 1 to 3.
func open(t testing.TB) *sql.Conn {
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

// A cached query has as many rows as its limit says each time.
func TestQuery_EachLimit(t *testing.T) {
	t.Parallel()
	conn := open(t)
	for _, query := range []string{"SELECT count(*) FROM (SELECT n FROM numbers LIMIT ?)", "SELECT count(*) FROM (SELECT n FROM numbers LIMIT $1)"} {
		for _, limit := range []int{2, 0, 3, 1} {
			var rows int
			if err := conn.QueryRowContext(t.Context(), query, limit).Scan(&rows); err != nil || rows != limit {
				t.Errorf("%d rows for the limit %d: %v", rows, limit, err)
			}
		}
	}
}

// A query with a variable limit takes as long as one with a fixed limit: it is not
// compiled again.
func BenchmarkQuery_Limit(b *testing.B) {
	for name, query := range map[string]string{
		"variable": "SELECT n FROM numbers WHERE n >= $1 ORDER BY n LIMIT $2",
		"fixed":    "SELECT n FROM numbers WHERE n >= $1 ORDER BY n LIMIT 2 + 0 * $2",
	} {
		b.Run(name, func(b *testing.B) {
			conn := open(b)
			for b.Loop() {
				var n int
				if err := conn.QueryRowContext(b.Context(), query, 1, 2).Scan(&n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
