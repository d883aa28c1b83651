package ledger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/ledger"
	"extendbot/order"
)

// The write-ahead log grows while another program reads the database and does not
// end, and this is logged once. When the reader has ended, the log is cut.
func TestSQLite_LogIsCut(t *testing.T) {
	t.Parallel()
	const limit = 8 << 20 // SQLite begins a new log after about 4 MiB
	path := filepath.Join(t.TempDir(), "l.db")
	log, lines := logtest.NewNullLogger()
	l := openWith(t, ledger.WithMaxLog(ledger.Config{Keys: testKeys, URL: "sqlite:" + path, Serve: true, Log: log}, limit))
	written := 0
	write := func(n int) (size int64) {
		t.Helper()
		for range n {
			o := sample(order.ID(fmt.Sprintf("o-%05d", written)))
			o.Server.ID = string(o.ID)
			create(t, l, o)
			written++
		}
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	create(t, l, sample("first"))
	reader, err := databases[0].raw(t, path).Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.QueryRow("SELECT COUNT(*) FROM orders").Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d orders, error %v", n, err)
	}
	const orders = 500
	grown := write(orders)
	if grown <= limit || len(lines.AllEntries()) != 1 {
		t.Errorf("with a reader the log has %d bytes; logged: %d lines", grown, len(lines.AllEntries()))
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	write(10) // copies the log into the database, and begins it again
	if after := write(10); after > limit {
		t.Errorf("after the reader, the log still has %d bytes", after)
	}
	t.Logf("%d orders, %d bytes of log", orders, grown)
}

// The log does not grow while a list of all orders is written to something that
// does not read it, nor while the ledger is verified: neither keeps reading.
func TestSQLite_OwnReadersKeepNoLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := openWith(t, ledger.WithMaxLog(ledger.Config{Keys: testKeys, URL: "sqlite:" + path, Serve: true}, 4<<20))
	for i := range 300 {
		o := sample(order.ID(fmt.Sprintf("o-%05d", i)))
		o.Server.ID = string(o.ID)
		create(t, l, o)
	}
	export := open(t, "sqlite:"+path, false)
	list, err := export.List(t.Context(), start.AddDate(-1, 0, 0), 1000)
	if err != nil || len(list) != 300 {
		t.Fatalf("%d orders, error %v", len(list), err)
	}
	_, err = export.Verify(t.Context(), start, func(ledger.Difference) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	// The process is still there, as one that waits for its output to be read.
	exec(t, databases[0].raw(t, path), "PRAGMA wal_checkpoint(TRUNCATE)")
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() > 0 {
		t.Errorf("the log cannot be emptied: %v, error %v", info, err)
	}
}
