package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/ledger"
)

// wantReady waits until /readyz answers with a status and words.
func (p *play) wantReady(want int, words string) {
	p.t.Helper()
	var (
		status int
		body   string
	)
	p.until(func() bool {
		status, body = p.get("/readyz")
		return status == want && strings.Contains(body, words)
	}, func() string { return fmt.Sprintf("/readyz says %d %s, want %d %s", status, body, want, words) })
}

// damage overwrites the page of a database at which a table begins. Nobody may
// have the database open.
func (p *play) damage(table string) {
	p.t.Helper()
	path := p.database()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		p.t.Fatal(err)
	}
	var page, size int64
	err = errors.Join(
		db.QueryRowContext(p.ctx, "SELECT rootpage FROM sqlite_master WHERE name = $1", table).Scan(&page),
		db.QueryRowContext(p.ctx, "PRAGMA page_size").Scan(&size),
		db.Close()) // which brings all pages from the log into the file
	if err != nil {
		p.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(size)), (page-1)*size)
	if err := errors.Join(err, f.Close()); err != nil {
		p.t.Fatal(err)
	}
}

func TestADamagedPageEndsTheStartIfAnOpenOrderIsOnIt(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.card(stageAlice, "web-1 24")
	p.end()
	p.damage("orders")
	v, err := newService(p.ctx, p.settings, newLog(p.settings, p.log))
	if err == nil {
		err = errors.Join(v.run(p.ctx), v.close())
	}
	if err == nil || !strings.Contains(err.Error(), "damaged: stop the program and restore the last backup") {
		t.Errorf("it ended with %v", err)
	}
}

func TestADamagedPageThatIsFoundLaterMakesTheBotUnready(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_cancel")
	p.saying(card, "cancelled")
	p.end()
	p.damage("orders")
	p.begin() // nothing is open, so nobody reads the page
	p.wantReady(http.StatusOK, "ok")

	if got := p.extend(stageAlice, "web-1 24").AckText(); got == "" {
		t.Error("a command that cannot be recorded got no answer")
	}
	p.unrecorded(card)
	p.wantReady(http.StatusServiceUnavailable, "damaged: stop the program and restore the last backup")
	if status, _ := p.get("/healthz"); status != http.StatusOK {
		t.Error("the process counts as dead, and a restart would not help")
	}
	p.wantCharges(0, 0)
}

func TestADatabaseOfANewerVersionEndsTheStartAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.end()
	p.tamper("INSERT INTO extendbot_version (version_id, is_applied) VALUES (9999, 1)")
	_, err := newService(p.ctx, p.settings, newLog(p.settings, p.log))
	if !errors.Is(err, ledger.ErrNewerSchema) || !strings.Contains(err.Error(), "DATABASE_URL") || !strings.Contains(err.Error(), "use the newer program") {
		t.Errorf("it ended with %v", err)
	}
}

func TestAFileThatIsNoDatabaseEndsTheStartAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := setStage(t, slacksim.Config{})
	path := p.database()
	if err := os.WriteFile(path, bytes.Repeat([]byte("a letter to my aunt "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := newService(p.ctx, p.settings, newLog(p.settings, p.log))
	if err == nil || !strings.Contains(err.Error(), "the file is no database: check DATABASE_URL") {
		t.Errorf("it ended with %v", err)
	}
}
