package slacksim

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// How an ephemeral, or a message that chat.postMessage did not create, was sent.
const (
	SourceAck         = "ack"
	SourcePost        = "chat.postEphemeral"
	SourceResponseURL = "response_url"
)

// Ephemeral is a message that only one person sees. Slack does not store ephemerals; this
// server does, for tests.
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

// Flat returns the text of the blocks, or Text if there are none.
func (e Ephemeral) Flat() string {
	if e.Blocks == nil {
		return e.Text
	}
	return blockkit.FlattenText(e.Blocks)
}

// Buttons returns the buttons of the ephemeral, in order.
func (e Ephemeral) Buttons() []blockkit.Button { return blockkit.Buttons(e.Blocks) }

// Ephemerals returns the ephemerals of a person, oldest first, without deleted ones.
func (s *Server) Ephemerals(user string) []Ephemeral {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	var all []Ephemeral
	for _, e := range s.workspace.ephemerals {
		if e.User == user && !e.Deleted {
			all = append(all, *e)
		}
	}
	return all
}

// WaitEphemeral returns the first ephemeral of a person that match accepts, and
// waits for one if necessary. match must not block.
func (s *Server) WaitEphemeral(ctx context.Context, user string, match func(Ephemeral) bool) (Ephemeral, error) {
	past := func(yield func(Ephemeral) bool) {
		for _, e := range s.Ephemerals(user) {
			if !yield(e) {
				return
			}
		}
	}
	return s.ephemeralWaits.Wait(ctx, s.done, past, func(e Ephemeral) bool {
		return e.User == user && !e.Deleted && match(e)
	})
}

// addEphemeral stores an ephemeral. The caller holds mu, and calls
// notifyEphemeral after unlocking it.
func (w *workspace) addEphemeral(e Ephemeral) *Ephemeral {
	e.TS, e.At = w.newTS(), w.now()
	w.ephemerals = append(w.ephemerals, &e)
	return &e
}

// findEphemeral returns an ephemeral that was not deleted, or nil.
func (w *workspace) findEphemeral(user, channel, ts string) *Ephemeral {
	for _, e := range slices.Backward(w.ephemerals) {
		if e.TS == ts && e.Channel == channel && e.User == user && !e.Deleted {
			return e
		}
	}
	return nil
}

// notifyEphemeral passes an ephemeral to everyone who waits for one and to the
// configured function.
func (s *Server) notifyEphemeral(e Ephemeral) {
	s.ephemeralWaits.Notify(e)
	s.watchers.tell()
	if s.cfg.OnEphemeral != nil {
		s.cfg.OnEphemeral(e)
	}
}
