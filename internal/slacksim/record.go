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
	TokenIn string // where the token was: "header" or "body"; "" if there was none
	At      time.Time
	Status  int             // HTTP status; 0 if the connection was broken instead
	Answer  json.RawMessage // the answer, even if it was lost
	Done    bool            // the method ran; false if a fault happened instead
}

// Channel returns the channel argument of the call.
func (c Call) Channel() string { return c.Args["channel"] }

// record is what the app sent. It is formatted only when it is read.
type record struct {
	mu    sync.Mutex
	calls map[string][]Call
	sent  []sentItem
}

// sentItem is one request or frame of the app, without the token argument.
type sentItem struct {
	header http.Header
	args   map[string]string
	raw    []byte
}

func (s *Server) recordSent(item sentItem) {
	if s.cfg.NoRecord {
		return
	}
	s.record.mu.Lock()
	s.record.sent = append(s.record.sent, item)
	s.record.mu.Unlock()
}

func (s *Server) recordCall(c Call) {
	if !s.cfg.NoRecord {
		s.record.mu.Lock()
		if s.record.calls == nil {
			s.record.calls = make(map[string][]Call)
		}
		s.record.calls[c.Method] = append(s.record.calls[c.Method], c)
		s.record.mu.Unlock()
	}
	s.callWaits.Notify(c)
	if s.cfg.OnCall != nil {
		s.cfg.OnCall(c)
	}
}

// Calls returns the calls of a method so far, without their tokens, in the order in which
// they were answered. The method of posts to a response_url is "response_url".
func (s *Server) Calls(method string) []Call {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return slices.Clone(s.record.calls[method])
}

// WaitCall returns the first call of a method that match accepts, and waits for
// one if necessary. match must not block.
func (s *Server) WaitCall(ctx context.Context, method string, match func(Call) bool) (Call, error) {
	past := iter.Seq[Call](func(yield func(Call) bool) {
		for _, c := range s.Calls(method) {
			if !yield(c) {
				return
			}
		}
	})
	return s.callWaits.Wait(ctx, s.done, past, func(c Call) bool {
		return c.Method == method && match(c)
	})
}

// Sent returns everything that the app has sent: decoded arguments of calls, ack
// frames, posts to response_urls, and headers. It leaves out the Authorization
// header and the token argument, where a token belongs, so a token in the result
// is a leak. To search for a secret, use [Server.SentContains].
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

// SentContains reports whether the app has sent the text: plain, escaped for
// mrkdwn, in JSON or encoded for a URL.
func (s *Server) SentContains(text string) bool {
	all := s.Sent()
	mrkdwn := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	for _, form := range []string{
		text, mrkdwn, url.QueryEscape(text), url.PathEscape(text),
		jsonEscaped(text, true), jsonEscaped(text, false), jsonEscaped(mrkdwn, true), jsonEscaped(mrkdwn, false),
	} {
		if bytes.Contains(all, []byte(form)) {
			return true
		}
	}
	return false
}

// jsonEscaped returns text as it appears between the quotes of a JSON string.
func jsonEscaped(text string, escapeHTML bool) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(escapeHTML)
	_ = enc.Encode(text) // a string always encodes
	return strings.Trim(strings.TrimSpace(b.String()), `"`)
}
