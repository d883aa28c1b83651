package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"extendbot/internal/oxhostsim"
)

// player is a program on its stage, and what was measured of it.
type player struct {
	program
	*stage

	run  *process
	into *programResults
}

// measureLoad lets both programs play the same rounds in turn.
func measureLoad(ctx context.Context, p plan, dir string, all programs, r *results) (err error) {
	var players []*player
	defer func() {
		for _, one := range players {
			err = errors.Join(err, one.run.kill(), one.close())
		}
	}()
	for _, one := range all.all() {
		into := &r.bare
		if one.name == all.extendbot.name {
			into = &r.extendbot
		}
		folder := filepath.Join(dir, "load-"+one.name)
		started, err := newPlayer(ctx, one, folder, sqliteIn(folder), into)
		if err != nil {
			return err
		}
		players = append(players, started)
	}
	if err := idle(ctx, p.idle, players); err != nil {
		return err
	}
	for round := range p.rounds + 1 {
		// The first round warms up. Who begins changes from round to round.
		for i := range players {
			one := players[(round+i)%len(players)]
			if err := one.round(ctx, p, round > 0); err != nil {
				return err
			}
		}
		if err := measureDisk(p, dir, &r.disk); err != nil {
			return err
		}
	}
	for _, one := range players {
		if err := one.finish(); err != nil {
			return err
		}
	}
	return nil
}

// newPlayer starts a program on a stage of its own, with a folder and a database.
func newPlayer(ctx context.Context, p program, dir, database string, into *programResults) (*player, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s, err := newStage()
	if err != nil {
		return nil, err
	}
	run, err := p.start(ctx, dir, s.settings(database))
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.connected(ctx, run, connections); err != nil {
		return nil, errors.Join(err, run.kill(), s.close())
	}
	return &player{program: p, stage: s, run: run, into: into}, nil
}

// idle leaves the programs alone and then looks at their memory, and at what
// processor time they use while nothing happens.
func idle(ctx context.Context, d time.Duration, players []*player) error {
	before := make([]time.Duration, len(players))
	for i, one := range players {
		before[i], _ = cpuTime(one.run.cmd.Process.Pid) // 0 without /proc, and so below
	}
	if err := rest(ctx, d); err != nil {
		return err
	}
	for i, one := range players {
		now, _ := cpuTime(one.run.cmd.Process.Pid)
		one.into.idleCPU = float64(now-before[i]) / float64(d)
		one.into.idleMemory, _ = residentMemory(one.run.cmd.Process.Pid)
	}
	return nil
}

// round asks for orders and confirms them, one at a time and many at a time.
func (p *player) round(ctx context.Context, plan plan, keep bool) error {
	arrived := len(p.oxhost.Arrivals())
	var got roundResults
	single, burst := p.newOrders(plan.single), p.newOrders(plan.burst)
	for _, part := range []struct {
		orders []*order
		lanes  int
		into   *laneResults
	}{{single, 1, &got.single}, {burst, inFlight, &got.burst}} {
		for _, step := range []func(context.Context, []*order, int, *laneResults) error{p.commands, p.clicks} {
			if err := step(ctx, part.orders, part.lanes, part.into); err != nil {
				return err
			}
			if err := rest(ctx, settle); err != nil {
				return err
			}
		}
	}
	posts := postsSince(p.oxhost.Arrivals()[arrived:])
	got.single.posted(single, posts)
	got.burst.posted(burst, posts)
	if keep {
		p.into.add(got)
	}
	return nil
}

// settle is how long a program has for what it does after the last message.
const settle = 200 * time.Millisecond

// postsSince gives when the create_order of each server arrived.
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

// finish looks at the memory once more and ends the program.
func (p *player) finish() error {
	p.into.loadedMemory, _ = residentMemory(p.run.cmd.Process.Pid) // 0 without /proc
	return p.run.stop()
}

// rest waits for d, or the end of ctx.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
