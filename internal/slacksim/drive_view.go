package slacksim

import (
	"context"
	"fmt"
	"slices"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// ClickHome is a person pressing a button of their Home tab. There is no channel,
// no message and no response_url in the payload.
func (s *Server) ClickHome(ctx context.Context, user, actionID string) (*Delivery, error) {
	s.world.mu.Lock()
	return s.clickView(ctx, user, s.world.views.homes[user], actionID)
}

// ClickView is a person pressing a button of a modal; viewID "" is the one on top.
func (s *Server) ClickView(ctx context.Context, user, viewID, actionID string) (*Delivery, error) {
	s.world.mu.Lock()
	return s.clickView(ctx, user, s.world.modal(user, viewID), actionID)
}

// clickView is called with the world locked, and unlocks it.
func (s *Server) clickView(ctx context.Context, user string, v *View, actionID string) (*Delivery, error) {
	none := &Delivery{Type: Interactive}
	if v == nil {
		s.world.mu.Unlock()
		return none, ErrNoSuchView
	}
	b, ok := blockkit.FindButton(v.Blocks, actionID)
	if !ok {
		s.world.mu.Unlock()
		return none, fmt.Errorf("%w: %s", ErrNoSuchButton, actionID)
	}
	action := b.Action()
	action["action_ts"] = s.world.stamp()
	p := s.viewPayload("block_actions", v)
	p["actions"] = []object{action}
	p["container"] = object{"type": "view", "view_id": v.ID}
	trigger := s.world.mint(user, modalID(v))
	p["trigger_id"] = trigger
	s.world.mu.Unlock()
	return s.interact(ctx, p, socket.Envelope{TriggerID: trigger})
}

// CloseView is a person closing a modal without submitting it. Nothing is delivered
// unless the view has notify_on_close; the delivery is then without an envelope id.
func (s *Server) CloseView(ctx context.Context, user, viewID string) (*Delivery, error) {
	s.world.mu.Lock()
	view := s.world.modal(user, viewID)
	if view == nil {
		s.world.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	p := s.viewPayload("view_closed", view)
	p["is_cleared"] = false
	s.world.views.drop(view)
	told := view.fields["notify_on_close"] == true
	s.world.mu.Unlock()
	if !told {
		return &Delivery{Type: Interactive}, nil
	}
	return s.interact(ctx, p, socket.Envelope{})
}

// modal finds an open modal of the person; "" is the one on top.
func (w *world) modal(user, viewID string) *View {
	stack := w.views.stacks[user]
	for _, v := range slices.Backward(stack) {
		if viewID == "" || v.ID == viewID {
			return v
		}
	}
	return nil
}

// modalID is the view in which a trigger can push another; a Home tab is none.
func modalID(v *View) string {
	if v.Type != "modal" {
		return ""
	}
	return v.ID
}

// viewPayload is what the payloads about a view have in common.
func (s *Server) viewPayload(kind string, v *View) object {
	p := s.origin(s.world.users[v.User], "", "")
	p["type"], p["view"] = kind, s.wireView(v)
	if kind == "block_actions" {
		p["state"] = object{"values": object{}}
	}
	return p
}
