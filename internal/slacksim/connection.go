package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// The reasons of a disconnect frame.
const (
	ReasonWarning  = "warning"             // this link closes in about ten seconds
	ReasonRefresh  = "refresh_requested"   // routine
	ReasonDisabled = "link_disabled"       // Socket Mode was switched off for the app
	ReasonTooMany  = "too_many_websockets" // the app holds too many links
)

const (
	writeTimeout    = 5 * time.Second // so that a peer who does not read blocks nobody for long
	maxInboundFrame = 1 << 22         // bytes; a longer frame ends the link
)

// Conn is one Socket Mode link, seen from Slack's side.
type Conn struct {
	ID       int       // 1 for the first link of the server
	OpenedAt time.Time // when the handshake was done

	server    *Server
	ws        *websocket.Conn
	writing   sync.Mutex
	goodbye   bool // a disconnect frame was written; guarded by writing
	ready     bool // guarded by sockets.mu
	leaving   bool // guarded by sockets.mu
	frozen    atomic.Bool
	silent    atomic.Bool
	delivered atomic.Int64 // envelopes
	closed    chan struct{}
	once      sync.Once
}

// Envelopes is how many envelopes this link was given.
func (c *Conn) Envelopes() int { return int(c.delivered.Load()) }

// Closed is closed when the link has ended, whoever ended it.
func (c *Conn) Closed() <-chan struct{} { return c.closed }

// Disconnect sends the disconnect frame with that reason and closes the link as
// Slack does: after [Config.WarningGrace] for a warning, after
// [Config.RefreshGrace] for refresh_requested, at once for anything else.
// https://docs.slack.dev/apis/events-api/using-socket-mode
func (c *Conn) Disconnect(reason string) {
	s := c.server
	s.sockets.setLeaving(c)
	c.writing.Lock()
	c.goodbye = true
	_ = c.writeLocked(disconnectFrame(reason, s.host)) // a link that is broken already is as good
	c.writing.Unlock()
	grace := time.Duration(0)
	switch reason {
	case ReasonWarning:
		grace = s.cfg.WarningGrace
	case ReasonRefresh:
		grace = s.cfg.RefreshGrace
	}
	if grace == 0 {
		c.closeFrame()
		c.end()
		return
	}
	s.spawn(func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-t.C:
			c.closeFrame()
			c.end()
		case <-c.closed:
		}
	})
}

// Kill resets the TCP connection without a word.
func (c *Conn) Kill() {
	if tcp, ok := c.ws.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a close is then a reset
	}
	c.end()
}

// Freeze makes the link half dead, like one whose peer vanished behind a NAT: it
// stays registered and gets its share of envelopes, but nothing is written or read
// any more, not even the end of the connection. It ends by Kill or with the server.
func (c *Conn) Freeze() {
	c.frozen.Store(true)
	c.writing.Lock() // a write that had begun is through
	defer c.writing.Unlock()
	_ = c.ws.SetReadDeadline(time.Unix(1, 0)) // wakes the reader, which then parks
}

// Silence stops the pings of this link; everything else goes on.
func (c *Conn) Silence() { c.silent.Store(true) }

// end closes the link and takes it off the books.
func (c *Conn) end() {
	c.once.Do(func() {
		c.server.sockets.unregister(c)
		close(c.closed)
		_ = c.ws.Close()
	})
}

func (c *Conn) closeFrame() {
	if c.frozen.Load() {
		return
	}
	msg := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = c.ws.WriteControl(websocket.CloseMessage, msg, time.Now().Add(writeTimeout))
}

// errLeaving is an envelope for a link that was told to go.
var errLeaving = errors.New("link is leaving")

// writeEnvelope sends an envelope, unless the link was told to go and there may be
// another one.
func (c *Conn) writeEnvelope(frame []byte, lastResort bool) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.goodbye && !lastResort {
		return errLeaving
	}
	c.delivered.Add(1)
	return c.writeLocked(frame)
}

func (c *Conn) write(frame []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.writeLocked(frame)
}

// writeLocked sends one text frame. On a frozen link it succeeds and does nothing.
func (c *Conn) writeLocked(frame []byte) error {
	if c.frozen.Load() {
		return nil
	}
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("link %d: %w", c.ID, err)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		return fmt.Errorf("link %d: %w", c.ID, err)
	}
	return nil
}

// read takes the app's frames until the link ends.
func (c *Conn) read() {
	defer c.end()
	c.ws.SetReadLimit(maxInboundFrame)
	for {
		kind, frame, err := c.ws.ReadMessage()
		if c.frozen.Load() {
			<-c.closed
			return
		}
		if err != nil {
			return
		}
		if kind == websocket.TextMessage {
			c.server.ackArrived(c, frame)
		}
	}
}

func (c *Conn) ping(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-c.closed:
			return
		case <-t.C:
		}
		if c.silent.Load() || c.frozen.Load() {
			continue
		}
		body := fmt.Appendf(nil, "Ping from applink-sim %d", n)
		if c.ws.WriteControl(websocket.PingMessage, body, time.Now().Add(writeTimeout)) != nil {
			c.end()
			return
		}
	}
}

func disconnectFrame(reason, host string) []byte {
	frame, _ := json.Marshal(map[string]any{
		"type": "disconnect", "reason": reason,
		"debug_info": map[string]any{"host": host},
	})
	return frame
}
