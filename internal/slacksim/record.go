package slacksim

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Call is one request to the Web API or to a response_url.
type Call struct {
	Method  string // "chat.postMessage", or "response_url"
	Args    map[string]string
	TokenIn string // where the token was: "header", "body", or "" for none
	At      time.Time
	Status  int             // HTTP status; 0 if the connection was broken instead
	Answer  json.RawMessage // what was answered, also if the answer was then lost
	Done    bool            // whether the method ran, rather than a fault in its place
}

// Channel is the call's channel argument.
func (c Call) Channel() string { return c.Args["channel"] }

// record keeps what the app sent. Nothing is rendered before somebody asks.
type record struct {
	mu    sync.Mutex
	calls map[string][]Call
	sent  []sent
}

// sent is one thing that arrived from the app, without its tokens' own places.
type sent struct {
	header http.Header
	args   map[string]string
	raw    []byte
}

func (s *Server) keepSent(item sent) {
	if s.cfg.NoRecord {
		return
	}
	s.record.mu.Lock()
	s.record.sent = append(s.record.sent, item)
	s.record.mu.Unlock()
}

func (s *Server) keepCall(c Call) {
	if !s.cfg.NoRecord {
		s.record.mu.Lock()
		if s.record.calls == nil {
			s.record.calls = make(map[string][]Call)
		}
		s.record.calls[c.Method] = append(s.record.calls[c.Method], c)
		s.record.mu.Unlock()
	}
	s.callWaits.offer(c)
}

// Calls returns the calls of a method so far, in the order in which they were
// answered, without their tokens. Posts to a response_url are "response_url".
func (s *Server) Calls(method string) []Call {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return slices.Clone(s.record.calls[method])
}

// WaitCall returns the first call of the method that match accepts; it waits for
// one if there is none yet. match must not wait for anything.
func (s *Server) WaitCall(ctx context.Context, method string, match func(Call) bool) (Call, error) {
	past := iter.Seq[Call](func(yield func(Call) bool) {
		for _, c := range s.Calls(method) {
			if !yield(c) {
				return
			}
		}
	})
	return s.callWaits.wait(ctx, s.done, past, func(c Call) bool {
		return c.Method == method && match(c)
	})
}

// Sent returns everything that the app ever sent: arguments of calls (decoded),
// ack frames, posts to response_urls and headers. The places where a token belongs,
// the Authorization header and the token argument, are left out, so a token found
// in it is a leak. Look for a secret with [Server.SentContains].
func (s *Server) Sent() []byte {
	s.record.mu.Lock()
	items := slices.Clone(s.record.sent)
	s.record.mu.Unlock()
	var b bytes.Buffer
	for _, item := range items {
		for _, name := range slices.Sorted(maps.Keys(item.header)) {
			if name == "Authorization" {
				continue
			}
			for _, v := range item.header[name] {
				b.WriteString(name + ": " + v + "\n")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(item.args)) {
			b.WriteString(name + "=" + item.args[name] + "\n")
		}
		b.Write(item.raw)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// SentContains reports whether the app ever sent the text, be it plain, escaped
// for mrkdwn, as part of JSON or encoded for a URL.
func (s *Server) SentContains(text string) bool {
	all := s.Sent()
	mrkdwn := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	for _, form := range []string{
		text, mrkdwn, url.QueryEscape(text), url.PathEscape(text),
		inJSON(text, true), inJSON(text, false), inJSON(mrkdwn, true), inJSON(mrkdwn, false),
	} {
		if bytes.Contains(all, []byte(form)) {
			return true
		}
	}
	return false
}

// inJSON is text as it stands between the quotes of a JSON string.
func inJSON(text string, escapeHTML bool) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(escapeHTML)
	_ = enc.Encode(text) // a string always encodes
	return strings.Trim(strings.TrimSpace(b.String()), `"`)
}
