package slacksim

import (
	"crypto/rand"
	"strings"
	"time"
)

// triggerLife is how long a trigger_id opens a view.
const triggerLife = 3 * time.Second

// triggers are the trigger_ids that were given out lately.
type triggers struct {
	known map[string]*trigger
	queue []string // oldest first, to forget
}

type trigger struct {
	user   string
	at     time.Time
	used   bool
	viewID string // the view in which it arose, "" if none
}

func (t *triggers) init() { t.known = make(map[string]*trigger) }

// mint makes a trigger_id, and forgets those that are long over: they are then
// invalid rather than expired, which makes no difference to an app.
func (w *world) mint(user, viewID string) string {
	const memory = 10 * time.Minute
	t, now := &w.triggers, w.now()
	for len(t.queue) > 0 && now.Sub(t.known[t.queue[0]].at) > memory {
		delete(t.known, t.queue[0])
		t.queue = t.queue[1:]
	}
	id := microTS(now.UnixMicro()) + "." + strings.ToLower(rand.Text())
	t.known[id] = &trigger{user: user, at: now, viewID: viewID}
	t.queue = append(t.queue, id)
	return id
}

// pull uses up a trigger_id. https://docs.slack.dev/reference/methods/views.open
func (w *world) pull(id string) (*trigger, error) {
	t := w.triggers.known[id]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case w.now().Sub(t.at) > triggerLife:
		return nil, refuse("expired_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	}
	t.used = true
	return t, nil
}
