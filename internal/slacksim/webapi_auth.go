package slacksim

import (
	"strings"

	"extendbot/internal/slacksim/request"
)

// SetTokenError makes every call with the token fail with a code such as
// "token_revoked", "account_inactive" or "invalid_auth"; "" makes the token
// valid again.
func (s *Server) SetTokenError(token, code string) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if code == "" {
		delete(s.workspace.tokenErrors, token)
		return
	}
	s.workspace.tokenErrors[token] = code
}

// checkToken checks the token of a call. A wrong token leads to invalid_auth, a
// valid one of the wrong kind to not_allowed_token_type.
// https://docs.slack.dev/authentication/tokens
func (s *Server) checkToken(m method, req *request.Request) error {
	if req.Token == "" || m.app && req.TokenIn != "header" {
		return refuse("not_authed")
	}
	s.workspace.mu.Lock()
	code := s.workspace.tokenErrors[req.Token]
	s.workspace.mu.Unlock()
	right, wrong := s.cfg.BotToken, s.cfg.AppToken
	if m.app {
		right, wrong = wrong, right
	}
	switch {
	case code != "":
		return refuse(code)
	case req.Token == right:
		return nil
	case req.Token == wrong, m.app && strings.HasPrefix(req.Token, "xoxp-"):
		return refuse("not_allowed_token_type")
	}
	return refuse("invalid_auth")
}

// apiTest follows https://docs.slack.dev/reference/methods/api.test
func apiTest(_ *Server, req *request.Request) (map[string]any, error) {
	if code := req.Str("error"); code != "" {
		return nil, refuse(code)
	}
	return map[string]any{"args": req.Args}, nil
}

// authTest follows https://docs.slack.dev/reference/methods/auth.test
func authTest(s *Server, _ *request.Request) (map[string]any, error) {
	who := map[string]any{
		"url":                   "https://" + s.cfg.TeamDomain + ".slack.com/",
		"team":                  s.cfg.TeamDomain,
		"user":                  s.cfg.BotName,
		"team_id":               s.cfg.TeamID,
		"user_id":               s.cfg.BotUserID,
		"bot_id":                s.cfg.BotID,
		"is_enterprise_install": s.cfg.OrgInstall,
	}
	if s.cfg.EnterpriseID != "" {
		who["enterprise_id"] = s.cfg.EnterpriseID
	}
	if s.cfg.OrgInstall { // Slack then names the organization as the team
		who["team_id"] = s.cfg.EnterpriseID
	}
	return who, nil
}

// appsConnectionsOpen follows
// https://docs.slack.dev/reference/methods/apps.connections.open
func appsConnectionsOpen(s *Server, _ *request.Request) (map[string]any, error) {
	url := "ws://" + s.host + "/link/?ticket=" + s.hub.NewTicket() + "&app_id=" + s.cfg.AppID
	return map[string]any{"url": url}, nil
}
