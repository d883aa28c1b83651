package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// A second serving process is refused, but a reader is allowed.
func TestSQLite_SecondServingProcess(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "l.db")
	open(t, url, true)
	_, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url, Serve: true})
	if !errors.Is(err, ledger.ErrInUse) {
		t.Fatalf("got %v, want ErrInUse", err)
	}
	open(t, url, false) // but it can be read
}

// Only the owner of the database file can read it and the files next to it.
func TestSQLite_FilePermissions(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	create(t, l, sample("a"))
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v, error %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
}

// Check writes nothing, and notices that the database is locked.
func TestSQLite_CheckWritesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := openImpatient(t, "sqlite:"+path)
	create(t, l, sample("a"))
	content := func() string {
		t.Helper()
		db, err := os.ReadFile(path)
		log, logErr := os.ReadFile(path + "-wal")
		if err := errors.Join(err, logErr); err != nil {
			t.Fatal(err)
		}
		return string(db) + string(log)
	}
	before := content()
	for range 10 {
		if err := l.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if content() != before {
		t.Error("a check wrote to the disk")
	}
	if err := l.Ping(t.Context()); err != nil || content() == before {
		t.Errorf("a ping wrote nothing (error %v)", err)
	}

	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Check(t.Context()) == nil {
		t.Error("a locked database passed")
	}
	if err := errors.Join(tx.Rollback(), other.Close()); err != nil {
		t.Fatal(err)
	}
}

// A file that is not a database is refused.
func TestSQLite_DamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: "sqlite:" + path}); err == nil {
		t.Fatal("it was opened")
	}
}

// A database URL of an unknown kind is refused.
func TestOpen_BadURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "sqlite:", "mysql://x", "extendbot.db"} {
		if _, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url}); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
}

// A process that does not serve creates no database file.
func TestSQLite_ReaderCreatesNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	if _, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: "sqlite:" + path}); !errors.Is(err, ledger.ErrNoDatabase) {
		t.Errorf("no database: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was created")
	}
}

// A file has one lock, whatever path is used.
func TestSQLite_OneLockPerFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, "sqlite:"+filepath.Join(dir, "l.db"), true)
	if err := os.Symlink(filepath.Join(dir, "l.db"), filepath.Join(dir, "link.db")); err != nil {
		t.Fatal(err)
	}
	_, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: "sqlite:" + filepath.Join(dir, "link.db"), Serve: true})
	if !errors.Is(err, ledger.ErrInUse) {
		t.Fatalf("got %v, want ErrInUse", err)
	}
}

// The levels of SQLite's PRAGMA synchronous.
const (
	syncNormal = 1 // the log is not synced at a commit
	syncFull   = 2 // it is synced
)

// What must survive a power failure is committed with a sync, and nothing else
// is.
func TestSQLite_DurableCommitsAreSynced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	// SQLite itself records the level at which each row of history is committed.
	exec(t, databases[0].raw(t, path), "CREATE TABLE seen (was TEXT, state TEXT, level INTEGER)")
	exec(t, databases[0].raw(t, path), "CREATE TRIGGER look AFTER INSERT ON history BEGIN"+
		" INSERT INTO seen SELECT NEW.from_state, NEW.to_state, synchronous FROM pragma_synchronous; END")
	eventful(t, l, "a")
	for id, to := range map[order.ID]order.State{"b": order.Cancelled, "c": order.Expired, "d": order.Declined} {
		o := sample(id)
		o.Server.ID = string(id)
		through(t, l, create(t, l, o), order.Pending, to)
	}
	seen := map[order.Entry]int{}
	found, err := databases[0].raw(t, path).QueryContext(t.Context(), "SELECT was, state, level FROM seen")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var (
			e     order.Entry
			level int
		)
		if err := found.Scan(&e.From, &e.To, &level); err != nil {
			t.Fatal(err)
		}
		seen[e]++
		want := syncFull
		if e.From == "" || e.To == order.Expired {
			want = syncNormal
		}
		if level != want || e.Durable() != (want == syncFull) {
			t.Errorf("%q to %s was committed at level %d, want %d; Durable: %v", e.From, e.To, level, want, e.Durable())
		}
	}
	if err := found.Err(); err != nil || len(seen) < 10 {
		t.Errorf("transitions seen: %v, error %v", seen, err)
	}
}

// SQLite uses a write-ahead log, so that readers do not block the writer.
func TestSQLite_WriteAheadLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	open(t, "sqlite:"+path, true)
	var mode string
	if err := databases[0].raw(t, path).QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, error %v", mode, err)
	}
}

// lock locks a database, as another program might, until the returned function
// is called.
func lock(t *testing.T, path string) (release func()) {
	t.Helper()
	conn, err := databases[0].raw(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// While another program locks the database, writes fail together and soon. Later
// ones succeed.
func TestSQLite_LockedWritesFailInTime(t *testing.T) {
	t.Parallel()
	const writes = 50
	path := filepath.Join(t.TempDir(), "l.db")
	l := openImpatient(t, "sqlite:"+path)
	orders := make([]order.Order, writes)
	for i := range orders {
		o := sample(order.ID(fmt.Sprintf("o-%02d", i)))
		o.Server.ID = string(o.ID)
		orders[i] = create(t, l, o)
	}
	release := lock(t, path)
	began := time.Now()
	var wg sync.WaitGroup
	for _, o := range orders {
		wg.Go(func() {
			if _, err := try(t, l, o, order.Approved); order.CodeOf(err) != order.CodeUnavailable {
				t.Errorf("order %s: %v", o.ID, err)
			}
		})
	}
	wg.Wait()
	// One batch waits for the lock, and the next one gathers meanwhile: 300 ms
	// each. One after another they would take 15 s.
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s until all of them failed", took)
	}
	release()
	for _, o := range orders {
		wg.Go(func() {
			if _, err := try(t, l, o, order.Approved); err != nil {
				t.Errorf("order %s, after the lock: %v", o.ID, err)
			}
		})
	}
	wg.Wait()
}
