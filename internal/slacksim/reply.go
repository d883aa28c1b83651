package slacksim

import (
	"encoding/json"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"
)

// reply is an HTTP answer that is not written yet.
type reply struct {
	status     int
	body       any    // for JSON
	raw        string // instead of body, sent as text/html
	retryAfter string
	scopes     string // for X-OAuth-Scopes
	location   string
}

// rateLimited returns Slack's answer to a call that must wait.
// https://docs.slack.dev/apis/web-api/rate-limits
func rateLimited(wait time.Duration) reply {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	return reply{
		status:     http.StatusTooManyRequests,
		body:       map[string]any{"ok": false, "error": "ratelimited"},
		retryAfter: strconv.Itoa(seconds),
	}
}

func (a reply) encoded() json.RawMessage {
	if a.body == nil {
		return json.RawMessage(a.raw)
	}
	b, err := json.Marshal(a.body)
	if err != nil {
		return json.RawMessage(`{"ok":false,"error":"internal_error"}`)
	}
	return b
}

// answer writes the reply, or breaks the connection instead.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, a reply, broken Break) {
	body := a.encoded()
	switch broken {
	case None, Answer:
	case Hang:
		select {
		case <-r.Context().Done():
		case <-s.done:
		}
		return
	case Half:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // makes net/http close the connection
	default:
		closeConnection(w, broken == Reset)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	if a.body == nil {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	if a.scopes != "" {
		h.Set("X-OAuth-Scopes", a.scopes)
	}
	if a.retryAfter != "" {
		h.Set("Retry-After", a.retryAfter)
	}
	if offset := s.clockOffset.Load(); offset != 0 {
		h.Set("Date", time.Now().Add(time.Duration(offset)).UTC().Format(http.TimeFormat))
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the app may have disconnected
}

// closeConnection closes the connection without an answer, with a TCP reset if
// reset is true.
func closeConnection(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
