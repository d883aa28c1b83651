package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// diskResults are the times of a sync, and of a SQLite commit with and without
// one.
type diskResults struct {
	sync   samples // appending walWrite bytes to a file, and an fsync
	full   samples // a commit of one row with synchronous=FULL
	normal samples // the same with NORMAL
}

// walWrite is about how many bytes one commit of the ledger appends to SQLite's
// log.
const walWrite = 32 << 10

// measureDisk adds a round of each kind of write.
func measureDisk(p plan, dir string, into *diskResults) error {
	if err := syncs(filepath.Join(dir, "sync"), p.diskWrites, &into.sync); err != nil {
		return err
	}
	for mode, s := range map[string]*samples{"FULL": &into.full, "NORMAL": &into.normal} {
		if err := commits(filepath.Join(dir, "commit-"+mode+".db"), mode, p.diskWrites, s); err != nil {
			return fmt.Errorf("synchronous=%s: %w", mode, err)
		}
	}
	return nil
}

func syncs(path string, n int, into *samples) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	block := make([]byte, walWrite)
	for range n {
		began := time.Now()
		if _, err := f.Write(block); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		*into = append(*into, time.Since(began))
	}
	return nil
}

func commits(path, mode string, n int, into *samples) (err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+mode+")")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body TEXT)"); err != nil { //nolint:noctx // bounded by n
		return err
	}
	insert, err := db.Prepare("INSERT INTO t (body) VALUES (?)") //nolint:noctx // likewise
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	body := string(make([]byte, 500))
	for range n {
		began := time.Now()
		if _, err := insert.Exec(body); err != nil { //nolint:noctx // likewise
			return err
		}
		*into = append(*into, time.Since(began))
	}
	return nil
}
