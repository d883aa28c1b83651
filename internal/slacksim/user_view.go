package slacksim

import (
	"context"
	"fmt"
	"slices"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// ClickHome clicks a button of a person's Home tab. The payload has no channel,
// no message and no response_url.
func (s *Server) ClickHome(ctx context.Context, user, actionID string) (*Delivery, error) {
	s.workspace.mu.Lock()
	return s.clickView(ctx, user, s.workspace.views.homes[user], actionID)
}

// ClickView clicks a button of a modal; viewID "" means the visible one.
func (s *Server) ClickView(ctx context.Context, user, viewID, actionID string) (*Delivery, error) {
	s.workspace.mu.Lock()
	return s.clickView(ctx, user, s.workspace.modal(user, viewID), actionID)
}

// clickView clicks a button of a view. The caller holds the lock of the
// workspace; clickView unlocks it.
func (s *Server) clickView(ctx context.Context, user string, v *View, actionID string) (*Delivery, error) {
	none := &Delivery{Type: Interactive}
	if v == nil {
		s.workspace.mu.Unlock()
		return none, ErrNoSuchView
	}
	b, ok := blockkit.FindButton(v.Blocks, actionID)
	if !ok {
		s.workspace.mu.Unlock()
		return none, fmt.Errorf("%w: %s", ErrNoSuchButton, actionID)
	}
	return s.pressView(ctx, user, v, b)
}

// PressHome clicks this button of a person's Home tab, also if the tab had it only before
// it was published again: a client can be late.
func (s *Server) PressHome(ctx context.Context, user string, b blockkit.Button) (*Delivery, error) {
	s.workspace.mu.Lock()
	v := s.workspace.views.homes[user]
	if v == nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	return s.pressView(ctx, user, v, b)
}

// PressModal clicks this button of a modal; see [Server.PressHome]. viewID "" means the
// visible one.
func (s *Server) PressModal(ctx context.Context, user, viewID string, b blockkit.Button) (*Delivery, error) {
	s.workspace.mu.Lock()
	v := s.workspace.modal(user, viewID)
	if v == nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	return s.pressView(ctx, user, v, b)
}

// pressView delivers the click on a button of a view. The caller holds the lock of the
// workspace; pressView unlocks it.
func (s *Server) pressView(ctx context.Context, user string, v *View, b blockkit.Button) (*Delivery, error) {
	action := b.Action()
	action["action_ts"] = s.workspace.newTS()
	p := s.viewPayload("block_actions", v)
	p["actions"] = []object{action}
	p["container"] = object{"type": "view", "view_id": v.ID}
	trigger := s.workspace.newTrigger(user, pushableViewID(v), v.channel)
	p["trigger_id"] = trigger
	s.workspace.mu.Unlock()
	return s.deliverInteractive(ctx, p, socket.Envelope{TriggerID: trigger})
}

// CloseView closes a modal without submitting it. Without notify_on_close nothing is
// delivered, and the delivery has no envelope id.
func (s *Server) CloseView(ctx context.Context, user, viewID string) (*Delivery, error) {
	s.workspace.mu.Lock()
	view := s.workspace.modal(user, viewID)
	if view == nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	p := s.viewPayload("view_closed", view)
	p["is_cleared"] = false
	s.workspace.views.remove(view)
	notify := view.fields["notify_on_close"] == true
	s.workspace.mu.Unlock()
	s.watchers.tell()
	if !notify {
		return &Delivery{Type: Interactive}, nil
	}
	return s.deliverInteractive(ctx, p, socket.Envelope{})
}

// modal returns an open modal of a person, or nil; viewID "" means the visible one.
func (w *workspace) modal(user, viewID string) *View {
	stack := w.views.stacks[user]
	for _, v := range slices.Backward(stack) {
		if viewID == "" || v.ID == viewID {
			return v
		}
	}
	return nil
}

// pushableViewID returns the id of a modal on which a trigger can push another
// one, or "" for a Home tab.
func pushableViewID(v *View) string {
	if v.Type != "modal" {
		return ""
	}
	return v.ID
}

// viewPayload returns what all payloads about a view have in common.
func (s *Server) viewPayload(kind string, v *View) object {
	p := s.basePayload(s.workspace.users[v.User], Click{})
	p["type"], p["view"] = kind, s.viewJSON(v) // with its state, which those of messages have beside the message
	return p
}
