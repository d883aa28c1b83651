package service_test

import (
	"bytes"
	"database/sql"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/ledger"
)

// damage overwrites the first page of a table. No process may have the database
// open.
func damage(h *servicetest.Harness, table string) {
	h.T.Helper()
	path := h.DatabasePath()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		h.T.Fatal(err)
	}
	var page, size int64
	err = errors.Join(
		db.QueryRowContext(h.Ctx, "SELECT rootpage FROM sqlite_master WHERE name = $1", table).Scan(&page),
		db.QueryRowContext(h.Ctx, "PRAGMA page_size").Scan(&size),
		db.Close()) // moves all pages from the write-ahead log into the file
	if err != nil {
		h.T.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		h.T.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(size)), (page-1)*size)
	if err := errors.Join(err, f.Close()); err != nil {
		h.T.Fatal(err)
	}
}

// A damaged page that contains an open order ends the start.
func TestStart_DamagedDatabase(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Request(stage.Alice, "web-1 24")
	h.Stop()
	damage(h, "orders")
	v, err := h.Open()
	if err == nil {
		err = errors.Join(v.Run(h.Ctx), v.Close())
	}
	if err == nil || !strings.Contains(err.Error(), "damaged: stop the program and restore the last backup") {
		t.Errorf("it ended with %v", err)
	}
}

// A damaged page that is found later makes the service not ready. It keeps
// running, because a restart would not help.
func TestReady_DamagedDatabase(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	h.Stop()
	damage(h, "history")
	h.Start() // a start reads open orders, but not their history
	h.WaitReady(http.StatusOK, "ok")

	if got := h.Extend(stage.Alice, "web-1 25").AckText(); got == "" {
		t.Error("a command that cannot be recorded got no answer")
	}
	h.WantNoAck(card)
	h.WaitReady(http.StatusServiceUnavailable, "damaged: stop the program and restore the last backup")
	if status, _ := h.Get("/healthz"); status != http.StatusOK {
		t.Error("/healthz fails although a restart would not help")
	}
	h.WantCharges(0, 0)
}

// A database of a newer version ends the start, and the error says what to do.
func TestStart_NewerDatabase(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Stop()
	h.Exec("INSERT INTO extendbot_version (version_id, is_applied) VALUES (9999, 1)")
	_, err := h.Open()
	if !errors.Is(err, ledger.ErrNewerSchema) || !strings.Contains(err.Error(), "DATABASE_URL") || !strings.Contains(err.Error(), "use the newer program") {
		t.Errorf("it ended with %v", err)
	}
}

// A file that is not a database ends the start, and the error says what to do.
func TestStart_NotADatabase(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	path := h.DatabasePath()
	if err := os.WriteFile(path, bytes.Repeat([]byte("this is a letter. "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := h.Open()
	if err == nil || !strings.Contains(err.Error(), "the file is not a database: check DATABASE_URL") {
		t.Errorf("it ended with %v", err)
	}
}
