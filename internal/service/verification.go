package service

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/ledger"
)

const (
	// verifyAfter is how long after midnight the ledger is verified as of midnight: what
	// was being committed then is there by now, in all processes.
	verifyAfter = time.Minute
	// clockCheck is how often to look whether it is time, because clocks can jump.
	clockCheck = 15 * time.Minute
	// maxLogged is how many differences are logged.
	maxLogged = 10
)

// verification verifies the whole ledger once a day, as of midnight in UTC, and logs
// its mark. Compared with a mark that was logged before, or by another process, it
// reveals what no database can show about itself.
type verification struct {
	verify func(ctx context.Context, until time.Time, report func(ledger.Difference) error) (ledger.Proof, error)
	now    func() time.Time
	log    logrus.FieldLogger

	found atomic.Int64 // differences of the last verification; -1 before the first one
}

func newVerification(l *ledger.Ledger, now func() time.Time, log logrus.FieldLogger) *verification {
	v := &verification{verify: l.Verify, now: now, log: log}
	v.found.Store(-1)
	return v
}

// run verifies the ledger after each midnight until ctx ends.
func (v *verification) run(ctx context.Context) {
	next := nextMidnight(v.now())
	for {
		wait := time.NewTimer(min(max(next.Add(verifyAfter).Sub(v.now()), 0), clockCheck))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		if now := v.now(); !now.Before(next.Add(verifyAfter)) {
			v.once(ctx, next)
			next = nextMidnight(now)
		}
	}
}

// nextMidnight returns the next midnight in UTC.
func nextMidnight(now time.Time) time.Time {
	const day = 24 * time.Hour
	return now.UTC().Truncate(day).Add(day)
}

// once verifies the ledger as of a time, and logs what it found.
func (v *verification) once(ctx context.Context, until time.Time) {
	found := 0
	proof, err := v.verify(ctx, until, func(d ledger.Difference) error {
		if found++; found <= maxLogged {
			v.log.WithFields(logrus.Fields{"order_id": d.Order, "difference": d.String()}).Error("the database differs from what the program recorded")
		}
		return nil
	})
	if err != nil {
		if ctx.Err() == nil {
			v.log.WithError(err).Warn("the ledger could not be verified; the next day it is tried again")
		}
		return
	}
	v.found.Store(int64(found))
	log := v.log.WithFields(logrus.Fields{
		"mark": ledger.Mark{Until: until, Digest: proof.Digest}.String(), "orders": proof.Orders, "history": proof.History, "differences": found,
	})
	if unknown := slices.Sorted(maps.Keys(proof.UnknownKeys)); len(unknown) > 0 {
		log = log.WithField("unknown_keys", unknown)
	}
	if found > 0 {
		log.Error("the ledger was verified, and differs from what the program recorded: run extendbot orders verify")
		return
	}
	log.Info("the ledger was verified")
}

// differences returns the number of differences that the last verification found; NaN
// before the first one.
func (v *verification) differences() float64 {
	if n := v.found.Load(); n >= 0 {
		return float64(n)
	}
	return math.NaN()
}
