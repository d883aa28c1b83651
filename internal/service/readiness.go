package service

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/order"
)

const (
	// ReadyTimeout limits one check of the database.
	ReadyTimeout = 2 * time.Second
	// checkEvery is how often readiness checks every part.
	checkEvery = time.Second
	// pingEvery is how often the database also has to commit a write. While it
	// cannot, it has to at every check.
	pingEvery = 5 * time.Second
	// resultValid is how long the result of a check is used.
	resultValid = 2*ReadyTimeout + checkEvery
)

// The parts that have to work. They are the values of the label "part" of
// extendbot_ready.
const (
	partSlack    = "slack"
	partDatabase = "database"
	partPolicy   = "policy"
	partGroups   = "user_groups"
)

func parts() []string { return []string{partSlack, partDatabase, partPolicy, partGroups} }

// readiness knows whether commands can be accepted, allowed, and recorded. One
// goroutine checks all parts once a second. So a request to /readyz or
// /metrics causes no work and no write, and is answered at once even if the
// database hangs.
type readiness struct {
	slack        func() error // its text is shown
	policy       func() error
	groups       func() error                // the user groups that the policy names; its text is shown
	check, ping  func(context.Context) error // the database, without and with a write
	countUnknown func(context.Context) (int, error)
	log          logrus.FieldLogger

	last   atomic.Pointer[partsState] // nil before the first one
	pinged time.Time                  // the last ping that succeeded; only for the goroutine
}

// partsState is the result of one check of all parts.
type partsState struct {
	at      time.Time         // has a monotonic reading
	wrong   map[string]string // what is wrong with a part, for anybody to read
	unknown float64           // orders with an unknown outcome; NaN if that is not known
}

// run checks all parts, again and again, until ctx ends.
func (r *readiness) run(ctx context.Context) {
	ticks := time.NewTicker(checkEvery)
	defer ticks.Stop()
	for ctx.Err() == nil {
		r.checkAll(ctx)
		select {
		case <-ticks.C:
		case <-ctx.Done():
		}
	}
}

// checkAll checks all parts once.
func (r *readiness) checkAll(ctx context.Context) {
	next := &partsState{wrong: map[string]string{}, unknown: math.NaN()}
	errs := map[string]error{partSlack: r.slack(), partPolicy: r.policy(), partGroups: r.groups()}
	next.unknown, errs[partDatabase] = r.checkDatabase(ctx)
	if ctx.Err() != nil {
		return // the database was interrupted
	}
	for part, err := range errs {
		if err != nil {
			next.wrong[part] = sentence(part, err)
		}
	}
	next.at = time.Now()
	r.logChanges(r.last.Swap(next), next, errs)
}

// checkDatabase returns the number of orders with an unknown outcome, or NaN and
// why the database cannot be used.
func (r *readiness) checkDatabase(ctx context.Context) (unknown float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, ReadyTimeout)
	defer cancel()
	if err = r.check(ctx); err == nil && time.Since(r.pinged) >= pingEvery {
		if err = r.ping(ctx); err == nil {
			r.pinged = time.Now()
		}
	}
	if err != nil {
		r.pinged = time.Time{} // from now on, only a write shows that it works again
		return math.NaN(), err
	}
	n, err := r.countUnknown(ctx)
	if err != nil {
		return math.NaN(), err
	}
	return float64(n), nil
}

// sentence says what is wrong with a part, without details: anybody who can
// reach HTTP_ADDR can read it. The details are in the log.
func sentence(part string, err error) string {
	switch e, ok := errors.AsType[*order.Error](err); {
	case part == partSlack, part == partGroups:
		return err.Error()
	case part == partPolicy:
		return "policy: cannot be used"
	case ok && e.Detail != "":
		return "database: " + e.Detail
	default:
		return "database: cannot be used"
	}
}

// logChanges logs each part that changed since the last check. Before the first
// one, nothing is expected to work.
func (r *readiness) logChanges(last, next *partsState, errs map[string]error) {
	for _, part := range parts() {
		log, before, now := r.log.WithField("part", part), "", next.wrong[part]
		if last != nil {
			before = last.wrong[part]
		}
		switch {
		case before == now:
		case now == "":
			log.Info("this part works again")
		case last == nil:
			log.WithError(errs[part]).Info("not ready yet")
		default:
			log.WithError(errs[part]).Warn("not ready")
		}
	}
}

// current returns the last result, or nil if it is missing or too old.
func (r *readiness) current() *partsState {
	if l := r.last.Load(); l != nil && time.Since(l.at) < resultValid {
		return l
	}
	return nil
}

var errStateNotKnown = errors.New("the state is not known")

// err returns nil if every part works, and otherwise one line for each part that
// does not.
func (r *readiness) err() error {
	l := r.current()
	if l == nil {
		return errStateNotKnown
	}
	var wrong []string
	for _, part := range parts() {
		if l.wrong[part] != "" {
			wrong = append(wrong, l.wrong[part])
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, "\n"))
}

// ready returns 1 if a part works and 0 if not; NaN if that is not known.
func (r *readiness) ready(part string) float64 {
	switch l := r.current(); {
	case l == nil:
		return math.NaN()
	case l.wrong[part] != "":
		return 0
	default:
		return 1
	}
}

// unknown returns the number of orders with an unknown outcome; NaN if that is
// not known.
func (r *readiness) unknown() float64 {
	if l := r.current(); l != nil {
		return l.unknown
	}
	return math.NaN()
}
