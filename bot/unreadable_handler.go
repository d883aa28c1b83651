package bot

import (
	"context"
	"encoding/json"

	"extendbot/bot/message"
)

// unreadable is an envelope that slack-go could not decode, and whom to tell.
type unreadable struct {
	kind  string // Slack's envelope type
	event string // the type of the event, if it is one
	to    person // as far as it could be read
}

// readUnreadable reads what is needed to answer an envelope that slack-go could
// not decode. It returns the id of the envelope, or "" if there is none.
func readUnreadable(raw json.RawMessage) (string, unreadable) {
	var e struct {
		EnvelopeID string          `json:"envelope_id"`
		Type       string          `json:"type"`
		Payload    json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return "", unreadable{}
	}
	u := unreadable{kind: e.Type}
	var payload map[string]json.RawMessage
	_ = json.Unmarshal(e.Payload, &payload) // each field is read alone: one of them is wrong
	var user, container, event struct {
		ID        string `json:"id"`
		ChannelID string `json:"channel_id"`
		Type      string `json:"type"`
	}
	_ = json.Unmarshal(payload["response_url"], &u.to.responseURL)
	_ = json.Unmarshal(payload["user"], &user)
	_ = json.Unmarshal(payload["container"], &container)
	_ = json.Unmarshal(payload["event"], &event)
	u.to.user, u.to.channel, u.event = user.ID, container.ChannelID, event.Type
	return e.EnvelopeID, u
}

// unreadable acks an envelope that could not be decoded, because Slack would
// deliver it again and again. The person is told that it changed nothing.
func (h *handlers) unreadable(e *envelope, u unreadable) after {
	switch u.kind {
	case "slash_commands":
		h.acks.answer(e, OutcomeRefused, ephemeralAck(message.Unreadable()))
		return nil
	case "interactive":
		h.acks.answer(e, OutcomeRefused, nil)
		return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, u.to, message.Unreadable()) }
	default:
		h.acks.answer(e, OutcomeDone, nil)
		if u.event == eventMembersChanged || u.event == eventGroupUpdated {
			h.groups.Changed() // whatever slack-go cannot read in it: the groups are read again
		}
		return nil
	}
}
