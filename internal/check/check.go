// Package check tries everything that serve needs at the start, and orders nothing.
// Each thing that it tries has its own file.
package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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
	lines := strings.Split(r.Name+": "+strings.TrimSpace(r.Text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	text := strings.ReplaceAll(strings.Join(lines, "; "), ":; ", ": ")
	return fmt.Sprintf("%-7s %s", r.Status, text)
}

// Config is what [Run] needs.
type Config struct {
	Settings settings.Settings
	Version  string       // of this program
	Report   func(Result) // receives each result as soon as it is known
	Progress func(string) // says what takes long; nil for nobody. It is never called during Report
	// LiveUser is the person to whom a card is sent, see [LiveUser]; "" for none.
	LiveUser string
}

// Run tries everything. Its error says how many checks failed, or that the end of ctx
// ended them.
func Run(ctx context.Context, cfg Config) error {
	r := &run{Config: cfg, ended: func() bool { return errors.Is(ctx.Err(), context.Canceled) }}
	r.report("settings", "complete", nil)
	r.note("settings", r.Settings.Warnings...)
	r.keys()
	for _, s := range []struct {
		name string
		do   func(context.Context)
	}{{"the database", r.database}, {"HTTP_ADDR", r.probes}, {"Slack", r.slack}, {"0xhost", r.accounts}, {"the press of the button", r.live}} {
		r.step(ctx, s.name, s.do)
		if r.stopped() {
			return fmt.Errorf("stopped before the end: %w", context.Cause(ctx))
		}
	}
	if r.failed > 0 {
		return fmt.Errorf("%d of the checks failed", r.failed)
	}
	return nil
}

// run is one run of all checks.
type run struct {
	Config

	failed int
	ended  func() bool // whether somebody stopped the checks; nil for never
	output sync.Mutex  // one line at a time

	team    string // the workspace of the newest order in the database; "" if that is not known
	serving int    // how many processes are known to serve the database
	served  bool   // an extendbot answers on HTTP_ADDR

	slackWorks bool // with both tokens
}

// report reports the result of a check, or the error with what to do.
func (r *run) report(name, result string, err error) {
	if err != nil {
		r.failed++
		r.print(Result{Failed, name, err.Error()})
		return
	}
	r.print(Result{OK, name, result})
}

// note reports notes.
func (r *run) note(name string, notes ...string) {
	for _, text := range notes {
		r.print(Result{Note, name, text})
	}
}

func (r *run) stopped() bool { return r.ended != nil && r.ended() }

// print reports a result. Once somebody stopped the checks, what fails fails because of
// that.
func (r *run) print(result Result) {
	if r.stopped() {
		return
	}
	r.output.Lock()
	defer r.output.Unlock()
	r.Report(result)
}

// keys reports with which keys the ledger is authenticated.
func (r *run) keys() {
	keys := r.Settings.ApprovalKeys
	r.report("keys", fmt.Sprintf("signs with %s, accepts %s", keys.ID(), strings.Join(keys.IDs(), ", ")), nil)
}
