package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// Click is a person pressing a button of a message or of an ephemeral.
type Click struct {
	User, Channel string
	TS            string // of the message
	ActionID      string
	BlockID       string // "" for the first block with such a button

	// TeamID and AppID make the payload claim another workspace or app.
	TeamID, AppID string
}

// Click delivers the press of a button that is there now: [ErrNoSuchMessage] or
// [ErrNoSuchButton] if it is not, else the errors of [Server.Deliver].
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
func (s *Server) Click(ctx context.Context, c Click) (*Delivery, error) {
	return s.click(ctx, c, func(blocks json.RawMessage) (object, error) {
		for _, b := range blockkit.Buttons(blocks) {
			if b.ActionID == c.ActionID && (c.BlockID == "" || c.BlockID == b.BlockID) {
				return b.Action(), nil
			}
		}
		return nil, fmt.Errorf("%w: %s", ErrNoSuchButton, c.ActionID)
	})
}

// ClickRaw delivers the press of a button that need not be there any more, as a
// client does that still shows the old message.
func (s *Server) ClickRaw(ctx context.Context, c Click, value string) (*Delivery, error) {
	return s.click(ctx, c, func(json.RawMessage) (object, error) {
		return object{
			"type": "button", "action_id": c.ActionID, "block_id": or(c.BlockID, "gone"), "value": value,
			"text": object{"type": "plain_text", "text": c.ActionID, "emoji": true},
		}, nil
	})
}

func (s *Server) click(ctx context.Context, c Click, find func(json.RawMessage) (object, error)) (*Delivery, error) {
	none := &Delivery{Type: Interactive}
	s.world.mu.Lock()
	user, ok := s.world.users[c.User]
	ch := s.world.channels[c.Channel]
	if !ok || ch == nil {
		s.world.mu.Unlock()
		if !ok {
			return none, fmt.Errorf("%w: %s", ErrUnknownUser, c.User)
		}
		return none, fmt.Errorf("%w: %s", ErrUnknownChannel, c.Channel)
	}
	p, behind, blocks, err := s.clickSurface(ch, c)
	if err != nil {
		s.world.mu.Unlock()
		return none, err
	}
	trigger := s.world.mint(user.ID, "")
	actionTS := s.world.stamp()
	s.world.mu.Unlock()

	action, err := find(blocks)
	if err != nil {
		return none, err
	}
	action["action_ts"] = actionTS
	maps.Copy(p, s.origin(user, c.TeamID, c.AppID))
	url := s.newURL("actions", responseURL{user: user.ID, channel: ch.ID, original: behind})
	p["type"], p["actions"] = "block_actions", []object{action}
	p["trigger_id"], p["response_url"] = trigger, url
	p["state"] = object{"values": object{}}
	return s.interact(ctx, p, socket.Envelope{TriggerID: trigger, ResponseURL: url})
}

// clickSurface is the part of the payload about the message that was clicked. It
// is called with the world locked.
func (s *Server) clickSurface(ch *channel, c Click) (object, *original, json.RawMessage, error) {
	container := object{"type": "message", "message_ts": c.TS, "channel_id": ch.ID, "is_ephemeral": false}
	p := object{"container": container, "channel": object{"id": ch.ID, "name": ch.Name}}
	if m := ch.byTS[c.TS]; m != nil && !m.Deleted {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			container["thread_ts"] = m.ThreadTS
		}
		p["message"] = s.wire(ch, m)
		return p, &original{message: m}, m.Blocks, nil
	}
	if e := s.world.ephemeral(c.User, ch.ID, c.TS); e != nil {
		container["is_ephemeral"] = true // and the payload has no message
		return p, &original{ephemeral: e}, e.Blocks, nil
	}
	return nil, nil, nil, fmt.Errorf("%w: %s in %s", ErrNoSuchMessage, c.TS, ch.ID)
}

// origin is what every interactive payload says about where it comes from.
func (s *Server) origin(u User, team, app string) object {
	return object{
		"user":                  object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID},
		"team":                  object{"id": or(team, s.cfg.TeamID), "domain": s.cfg.TeamDomain},
		"api_app_id":            or(app, s.cfg.AppID),
		"token":                 verificationToken,
		"enterprise":            nil,
		"is_enterprise_install": false,
	}
}

// interact delivers an interactive payload.
func (s *Server) interact(ctx context.Context, payload object, e socket.Envelope) (*Delivery, error) {
	e.Type, e.Payload = Interactive, blockkit.Encode(payload)
	kind, _ := payload["type"].(string)
	e.AcceptsResponse = strings.HasPrefix(kind, "view_") || kind == "block_suggestion"
	return s.hub.Deliver(ctx, e)
}
