package service

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/order"
)

// fakeParts are the parts that a readiness checks.
type fakeParts struct {
	mu sync.Mutex // between the test, which sets the fields, and the readiness

	slack, policy, groups, check, ping, count error
	hang                                      bool // the database does not answer
	unknown                                   int
	checks, pings, counts                     int
}

// set sets a field of p.
func set[T any](p *fakeParts, field *T, value T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*field = value
}

// get returns a field of p.
func get[T any](p *fakeParts, field *T) T {
	p.mu.Lock()
	defer p.mu.Unlock()
	return *field
}

// answer counts a question to the database and answers it.
func (p *fakeParts) answer(ctx context.Context, count *int, err *error) error {
	set(p, count, get(p, count)+1)
	if get(p, &p.hang) {
		<-ctx.Done()
		return ctx.Err()
	}
	return get(p, err)
}

// startReadiness runs a readiness in a synctest bubble.
func startReadiness(t *testing.T) (*readiness, *fakeParts, *logtest.Hook) {
	t.Helper()
	log, lines := logtest.NewNullLogger()
	p := &fakeParts{}
	r := &readiness{
		slack: func() error { return get(p, &p.slack) }, policy: func() error { return get(p, &p.policy) },
		groups:       func() error { return get(p, &p.groups) },
		check:        func(ctx context.Context) error { return p.answer(ctx, &p.checks, &p.check) },
		ping:         func(ctx context.Context) error { return p.answer(ctx, &p.pings, &p.ping) },
		countUnknown: func(ctx context.Context) (int, error) { return get(p, &p.unknown), p.answer(ctx, &p.counts, &p.count) },
		log:          log,
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	synctest.Wait()
	return r, p, lines
}

// pass lets time pass, and the check that is then due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// What /readyz answers is at most a second old.
func TestReadiness_FollowsWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, p, _ := startReadiness(t)
		if err := r.err(); err != nil {
			t.Fatal(err)
		}
		full := &order.Error{Code: order.CodeUnavailable, Detail: "the disk is full", Err: errors.New("write /data/bot.db")}
		for _, c := range []struct {
			part string
			err  *error
			say  error
			want string
		}{
			{partSlack, &p.slack, errors.New("slack: no connection yet"), "slack: no connection yet"},
			{partPolicy, &p.policy, errors.New("/etc/policy.yaml:3: U0ALICE has no account"), "policy: cannot be used"},
			{partGroups, &p.groups, errors.New("user groups: S0OPS: there is no such user group"), "user groups: S0OPS: there is no such user group"},
			{partDatabase, &p.check, full, "database: the disk is full"},
			{partDatabase, &p.count, errors.New("dial tcp 10.1.2.3:5432"), "database: cannot be used"},
		} {
			set(p, c.err, c.say)
			pass(checkEvery)
			if err := r.err(); err == nil || err.Error() != c.want || r.ready(c.part) != 0 {
				t.Errorf("%v: got %v", c.say, err)
			}
			set(p, c.err, nil)
			pass(checkEvery)
			if err := r.err(); err != nil || r.ready(c.part) != 1 {
				t.Errorf("after %v: got %v", c.say, err)
			}
		}
	})
}

// Requests to /readyz and /metrics make the database do nothing, neither a write
// nor a query.
func TestReadiness_RequestsCauseNoWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, p, _ := startReadiness(t)
		checks, pings, counts := get(p, &p.checks), get(p, &p.pings), get(p, &p.counts)
		for range 1000 {
			_ = r.err()
			_, _ = r.unknown(), r.ready(partDatabase)
		}
		if get(p, &p.checks) != checks || get(p, &p.pings) != pings || get(p, &p.counts) != counts {
			t.Errorf("requests led to %d checks, %d pings, %d counts more", get(p, &p.checks)-checks, get(p, &p.pings)-pings, get(p, &p.counts)-counts)
		}
		pass(time.Minute)
		if n := get(p, &p.pings) - pings; n > int(time.Minute/pingEvery) {
			t.Errorf("%d writes in a minute", n)
		}
	})
}

// A full disk is noticed only by writing. While a write fails, every check writes,
// so that the end of the fault is noticed at once.
func TestReadiness_WritesToFindOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, p, _ := startReadiness(t)
		set(p, &p.ping, errors.New("full"))
		pass(pingEvery)
		if r.err() == nil {
			t.Error("a database that accepts no write counts as ready")
		}
		pass(checkEvery)
		if r.err() == nil {
			t.Error("it is ready again although no write succeeded")
		}
		set(p, &p.ping, nil)
		pass(checkEvery)
		if err := r.err(); err != nil {
			t.Error(err)
		}
	})
}

// A database that hangs delays no answer, and the number of unknown outcomes is
// NaN then.
func TestReadiness_DatabaseHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, p, _ := startReadiness(t)
		set(p, &p.unknown, 3)
		pass(checkEvery)
		if got := r.unknown(); got != 3 {
			t.Errorf("got %v unknown outcomes", got)
		}
		set(p, &p.hang, true)
		began := time.Now()
		for range 10 {
			pass(time.Second)
			_ = r.err()
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("ten answers took %s longer", took-10*time.Second)
		}
		if err := r.err(); err == nil || !math.IsNaN(r.unknown()) {
			t.Errorf("got %v, %v", err, r.unknown())
		}
		set(p, &p.hang, false)
		pass(ReadyTimeout + checkEvery)
		if err := r.err(); err != nil || r.unknown() != 3 {
			t.Errorf("got %v, %v", err, r.unknown())
		}
	})
}

// A state that nobody keeps up to date is not shown.
func TestReadiness_OldStateIsNotUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &readiness{}
		if !errors.Is(r.err(), errStateNotKnown) {
			t.Errorf("before the first check: %v", r.err())
		}
		r.last.Store(&partsState{at: time.Now()})
		if err := r.err(); err != nil {
			t.Error(err)
		}
		pass(resultValid)
		if !errors.Is(r.err(), errStateNotKnown) || !math.IsNaN(r.ready(partSlack)) || !math.IsNaN(r.unknown()) {
			t.Errorf("got %v", r.err())
		}
	})
}

// The log has one line for each change, with the details that /readyz leaves
// out.
func TestReadiness_LogsEachChangeOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, p, lines := startReadiness(t)
		pass(10 * checkEvery)
		if n := len(lines.AllEntries()); n != 0 {
			t.Errorf("%d lines although nothing changed", n)
		}
		set(p, &p.check, fmt.Errorf("the host db-7: %w", &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 5432}, Err: errors.New("refused")}))
		pass(10 * checkEvery)
		if text := r.err().Error(); strings.ContainsAny(text, "0123456789") || strings.Contains(text, "db-7") {
			t.Errorf("/readyz shows %q", text)
		}
		set(p, &p.check, nil)
		pass(10 * checkEvery)
		all := lines.AllEntries()
		if len(all) != 2 || all[0].Level != logrus.WarnLevel || all[1].Level != logrus.InfoLevel {
			t.Fatalf("got %d lines", len(all))
		}
		if err, ok := all[0].Data[logrus.ErrorKey].(error); !ok || !strings.Contains(err.Error(), "10.1.2.3:5432") {
			t.Errorf("the details are missing: %v", all[0].Data)
		}
	})
}
