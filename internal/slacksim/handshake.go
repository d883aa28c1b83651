package slacksim

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{
	ReadBufferSize:  4096,
	WriteBufferSize: 4096,
	WriteBufferPool: &sync.Pool{},
	CheckOrigin:     func(*http.Request) bool { return true }, // clients name api.slack.com
}

// serveLink is the WebSocket endpoint; the request's goroutine becomes the link's
// reader.
func (s *Server) serveLink(w http.ResponseWriter, r *http.Request) {
	s.keepSent(sent{header: r.Header})
	if f, ok := s.faults.take("ws", ""); ok && !s.spoilHandshake(w, f) {
		return
	}
	query := r.URL.Query()
	if !s.sockets.redeem(query.Get("ticket")) || query.Get("app_id") != s.cfg.AppID {
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &Conn{server: s, ws: ws, closed: make(chan struct{}), OpenedAt: time.Now()}
	defer c.end()
	num, ok := s.sockets.register(c, s.cfg.MaxConnections)
	if !ok {
		_ = c.write(disconnectFrame(ReasonTooMany, s.host))
		c.closeFrame()
		return
	}
	select {
	case <-s.done: // Close may have gone through the list before this link was on it
		return
	default:
	}
	if !s.greet(c, num, query.Get("debug_reconnects") == "true") {
		return
	}
	s.spawn(func() { c.ping(s.cfg.PingInterval) })
	c.read()
}

// greet says hello. It returns false if the link is over.
func (s *Server) greet(c *Conn, num int, short bool) bool {
	if f, ok := s.faults.take("hello", ""); ok {
		if !s.pause(f.Delay) {
			return false
		}
		switch f.Before {
		case None:
		case Hang: // a link that never says hello and never gets an envelope
			c.read()
			return false
		default:
			c.Kill()
			return false
		}
	}
	life := 18060 // seconds; what Slack's own fixtures show
	if short {
		life = 360
	}
	hello, _ := json.Marshal(map[string]any{
		"type":            "hello",
		"num_connections": num,
		"connection_info": map[string]any{"app_id": s.cfg.AppID},
		"debug_info": map[string]any{
			"host": "applink-sim", "started": c.OpenedAt.UTC().Format("2006-01-02 15:04:05.000"),
			"build_number": 1, "approximate_connection_time": life,
		},
	})
	// Ready before the client can know it, and no envelope before the hello.
	c.writing.Lock()
	defer c.writing.Unlock()
	s.sockets.setReady(c)
	return c.writeLocked(hello) == nil
}
