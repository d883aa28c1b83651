// Package homes decides when App Homes are published: when a person opens theirs, and as
// long as they may still look at it, when what it shows has changed.
//
// Nothing about money waits for an App Home, and all of it is lost with the process.
package homes

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"extendbot/bot/workqueue"
	"extendbot/order"
)

const (
	// viewing is how long a person who opened their App Home counts as a viewer.
	viewing = time.Hour
	// maxViewers is how many viewers are remembered.
	maxViewers = 1024
	// interval is the shortest time between two updates of one App Home.
	interval = 2 * time.Second
	// lookAgain is how often it is looked whether an App Home has changed, for whatever
	// reason: another process, the clock, the policy.
	lookAgain = 30 * time.Second
	// perMinute is how often App Homes are published in a minute, which leaves room below
	// Slack's limit for others.
	//
	// https://docs.slack.dev/apis/web-api/rate-limits
	perMinute = 80
)

// Config configures Homes. All fields are required.
type Config[View any] struct {
	// Render returns a person's App Home as it should be now.
	Render func(ctx context.Context, user string) (View, error)
	// Publish shows it.
	Publish func(ctx context.Context, user string, v View) error
	// Same reports whether two App Homes look the same.
	Same func(a, b View) bool
	// Failed is called when an App Home could not be updated, for the first of its tries.
	Failed func(user string, err error)
	// Concerns reports whether an order may be in a person's App Home. It must not block.
	Concerns func(user string, o order.Order) bool
	Queue    *workqueue.Queue
	Now      func() time.Time
}

// Homes publishes the App Homes of recent viewers. Create it with [New].
type Homes[View any] struct {
	cfg Config[View]

	mu        sync.Mutex
	viewers   map[string]*viewer[View] // by user
	published []time.Time              // within the last minute, the first one first
}

// viewer is a person who opened their App Home.
type viewer[View any] struct {
	until  time.Time // when they are one no longer
	next   time.Time // when it may be updated again
	shown  *View     // what this process published last; nil: what they see is not known
	opened int       // how often
}

// New returns Homes without viewers.
func New[View any](cfg Config[View]) *Homes[View] {
	return &Homes[View]{cfg: cfg, viewers: map[string]*viewer[View]{}}
}

// Opened makes a person a viewer, who has opened or used their App Home, and publishes it.
func (h *Homes[View]) Opened(user string) {
	now := h.cfg.Now()
	h.mu.Lock()
	if h.viewers[user] == nil {
		h.makeRoom(now)
		h.viewers[user] = &viewer[View]{}
	}
	v := h.viewers[user]
	v.until, v.shown = now.Add(viewing), nil // another process may have published since
	v.opened++
	at, opened := v.next, v.opened
	h.mu.Unlock()
	h.add(user, at, opened)
}

// makeRoom forgets those who are viewers no longer and, if all places are taken, the one who
// opened theirs the longest ago. The caller holds the lock.
func (h *Homes[View]) makeRoom(now time.Time) {
	if len(h.viewers) < maxViewers {
		return
	}
	oldest := ""
	for user, v := range h.viewers {
		if !now.Before(v.until) {
			delete(h.viewers, user)
		} else if oldest == "" || v.until.Before(h.viewers[oldest].until) {
			oldest = user
		}
	}
	if len(h.viewers) >= maxViewers {
		delete(h.viewers, oldest)
	}
}

// Changed publishes the App Homes that an order may be in. It does not block.
func (h *Homes[View]) Changed(o order.Order) {
	for user, at := range h.current() {
		if h.cfg.Concerns(user, o) {
			h.add(user, at, 0)
		}
	}
}

// current returns the viewers, and when their App Homes may be updated again.
func (h *Homes[View]) current() map[string]time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, users := h.cfg.Now(), make(map[string]time.Time, len(h.viewers))
	for user, v := range h.viewers {
		if now.Before(v.until) {
			users[user] = v.next
		}
	}
	return users
}

// add updates a person's App Home at a time. Who has just opened it does not wait for the
// pause after a failure.
func (h *Homes[View]) add(user string, at time.Time, opened int) {
	h.cfg.Queue.Add(workqueue.Work{Key: user, Channel: user, Since: h.cfg.Now(), Version: opened}, at, func(ctx context.Context, j *workqueue.Job) error {
		again, err := h.update(ctx, user)
		if _, limited := errors.AsType[*order.Later](err); err != nil && !limited && j.Failures == 0 {
			h.cfg.Failed(user, err)
			j.Failures = 1 // the first pause of a queue is shorter than interval
		}
		j.RepeatAt = again
		return err
	})
}

// update publishes a person's App Home, if it has changed, and returns when to look again;
// zero if they are no viewer anymore.
func (h *Homes[View]) update(ctx context.Context, user string) (again time.Time, err error) {
	shown, ok := h.begin(user)
	if !ok {
		return time.Time{}, nil
	}
	view, err := h.cfg.Render(ctx, user)
	if err != nil {
		return time.Time{}, fmt.Errorf("app home: %w", err)
	}
	if shown == nil || !h.cfg.Same(*shown, view) {
		if err := h.slot(); err != nil {
			return time.Time{}, err
		}
		if err := h.cfg.Publish(ctx, user, view); err != nil {
			return time.Time{}, err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if v := h.viewers[user]; v != nil {
		v.shown = &view
	}
	return h.cfg.Now().Add(lookAgain), nil
}

// begin returns what a viewer sees, and notes that their App Home is being updated.
func (h *Homes[View]) begin(user string) (shown *View, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, now := h.viewers[user], h.cfg.Now()
	switch {
	case v == nil:
		return nil, false
	case !now.Before(v.until):
		delete(h.viewers, user)
		return nil, false
	}
	v.next = now.Add(interval)
	return v.shown, true
}

// slot takes one of the calls of a minute. If none is left, it returns [*order.Later].
func (h *Homes[View]) slot() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.cfg.Now()
	for len(h.published) > 0 && now.Sub(h.published[0]) >= time.Minute {
		h.published = h.published[1:]
	}
	if len(h.published) >= perMinute {
		return &order.Later{At: h.published[0].Add(time.Minute)}
	}
	h.published = append(h.published, now)
	return nil
}
