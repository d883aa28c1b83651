package slacksim

import (
	"crypto/rand"
	"strings"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/request"
)

// maxViewStack is how many modals a person may have open.
const maxViewStack = 3

// parseView checks a view argument.
func parseView(raw string, want blockkit.Surface) (*View, error) {
	v, err := blockkit.ParseView(want, raw)
	if err != nil {
		return nil, refusedBlocks(err)
	}
	return &View{
		Type: string(v.Surface), Title: v.Title, Submit: v.Submit, Close: v.Close, CallbackID: v.CallbackID, ExternalID: v.ExternalID,
		PrivateMetadata: v.PrivateMetadata, Blocks: v.Blocks, fields: v.Fields,
	}, nil
}

// addView stores a new view and sets its id.
func (w *workspace) addView(v *View, user string) {
	w.views.count++
	v.ID = "V0" + strings.ToUpper(rand.Text()[:8]) + itoa(int64(w.views.count))
	v.User, v.RootID, v.PublishedAt = user, v.ID, w.now()
	v.Hash = w.newHash()
	w.initState(v, nil)
	w.views.byID[v.ID] = v
}

// initState sets what is chosen and typed in a view that is new, or replaces one that had
// the state old.
// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#conversations_select
func (w *workspace) initState(v *View, old blockkit.State) {
	v.State = blockkit.InitialState(v.Blocks, old)
	for _, in := range blockkit.Inputs(v.Blocks) {
		if _, kept := old[in.BlockID][in.ActionID]; kept || in.Element["default_to_current_conversation"] != true {
			continue
		}
		if blockkit.Chosen(v.State[in.BlockID][in.ActionID]) == "" && w.listed(in.Element, v.User, v.channel) {
			v.set(in, object{"type": in.Element["type"], "selected_conversation": v.channel})
		}
	}
}

func (w *workspace) newHash() string {
	return itoa(w.now().Unix()) + "." + strings.ToLower(rand.Text()[:8])
}

// replaceView replaces the content of a view. Its id, its place in the stack, and what is
// chosen and typed in inputs that are still there do not change.
func (w *workspace) replaceView(old, v *View) {
	v.ID, v.User, v.RootID, v.PreviousID = old.ID, old.User, old.RootID, old.PreviousID
	v.PublishedAt, v.Edits, v.Hash = w.now(), old.Edits+1, w.newHash()
	v.channel, v.offered = old.channel, old.offered
	w.initState(v, old.State)
	*old = *v
}

// pushModal opens a modal on top of the person's other modals.
func (w *workspace) pushModal(v *View, user string) error {
	stack := w.views.stacks[user]
	if len(stack) >= maxViewStack {
		return refuse("push_limit_reached")
	}
	if w.views.byExternalID(v.ExternalID) != nil {
		return refuse("duplicate_external_id")
	}
	w.addView(v, user)
	if len(stack) > 0 {
		v.RootID, v.PreviousID = stack[0].ID, stack[len(stack)-1].ID
	}
	w.views.stacks[user] = append(stack, v)
	return nil
}

// viewsOpen follows https://docs.slack.dev/reference/methods/views.open
func viewsOpen(s *Server, req *request.Request) (map[string]any, error) {
	return s.openView(req, false)
}

// viewsPush follows https://docs.slack.dev/reference/methods/views.push
func viewsPush(s *Server, req *request.Request) (map[string]any, error) {
	return s.openView(req, true)
}

func (s *Server) openView(req *request.Request, onTop bool) (map[string]any, error) {
	v, err := parseView(req.Str("view"), blockkit.Modal)
	if err != nil {
		return nil, err
	}
	s.workspace.mu.Lock()
	err = s.workspace.openModal(v, req.Str("trigger_id"), onTop)
	if err != nil {
		s.workspace.mu.Unlock()
		return nil, err
	}
	opened, shown := *v, s.viewJSON(v)
	s.workspace.mu.Unlock()
	s.notifyView(opened)
	return map[string]any{"view": shown}, nil
}

// notifyView passes a view that was opened, updated or published to the configured function.
func (s *Server) notifyView(v View) {
	s.watchers.tell()
	switch notify := s.cfg.OnModal; {
	case v.Type == "home" && s.cfg.OnHome != nil:
		s.cfg.OnHome(v)
	case v.Type != "home" && notify != nil:
		notify(v)
	}
}

// openModal opens a modal for the person of a trigger, on top of their other modals or
// instead of them.
func (w *workspace) openModal(v *View, trigger string, onTop bool) error {
	t, err := w.useTrigger(trigger)
	if err != nil {
		return err
	}
	if onTop && w.views.byID[t.viewID] == nil {
		return refuse("invalid_trigger_id") // only a trigger of a modal can push another
	}
	if !onTop {
		w.views.clear(t.user)
	}
	v.channel = t.channel
	return w.pushModal(v, t.user)
}

// viewsUpdate follows https://docs.slack.dev/reference/methods/views.update
func viewsUpdate(s *Server, req *request.Request) (map[string]any, error) {
	v, err := parseView(req.Str("view"), blockkit.Modal)
	if err != nil {
		return nil, err
	}
	shown, err := s.updateModal(req, v)
	if err != nil {
		return nil, err
	}
	s.notifyView(*v)
	return map[string]any{"view": shown}, nil
}

// updateModal replaces the content of a modal, and v by the modal as it is then.
func (s *Server) updateModal(req *request.Request, v *View) (object, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	id, external := req.Str("view_id"), req.Str("external_id")
	old := s.workspace.views.byID[id]
	if id == "" {
		old = s.workspace.views.byExternalID(external)
	}
	same := s.workspace.views.byExternalID(v.ExternalID)
	switch hash := req.Str("hash"); {
	case id == "" && external == "":
		return nil, &apiError{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: view_id [json-pointer:/view_id]"}}
	case old == nil || old.Type != "modal":
		return nil, refuse("not_found")
	case hash != "" && hash != old.Hash:
		return nil, refuse("hash_conflict")
	case same != nil && same != old:
		return nil, refuse("duplicate_external_id")
	}
	s.workspace.replaceView(old, v)
	return s.viewJSON(old), nil
}

// viewsPublish follows https://docs.slack.dev/reference/methods/views.publish
func viewsPublish(s *Server, req *request.Request) (map[string]any, error) {
	v, err := parseView(req.Str("view"), blockkit.Home)
	if err != nil {
		return nil, err
	}
	shown, err := s.publishHome(req, v)
	if err != nil {
		return nil, err
	}
	s.notifyView(*v)
	return map[string]any{"view": shown}, nil
}

// publishHome replaces a person's Home tab, and v by the tab as it is then.
func (s *Server) publishHome(req *request.Request, v *View) (object, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	user, hash := req.Str("user_id"), req.Str("hash")
	if s.workspace.views.homeDisabled {
		return nil, refuse("not_enabled")
	}
	if _, ok := s.workspace.users[user]; !ok {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"[ERROR] user not found [json-pointer:/user_id]"}}
	}
	old := s.workspace.views.homes[user]
	switch {
	case old == nil:
		old = new(View)
		*old = *v
		s.workspace.addView(old, user)
		s.workspace.views.homes[user] = old
		*v = *old
	case hash != "" && hash != old.Hash:
		return nil, refuse("hash_conflict")
	default:
		s.workspace.replaceView(old, v)
	}
	return s.viewJSON(old), nil
}
