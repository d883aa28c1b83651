package slacksim

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
)

// Event delivers an event of the Events API in its event_callback wrapper. The
// event must have a type; event_ts is filled in. With [Config.EventRetries] it
// is delivered again until it is acked, and Event returns after the last
// attempt.
// https://docs.slack.dev/apis/events-api
func (s *Server) Event(ctx context.Context, event map[string]any) (*Delivery, error) {
	s.workspace.mu.Lock()
	stamp := s.workspace.newTS()
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
		"is_ext_shared_channel": false, "context_team_id": s.cfg.TeamID,
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
