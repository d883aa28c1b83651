package slacksim

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"extendbot/internal/slacksim/request"
)

const (
	responseURLLifetime = 30 * time.Minute
	maxResponseURLUses  = 5
)

// responseURL is a URL with which anyone who knows it can answer one command or
// click.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
type responseURL struct {
	user, channel string
	at            time.Time
	uses          int
	original      *original // changed by replace_original and delete_original; nil if there is none yet
}

// original is the message or the ephemeral that a response_url belongs to.
type original struct {
	message   *message
	ephemeral *Ephemeral
}

// newResponseURL returns a new response_url; kind is "commands" or "actions".
func (s *Server) newResponseURL(kind string, u responseURL) string {
	path := "/" + kind + "/" + s.cfg.TeamID + "/" + rand.Text() + "/" + rand.Text()
	u.at = s.cfg.Now()
	s.workspace.mu.Lock()
	s.workspace.urls["http://"+s.host+path] = &u
	s.workspace.mu.Unlock()
	return "http://" + s.host + path
}

func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	const name = "response_url"
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, request.MaxBodySize))
	if err != nil {
		http.Error(w, "unreadable request", http.StatusBadRequest)
		return
	}
	s.recordSent(sentItem{header: r.Header, raw: raw})
	full := "http://" + s.host + r.URL.Path
	call := Call{Method: name, At: s.cfg.Now(), Args: map[string]string{"payload": string(raw), "url": full}}
	s.workspace.mu.Lock()
	if u := s.workspace.urls[full]; u != nil {
		call.Args["channel"] = u.channel
	}
	s.workspace.mu.Unlock()
	fault, hasFault := s.faults.take(name, call.Channel(), "")
	if hasFault && !s.wait(fault) {
		return
	}
	var answer reply
	broken := None
	if hasFault && fault.replacesCall() {
		answer = fault.reply()
	} else {
		answer = s.useResponseURL(full, r.Header.Get("Content-Type"), raw)
		call.Done = true
		if hasFault && fault.After == Answer {
			answer = fault.reply()
		}
	}
	if hasFault {
		broken = fault.connectionBreak()
	}
	call.Status, call.Answer = answer.status, answer.encoded()
	if broken != None {
		call.Status = 0
	}
	s.recordCall(call)
	s.answer(w, r, answer, broken)
}

// useResponseURL handles a post to the URL. Slack documents neither the status
// nor the codes for a URL that is no longer valid; apps report 404 with these
// codes.
func (s *Server) useResponseURL(full, contentType string, raw []byte) reply {
	if kind, _, _ := mime.ParseMediaType(contentType); kind == "application/x-www-form-urlencoded" {
		if form, err := url.ParseQuery(string(raw)); err == nil {
			raw = []byte(form.Get("payload"))
		}
	}
	s.workspace.mu.Lock()
	u := s.workspace.urls[full]
	code := ""
	switch {
	case u == nil:
		code = "invalid_url"
	case s.cfg.Now().Sub(u.at) > responseURLLifetime:
		code = "expired_url"
	case u.uses >= maxResponseURLUses:
		code = "used_url"
	}
	s.workspace.mu.Unlock()
	if code != "" {
		return reply{status: http.StatusNotFound, body: (&apiError{code: code}).body()}
	}
	msg, err := parseMessageResponse(raw)
	if err == nil && msg.empty() && !msg.DeleteOriginal {
		err = refuse("no_text")
	}
	if refused, ok := errors.AsType[*apiError](err); ok {
		return reply{status: http.StatusOK, body: refused.body()}
	}
	s.workspace.mu.Lock()
	u.uses++
	to := recipient{user: u.user, channel: u.channel, source: SourceResponseURL, url: full}
	target := u.original
	s.workspace.mu.Unlock()
	if target != nil && (msg.ReplaceOriginal || msg.DeleteOriginal) {
		s.changeOriginal(target, msg)
	} else {
		s.showResponse(msg, to)
	}
	return reply{status: http.StatusOK, body: json.RawMessage(`{"ok":true}`)}
}

// changeOriginal replaces or deletes the message of a response_url. An ephemeral never
// becomes public, and a message never becomes an ephemeral.
func (s *Server) changeOriginal(target *original, msg messageResponse) {
	s.workspace.mu.Lock()
	if e := target.ephemeral; e != nil {
		if msg.DeleteOriginal {
			e.Deleted = true
		} else {
			e.Text, e.Blocks = msg.Text, msg.Blocks
			e.Edits++
		}
		out := *e
		s.workspace.mu.Unlock()
		s.notifyEphemeral(out)
		return
	}
	m := target.message
	if msg.DeleteOriginal {
		s.workspace.channels[m.Channel].delete(m)
	} else {
		m.Text, m.Blocks = msg.Text, msg.Blocks
		m.Edits++
		m.EditedAt = s.cfg.Now()
	}
	out := m.Message
	s.workspace.mu.Unlock()
	s.notifyMessage(out)
}
