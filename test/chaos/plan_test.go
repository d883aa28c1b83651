//go:build chaos

package chaos

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// shortRounds is the number of rounds of the short form.
const shortRounds = 4

// plan is the plan for a run, from the environment.
type plan struct {
	rounds   int
	time     time.Duration
	replicas time.Duration
	seed     uint64
}

// long reports whether this is the long form.
func (p plan) long() bool { return p.time > 0 || p.replicas > 0 }

func readPlan(t *testing.T) plan {
	t.Helper()
	p := plan{rounds: shortRounds, seed: uint64(time.Now().UnixNano())}
	var err error
	if v := os.Getenv("CHAOS_ROUNDS"); v != "" {
		if p.rounds, err = strconv.Atoi(v); err != nil {
			t.Fatalf("CHAOS_ROUNDS: %v", err)
		}
	}
	if v := os.Getenv("CHAOS_TIME"); v != "" {
		if p.time, err = time.ParseDuration(v); err != nil {
			t.Fatalf("CHAOS_TIME: %v", err)
		}
	}
	if v := os.Getenv("CHAOS_REPLICAS"); v != "" {
		if p.replicas, err = time.ParseDuration(v); err != nil {
			t.Fatalf("CHAOS_REPLICAS: %v", err)
		}
	}
	if v := os.Getenv("CHAOS_SEED"); v != "" {
		if p.seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("CHAOS_SEED: %v", err)
		}
	}
	return p
}
