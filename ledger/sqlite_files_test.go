package ledger_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/ledger"
	"extendbot/order"
)

// replaced is what the ledger says about files that were removed or replaced.
const replaced = "was removed or replaced while the program was running"

// wantGone checks that a ledger accepts no decision and says why.
func wantGone(t *testing.T, l *ledger.Ledger, o order.Order) {
	t.Helper()
	_, err := try(t, l, o, order.Approved)
	for what, err := range map[string]error{"a decision": err, "a ping": l.Ping(t.Context()), "a check": l.Check(t.Context())} {
		if e, ok := errors.AsType[*order.Error](err); !ok || e.Code != order.CodeUnavailable || !strings.Contains(e.Detail, replaced) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A decision that is written into a file that was removed or replaced does not
// count, and the ledger says why it cannot be used.
func TestSQLite_FileRemovedOrReplaced(t *testing.T) {
	t.Parallel()
	copyOver := func(t *testing.T, from, to string) {
		t.Helper()
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, content, 0o600) // truncates the file, as cp does
		}
		if err != nil {
			t.Error(err)
		}
	}
	for name, fault := range map[string]func(t *testing.T, path string) error{
		"removed": func(_ *testing.T, path string) error { return os.Remove(path) },
		"renamed": func(_ *testing.T, path string) error { return os.Rename(path, path+".old") },
		"replaced by a copy": func(t *testing.T, path string) error {
			copyOver(t, path, path+".new")
			return os.Rename(path+".new", path)
		},
		"replaced by an empty file": func(_ *testing.T, path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600))
		},
		"overwritten by a backup": func(t *testing.T, path string) error { copyOver(t, path+".backup", path); return nil },
		"truncated":               func(_ *testing.T, path string) error { return os.Truncate(path, 0) },
		"log removed":             func(_ *testing.T, path string) error { return os.Remove(path + "-wal") },
		"log replaced": func(t *testing.T, path string) error {
			copyOver(t, path+"-wal", path+".w")
			return os.Rename(path+".w", path+"-wal")
		},
		"index of the log removed": func(_ *testing.T, path string) error { return os.Remove(path + "-shm") },
		"lock removed":             func(_ *testing.T, path string) error { return os.Remove(path + ".lock") },
		"folder renamed":           func(_ *testing.T, path string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+".old") },
		"folder removed":           func(_ *testing.T, path string) error { return os.RemoveAll(filepath.Dir(path)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data", "l.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+".backup", nil, 0o600); err != nil { // from before the tables were made
				t.Fatal(err)
			}
			l, err := ledger.Open(t.Context(), ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: "sqlite:" + path, Serve: true}))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }() // SQLite may report that the file is gone
			o := create(t, l, sample("a"))
			// The tables are in the file and not only in the log.
			exec(t, databases[0].raw(t, path), "PRAGMA wal_checkpoint(PASSIVE)")
			if err := l.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := fault(t, path); err != nil {
				t.Fatal(err)
			}
			wantGone(t, l, o)
		})
	}
}

// A symbolic link that leads to another file replaces the database.
func TestSQLite_LinkLeadsElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := filepath.Join(dir, "link.db")
	for _, name := range []string{"a.db", "b.db"} {
		if err := open(t, "sqlite:"+filepath.Join(dir, name), true).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.db", link); err != nil {
		t.Fatal(err)
	}
	l := open(t, "sqlite:"+link, true)
	o := create(t, l, sample("a"))
	if err := errors.Join(os.Symlink("b.db", link+".new"), os.Rename(link+".new", link)); err != nil {
		t.Fatal(err)
	}
	wantGone(t, l, o)
}

// A file that disappears during a commit takes the commit with it: the write does
// not count. When the same file is back, the ledger works again.
func TestSQLite_FileRemovedDuringCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := openImpatient(t, "sqlite:"+path)
	o := create(t, l, sample("a"))
	ledger.DuringNextCommit(l, func() {
		if err := os.Rename(path, path+".old"); err != nil {
			t.Error(err)
		}
	})
	wantGone(t, l, o)
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
	if err := l.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	// It was committed into the file, although nobody could know that it would be found.
	if now, err := l.Order(t.Context(), o.ID); err != nil || now.State != order.Approved {
		t.Errorf("the order is %s, error %v", now.State, err)
	}
}

// A write that was refused because of another one in the same commit is not refused if
// that commit fails: nobody is told that an order that does not count uses up a limit.
func TestSQLite_RefusalNeedsTheCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	accepted := func() error { return nil }
	refused := func() error { return &order.Error{Code: order.CodeOverLimit} }
	if errs := ledger.CommitTogether(l, accepted, refused); errs[0] != nil || order.CodeOf(errs[1]) != order.CodeOverLimit {
		t.Errorf("a commit that succeeds: %v", errs)
	}
	ledger.DuringNextCommit(l, func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	})
	for i, err := range ledger.CommitTogether(l, accepted, refused) {
		if err == nil || order.CodeOf(err) == order.CodeOverLimit {
			t.Errorf("a commit that fails, write %d: %v", i, err)
		}
	}
}

// A file that is moved away for a moment during a commit, and comes back, does not
// make the write fail: the ledger finds out that it was committed.
func TestSQLite_FileAwayForAMoment(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	o := create(t, l, sample("a"))
	ledger.DuringNextCommit(l, func() {
		if err := os.Rename(path, path+".old"); err != nil {
			t.Error(err)
		}
	})
	done := make(chan error, 1)
	go func() { // ends with the decision
		_, err := try(t, l, o, order.Approved)
		done <- err
	}()
	await(t, "the file is away", func() bool { _, err := os.Stat(path); return err != nil })
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The write-ahead log stays the same file while the ledger is open, whatever
// other programs do, and however its connections end.
func TestSQLite_LogStaysOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	create(t, l, sample("a"))
	first, err := os.Open(path + "-wal") // so that another file cannot get its number
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	for range 3 {
		other, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: "sqlite:" + path})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.List(t.Context(), start, 10); err != nil {
			t.Error(err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		ledger.DropConnections(l)
		if err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// startLog returns what Open with Serve says, and what it logs.
func startLog(t *testing.T, path string) (warnings string, err error) {
	t.Helper()
	log, hook := logtest.NewNullLogger()
	l, err := ledger.Open(context.WithoutCancel(t.Context()), ledger.Config{Keys: testKeys, URL: "sqlite:" + path, Serve: true, Log: log})
	if err == nil {
		err = l.Close()
	}
	for _, line := range hook.AllEntries() {
		warnings += line.Message + "\n"
	}
	return warnings, err
}

// A database that everyone on the machine can change, or put another one in its
// place, is not served; the error says what to run. What others can read, and
// what a group can write, is logged.
func TestSQLite_AccessOfOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		suffix string // of the file whose mode is set
		mode   os.FileMode
		folder os.FileMode
		fails  string
		warns  string
	}{
		"only the owner":            {"", 0o600, 0o700, "", ""},
		"a folder that all can see": {"", 0o600, 0o755, "", ""},
		"a group may read":          {"", 0o640, 0o750, "", ""},
		"all may read":              {"", 0o644, 0o755, "", "can be read by everyone"},
		"a group may write":         {"", 0o660, 0o770, "", "can be written by its group"},
		"all may write":             {"", 0o666, 0o700, "can be written by everyone on this machine: run chmod o-w", ""},
		"all may write only":        {"", 0o602, 0o700, "can be written by everyone on this machine: run chmod o-w", ""},
		"all may write the log":     {"-wal", 0o666, 0o700, "-wal can be written by everyone", ""},
		"all may write its index":   {"-shm", 0o666, 0o700, "-shm can be written by everyone", ""},
		"all may write a journal":   {"-journal", 0o666, 0o700, "-journal can be written by everyone", ""},
		"all may write the lock":    {".lock", 0o666, 0o700, ".lock can be written by everyone", ""},
		"all may replace it":        {"", 0o600, 0o777, "is a folder in which everyone on this machine can replace files", ""},
		"a folder like /tmp":        {"", 0o600, 0o777 | os.ModeSticky, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data", "l.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if said, err := startLog(t, path); err != nil || said != "" {
				t.Fatalf("a new database: %v, log %s", err, said)
			}
			f, err := os.OpenFile(path+test.suffix, os.O_CREATE, 0o600)
			if err == nil {
				err = errors.Join(f.Close(), os.Chmod(path+test.suffix, test.mode), os.Chmod(filepath.Dir(path), test.folder))
			}
			if err != nil {
				t.Fatal(err)
			}
			said, err := startLog(t, path)
			if (err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("the error is %v", err)
			}
			if (said != "") != (test.warns != "") || !strings.Contains(said, test.warns) {
				t.Errorf("it logged %q", said)
			}
		})
	}
}
