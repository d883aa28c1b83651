//go:build chaos

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/stage"
	"extendbot/order"
)

// policyLog is the policy file of a world, and everything that it said at some time.
//
// Each round adds servers with names of their own, and the rules for a server only
// become stricter: an approver is removed from a rule, or a rule is added. So what is
// judged after a change has at least the approvals that the changed policy asks for.
// Limits become lower only at the start of a round, while nothing is approved.
type policyLog struct {
	mu       sync.Mutex
	file     string
	cast     stage.Cast // what the file says now
	rounds   int
	ruled    []string // the servers of this round, which need approvals now or later
	versions []policyVersion
}

// policyVersion is the rules and limits that the file had.
type policyVersion struct {
	rules  []stage.Approval
	limits []stage.Limit
	// The file was replaced between these times.
	from, done time.Time
}

// newPolicy writes the policy file of the cast.
func newPolicy(t *testing.T, dir string) *policyLog {
	t.Helper()
	p := &policyLog{file: filepath.Join(dir, "policy.yaml"), cast: cast}
	p.cast.Admins = []string{admin}
	if err := p.write(); err != nil {
		t.Fatal(err)
	}
	p.versions[0].from, p.versions[0].done = time.Time{}, time.Time{}
	return p
}

// addExpiring adds to the file a server that runs out in an hour and a half.
func (p *policyLog) addExpiring(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(p.file)
	if err == nil {
		line := fmt.Sprintf("servers:\n  soon: {id: 0000-soon, price: \"9.99\", expires: %q}\n", time.Now().Add(90*time.Minute).UTC().Format("2006-01-02 15:04"))
		err = os.WriteFile(p.file, []byte(strings.Replace(string(text), "servers:\n", line, 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// write replaces the policy file.
func (p *policyLog) write() error {
	next := policyVersion{rules: slices.Clone(p.cast.Approvals), limits: p.cast.Limits, from: time.Now()}
	err := errors.Join(os.WriteFile(p.file+".new", []byte(p.cast.Policy()), 0o600), os.Rename(p.file+".new", p.file))
	next.done = time.Now()
	p.versions = append(p.versions, next)
	return err
}

// servers returns the servers of this round that need approvals, now or later.
func (p *policyLog) servers() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ruled
}

// beginRound adds the servers of a round, and their rules.
func (w *world) beginRound(t *testing.T) {
	t.Helper()
	p := w.policy
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rounds++
	p.ruled = nil
	for i, kind := range []string{"db", "db", "own", "app"} {
		name := fmt.Sprintf("%s-%d-%d", kind, p.rounds, i+1)
		s := stage.Server{ID: idOf(name), Name: name, Account: cast.AccountOf(owner(name)), PlanPrice: planPrice}
		w.stage.AddServer(s)
		s.PlanPrice = oldPrice
		p.cast.Servers, p.ruled = append(slices.Clip(p.cast.Servers), s), append(p.ruled, name)
	}
	p.cast.Approvals = append(slices.Clip(p.cast.Approvals),
		stage.Approval{Name: p.rule("databases"), Servers: p.pattern("db"), Approvers: []string{dave, erin, frank}, Count: 2},
		stage.Approval{Name: p.rule("own"), Servers: p.pattern("own"), Approvers: []string{dave, erin, owner("own-3")}, Count: 2, RequesterCounts: true},
	)
	if err := p.write(); err != nil {
		t.Fatal(err)
	}
}

// rule names a rule of this round, and pattern the servers of a kind.
func (p *policyLog) rule(name string) string { return fmt.Sprintf("%s %d", name, p.rounds) }
func (p *policyLog) pattern(kind string) []string {
	return []string{fmt.Sprintf("%s-%d-*", kind, p.rounds)}
}

// changes are the ways in which the policy becomes stricter in a round.
func (p *policyLog) changes() []func() {
	return []func(){
		func() { p.removeApprover(p.rule("databases"), dave) },
		func() { p.removeApprover(p.rule("own"), erin) },
		func() { // one press can count for two rules
			p.addRule(stage.Approval{Name: p.rule("second"), Servers: p.pattern("db"), Approvers: []string{frank, bob}})
		},
		func() { // cards that needed nobody
			p.addRule(stage.Approval{Name: p.rule("apps"), Servers: p.pattern("app"), Approvers: []string{dave, erin}})
		},
	}
}

func (p *policyLog) addRule(r stage.Approval) {
	p.cast.Approvals = append(slices.Clip(p.cast.Approvals), r)
}

func (p *policyLog) removeApprover(name, user string) {
	p.cast.Approvals = slices.Clone(p.cast.Approvals)
	for i, r := range p.cast.Approvals {
		if r.Name == name {
			p.cast.Approvals[i].Approvers = slices.DeleteFunc(slices.Clone(r.Approvers), func(id string) bool { return id == user })
		}
	}
}

// changeEvery is the longest pause between two changes of the policy.
const changeEvery = time.Second

// awayAtChange is how long 0xhost at most cannot be reached before a change, so that
// orders which are approved already meet the changed policy.
const awayAtChange = 700 * time.Millisecond

// tighten makes the policy stricter until ctx ends.
func (w *world) tighten(ctx context.Context, rng *rand.Rand) error {
	p := w.policy
	changes := p.changes()
	rng.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	for _, change := range changes {
		pause(ctx, upTo(rng, changeEvery))
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the run is over
		}
		w.setReachable(false)
		pause(ctx, upTo(rng, awayAtChange))
		err := p.change(change)
		w.setReachable(true)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *policyLog) change(change func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	return p.write()
}

// since returns what is certain of everything that was judged after a time: it was
// judged under this version or a stricter one.
func (p *policyLog) since(at time.Time) policyVersion {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.versions[0]
	for _, v := range p.versions {
		if !v.done.After(at) {
			found = v
		}
	}
	return found
}

// between returns the versions that may have been read between two times.
func (p *policyLog) between(from, to time.Time) (list []policyVersion) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, v := range p.versions {
		over := i+1 < len(p.versions) && p.versions[i+1].done.Before(from)
		if !over && !v.from.After(to) {
			list = append(list, v)
		}
	}
	return list
}

// rulesFor returns the rules that match an order.
func (v policyVersion) rulesFor(o order.Order) (list []stage.Approval) {
	for _, r := range v.rules {
		if slices.ContainsFunc(r.Servers, func(pattern string) bool { ok, _ := path.Match(pattern, o.Server.Name); return ok }) {
			list = append(list, r)
		}
	}
	return list
}

// counts reports whether a person's yes counts in a rule.
func countsIn(r stage.Approval, user string, o order.Order) bool {
	return slices.Contains(r.Approvers, user) && (user != o.Person.User || r.RequesterCounts)
}

// mayApprove reports whether a person's yes to an order can count.
func (v policyVersion) mayApprove(user string, o order.Order) bool {
	rules := v.rulesFor(o)
	if len(rules) == 0 {
		return user == o.Person.User
	}
	return slices.ContainsFunc(rules, func(r stage.Approval) bool { return countsIn(r, user, o) })
}

// mayDecline reports whether a person's no ends an order.
func (v policyVersion) mayDecline(user string, o order.Order) bool {
	return user == o.Person.User || v.mayApprove(user, o)
}

// missing returns the names of the rules that lack approvals, if these people said
// yes; "confirmation" stands for that of the requester.
func (v policyVersion) missing(o order.Order, yes []string) (names []string) {
	rules := v.rulesFor(o)
	if len(rules) == 0 && !slices.Contains(yes, o.Person.User) {
		return []string{"confirmation"}
	}
	for _, r := range rules {
		n := 0
		for _, user := range slices.Compact(slices.Sorted(slices.Values(yes))) {
			if countsIn(r, user, o) {
				n++
			}
		}
		if n < max(r.Count, 1) {
			names = append(names, r.Name)
		}
	}
	return names
}
