// Package check tries everything that serve needs at the start, and orders nothing.
// Each thing that it tries has its own file.
package check

import (
	"context"
	"fmt"
	"strings"
	"time"

	"extendbot/internal/settings"
)

// callTimeout is how long each call may take.
const callTimeout = 15 * time.Second

// Status is how a check ended.
type Status string

// How a check can end. A note is no failure, but may not be intended.
const (
	OK     Status = "ok"
	Note   Status = "note"
	Failed Status = "FAILED"
)

// Result is what was found out about one thing.
type Result struct {
	Status Status
	Name   string // what was checked
	Text   string // what was found, or what is wrong and what to do; may contain texts from outside
}

// String returns the result as one line of text.
func (r Result) String() string {
	return fmt.Sprintf("%-7s %s", r.Status, strings.ReplaceAll(r.Name+": "+r.Text, "\n", "; "))
}

// Config is what [Run] needs.
type Config struct {
	Settings settings.Settings
	Version  string       // of this program
	Report   func(Result) // receives each result as soon as it is known
}

// Run tries everything. Its error says how many checks failed.
func Run(ctx context.Context, cfg Config) error {
	r := &run{Config: cfg}
	r.report("settings", "complete", nil)
	r.note("settings", r.Settings.Warnings)
	r.keys()
	r.database(ctx)
	r.probes(ctx)
	r.slack(ctx)
	r.accounts(ctx)
	if r.failed > 0 {
		return fmt.Errorf("%d of the checks failed", r.failed)
	}
	return nil
}

// run is one run of all checks.
type run struct {
	Config
	failed int
}

// report reports the result of a check, or the error with what to do.
func (r *run) report(name, result string, err error) {
	if err != nil {
		r.failed++
		r.Report(Result{Failed, name, err.Error()})
		return
	}
	r.Report(Result{OK, name, result})
}

// note reports notes.
func (r *run) note(name string, notes []string) {
	for _, text := range notes {
		r.Report(Result{Note, name, text})
	}
}

// keys reports with which keys the ledger is authenticated.
func (r *run) keys() {
	keys := r.Settings.ApprovalKeys
	r.report("keys", fmt.Sprintf("signs with %s, accepts %s", keys.ID(), strings.Join(keys.IDs(), ", ")), nil)
}
