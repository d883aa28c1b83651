package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"extendbot/internal/stage"
	"extendbot/internal/testpg"
)

// database is a kind of database for measuring the program.
type database struct {
	name string
	// create creates a database and returns its URL.
	create func(ctx context.Context) (string, error)
	// cpu returns the processor time of the database's processes.
	cpu func() time.Duration
	// replicas is how many processes of the program can share it.
	replicas int
}

// withDatabases runs measure with SQLite and, if it is installed, with a
// PostgreSQL that syncs its commits as in production. That PostgreSQL is removed
// before withDatabases returns.
func withDatabases(ctx context.Context, dir, parent string, r *results, measure func([]database) error) (err error) {
	all := []database{{
		name: "SQLite", replicas: 1, cpu: func() time.Duration { return 0 },
		create: func(context.Context) (string, error) {
			folder, err := os.MkdirTemp(dir, "base-")
			return stage.SQLiteURL(folder), err
		},
	}}
	options := []testpg.Option{testpg.Durable()}
	if parent != "" {
		options = append(options, testpg.In(parent))
	}
	server, err := testpg.Launch(ctx, options...)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.noPostgres = firstLine(err)
		return measure(all)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	return measure(append(all, database{
		name: "PostgreSQL", replicas: 3, create: server.CreateDatabase,
		cpu: func() time.Duration { return processTreeTime(server.PID()) },
	}))
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// processTreeTime returns the processor time of a process and its children,
// including those that have ended. It is 0 without /proc.
func processTreeTime(pid int) time.Duration {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // only an invalid pattern is an error
	var sum time.Duration
	for _, path := range stats {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil || (child != pid && parentOf(child) != pid) {
			continue
		}
		if took, err := cpuTime(child); err == nil { // otherwise it has just ended
			sum += took
		}
	}
	ended, _ := childrenTime(pid)
	return sum + ended
}

// fileSize returns the size of a SQLite database, or 0 for others.
func fileSize(url string) int64 {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return 0
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// folder creates a new folder whose name begins with name.
func folder(dir, name string) (string, error) {
	made, err := os.MkdirTemp(dir, name+"-")
	if err != nil {
		return "", fmt.Errorf("folder for %s: %w", name, err)
	}
	return made, nil
}
