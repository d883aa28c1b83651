package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// measureStarts takes the time from the start of a process to Slack's hello.
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
			if i > 0 { // the first makes the database and brings the binary into memory
				*one.into = append(*one.into, took)
			}
		}
	}
	return nil
}

// startOnce starts a program on a stage of its own and ends it again.
func startOnce(ctx context.Context, p program, dir string) (took time.Duration, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	s, err := newStage()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	settings := s.settings(sqliteIn(dir))
	settings["SLACK_CONNECTIONS"] = "1" // the first hello counts, and no second one may hide it
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

// helloWithin is more than any start takes.
const helloWithin = 20 * time.Second

// connected waits until the program has had that many hellos.
func (s *stage) connected(ctx context.Context, run *process, n int) error {
	waiting, cancel := context.WithTimeout(ctx, helloWithin)
	defer cancel()
	hello := make(chan error, 1)
	go func() { hello <- s.slack.WaitConnections(waiting, n) }() // ends with waiting at the latest
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
