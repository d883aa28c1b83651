package servicetest

import (
	"strings"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

// Sighting is something that people could see from a moment on: a message, a
// changed message, or an ephemeral.
type Sighting struct {
	At                  time.Time
	Channel, TS, Thread string
	Only                string // the person who alone sees it; "" for everybody in the channel
	Text                string
	Changed             bool // an earlier message was changed
	Buttons             int
}

// sightings is everything that people could see, in order.
type sightings struct {
	mu  sync.Mutex
	all []Sighting
}

func (s *sightings) add(one Sighting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.At = time.Now()
	s.all = append(s.all, one)
}

// watch adds to the configuration that everything is recorded.
func (s *sightings) watch(c *slacksim.Config) {
	c.OnMessage = func(m slacksim.Message) {
		if !m.Deleted {
			s.add(Sighting{
				Channel: m.Channel, TS: m.TS, Thread: m.ThreadTS, Text: m.Text + "\n" + m.Flat(), Changed: m.Edits > 0, Buttons: len(m.Buttons()),
			})
		}
	}
	c.OnEphemeral = func(e slacksim.Ephemeral) {
		if !e.Deleted {
			s.add(Sighting{Channel: e.Channel, TS: e.TS, Thread: e.ThreadTS, Only: e.User, Text: e.Text + "\n" + e.Flat(), Changed: e.Edits > 0, Buttons: len(e.Buttons())})
		}
	}
}

// Seen returns what people could see so far that match accepts, oldest first. It
// works only in a [Bubble].
func (h *Harness) Seen(match func(Sighting) bool) []Sighting {
	h.seen.mu.Lock()
	defer h.seen.mu.Unlock()
	var list []Sighting
	for _, s := range h.seen.all {
		if match(s) {
			list = append(list, s)
		}
	}
	return list
}

// Says reports whether the text contains all parts.
func (s Sighting) Says(parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(s.Text, part) {
			return false
		}
	}
	return true
}
