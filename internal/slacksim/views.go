package slacksim

import (
	"encoding/json"
	"slices"
	"time"
)

// View is a modal or a Home tab as it is now.
type View struct {
	ID, Type, User  string
	Title           string
	CallbackID      string
	ExternalID      string
	PrivateMetadata string
	Hash            string
	Blocks          json.RawMessage
	PublishedAt     time.Time
	Edits           int // how often it was published or updated after the first time

	RootID, PreviousID string // in a stack of modals

	fields object // the view as the app sent it
	values map[string]map[string]any
}

// viewStore has the views that exist.
type viewStore struct {
	homes  map[string]*View // by user
	byID   map[string]*View
	stacks map[string][]*View // open modals by user, the visible one last
	count  int
	noHome bool
}

func (v *viewStore) init() {
	v.homes = make(map[string]*View)
	v.byID = make(map[string]*View)
	v.stacks = make(map[string][]*View)
}

// Home returns the blocks of the person's Home tab, nil before the first publish.
func (s *Server) Home(user string) json.RawMessage {
	v, _ := s.HomeView(user)
	return v.Blocks
}

// HomeView returns the person's whole Home tab.
func (s *Server) HomeView(user string) (View, bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if v := s.world.views.homes[user]; v != nil {
		return *v, true
	}
	return View{}, false
}

// Views returns the modals that the person has open, the visible one last.
func (s *Server) Views(user string) []View {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	var open []View
	for _, v := range s.world.views.stacks[user] {
		open = append(open, *v)
	}
	return open
}

// SetHomeEnabled switches the Home tab of the app off and on; while it is off
// views.publish answers not_enabled.
func (s *Server) SetHomeEnabled(enabled bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.views.noHome = !enabled
}

// wireView shows a view as methods and payloads do.
func (s *Server) wireView(v *View) object {
	out := object{
		"id": v.ID, "team_id": s.cfg.TeamID, "type": v.Type, "blocks": v.Blocks,
		"private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID, "external_id": v.ExternalID,
		"hash": v.Hash, "app_id": s.cfg.AppID, "bot_id": s.cfg.BotID, "app_installed_team_id": s.cfg.TeamID,
		"root_view_id": v.RootID, "previous_view_id": nil, "state": object{"values": object{}},
		"clear_on_close": v.fields["clear_on_close"] == true, "notify_on_close": v.fields["notify_on_close"] == true,
	}
	for _, key := range []string{"title", "submit", "close"} {
		out[key] = v.fields[key]
	}
	if v.PreviousID != "" {
		out["previous_view_id"] = v.PreviousID
	}
	if v.values != nil {
		out["state"] = object{"values": v.values}
	}
	return out
}

// drop takes a modal off the person's stack.
func (v *viewStore) drop(view *View) {
	stack := v.stacks[view.User]
	if i := slices.Index(stack, view); i >= 0 {
		v.stacks[view.User] = slices.Delete(stack, i, i+1)
	}
	delete(v.byID, view.ID)
}

// clear closes all modals of the person.
func (v *viewStore) clear(user string) {
	for _, view := range v.stacks[user] {
		delete(v.byID, view.ID)
	}
	delete(v.stacks, user)
}
