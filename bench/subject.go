package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/stage"
)

// subject is a program in its simulation, and its results.
type subject struct {
	program
	*simulation

	run  *process
	into *programResults
}

// measureLoad runs the same rounds with both programs, alternating.
func measureLoad(ctx context.Context, p plan, dir string, all programs, r *results) (err error) {
	var subjects []*subject
	defer func() {
		for _, one := range subjects {
			err = errors.Join(err, one.run.kill(), one.Close())
		}
	}()
	for _, one := range all.all() {
		into := &r.bare
		if one.name == all.extendbot.name {
			into = &r.extendbot
		}
		folder := filepath.Join(dir, "load-"+one.name)
		started, err := newSubject(ctx, one, folder, stage.SQLiteURL(folder), into)
		if err != nil {
			return err
		}
		subjects = append(subjects, started)
	}
	if err := idle(ctx, p.idle, subjects); err != nil {
		return err
	}
	for round := range p.rounds + 1 {
		// The first round is a warm-up. The programs alternate in going first.
		for i := range subjects {
			one := subjects[(round+i)%len(subjects)]
			if err := one.round(ctx, p, round > 0); err != nil {
				return err
			}
		}
		if err := measureDisk(p, dir, &r.disk); err != nil {
			return err
		}
	}
	for _, one := range subjects {
		if err := one.finish(); err != nil {
			return err
		}
	}
	return nil
}

// newSubject starts a program in a new simulation, with a folder and a database.
func newSubject(ctx context.Context, p program, dir, database string, into *programResults) (*subject, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s, err := newSimulation()
	if err != nil {
		return nil, err
	}
	run, err := p.start(ctx, dir, s.settings(database))
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.connected(ctx, run, connections); err != nil {
		return nil, errors.Join(err, run.kill(), s.Close())
	}
	return &subject{program: p, simulation: s, run: run, into: into}, nil
}

// idle measures the memory and the processor time of the programs while they are
// idle.
func idle(ctx context.Context, d time.Duration, subjects []*subject) error {
	before := make([]time.Duration, len(subjects))
	for i, one := range subjects {
		before[i], _ = cpuTime(one.run.cmd.Process.Pid) // 0 without /proc, as below
	}
	if err := pause(ctx, d); err != nil {
		return err
	}
	for i, one := range subjects {
		now, _ := cpuTime(one.run.cmd.Process.Pid)
		one.into.idleCPU = float64(now-before[i]) / float64(d)
		one.into.idleMemory, _ = residentMemory(one.run.cmd.Process.Pid)
	}
	return nil
}

// round requests and confirms orders, one at a time and several at once.
func (p *subject) round(ctx context.Context, plan plan, keep bool) error {
	arrived := len(p.Oxhost.Arrivals())
	var got roundResults
	single, burst := p.newOrders(plan.single), p.newOrders(plan.burst)
	for _, part := range []struct {
		orders []*trackedOrder
		atOnce int
		into   *loadResults
	}{{single, 1, &got.single}, {burst, inFlight, &got.burst}} {
		for _, step := range []func(context.Context, []*trackedOrder, int, *loadResults) error{p.commands, p.clicks} {
			if err := step(ctx, part.orders, part.atOnce, part.into); err != nil {
				return err
			}
			if err := pause(ctx, drainTime); err != nil {
				return err
			}
		}
	}
	posts := postsSince(p.Oxhost.Arrivals()[arrived:])
	got.single.addPosts(single, posts)
	got.burst.addPosts(burst, posts)
	if keep {
		p.into.add(got)
	}
	return nil
}

// drainTime is the time for a program's work after the last message.
const drainTime = 200 * time.Millisecond

// postsSince returns when create_order was called for each server.
func postsSince(arrivals []oxhostsim.Arrival) map[string]time.Time {
	posts := make(map[string]time.Time, len(arrivals))
	for _, a := range arrivals {
		var body struct {
			Server string `json:"server_id"`
		}
		if json.Unmarshal(a.Body, &body) == nil {
			posts[body.Server] = a.At
		}
	}
	return posts
}

// finish measures the memory once more and stops the program.
func (p *subject) finish() error {
	p.into.loadedMemory, _ = residentMemory(p.run.cmd.Process.Pid) // 0 without /proc
	return p.run.stop()
}

// pause waits for d, or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
