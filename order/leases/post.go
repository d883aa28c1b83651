package leases

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"extendbot/internal/crash"
	"extendbot/order"
)

const (
	// The pauses after a post or an update failed grow from pauseFirst to pauseMax, and to
	// pauseHopeless if trying again is hardly of use.
	pauseFirst    = time.Second
	pauseMax      = time.Minute
	pauseHopeless = 10 * time.Minute
)

// pause is when something that failed is tried again.
type pause struct {
	until time.Time
	last  time.Duration
}

// paused reports whether something is not to be tried again yet.
func (r *Reminders) paused(key string, now time.Time) bool { return now.Before(r.pauses[key].until) }

// pauseAfter notes an error, or that there was none, and makes the next look come in time.
func (r *Reminders) pauseAfter(key string, err error, most time.Duration) {
	if err == nil {
		delete(r.pauses, key)
		return
	}
	now := r.cfg.Now()
	p := r.pauses[key]
	p.last = min(max(2*p.last, pauseFirst), most)
	p.until = now.Add(p.last)
	if later, ok := errors.AsType[*order.Later](err); ok {
		p.until = later.At
	}
	r.pauses[key] = p
	r.lookBefore(p.until)
}

// batch is what goes into one message.
type batch struct {
	channel string // "": none is known
	list    []due
}

// channel returns where a reminder belongs; "" if that is not known.
func (r *Reminders) channel(d due) string {
	if r.cfg.Channel == "" && d.Lease.Last != nil {
		return d.Lease.Last.Channel
	}
	return r.cfg.Channel
}

// unpaused returns what may be posted now.
func (r *Reminders) unpaused(list []due, now time.Time) []due {
	return slices.DeleteFunc(list, func(d due) bool { return r.paused("post "+r.channel(d), now) })
}

// batches groups what is due by channels, at most MaxServers in each.
func (r *Reminders) batches(list []due) (all []batch) {
	open := map[string]int{} // index of the last batch of each channel
	for _, d := range list {
		channel := r.channel(d)
		i, ok := open[channel]
		if !ok || len(all[i].list) == MaxServers {
			i = len(all)
			open[channel] = i
			all = append(all, batch{channel: channel})
		}
		all[i].list = append(all[i].list, d)
	}
	return all
}

// posted is what became of one batch.
type posted struct {
	reminders []Reminder // one for each message
	result    Result
	err       error
}

// postAll posts what is due, each message on its own, so that one that fails or hangs holds
// up no other, and records what was posted.
func (r *Reminders) postAll(ctx context.Context, list []due) {
	ctx, cancel := r.outlast(ctx)
	defer cancel()
	now := r.cfg.Now()
	all := r.batches(list)
	results := make([]posted, len(all))
	var posts sync.WaitGroup
	for i, b := range all {
		posts.Go(func() { results[i] = r.post(ctx, b, now) })
	}
	posts.Wait()
	for i, p := range results {
		b := all[i]
		most := pauseMax
		if p.result == Failed && isUnpostable(p.err) {
			most = pauseHopeless
		}
		if p.result != Failed {
			p.err = nil
		}
		r.pauseAfter("post "+b.channel, p.err, most)
		log := r.cfg.Log.WithField("servers", len(b.list))
		if p.err != nil {
			log.WithError(p.err).Warn("a reminder could not be posted; it is tried again")
		} else {
			log.WithField("result", p.result).Info("reminder posted")
		}
		for _, d := range b.list {
			r.cfg.Observer.Reminded(p.result, now.Sub(d.at))
		}
		r.unrecorded = append(r.unrecorded, p.reminders...)
		r.open = r.open || len(p.reminders) > 0
	}
	r.report(ctx, r.recordPosted(ctx), "a reminder that was posted could not be recorded; it is tried again")
}

// post posts one message: where it belongs or, if that is not possible, to the admins.
func (r *Reminders) post(ctx context.Context, b batch, now time.Time) posted {
	var entries []Entry
	for _, d := range b.list {
		entries = append(entries, Entry{Server: d.Lease.Server, Lease: d.Lease.ExpiresAt, Before: d.before})
	}
	view, err := r.view(ctx, entries, byServer(b.list), now)
	if err != nil {
		return posted{result: Failed, err: err}
	}
	for i := range entries {
		entries[i].Shown = view.fingerprint(i)
	}
	crash.Point("leases", "post", "before")
	result, err := Posted, error(&UnpostableError{Err: errors.New("no channel is known for it")})
	var refs []string
	if b.channel != "" {
		var ref string
		if ref, err = r.cfg.Poster.PostReminder(ctx, b.channel, view); err == nil {
			refs = append(refs, ref)
		}
	}
	if isUnpostable(err) {
		result = ToAdmins
		view.Unposted, view.NoChannel = b.channel, b.channel == ""
		r.cfg.Log.WithField("channel", b.channel).WithError(err).Warn("a reminder cannot be posted into its channel; it goes to the admins")
		for _, admin := range r.cfg.Admins() {
			ref, failed := r.cfg.Poster.PostReminder(ctx, admin, view)
			if failed != nil {
				err = failed
				continue
			}
			refs = append(refs, ref)
		}
	}
	if len(refs) == 0 {
		return posted{result: Failed, err: err}
	}
	crash.Point("leases", "post", "after")
	p := posted{result: result}
	for _, ref := range refs {
		p.reminders = append(p.reminders, Reminder{Ref: ref, PostedAt: now, Entries: slices.Clone(entries)})
	}
	return p
}

func isUnpostable(err error) bool {
	_, ok := errors.AsType[*UnpostableError](err)
	return ok
}

func byServer(list []due) map[string]Found {
	found := map[string]Found{}
	for _, d := range list {
		found[d.Lease.Server.ID] = d.Found
	}
	return found
}
