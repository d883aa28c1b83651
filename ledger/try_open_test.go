package ledger_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"extendbot/internal/testpg"
	"extendbot/ledger"
)

// serveError returns why a ledger cannot be served.
func serveError(t *testing.T, url string) error {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url, Serve: true})
	if err == nil {
		err = l.Close()
	}
	return err
}

// What prevents serving a SQLite ledger is found out without serving it, for the
// same reason, and nothing is left behind.
func TestTryOpen_FailsAsServeDoes(t *testing.T) {
	t.Parallel()
	write := func(path, content string) error { return os.WriteFile(path, []byte(content), 0o600) }
	for name, test := range map[string]struct {
		prepare func(t *testing.T, path string) (again string, err error)
		says    string
	}{
		"no such folder": {func(_ *testing.T, path string) (string, error) { return path + ".d/l.db", nil }, "l.db.d does not exist: create it, or correct DATABASE_URL"},
		"the folder is a file": {func(_ *testing.T, path string) (string, error) {
			return path + "/l.db", write(path, "")
		}, "l.db is a file and no folder: correct DATABASE_URL"},
		"a folder": {func(_ *testing.T, path string) (string, error) { return path, os.Mkdir(path, 0o700) }, "it is a folder: add the name of a file to DATABASE_URL"},
		"not a database": {func(_ *testing.T, path string) (string, error) {
			return path, write(path, strings.Repeat("this is no database ", 500))
		}, "not a database"},
		"a newer version": {func(t *testing.T, path string) (string, error) {
			err := serveError(t, "sqlite:"+path)
			exec(t, databases[0].raw(t, path), "INSERT INTO extendbot_version (version_id, is_applied) VALUES (9999, 1)")
			return path, err
		}, "newer version"},
		"it was moved": {func(t *testing.T, path string) (string, error) {
			err := serveError(t, "sqlite:"+path)
			exec(t, databases[0].raw(t, path), "INSERT INTO moved (at, mark) VALUES (0, '')")
			return path, err
		}, "moved"},
		"others can change it": {func(_ *testing.T, path string) (string, error) {
			return path, errors.Join(write(path, ""), os.Chmod(path, 0o666))
		}, "can be written by everyone"},
		"a link that leads nowhere": {func(_ *testing.T, path string) (string, error) {
			return path, os.Symlink(path+".d/l.db", path)
		}, "check DATABASE_URL and the folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, err := test.prepare(t, filepath.Join(t.TempDir(), "l.db"))
			if err != nil {
				t.Fatal(err)
			}
			before := filesBelow(t, filepath.Dir(path))
			_, err = ledger.TryOpen(t.Context(), ledger.Config{Keys: testKeys, URL: "sqlite:" + path})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("the error is %v", err)
			}
			if after := filesBelow(t, filepath.Dir(path)); after != before {
				t.Errorf("it left %s, before %s", after, before)
			}
			if serve := serveError(t, "sqlite:"+path); serve == nil || !strings.Contains(serve.Error(), test.says) {
				t.Errorf("serving fails with %v, want %s", serve, test.says)
			}
		})
	}
}

// filesBelow returns the names of all files in a folder.
func filesBelow(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

// A ledger that can be served is told apart: new, of an older version, in use.
// Trying changes nothing and disturbs nobody.
func TestTryOpen_WhatServeWouldDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "l.db")
	want := func(is func(ledger.Condition) bool) {
		t.Helper()
		found, err := ledger.TryOpen(t.Context(), ledger.Config{Keys: testKeys, URL: "sqlite:" + path})
		if err != nil || !is(found) {
			t.Errorf("%+v, error %v", found, err)
		}
	}
	want(func(c ledger.Condition) bool { return c.New && c.Serving == 0 && c.Team == "" })
	if found := filesBelow(t, dir); found != "" {
		t.Errorf("it left %s", found)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want(func(c ledger.Condition) bool { return c.New })
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("an empty file has content now: %v, error %v", info, err)
	}
	l := open(t, "sqlite:"+path, true)
	create(t, l, sample("a"))
	want(func(c ledger.Condition) bool { return c.Serving == 1 && c.Team == "T0TEAM" && !c.New && !c.Older })
	if err := l.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want(func(c ledger.Condition) bool { return c.Serving == 0 && !c.New && !c.Older && len(c.Warnings) == 0 })
	if err := ledger.MigrateDown(t.Context(), path, 7); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	want(func(c ledger.Condition) bool { return c.Older && len(c.Warnings) == 1 })
}

// On PostgreSQL, a user who may not create or change the tables is found out.
func TestTryOpen_Postgres(t *testing.T) {
	t.Parallel()
	owner := testpg.Database(t)
	try := func(url string) (ledger.Condition, error) {
		return ledger.TryOpen(t.Context(), ledger.Config{Keys: testKeys, URL: url})
	}
	if found, err := try(owner); err != nil || !found.New {
		t.Errorf("an empty database: %+v, error %v", found, err)
	}
	guest := guestOf(t, owner)
	if _, err := try(guest); err == nil || !strings.Contains(err.Error(), "has to own the schema") {
		t.Errorf("an empty database, a user who may create nothing: %v", err)
	}
	if err := serveError(t, owner); err != nil {
		t.Fatal(err)
	}
	if found, err := try(owner); err != nil || found.New || found.Serving != 0 {
		t.Errorf("a ledger: %+v, error %v", found, err)
	}
	serving := openWith(t, ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: owner, Serve: true, ProcessID: "here"}))
	if found, err := try(owner); err != nil || found.Serving != 1 {
		t.Errorf("a ledger that is served: %+v, error %v", found, err)
	}
	if err := serving.Close(); err != nil {
		t.Fatal(err)
	}
	exec(t, databases[1].raw(t, owner), "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
	if _, err := try(guest); err == nil || !strings.Contains(err.Error(), "has to own the schema") {
		t.Errorf("a ledger, a user who may only read: %v", err)
	}
	exec(t, databases[1].raw(t, owner), "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC")
	if _, err := try(guest); err != nil {
		t.Errorf("a ledger, a user who may write: %v", err)
	}
	exec(t, databases[1].raw(t, owner), "REVOKE INSERT ON seal FROM PUBLIC")
	if _, err := try(guest); err == nil || !strings.Contains(err.Error(), "permission denied for table seal") {
		t.Errorf("a ledger, a user who may not seal it: %v", err)
	}
}

// guestOf returns the URL of a database for a user who may only connect.
func guestOf(t *testing.T, owner string) string {
	t.Helper()
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	name, password := "guest_"+strings.ToLower(rand.Text()), rand.Text()
	db := databases[1].raw(t, owner)
	exec(t, db, "CREATE ROLE "+pgx.Identifier{name}.Sanitize()+" LOGIN PASSWORD '"+password+"'")
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), "DROP ROLE "+pgx.Identifier{name}.Sanitize()); err != nil {
			t.Error(err)
		}
	})
	u.User = url.UserPassword(name, password)
	return u.String()
}
