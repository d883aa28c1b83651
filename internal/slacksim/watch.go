package slacksim

import (
	"cmp"
	"slices"
	"sync"
)

// watchers are the channels that [Server.Watch] returned.
type watchers struct {
	mu  sync.Mutex
	all map[chan struct{}]bool
}

// Watch returns a channel that has a value whenever something that people see may have
// changed since its last one was taken: messages, ephemerals, modals, Home tabs. It never
// blocks the change. The caller must call stop.
func (s *Server) Watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	s.watchers.mu.Lock()
	defer s.watchers.mu.Unlock()
	if s.watchers.all == nil {
		s.watchers.all = make(map[chan struct{}]bool)
	}
	s.watchers.all[c] = true
	return c, func() {
		s.watchers.mu.Lock()
		defer s.watchers.mu.Unlock()
		delete(s.watchers.all, c)
	}
}

// tell tells all watchers that something changed.
func (w *watchers) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.all {
		select {
		case c <- struct{}{}:
		default: // it has a value already
		}
	}
}

// Channels returns the conversations that a person sees in a client: those of which they are
// a member, and all public channels, by name. Direct messages come last.
func (s *Server) Channels(user string) []Channel {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	var all []Channel
	for _, ch := range s.workspace.channels {
		if ch.members[user] || !ch.Private && !ch.IM {
			all = append(all, ch.Channel)
		}
	}
	slices.SortFunc(all, func(a, b Channel) int {
		return cmp.Or(compareBool(a.IM, b.IM), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Listed returns the conversations that a conversations select lists for a person, in the
// order of [Server.Channels]. menu is the element as the app sent it.
// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#conversations_select
func (s *Server) Listed(user string, menu map[string]any) []Channel {
	all := s.Channels(user)
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	return slices.DeleteFunc(all, func(ch Channel) bool { return !s.workspace.listed(menu, user, ch.ID) })
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// Members returns the members of a conversation, in the order in which they joined.
func (s *Server) Members(channelID string) []string {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if ch := s.workspace.channels[channelID]; ch != nil {
		return slices.Clone(ch.joinOrder)
	}
	return nil
}
