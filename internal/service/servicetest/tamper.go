package servicetest

import (
	"database/sql"
	"errors"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx

	"extendbot/order"
)

// Exec changes the database directly, without the service.
func (h *Harness) Exec(queries ...string) {
	h.T.Helper()
	db := h.OpenDatabase()
	for _, q := range queries {
		if _, err := db.ExecContext(h.Ctx, q); err != nil {
			h.T.Errorf("%s: %v", q, err)
		}
	}
	if err := db.Close(); err != nil {
		h.T.Error(err)
	}
}

// Tamper is Exec for somebody who may do anything, also change history. Everything
// changes at once.
func (h *Harness) Tamper(queries ...string) {
	h.T.Helper()
	unguard := []string{"SET LOCAL session_replication_role = replica"}
	if h.onSQLite() {
		unguard = []string{"DROP TRIGGER IF EXISTS history_no_update", "DROP TRIGGER IF EXISTS history_no_delete"}
	}
	db := h.OpenDatabase()
	tx, err := db.BeginTx(h.Ctx, nil)
	if err != nil {
		h.T.Fatal(err)
	}
	for _, q := range append(unguard, queries...) {
		if _, err := tx.ExecContext(h.Ctx, q); err != nil {
			h.T.Fatalf("%s: %v", q, err)
		}
	}
	if err := errors.Join(tx.Commit(), db.Close()); err != nil {
		h.T.Fatal(err)
	}
}

// LoggedOrders returns how many lines of the log about each order contain text.
func (h *Harness) LoggedOrders(text string) map[order.ID]int {
	lines := map[order.ID]int{}
	for line := range strings.Lines(h.Log.String()) {
		if _, after, about := strings.Cut(line, "order_id="); about && strings.Contains(line, text) {
			id, _, _ := strings.Cut(after, " ")
			lines[order.ID(id)]++
		}
	}
	return lines
}

func (h *Harness) onSQLite() bool { return strings.HasPrefix(h.Settings.Database.Reveal(), "sqlite:") }

// OpenDatabase opens one connection to the database, past the service. The caller
// closes it.
func (h *Harness) OpenDatabase() *sql.DB {
	h.T.Helper()
	driver, source := "pgx", h.Settings.Database.Reveal()
	if h.onSQLite() {
		driver, source = "sqlite", h.DatabasePath()+"?_pragma=busy_timeout(60000)&_txlock=immediate"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		h.T.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}
