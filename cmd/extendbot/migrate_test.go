package main

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"extendbot/internal/ledgerfill"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
	"extendbot/internal/testpg"
	"extendbot/ledger"
)

// noPassword fails the test if the password of a database's URL is in a text.
func noPassword(t *testing.T, databaseURL, text string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal("the URL cannot be read")
	}
	if password, _ := u.User.Password(); password == "" || strings.Contains(text, password) {
		t.Errorf("the text contains the password, or the URL has none: %s", text)
	}
}

// A ledger is moved to PostgreSQL with all its orders and their history. The
// program then serves it there: open orders continue, and unknown ones stay
// unknown.
func TestMigrate_MovesToPostgreSQLAndServes(t *testing.T) {
	h := servicetest.Start(t)
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.BeforeCharge}, 1)
	lost := h.Request(stage.Alice, "web-1 24")
	h.Confirm(lost)
	h.WaitReply(lost, "may or may not have been spent")
	open := h.Request(stage.Bob, "db-1 2")
	file, server := h.Settings.Database.Reveal(), testpg.Database(t)

	code, out := command(t, "migrate", "--from", file, "--to", server)
	if code != exitFailure || !strings.Contains(out, "the source: ") || !strings.Contains(out, "another extendbot is serving this database") {
		t.Fatalf("while it is being served: %d %s", code, out)
	}
	h.Stop()
	t.Setenv("DATABASE_URL", file)
	_, before := command(t, "orders", "export")

	t.Setenv("DATABASE_URL", server)
	for _, want := range []string{"everything was moved; the destination is equal", "nothing to move; the destination is already equal"} {
		code, out := command(t, "migrate", "--from", file, "--to", databaseSetting)
		if code != exitOK || !strings.Contains(out, want) || !strings.Contains(out, "orders: 2, rows of history: 5, ") {
			t.Fatalf("migrate: %d %s", code, out)
		}
		noPassword(t, server, out)
		_, rest, _ := strings.Cut(out, "--expect: ")
		printed, _, _ := strings.Cut(rest, "\n")
		for _, database := range []string{file, server} {
			t.Setenv("DATABASE_URL", database)
			if code, out := command(t, "orders", "verify", "--expect", printed); code != exitOK {
				t.Errorf("the mark does not match: %d %s", code, out)
			}
		}
	}
	if _, after := command(t, "orders", "export"); after != before {
		t.Errorf("exported before:\n%s\nafter:\n%s", before, after)
	}

	h.UseDatabase(server)
	h.Start()
	h.Click(stage.Bob, open, "order_confirm")
	h.WaitReply(open, servicetest.Receipt)
	if o := h.Recorded(lost); o.State != "unknown" {
		t.Errorf("the lost one is %s", o.State)
	}
}

// A ledger that a version without keys wrote is migrated from the command line. Without a
// key that says that the seal is missing; with one, orders verify knows its key, and
// calls it unknown if it is not set.
func TestMigrate_SealsOlderVersion(t *testing.T) {
	dump, err := os.ReadFile(filepath.Join("..", "..", "internal", "service", "testdata", "upgrade", "sqlite.sql"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.ExecContext(t.Context(), string(dump))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", "sqlite:"+path)
	const unsealed, older, unknown = "the first start seals what they wrote", "rows that earlier versions wrote without a key: 28\nno differences", "key unknown: "
	for _, step := range []struct {
		key, command      string
		code              int
		contains, without string
	}{
		{"", "orders verify", exitFailure, "belongs to an older version", ""},
		{"", "migrate", exitOK, unsealed, ""},
		{"", "orders verify", exitOK, older, unknown},
		{"a-key-of-0xhost", "migrate", exitOK, "is up to date", unsealed},
		{"a-key-of-0xhost", "orders verify", exitOK, older, unknown},
		{"another-key-of-0xhost", "orders verify", exitOK, unknown, "differences:"},
	} {
		t.Setenv("OXHOST_API_KEY", step.key)
		code, out := command(t, strings.Fields(step.command)...)
		if code != step.code || !strings.Contains(out, step.contains) || step.without != "" && strings.Contains(out, step.without) {
			t.Errorf("%s with the key %q: %d %s", step.command, step.key, code, out)
		}
	}
}

// A mistake in --from or --to is reported with the flag's name and without its
// value.
func TestMigrate_MistakesOfUsage(t *testing.T) {
	file := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	server := "postgres://bot:hunter2@127.0.0.1:1/bot"
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"--from", file}, "--from needs --to"},
		{[]string{"--to", server}, "--to needs --from"},
		{[]string{"--from", "", "--to", server}, "--from: must be"},
		{[]string{"--from", file, "--to", "mysql://root:hunter2@db/x"}, "--to: must be"},
		{[]string{"--from", file, "--to", "postgres://u:12/hunter2@db/x"}, "--to: has an @ after its host"},
		{[]string{"--from", "sqlite://hunter2", "--to", server}, "--from: write the path right after sqlite:"},
		{[]string{"--from", file, "--to", file}, "the same database"},
		{[]string{"--from", server, "--to", server}, "the same database"},
		{[]string{"--from", file, "--to", server, "more"}, "unknown command or argument"},
	} {
		code, out := command(t, append([]string{"migrate"}, row.args...)...)
		if code != exitUsage || !strings.Contains(out, row.want) || strings.Contains(out, "hunter2") {
			t.Errorf("%v: exit code %d, printed %s", row.args[:1], code, out)
		}
	}
}

// moveFails fails the test unless a move fails with these texts and no password.
func moveFails(t *testing.T, exit int, from, to string, want ...string) {
	t.Helper()
	code, out := command(t, "migrate", "--from", from, "--to", to)
	for _, text := range want {
		if code != exit || !strings.Contains(out, text) {
			t.Errorf("exit code %d, want %q, printed %s", code, text, out)
		}
	}
	for _, place := range []string{from, to} {
		if strings.HasPrefix(place, "postgres:") {
			noPassword(t, place, out)
		}
	}
}

// If a move cannot reach a server, the error says which end it is.
func TestMigrate_UnreachableEnd(t *testing.T) {
	t.Parallel()
	const away = "postgres://bot:hunter2@127.0.0.1:1/bot"
	dir := t.TempDir()
	empty, err := ledgerfill.EmptySQLite()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "empty.db"), empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for end, databases := range map[string][2]string{
		"the source: ":      {away, "sqlite:" + filepath.Join(dir, "new.db")},
		"the destination: ": {"sqlite:" + filepath.Join(dir, "empty.db"), away},
	} {
		err := moveLedger(t.Context(), terminal{out: io.Discard, err: io.Discard}, databases[0], databases[1], time.Millisecond)
		if err == nil || !strings.HasPrefix(err.Error(), end) || !strings.Contains(err.Error(), "cannot be reached") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %s", err, end)
		}
	}
}

// If a move fails, the error says at which end and why, and contains no
// password.
func TestMigrate_FailureNamesTheEnd(t *testing.T) {
	dir := t.TempDir()
	file, other, server := "sqlite:"+filepath.Join(dir, "a.db"), "sqlite:"+filepath.Join(dir, "b.db"), testpg.Database(t)
	moveFails(t, exitFailure, file, server, "the source: ", "there is no database yet")
	for _, place := range []string{file, other} {
		t.Setenv("DATABASE_URL", place)
		if code, out := command(t, "migrate"); code != exitOK {
			t.Fatalf("migrate: %d %s", code, out)
		}
	}
	moveFails(t, exitUsage, file, server+"&connect_timeout=never", "the destination: ", "or a setting after its ?, is not valid")
	l, err := ledger.Open(t.Context(), ledger.Config{URL: file, Serve: true, Keys: ledgerfill.Keys()})
	if err != nil {
		t.Fatal(err)
	}
	recordLongAgo(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if code, out := command(t, "migrate", "--from", file, "--to", server); code != exitOK {
		t.Fatalf("migrate: %d %s", code, out)
	}
	moveFails(t, exitFailure, other, server, "nothing was moved: ", "orders: 1, rows of history: 1, baselines: 0", "cannot be merged")
}

// The password for PostgreSQL can come from PostgreSQL's own variables and
// files.
func TestMigrate_PasswordFromOutsideTheURL(t *testing.T) {
	dir, server := t.TempDir(), testpg.Database(t)
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("the URL cannot be read")
	}
	password, _ := u.User.Password()
	secret := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := *u
	plain.User = url.User(u.User.Username())
	file := "sqlite:" + filepath.Join(dir, "a.db")
	t.Setenv("DATABASE_URL", file)
	if code, out := command(t, "migrate"); code != exitOK {
		t.Fatalf("migrate: %d %s", code, out)
	}
	for _, row := range []struct{ name, value, to string }{
		{"PGPASSWORD", password, plain.String()},
		{"PGPASSFILE", secret("pgpass", "*:*:*:*:"+password+"\n"), plain.String()},
		{
			"PGSERVICEFILE", secret("services", "[ledger]\nhost="+u.Hostname()+"\nport="+u.Port()+"\nuser="+u.User.Username()+
				"\npassword="+password+"\ndbname="+strings.TrimPrefix(u.Path, "/")+"\nsslmode=disable\n"), "postgres:///?service=ledger",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv(row.name, row.value)
			code, out := command(t, "migrate", "--from", file, "--to", row.to)
			if code != exitOK || strings.Contains(out, password) {
				t.Errorf("migrate: %d %s", code, out)
			}
		})
	}
}

// A long move prints its progress every few seconds.
func TestMigrate_PrintsProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Now()
	h := progressPrinter{out: &out, now: func() time.Time { return now }}
	for done := range 10 {
		h.print(ledger.Progress{Doing: "copying", Done: done, Total: 9})
		now = now.Add(time.Second)
	}
	if want := "copying: 3 of 9 rows\ncopying: 6 of 9 rows\ncopying: 9 of 9 rows\n"; out.String() != want {
		t.Errorf("printed %q", out.String())
	}
}
