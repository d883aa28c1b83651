package slacksim

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// Where an ephemeral, or a message that chat.postMessage did not make, comes from.
const (
	SourceAck         = "ack"
	SourcePost        = "chat.postEphemeral"
	SourceResponseURL = "response_url"
)

// Ephemeral is a message that one person alone sees. Slack does not store them;
// this server does, for tests.
type Ephemeral struct {
	User, Channel string
	TS            string
	ThreadTS      string
	Text          string
	Blocks        json.RawMessage
	Source        string // [SourceAck], [SourcePost] or [SourceResponseURL]
	At            time.Time
	Edits         int  // how often it was replaced by response_url
	Deleted       bool // by response_url
}

// Flat is the text of the blocks, or Text if there are none.
func (e Ephemeral) Flat() string {
	if e.Blocks == nil {
		return e.Text
	}
	return blockkit.FlattenText(e.Blocks)
}

// Buttons returns the buttons of the ephemeral, in order.
func (e Ephemeral) Buttons() []blockkit.Button { return blockkit.Buttons(e.Blocks) }

// Ephemerals returns what the person alone was shown, in order, whatever its
// source; deleted ones are not returned.
func (s *Server) Ephemerals(user string) []Ephemeral {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	var all []Ephemeral
	for _, e := range s.world.ephemerals {
		if e.User == user && !e.Deleted {
			all = append(all, *e)
		}
	}
	return all
}

// WaitEphemeral returns the first ephemeral of the person that match accepts; it
// waits for one if there is none yet. match must not wait for anything.
func (s *Server) WaitEphemeral(ctx context.Context, user string, match func(Ephemeral) bool) (Ephemeral, error) {
	past := func(yield func(Ephemeral) bool) {
		for _, e := range s.Ephemerals(user) {
			if !yield(e) {
				return
			}
		}
	}
	return s.ephemeralWaits.wait(ctx, s.done, past, func(e Ephemeral) bool {
		return e.User == user && !e.Deleted && match(e)
	})
}

// whisper stores an ephemeral. The caller holds the lock, and announces it after.
func (w *world) whisper(e Ephemeral) *Ephemeral {
	e.TS, e.At = w.stamp(), w.now()
	w.ephemerals = append(w.ephemerals, &e)
	return &e
}

// ephemeral finds one by its timestamp.
func (w *world) ephemeral(user, channel, ts string) *Ephemeral {
	for _, e := range slices.Backward(w.ephemerals) {
		if e.TS == ts && e.Channel == channel && e.User == user && !e.Deleted {
			return e
		}
	}
	return nil
}

func (s *Server) announceEphemeral(e Ephemeral) {
	s.ephemeralWaits.offer(e)
	if s.cfg.OnEphemeral != nil {
		s.cfg.OnEphemeral(e)
	}
}
