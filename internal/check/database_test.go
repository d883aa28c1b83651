package check

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
)

// Each thing that can be wrong with the database has a line that names it and says what
// to do.
func TestDatabase_EachMistake(t *testing.T) {
	h := servicetest.Start(t)
	h.Stop()
	served, _ := strings.CutPrefix(h.Settings.Database.Reveal(), "sqlite:")
	dir := t.TempDir()
	changed := func(query string) string { return "sqlite:" + changedCopy(t, served, query) }
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "file"), nil, 0o600), os.WriteFile(filepath.Join(dir, "text"), []byte(strings.Repeat("no database ", 500)), 0o600)); err != nil {
		t.Fatal(err)
	}
	readOnly := "the database file or its folder cannot be written: check their owner and mode"
	if runtime.GOOS != "linux" {
		readOnly = "/sys/kernel does not exist"
	}
	for name, test := range map[string]struct{ url, says string }{
		"the folder is missing":        {"sqlite:" + dir + "/missing/x.db", "the folder " + dir + "/missing does not exist: create it, or correct DATABASE_URL"},
		"the folder is a file":         {"sqlite:" + dir + "/file/x.db", dir + "/file is a file and no folder: correct DATABASE_URL"},
		"a folder":                     {"sqlite:" + dir, "it is a folder: add the name of a file to DATABASE_URL"},
		"the folder cannot be written": {"sqlite:/sys/kernel/x.db", readOnly},
		"another kind of file":         {"sqlite:" + dir + "/text", "the file is not a database: check DATABASE_URL"},
		"of a newer version":           {changed("INSERT INTO extendbot_version (version_id, is_applied) VALUES (9999, 1)"), "the database belongs to a newer version of extendbot"},
		"moved":                        {changed("INSERT INTO moved (at, mark) VALUES (0, '')"), "set DATABASE_URL to that database"},
		"no server":                    {"postgres://bot:hunter2@127.0.0.1:1/bot?sslmode=disable", "the database cannot be reached: check the host and the port in DATABASE_URL, and that PostgreSQL is running"},
	} {
		t.Run(name, func(t *testing.T) {
			s := h.Settings
			var err error
			if s.Database, err = settings.ParseDatabase(test.url); err != nil {
				t.Fatal(err)
			}
			line := databaseLine(t, s)
			t.Log(line)
			if !strings.HasPrefix(line, "FAILED  database: DATABASE_URL: ") || !strings.Contains(line, test.says) || strings.Contains(line, "hunter2") {
				t.Errorf("it says %q", line)
			}
		})
	}
}

// databaseLine returns the only line that a check of the database reports.
func databaseLine(t *testing.T, s settings.Settings) string {
	t.Helper()
	var lines []string
	r := &run{Config: Config{Settings: s, Report: func(r Result) { lines = append(lines, r.String()) }}}
	r.database(t.Context())
	if len(lines) != 1 || r.failed != 1 {
		t.Fatalf("%d failures in %q", r.failed, lines)
	}
	return lines[0]
}

// changedCopy returns the path of a copy of a database on which a query was executed.
func changedCopy(t *testing.T, path, query string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), query)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return to
}
