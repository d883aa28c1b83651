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
)

const (
	urlLife = 30 * time.Minute
	urlUses = 5
)

// responseURL lets whoever has it answer one invocation.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
type responseURL struct {
	user, channel string
	at            time.Time
	uses          int
	original      *original // what replace_original and delete_original are about
}

// original is the message behind a response_url: one of the two.
type original struct {
	message   *message
	ephemeral *Ephemeral
}

// newURL makes a response_url; kind is "commands" or "actions".
func (s *Server) newURL(kind string, u responseURL) string {
	path := "/" + kind + "/" + s.cfg.TeamID + "/" + rand.Text() + "/" + rand.Text()
	u.at = s.cfg.Now()
	s.world.mu.Lock()
	s.world.urls["http://"+s.host+path] = &u
	s.world.mu.Unlock()
	return "http://" + s.host + path
}

func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	const name = "response_url"
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "unreadable request", http.StatusBadRequest)
		return
	}
	s.keepSent(sent{header: r.Header, raw: raw})
	full := "http://" + s.host + r.URL.Path
	call := Call{Method: name, At: s.cfg.Now(), Args: map[string]string{"payload": string(raw), "url": full}}
	s.world.mu.Lock()
	if u := s.world.urls[full]; u != nil {
		call.Args["channel"] = u.channel
	}
	s.world.mu.Unlock()
	fault, spoiled := s.faults.take(name, call.Channel())
	if spoiled && !s.pause(fault.Delay) {
		return
	}
	var answer reply
	broken := None
	if spoiled && fault.instead() {
		answer = fault.reply()
	} else {
		answer = s.respond(full, r.Header.Get("Content-Type"), raw)
		call.Done = true
		if spoiled && fault.After == Answer {
			answer = fault.reply()
		}
	}
	if spoiled {
		broken = fault.broken()
	}
	call.Status, call.Answer = answer.status, answer.encoded()
	if broken != None {
		call.Status = 0
	}
	s.keepCall(call)
	s.answer(w, r, answer, broken)
}

// respond does what was posted to the URL. Slack documents neither the status nor
// the codes for a URL that is over; 404 with these codes is what apps report.
func (s *Server) respond(full, contentType string, raw []byte) reply {
	if kind, _, _ := mime.ParseMediaType(contentType); kind == "application/x-www-form-urlencoded" {
		if form, err := url.ParseQuery(string(raw)); err == nil {
			raw = []byte(form.Get("payload"))
		}
	}
	s.world.mu.Lock()
	u := s.world.urls[full]
	code := ""
	switch {
	case u == nil:
		code = "invalid_url"
	case s.cfg.Now().Sub(u.at) > urlLife:
		code = "expired_url"
	case u.uses >= urlUses:
		code = "used_url"
	}
	s.world.mu.Unlock()
	if code != "" {
		return reply{status: http.StatusNotFound, body: (&apiError{code: code}).body()}
	}
	msg, err := parseOutgoing(raw)
	if err == nil && msg.empty() && !msg.DeleteOriginal {
		err = refuse("no_text")
	}
	if refused, ok := errors.AsType[*apiError](err); ok {
		return reply{status: http.StatusOK, body: refused.body()}
	}
	s.world.mu.Lock()
	u.uses++
	to := shown{user: u.user, channel: u.channel, source: SourceResponseURL, url: full}
	target := u.original
	s.world.mu.Unlock()
	if target != nil && (msg.ReplaceOriginal || msg.DeleteOriginal) {
		s.changeOriginal(target, msg)
	} else {
		s.show(msg, to)
	}
	return reply{status: http.StatusOK, body: json.RawMessage(`{"ok":true}`)}
}

// changeOriginal replaces or deletes the message behind a response_url. A message
// never turns from ephemeral to public or back.
func (s *Server) changeOriginal(target *original, msg outgoing) {
	s.world.mu.Lock()
	if e := target.ephemeral; e != nil {
		if msg.DeleteOriginal {
			e.Deleted = true
		} else {
			e.Text, e.Blocks = msg.Text, msg.Blocks
			e.Edits++
		}
		out := *e
		s.world.mu.Unlock()
		s.announceEphemeral(out)
		return
	}
	m := target.message
	if msg.DeleteOriginal {
		s.world.channels[m.Channel].remove(m)
	} else {
		m.Text, m.Blocks = msg.Text, msg.Blocks
		m.Edits++
		m.EditedAt = s.cfg.Now()
	}
	out := m.Message
	s.world.mu.Unlock()
	s.announce(out)
}
