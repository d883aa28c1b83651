package slacksim

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Event delivers an event of the Events API in its event_callback wrapper. The
// event must have a type; event_ts is filled in. With [Config.EventRetries] it
// is delivered again until it is acked, and Event returns after the last
// attempt.
// https://docs.slack.dev/apis/events-api
func (s *Server) Event(ctx context.Context, event map[string]any) (*Delivery, error) {
	where, _ := event["channel"].(string)
	s.workspace.mu.Lock()
	stamp := s.workspace.newTS()
	ch := s.workspace.channels[where]
	shared := ch != nil && ch.ExtShared
	s.workspace.mu.Unlock()
	inner := map[string]any{"event_ts": stamp}
	maps.Copy(inner, event)
	var org any
	if s.cfg.EnterpriseID != "" {
		org = s.cfg.EnterpriseID
	}
	return s.Deliver(ctx, EventsAPI, map[string]any{
		"enterprise_id": org, "token": verificationToken, "team_id": s.cfg.TeamID, "api_app_id": s.cfg.AppID,
		"type": "event_callback", "event": inner,
		"event_id": "Ev" + rand.Text(), "event_time": s.cfg.Now().Unix(),
		"is_ext_shared_channel": shared, "context_team_id": s.cfg.TeamID,
		"authorizations": []any{map[string]any{
			"enterprise_id": org, "team_id": s.cfg.TeamID, "user_id": s.cfg.BotUserID,
			"is_bot": true, "is_enterprise_install": s.cfg.OrgInstall,
		}},
	}, false)
}

// OpenHome opens the app's Home tab for a person. It delivers app_home_opened,
// with the view if one was published.
// https://docs.slack.dev/reference/events/app_home_opened
func (s *Server) OpenHome(ctx context.Context, user string) (*Delivery, error) {
	channel := s.DirectChannel(user)
	if channel == "" {
		return &Delivery{Type: EventsAPI}, fmt.Errorf("%w: %s", ErrUnknownUser, user)
	}
	event := map[string]any{"type": "app_home_opened", "user": user, "channel": channel, "tab": "home"}
	s.workspace.mu.Lock()
	if v := s.workspace.views.homes[user]; v != nil {
		event["view"] = s.viewJSON(v)
	}
	s.workspace.mu.Unlock()
	return s.Event(ctx, event)
}

// What an app subscribes to, to get the messages that people write to it. The event of a
// direct message has the type "message".
const (
	eventDirectMessage = "message.im"
	eventMention       = "app_mention"
)

// Direct posts a message of a person in their direct messages with the bot and delivers it;
// see [Server.Write] and [Server.Hear].
func (s *Server) Direct(ctx context.Context, user, text string) (*Delivery, error) {
	channel := s.DirectChannel(user)
	if channel == "" {
		return &Delivery{Type: EventsAPI}, fmt.Errorf("%w: %s", ErrUnknownUser, user)
	}
	m, err := s.Write(user, channel, EscapeText(text), "")
	if err != nil {
		return &Delivery{Type: EventsAPI}, err
	}
	return s.Hear(ctx, m)
}

// Mention posts a message of a person that begins with a mention of the bot, in a thread if
// threadTS is not "", and delivers it; see [Server.Hear]. In direct messages, nothing is
// delivered.
func (s *Server) Mention(ctx context.Context, user, channel, text, threadTS string) (*Delivery, error) {
	m, err := s.Say(channel, user, strings.TrimSpace("<@"+s.cfg.BotUserID+"> "+EscapeText(text)), threadTS)
	if err != nil || s.isDirect(channel) {
		return &Delivery{Type: EventsAPI}, err
	}
	return s.Hear(ctx, m)
}

// Write posts a message of a person, in Slack's markup, in a thread if threadTS is not "".
// It fails with [ErrMessagesReadOnly] in direct messages with the bot if people cannot write
// there.
// https://docs.slack.dev/surfaces/app-home#messages-tab
func (s *Server) Write(user, channel, text, threadTS string) (Message, error) {
	if s.cfg.MessagesReadOnly && s.isDirect(channel) {
		return Message{}, ErrMessagesReadOnly
	}
	return s.Say(channel, user, text, threadTS)
}

// isDirect reports whether a conversation is the direct messages of somebody with the bot.
func (s *Server) isDirect(channel string) bool {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch := s.workspace.channels[channel]
	return ch != nil && ch.IM
}

// Hear delivers a message of a person to the app, if the app hears of it: a direct message,
// with the scope im:history and the event message.im; or a mention where the bot is a
// member, with the scope app_mentions:read and the event app_mention. Otherwise nothing is
// delivered, and the delivery has no envelope id.
// https://docs.slack.dev/reference/events/message.im
// https://docs.slack.dev/reference/events/app_mention
func (s *Server) Hear(ctx context.Context, m Message) (*Delivery, error) {
	s.workspace.mu.Lock()
	ch := s.workspace.channels[m.Channel]
	member, direct := ch != nil && ch.members[s.workspace.bot], ch != nil && ch.IM
	s.workspace.mu.Unlock()
	mentioned := strings.Contains(m.Text, "<@"+s.cfg.BotUserID+">")
	switch {
	case !member:
	case direct && slices.Contains(s.cfg.Events, eventDirectMessage) && s.hasScope("im:history"):
		event := s.messageEvent("message", m)
		event["channel_type"], event["client_msg_id"] = "im", rand.Text()
		return s.Event(ctx, event)
	case !direct && mentioned && slices.Contains(s.cfg.Events, eventMention) && s.hasScope("app_mentions:read"):
		return s.Event(ctx, s.messageEvent("app_mention", m))
	}
	return &Delivery{Type: EventsAPI}, nil
}

// messageEvent returns the event of a message of a person.
func (s *Server) messageEvent(kind string, m Message) map[string]any {
	s.workspace.mu.Lock()
	team := s.workspace.users[m.User].TeamID
	s.workspace.mu.Unlock()
	event := map[string]any{
		"type": kind, "user": m.User, "channel": m.Channel, "text": m.Text, "ts": m.TS, "team": s.cfg.TeamID,
	}
	if team != s.cfg.TeamID { // of another organization, through Slack Connect
		event["user_team"], event["source_team"] = team, team
	}
	if m.ThreadTS != "" {
		event["thread_ts"] = m.ThreadTS
	}
	return event
}

// EscapeText escapes what a person typed as Slack does.
// https://docs.slack.dev/messaging/formatting-message-text
func EscapeText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
