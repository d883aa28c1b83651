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

	"extendbot/internal/testpg"
)

// base is a kind of database that the program is measured on.
type base struct {
	name string
	// fresh gives the URL of a new database.
	fresh func(ctx context.Context) (string, error)
	// cpu is the processor time that the database took in processes of its own.
	cpu func() time.Duration
	// replicas is how many processes can share it.
	replicas int
}

// withBases runs measure with SQLite and, if it can be had, with a PostgreSQL
// that syncs its commits as it does in production. It ends before withBases
// returns.
func withBases(ctx context.Context, dir, parent string, r *results, measure func([]base) error) (err error) {
	all := []base{{
		name: "SQLite", replicas: 1, cpu: func() time.Duration { return 0 },
		fresh: func(context.Context) (string, error) {
			folder, err := os.MkdirTemp(dir, "base-")
			return sqliteIn(folder), err
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
	return measure(append(all, base{
		name: "PostgreSQL", replicas: 3, fresh: server.CreateDatabase,
		cpu: func() time.Duration { return familyTime(server.PID()) },
	}))
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// familyTime is the processor time of a process, of its children, and of those of
// them that ended. It is 0 without /proc.
func familyTime(pid int) time.Duration {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // only a wrong pattern is an error
	var sum time.Duration
	for _, path := range stats {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil || (child != pid && parentOf(child) != pid) {
			continue
		}
		if took, err := cpuTime(child); err == nil { // else it ended just now
			sum += took
		}
	}
	ended, _ := childrenTime(pid)
	return sum + ended
}

// fileSize gives the size of a SQLite database, or 0.
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

// folder makes a new folder with a name that begins like that.
func folder(dir, name string) (string, error) {
	made, err := os.MkdirTemp(dir, name+"-")
	if err != nil {
		return "", fmt.Errorf("folder for %s: %w", name, err)
	}
	return made, nil
}
