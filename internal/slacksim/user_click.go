package slacksim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// Click is a click on a button of a message or of an ephemeral.
type Click struct {
	User, Channel string
	TS            string // the message's ts
	ActionID      string
	BlockID       string // "" for the first block with such a button; [Nothing] leaves it out of a [Server.ClickRaw]

	// What the payload says about where it comes from: the workspace, the workspace
	// or organization of the person, the organization, and the app. "" means what
	// the simulator knows, and [Nothing] leaves it out.
	TeamID, UserTeamID, EnterpriseID, AppID string
}

// Nothing is a value that a payload does not have.
const Nothing = "-"

// said returns what a payload says; "" if it leaves that out.
func said(value, otherwise string) string {
	if value == Nothing {
		return ""
	}
	return cmp.Or(value, otherwise)
}

// Click delivers the click on a button. If the button has a confirmation dialog,
// the person confirms it. It fails with [ErrNoSuchMessage] or
// [ErrNoSuchButton] if there is no such button now, and with the errors of
// [Server.Deliver].
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

// ClickRaw delivers the click on a button that may no longer exist, like a
// client that still shows the old message.
func (s *Server) ClickRaw(ctx context.Context, c Click, value string) (*Delivery, error) {
	return s.click(ctx, c, func(json.RawMessage) (object, error) {
		return object{
			"type": "button", "action_id": c.ActionID, "block_id": said(c.BlockID, "gone"), "value": value,
			"text": object{"type": "plain_text", "text": c.ActionID, "emoji": true},
		}, nil
	})
}

func (s *Server) click(ctx context.Context, c Click, find func(json.RawMessage) (object, error)) (*Delivery, error) {
	none := &Delivery{Type: Interactive}
	s.workspace.mu.Lock()
	user, ok := s.workspace.users[c.User]
	ch := s.workspace.channels[c.Channel]
	if !ok || ch == nil {
		s.workspace.mu.Unlock()
		if !ok {
			return none, fmt.Errorf("%w: %s", ErrUnknownUser, c.User)
		}
		return none, fmt.Errorf("%w: %s", ErrUnknownChannel, c.Channel)
	}
	p, behind, blocks, err := s.clickedMessage(ch, c)
	if err != nil {
		s.workspace.mu.Unlock()
		return none, err
	}
	trigger := s.workspace.newTrigger(user.ID, "", ch.ID)
	actionTS := s.workspace.newTS()
	s.workspace.mu.Unlock()

	action, err := find(blocks)
	if err != nil {
		return none, err
	}
	action["action_ts"] = actionTS
	maps.Copy(p, s.basePayload(user, c))
	url := s.newResponseURL("actions", responseURL{user: user.ID, channel: ch.ID, original: behind})
	p["type"], p["actions"] = "block_actions", []object{action}
	p["trigger_id"], p["response_url"] = trigger, url
	p["state"] = object{"values": object{}}
	return s.deliverInteractive(ctx, p, socket.Envelope{TriggerID: trigger, ResponseURL: url})
}

// clickedMessage returns the part of the payload about the clicked message, the message,
// and its blocks. The caller holds the lock of the workspace.
func (s *Server) clickedMessage(ch *channel, c Click) (object, *original, json.RawMessage, error) {
	container := object{"type": "message", "message_ts": c.TS, "channel_id": ch.ID, "is_ephemeral": false}
	p := object{"container": container, "channel": object{"id": ch.ID, "name": ch.Name}}
	if m := ch.byTS[c.TS]; m != nil && !m.Deleted {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			container["thread_ts"] = m.ThreadTS
		}
		p["message"] = s.messageJSON(ch, m)
		return p, &original{message: m}, m.Blocks, nil
	}
	if e := s.workspace.findEphemeral(c.User, ch.ID, c.TS); e != nil {
		container["is_ephemeral"] = true // such a payload has no message
		return p, &original{ephemeral: e}, e.Blocks, nil
	}
	return nil, nil, nil, fmt.Errorf("%w: %s in %s", ErrNoSuchMessage, c.TS, ch.ID)
}

// basePayload returns what all interactive payloads have in common.
func (s *Server) basePayload(u User, from Click) object {
	user := object{"id": u.ID, "username": u.Name, "name": u.Name}
	if home := said(from.UserTeamID, u.TeamID); home != "" {
		user["team_id"] = home
	}
	p := object{
		"user": user, "team": nil, "enterprise": nil,
		"api_app_id": cmp.Or(from.AppID, s.cfg.AppID), "token": verificationToken, "is_enterprise_install": s.cfg.OrgInstall,
	}
	team := object{"domain": s.cfg.TeamDomain}
	if org := said(from.EnterpriseID, s.cfg.EnterpriseID); org != "" {
		p["enterprise"] = object{"id": org, "name": "the organization " + org}
		team["enterprise_id"], team["enterprise_name"] = org, "the organization "+org
	}
	if id := said(from.TeamID, s.cfg.TeamID); id != "" && !s.cfg.OrgInstall {
		team["id"], p["team"] = id, team
	}
	return p
}

// deliverInteractive delivers an interactive payload.
func (s *Server) deliverInteractive(ctx context.Context, payload object, e socket.Envelope) (*Delivery, error) {
	e.Type, e.Payload = Interactive, blockkit.Encode(payload)
	kind, _ := payload["type"].(string)
	e.AcceptsResponse = strings.HasPrefix(kind, "view_") || kind == "block_suggestion"
	return s.hub.Deliver(ctx, e)
}
