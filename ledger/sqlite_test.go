package ledger_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"extendbot/ledger"
)

func TestASecondServingProcessIsKeptOut(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "l.db")
	open(t, url, true)
	_, err := ledger.Open(t.Context(), ledger.Config{URL: url, Serve: true})
	if !errors.Is(err, ledger.ErrInUse) {
		t.Fatalf("got %v, want ErrInUse", err)
	}
	open(t, url, false) // but it can be looked at
}

func TestTheDatabaseIsNobodyElsesToRead(t *testing.T) {
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

func TestADamagedFileIsNamedAsSuch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(t.Context(), ledger.Config{URL: "sqlite:" + path}); err == nil {
		t.Fatal("it was opened")
	}
}

func TestAURLThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "sqlite:", "mysql://x", "extendbot.db"} {
		if _, err := ledger.Open(t.Context(), ledger.Config{URL: url}); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
}

func rawDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func raw(t *testing.T, path, query string) {
	t.Helper()
	if _, err := rawDB(t, path).ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

func TestWhoeverOnlyLooksMakesNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	if _, err := ledger.Open(t.Context(), ledger.Config{URL: "sqlite:" + path}); !errors.Is(err, ledger.ErrNoDatabase) {
		t.Errorf("no database: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was made")
	}
}

func TestOneFileHasOneLockByWhateverPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, "sqlite:"+filepath.Join(dir, "l.db"), true)
	if err := os.Symlink(filepath.Join(dir, "l.db"), filepath.Join(dir, "link.db")); err != nil {
		t.Fatal(err)
	}
	_, err := ledger.Open(t.Context(), ledger.Config{URL: "sqlite:" + filepath.Join(dir, "link.db"), Serve: true})
	if !errors.Is(err, ledger.ErrInUse) {
		t.Fatalf("got %v, want ErrInUse", err)
	}
}
