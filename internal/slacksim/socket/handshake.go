package socket

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

// ServeHTTP is the WebSocket endpoint. The goroutine of the request reads the
// connection until it ends.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !h.redeem(query.Get("ticket")) || query.Get("app_id") != h.cfg.AppID {
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &Conn{hub: h, ws: ws, closed: make(chan struct{}), OpenedAt: time.Now()}
	defer c.end()
	number, ok := h.register(c)
	if !ok {
		_ = c.write(disconnectFrame(ReasonTooMany, h.cfg.Host))
		c.closeFrame()
		return
	}
	select {
	case <-h.done: // Close may have missed this connection, if it was registered too late
		return
	default:
	}
	if !h.hello(c, number, query.Get("debug_reconnects") == "true") {
		return
	}
	if reason := h.goodbyeReason(); reason != "" {
		c.Disconnect(reason)
	}
	h.spawn(func() { c.ping(h.cfg.PingInterval) })
	c.read()
}

// hello sends the hello. It returns false if the connection has ended.
func (h *Hub) hello(c *Conn, number int, short bool) bool {
	fault := HelloSent
	if h.cfg.HelloFault != nil {
		fault = h.cfg.HelloFault()
	}
	switch fault {
	case HelloMissing:
		c.read()
		return false
	case HelloBroken:
		c.Kill()
		return false
	case HelloSent:
	}
	lifetime := 18060 // seconds, as in Slack's own examples
	if short {
		lifetime = 360
	}
	hello, _ := json.Marshal(map[string]any{
		"type":            "hello",
		"num_connections": number,
		"connection_info": map[string]any{"app_id": h.cfg.AppID},
		"debug_info": map[string]any{
			"host": "applink-sim", "started": c.OpenedAt.UTC().Format("2006-01-02 15:04:05.000"),
			"build_number": 1, "approximate_connection_time": lifetime,
		},
	})
	// Under the lock, so that the connection is ready before the app can know it,
	// and no envelope is written before the hello.
	c.writing.Lock()
	defer c.writing.Unlock()
	h.setReady(c)
	return c.writeLocked(hello) == nil
}
