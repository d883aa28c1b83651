package slacksim

import (
	"crypto/rand"
	"strings"
	"time"
)

// triggerLifetime is how long a trigger_id can open a view.
const triggerLifetime = 3 * time.Second

// triggers are the recent trigger_ids.
type triggers struct {
	known map[string]*trigger
	queue []string // oldest first
}

type trigger struct {
	user   string
	at     time.Time
	used   bool
	viewID string // the modal in which it was created; "" if there is none
}

func (t *triggers) init() { t.known = make(map[string]*trigger) }

// newTrigger returns a new trigger_id, and forgets those that expired long ago.
// For those, the error is then invalid instead of expired, which makes no
// difference to an app.
func (w *workspace) newTrigger(user, viewID string) string {
	const memory = 10 * time.Minute
	t, now := &w.triggers, w.now()
	for len(t.queue) > 0 && now.Sub(t.known[t.queue[0]].at) > memory {
		delete(t.known, t.queue[0])
		t.queue = t.queue[1:]
	}
	id := formatTS(now.UnixMicro()) + "." + strings.ToLower(rand.Text())
	t.known[id] = &trigger{user: user, at: now, viewID: viewID}
	t.queue = append(t.queue, id)
	return id
}

// useTrigger uses up a trigger_id. https://docs.slack.dev/reference/methods/views.open
func (w *workspace) useTrigger(id string) (*trigger, error) {
	t := w.triggers.known[id]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case w.now().Sub(t.at) > triggerLifetime:
		return nil, refuse("expired_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	}
	t.used = true
	return t, nil
}
