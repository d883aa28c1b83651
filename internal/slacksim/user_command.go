package slacksim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"extendbot/internal/slacksim/socket"
)

// SlashCommand is a slash command that a person sends.
type SlashCommand struct {
	User, Channel string
	Command       string // "/extend"
	Text          string // what follows the command

	// The workspace, the organization and the app that the payload names. "" means
	// what the simulator knows, and [Nothing] leaves it out.
	TeamID, EnterpriseID, AppID string
}

// commandPayload is the payload of a slash command.
// https://docs.slack.dev/interactivity/implementing-slash-commands
type commandPayload struct {
	Token        string `json:"token"`
	TeamID       string `json:"team_id"`
	TeamDomain   string `json:"team_domain"`
	EnterpriseID string `json:"enterprise_id,omitempty"`
	ChannelID    string `json:"channel_id"`
	ChannelName  string `json:"channel_name"`
	UserID       string `json:"user_id"`
	UserName     string `json:"user_name"`
	Command      string `json:"command"`
	Text         string `json:"text"`
	APIAppID     string `json:"api_app_id"`
	IsEnterprise string `json:"is_enterprise_install"` // a string only in commands
	ResponseURL  string `json:"response_url"`
	TriggerID    string `json:"trigger_id"`
}

// Command delivers a slash command and shows the message in its ack, only to the
// person or, with response_type in_channel, to the channel. It works in every
// conversation, even where the bot is not a member.
//
// It fails with the errors of [Server.Deliver], and with [ErrBadAck] if Slack
// would refuse the message in the ack.
func (s *Server) Command(ctx context.Context, c SlashCommand) (*Delivery, error) {
	s.workspace.mu.Lock()
	user, known := s.workspace.users[c.User]
	ch := s.workspace.channels[c.Channel]
	if !known || ch == nil {
		s.workspace.mu.Unlock()
		d := &Delivery{Type: SlashCommands}
		if !known {
			return d, fmt.Errorf("%w: %s", ErrUnknownUser, c.User)
		}
		return d, fmt.Errorf("%w: %s", ErrUnknownChannel, c.Channel)
	}
	p := commandPayload{
		Token: verificationToken, TeamID: said(c.TeamID, s.cfg.TeamID), EnterpriseID: said(c.EnterpriseID, s.cfg.EnterpriseID), TeamDomain: s.cfg.TeamDomain,
		ChannelID: ch.ID, ChannelName: ch.Name, UserID: user.ID, UserName: user.Name,
		Command: c.Command, Text: c.Text, APIAppID: cmp.Or(c.AppID, s.cfg.AppID),
		IsEnterprise: strconv.FormatBool(s.cfg.OrgInstall), TriggerID: s.workspace.newTrigger(user.ID, "", ch.ID),
	}
	if ch.Private && !ch.IM {
		p.ChannelName = "privategroup"
	}
	s.workspace.mu.Unlock()
	p.ResponseURL = s.newResponseURL("commands", responseURL{user: user.ID, channel: ch.ID})
	body, err := json.Marshal(p)
	if err != nil {
		return &Delivery{Type: SlashCommands}, fmt.Errorf("slacksim: command: %w", err)
	}
	return s.hub.Deliver(ctx, socket.Envelope{
		Type: SlashCommands, Payload: body, AcceptsResponse: true, TriggerID: p.TriggerID, ResponseURL: p.ResponseURL,
		Effect: func(ack json.RawMessage) error { return s.commandAcked(user.ID, ch.ID, p.ResponseURL, ack) },
	})
}

// commandAcked shows the message in the ack of a slash command.
// https://docs.slack.dev/interactivity/implementing-slash-commands
func (s *Server) commandAcked(user, channel, url string, ack json.RawMessage) error {
	msg, err := parseMessageResponse(ack)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadAck, err)
	}
	if !msg.empty() {
		s.showResponse(msg, recipient{user: user, channel: channel, source: SourceAck, url: url})
	}
	return nil
}

// verificationToken is the deprecated secret in each payload. Apps must not need
// it or send it anywhere.
const verificationToken = "verification-token-of-the-simulated-app"
