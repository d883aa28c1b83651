package slacksim

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// View is the current state of a modal or a Home tab.
type View struct {
	ID, Type, User  string
	Title           string
	Submit, Close   string // what its buttons say; "" if the app did not set it
	CallbackID      string
	ExternalID      string
	PrivateMetadata string
	Hash            string
	Blocks          json.RawMessage
	PublishedAt     time.Time
	Edits           int // how often it was published or updated again

	RootID, PreviousID string // in a stack of modals

	// State is what is chosen and typed in a modal, by block id and action id.
	State map[string]map[string]any
	// Errors are those that the ack of the last submission showed, by block id.
	Errors map[string]string

	fields  object           // the view as the app sent it
	channel string           // where the person was when a modal was opened; "" if that is not known
	offered map[string][]any // the options that an external select showed last, by action id
}

// set changes the state of an input.
func (v *View) set(in blockkit.Input, value object) {
	state := maps.Clone(v.State) // callers have copies of the view
	state[in.BlockID] = map[string]any{in.ActionID: value}
	v.State = state
}

// viewStore has all views.
type viewStore struct {
	homes        map[string]*View // by user
	byID         map[string]*View
	stacks       map[string][]*View // open modals by user, the visible one last
	count        int
	homeDisabled bool
}

func (v *viewStore) init() {
	v.homes = make(map[string]*View)
	v.byID = make(map[string]*View)
	v.stacks = make(map[string][]*View)
}

// Home returns the blocks of a person's Home tab, or nil if it was never
// published.
func (s *Server) Home(user string) json.RawMessage {
	v, _ := s.HomeView(user)
	return v.Blocks
}

// HomeView returns a person's Home tab, and reports whether it was published.
func (s *Server) HomeView(user string) (View, bool) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if v := s.workspace.views.homes[user]; v != nil {
		return *v, true
	}
	return View{}, false
}

// Views returns the modals that a person has open, the visible one last.
func (s *Server) Views(user string) []View {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	var open []View
	for _, v := range s.workspace.views.stacks[user] {
		open = append(open, *v)
	}
	return open
}

// SetHomeEnabled turns the Home tab of the app on or off. While it is off, views.publish
// answers not_enabled.
func (s *Server) SetHomeEnabled(enabled bool) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	s.workspace.views.homeDisabled = !enabled
}

// viewJSON returns a view as methods and payloads show it.
func (s *Server) viewJSON(v *View) object {
	out := object{
		"id": v.ID, "team_id": s.cfg.TeamID, "type": v.Type, "blocks": v.Blocks,
		"private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID, "external_id": v.ExternalID,
		"hash": v.Hash, "app_id": s.cfg.AppID, "bot_id": s.cfg.BotID, "app_installed_team_id": s.cfg.TeamID,
		"root_view_id": v.RootID, "previous_view_id": nil, "state": object{"values": v.State},
		"clear_on_close": v.fields["clear_on_close"] == true, "notify_on_close": v.fields["notify_on_close"] == true,
	}
	for _, key := range []string{"title", "submit", "close"} {
		out[key] = v.fields[key]
	}
	if v.PreviousID != "" {
		out["previous_view_id"] = v.PreviousID
	}
	return out
}

// byExternalID returns the view with an id that the app set, or nil; "" is no id.
func (v *viewStore) byExternalID(id string) *View {
	for _, view := range v.byID {
		if id != "" && view.ExternalID == id {
			return view
		}
	}
	return nil
}

// remove closes one modal of a person.
func (v *viewStore) remove(view *View) {
	stack := v.stacks[view.User]
	if i := slices.Index(stack, view); i >= 0 {
		v.stacks[view.User] = slices.Delete(stack, i, i+1)
	}
	delete(v.byID, view.ID)
}

// clear closes all modals of a person.
func (v *viewStore) clear(user string) {
	for _, view := range v.stacks[user] {
		delete(v.byID, view.ID)
	}
	delete(v.stacks, user)
}

// triggerLifetime is how long a trigger_id can open a view.
const triggerLifetime = 3 * time.Second

// triggers are the recent trigger_ids.
type triggers struct {
	known map[string]*trigger
	queue []string // oldest first
}

type trigger struct {
	user    string
	at      time.Time
	used    bool
	viewID  string // the modal in which it was created; "" if there is none
	channel string // where it was created; "" if that is not known
}

func (t *triggers) init() { t.known = make(map[string]*trigger) }

// newTrigger returns a new trigger_id, and forgets those that expired long ago.
// For those, the error is then invalid instead of expired, which makes no
// difference to an app.
func (w *workspace) newTrigger(user, viewID, channel string) string {
	const memory = 10 * time.Minute
	t, now := &w.triggers, w.now()
	for len(t.queue) > 0 && now.Sub(t.known[t.queue[0]].at) > memory {
		delete(t.known, t.queue[0])
		t.queue = t.queue[1:]
	}
	id := formatTS(now.UnixMicro()) + "." + strings.ToLower(rand.Text())
	t.known[id] = &trigger{user: user, at: now, viewID: viewID, channel: channel}
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
