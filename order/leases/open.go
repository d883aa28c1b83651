package leases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// follow brings the reminders that are not done up to date: what each shows, and the line
// that follows the last one of a lease.
func (r *Reminders) follow(ctx context.Context) error {
	list, err := r.cfg.Store.OpenReminders(ctx)
	if err != nil {
		return err
	}
	if r.open = len(list) > 0; !r.open {
		return nil
	}
	ctx, cancel, ok, err := r.claim(ctx, claimLeft)
	if err != nil || !ok {
		r.nextOpen = r.cfg.Now().Add(openElsewhere)
		return err
	}
	defer cancel()
	if err := r.recordPosted(ctx); err != nil {
		return err
	}
	found, err := r.foundFor(ctx, list)
	if err != nil {
		return err
	}
	last := lastOf(list)
	ctx, stop := r.outlast(ctx)
	defer stop()
	now := r.cfg.Now()
	changed := make([]*change, len(list))
	var updates sync.WaitGroup
	for i, one := range list {
		if r.paused(one.Ref, now) {
			continue
		}
		known := r.followedOf(one)
		updates.Go(func() { changed[i] = r.update(ctx, one, found, last, known, now) })
	}
	updates.Wait()
	var errs []error
	for _, c := range changed {
		if c == nil {
			continue
		}
		for _, key := range c.followed {
			r.followed[key] = true
		}
		r.pauseAfter(c.Ref, c.err, pauseMax)
		if c.err != nil {
			r.cfg.Log.WithError(c.err).Debug("a reminder is not up to date yet")
		}
		if c.save {
			errs = append(errs, r.cfg.Store.SaveReminder(ctx, c.Reminder))
		}
	}
	return errors.Join(errs...)
}

// foundFor returns the leases of the servers of some reminders, by their ids.
func (r *Reminders) foundFor(ctx context.Context, list []Reminder) (map[string]Found, error) {
	found := map[string]Found{}
	for _, one := range list {
		for _, e := range one.Entries {
			found[e.Server.ID] = Found{}
		}
	}
	some, err := r.cfg.Known.some(ctx, func(id string) bool { _, ok := found[id]; return ok })
	for _, f := range some {
		found[f.Lease.Server.ID] = f
	}
	return found, err
}

// change is what one look changed of a reminder.
type change struct {
	Reminder

	save     bool
	followed []string // keys of lines that were posted
	err      error    // why something is still to be done
}

// followKey identifies the line that follows an entry.
func followKey(ref string, e Entry) string { return ref + " " + e.Server.ID }

// followedOf returns the lines that this process posted for a reminder.
func (r *Reminders) followedOf(one Reminder) map[string]bool {
	known := map[string]bool{}
	for _, e := range one.Entries {
		if key := followKey(one.Ref, e); r.followed[key] {
			known[key] = true
		}
	}
	return known
}

// leaseKey identifies a lease.
func leaseKey(e Entry) string { return fmt.Sprintf("%s %d", e.Server.ID, e.Lease.UnixMicro()) }

// lastOf returns when the last reminder of each lease was posted.
func lastOf(list []Reminder) map[string]time.Time {
	last := map[string]time.Time{}
	for _, one := range list {
		for _, e := range one.Entries {
			if key := leaseKey(e); one.PostedAt.After(last[key]) {
				last[key] = one.PostedAt
			}
		}
	}
	return last
}

// update brings one reminder up to date. It returns nil if nothing is to be changed.
func (r *Reminders) update(ctx context.Context, one Reminder, found map[string]Found, last map[string]time.Time, followed map[string]bool, now time.Time) *change {
	c := &change{Reminder: one}
	c.Entries = slices.Clone(one.Entries)
	v, err := r.view(ctx, c.Entries, found, now)
	if err != nil {
		c.err = err
		return c
	}
	stale := false
	for i, e := range c.Entries {
		stale = stale || !e.Done && e.Shown != v.fingerprint(i)
	}
	gone := false
	if stale {
		err := r.cfg.Poster.UpdateReminder(ctx, one.Ref, v)
		if gone = isUnpostable(err); err != nil && !gone {
			c.err = fmt.Errorf("update a reminder: %w", err)
			return c
		}
	}
	for i := range c.Entries {
		e := &c.Entries[i]
		row := v.Rows[i]
		if e.Done {
			continue
		}
		if shown := v.fingerprint(i); e.Shown != shown {
			e.Shown, c.save = shown, true
		}
		if !row.final() && !gone {
			continue
		}
		key := followKey(one.Ref, *e)
		if row.follows(one.Ref) && !gone && !one.PostedAt.Before(last[leaseKey(*e)]) && !followed[key] {
			if err := r.cfg.Poster.FollowReminder(ctx, one.Ref, row); err != nil && !isUnpostable(err) {
				c.err = fmt.Errorf("follow a reminder: %w", err)
				continue
			}
			c.followed = append(c.followed, key)
		}
		e.Done, c.save = true, true
	}
	return c
}
