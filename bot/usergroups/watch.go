// Package usergroups knows who belongs to the Slack user groups that the policy
// names. It asks Slack about once a minute, so that no press has to wait for
// Slack, and takes what is older than five minutes for unknown.
//
// It does not know what the members of a group may do.
package usergroups

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/bot/slackapi"
)

const (
	// readEvery and minPause are the defaults of Config. Slack allows 20 calls of
	// usergroups.list a minute, and ten connections: ten processes with one connection
	// each make 15 calls a minute at most.
	//
	// https://docs.slack.dev/reference/methods/usergroups.list
	readEvery = time.Minute
	minPause  = 40 * time.Second
	// validFor is how long the members of a group are known after they were read.
	validFor = 5 * time.Minute
)

// Config configures a Watch. Fields without a default are required.
type Config struct {
	// List returns the user groups of the workspace, see
	// [slackapi.Client.UserGroups].
	List func(context.Context) ([]slackapi.UserGroup, error)
	// Named returns the ids of the groups that the policy names now. As long as there
	// are none, Slack is not asked.
	Named func() []string
	// Every is the time from the start of one read to the next. Pause is that time if
	// something may have changed: Slack said so, or a group that the policy names is not
	// known. Default: 1m and 40s.
	Every, Pause time.Duration
	Log          logrus.FieldLogger
	Now          func() time.Time
}

// Watch knows the members of the workspace's user groups. Create it with [New]. It
// is safe for concurrent use.
type Watch struct {
	cfg  Config
	wake chan struct{} // holds one element when the time of the next read may have changed

	mu        sync.Mutex
	groups    map[string]*group // of the last read that succeeded
	readAt    time.Time         // when that began; zero before it
	askedAt   time.Time         // when the last read began; zero before it
	notBefore time.Time         // Slack wants no call before
	soon      bool              // something may have changed since askedAt
	failed    error             // of the last read
}

// New returns a Watch. It has read nothing yet.
func New(c Config) *Watch {
	c.Every, c.Pause = cmp.Or(c.Every, readEvery), cmp.Or(c.Pause, minPause)
	return &Watch{cfg: c, wake: make(chan struct{}, 1)}
}

// Run reads the groups, again and again, until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	for ctx.Err() == nil {
		pause := w.untilDue()
		if pause <= 0 {
			w.Read(ctx)
			continue
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-w.wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// untilDue returns the time until the next read, or until it has to be computed
// again.
func (w *Watch) untilDue() time.Duration {
	named := len(w.cfg.Named()) > 0
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.cfg.Now()
	switch {
	case !named:
		w.soon = false // so that the next group that is named wakes Run
		return w.cfg.Every
	case w.askedAt.IsZero():
		return 0
	}
	due := w.askedAt.Add(w.cfg.Every)
	if w.soon {
		due = w.askedAt.Add(w.cfg.Pause)
	}
	return max(due.Sub(now), w.notBefore.Sub(now))
}

// Read reads the groups once, if the policy names any. It must not run at the same
// time as [Watch.Run]. A failure is logged; what was read before stays known for
// five minutes.
func (w *Watch) Read(ctx context.Context) {
	if len(w.cfg.Named()) == 0 {
		return
	}
	began := w.cfg.Now()
	w.mu.Lock()
	w.askedAt, w.soon = began, false
	w.mu.Unlock()
	list, err := w.cfg.List(ctx)
	if err != nil && ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	before := w.failed
	w.failed = err
	if err == nil {
		w.readAt, w.groups = began, index(list)
	} else if limit, ok := errors.AsType[*slackapi.Error](err); ok && limit.Class == slackapi.ClassRateLimited {
		w.notBefore = w.cfg.Now().Add(limit.RetryAfter)
	}
	w.mu.Unlock()
	w.logChange(before, err)
}

// logChange logs a failure unless the last read failed for the same reason, and the
// first success after one.
func (w *Watch) logChange(before, now error) {
	switch {
	case now == nil && before != nil:
		w.cfg.Log.Info("slack lists the user groups again")
	case now != nil && (before == nil || slackapi.CodeOf(before) != slackapi.CodeOf(now)):
		w.cfg.Log.WithError(now).WithField("code", slackapi.CodeOf(now)).
			Warn("slack does not list the user groups; their members as of the last answer count for five minutes")
	}
}

// Changed says that a group may have changed: the next read comes sooner.
func (w *Watch) Changed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.readSoon()
}

// readSoon makes the next read come sooner. The caller holds the lock.
func (w *Watch) readSoon() {
	if w.soon {
		return
	}
	w.soon = true
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
