package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"extendbot/internal/stage"
)

// measureStarts measures the time from the start of a process to Slack's hello.
func measureStarts(ctx context.Context, p plan, dir string, all programs, r *results) error {
	existing := filepath.Join(dir, "starts")
	for i := range p.starts + 1 {
		for _, one := range []struct {
			program program
			dir     string
			into    *samples
		}{
			{all.bare, existing, &r.bare.start},
			{all.extendbot, existing, &r.extendbot.start},
			{all.extendbot, filepath.Join(dir, fmt.Sprintf("start-%d", i)), &r.extendbot.startNew},
		} {
			took, err := startOnce(ctx, one.program, one.dir)
			if err != nil {
				return err
			}
			if i > 0 { // the first one creates the database and loads the binary into memory
				*one.into = append(*one.into, took)
			}
		}
	}
	return nil
}

// startOnce starts a program in a new simulation and stops it.
func startOnce(ctx context.Context, p program, dir string) (took time.Duration, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	s, err := newSimulation()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	settings := s.settings(stage.SQLiteURL(dir))
	settings["SLACK_CONNECTIONS"] = "1" // the time to the first hello counts
	run, err := p.start(ctx, dir, settings)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, run.kill()) }()
	if err := s.connected(ctx, run, 1); err != nil {
		return 0, err
	}
	took = time.Since(run.started)
	return took, run.stop()
}

// helloTimeout is longer than any start.
const helloTimeout = 20 * time.Second

// connected waits until the program has this many connections to Slack.
func (s *simulation) connected(ctx context.Context, run *process, n int) error {
	waiting, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	hello := make(chan error, 1)
	go func() { hello <- s.Slack.WaitConnections(waiting, n) }() // ends at the latest with waiting
	select {
	case err := <-hello:
		if err != nil {
			return fmt.Errorf("%s: no hello: %w", run.name, err)
		}
		return nil
	case <-run.ended:
		return run.died()
	}
}
