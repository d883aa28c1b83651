package slacksim

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"extendbot/internal/slacksim/request"
)

// method is one method of the Web API.
type method struct {
	app    bool     // needs the app-level token, in the header
	scopes []string // one of them is needed; nil if none
	run    func(*Server, *request.Request) (map[string]any, error)
}

// methods are the methods of the Web API. https://docs.slack.dev/reference/methods
var methods = map[string]method{
	"api.test":              {run: apiTest},
	"apps.connections.open": {app: true, run: appsConnectionsOpen},
	"auth.test":             {run: authTest},

	"chat.postMessage":   {scopes: []string{"chat:write"}, run: chatPostMessage},
	"chat.postEphemeral": {scopes: []string{"chat:write"}, run: chatPostEphemeral},
	"chat.update":        {scopes: []string{"chat:write"}, run: chatUpdate},
	"chat.delete":        {scopes: []string{"chat:write"}, run: chatDelete},
	"chat.getPermalink":  {run: chatGetPermalink},

	"conversations.info":    {scopes: readScopes, run: conversationsInfo},
	"conversations.members": {scopes: readScopes, run: conversationsMembers},
	"conversations.open":    {scopes: []string{"im:write"}, run: conversationsOpen},
	"conversations.replies": {scopes: historyScopes, run: conversationsReplies},
	"conversations.history": {scopes: historyScopes, run: conversationsHistory},

	"bots.info":             {scopes: []string{"users:read"}, run: botsInfo},
	"users.info":            {scopes: []string{"users:read"}, run: usersInfo},
	"usergroups.list":       {scopes: []string{"usergroups:read"}, run: usergroupsList},
	"usergroups.users.list": {scopes: []string{"usergroups:read"}, run: usergroupsUsersList},

	"views.open":    {run: viewsOpen},
	"views.push":    {run: viewsPush},
	"views.update":  {run: viewsUpdate},
	"views.publish": {run: viewsPublish},
}

// serveAPI answers one call. Faults and rate limits come first, then the token, the scopes
// and the method.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, name string) {
	req, err := request.Read(w, r, name)
	if err != nil {
		http.Error(w, "unreadable request", http.StatusBadRequest)
		return
	}
	s.recordSent(sentItem{header: r.Header, args: req.Args})
	if name == "apps.connections.open" {
		s.opens.Add(1)
	}
	fault, hasFault := s.faults.take(name, req.Str("channel"), req.Str("thread_ts"))
	if hasFault && !s.wait(fault) {
		return
	}
	call := Call{Method: name, Args: req.Args, TokenIn: req.TokenIn, At: s.cfg.Now()}
	answer := reply{status: http.StatusOK}
	switch wait := s.limits.take(name, req.Str("channel"), s.cfg.Now()); {
	case hasFault && fault.replacesCall():
		answer = fault.reply()
	case wait > 0:
		answer = rateLimited(wait)
	default:
		answer.body = s.run(req)
		call.Done = true
		if hasFault && fault.After == Answer {
			answer = fault.reply()
		}
	}
	answer.scopes = strings.Join(s.cfg.Scopes, ",")
	call.Answer, call.Status = answer.encoded(), answer.status
	broken := None
	if hasFault {
		broken = fault.connectionBreak()
	}
	if broken != None {
		call.Status = 0
	}
	s.recordCall(call)
	s.answer(w, r, answer, broken)
}

// run runs the method and returns its answer.
func (s *Server) run(req *request.Request) any {
	body, err := s.runAuthorized(req)
	if err != nil {
		refused, ok := errors.AsType[*apiError](err)
		if !ok {
			refused = &apiError{code: "internal_error"}
		}
		return refused.body()
	}
	if body == nil {
		body = make(map[string]any, 1)
	}
	body["ok"] = true
	return body
}

func (s *Server) runAuthorized(req *request.Request) (map[string]any, error) {
	m, ok := methods[req.Method]
	if !ok {
		return nil, refuse("unknown_method")
	}
	if req.Method != "api.test" {
		if err := s.checkToken(m, req); err != nil {
			return nil, err
		}
	}
	if m.scopes != nil && !slices.ContainsFunc(m.scopes, s.hasScope) {
		return nil, s.missingScope(strings.Join(m.scopes, ","))
	}
	return m.run(s, req)
}

func (s *Server) hasScope(scope string) bool { return slices.Contains(s.cfg.Scopes, scope) }

func (s *Server) missingScope(needed string) error {
	return &apiError{code: "missing_scope", needed: needed, provided: strings.Join(s.cfg.Scopes, ",")}
}
