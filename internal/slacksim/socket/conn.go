package socket

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
	ReasonWarning  = "warning"             // this connection closes in about ten seconds
	ReasonRefresh  = "refresh_requested"   // a routine refresh
	ReasonDisabled = "link_disabled"       // Socket Mode was turned off for the app
	ReasonTooMany  = "too_many_websockets" // the app has too many connections
)

const (
	writeTimeout    = 5 * time.Second // limits how long an app that does not read can block a write
	maxInboundFrame = 1 << 22         // bytes; a longer frame ends the connection
)

// Conn is one Socket Mode connection, seen from Slack's side.
type Conn struct {
	ID       int       // 1 for the first connection of the hub
	OpenedAt time.Time // when the handshake ended

	hub       *Hub
	ws        *websocket.Conn
	writing   sync.Mutex
	goodbye   bool // a disconnect frame was written; guarded by writing
	ready     bool // had its hello; guarded by Hub.mu
	leaving   bool // was told to disconnect; guarded by Hub.mu
	frozen    atomic.Bool
	silent    atomic.Bool  // sends no pings
	delivered atomic.Int64 // envelopes
	closed    chan struct{}
	once      sync.Once
}

// Envelopes returns how many envelopes this connection was given.
func (c *Conn) Envelopes() int { return int(c.delivered.Load()) }

// Closed returns a channel that is closed when the connection has ended, on
// either side.
func (c *Conn) Closed() <-chan struct{} { return c.closed }

// Disconnect sends a disconnect frame with this reason and closes the connection
// as Slack does: after [Config.WarningGrace] for a warning, after
// [Config.RefreshGrace] for refresh_requested, immediately for any other reason.
// https://docs.slack.dev/apis/events-api/using-socket-mode
func (c *Conn) Disconnect(reason string) {
	h := c.hub
	h.setLeaving(c)
	c.writing.Lock()
	c.goodbye = true
	_ = c.writeLocked(disconnectFrame(reason, h.cfg.Host)) // it may be broken already
	c.writing.Unlock()
	grace := time.Duration(0)
	switch reason {
	case ReasonWarning:
		grace = h.cfg.WarningGrace
	case ReasonRefresh:
		grace = h.cfg.RefreshGrace
	}
	if grace == 0 {
		c.closeFrame()
		c.end()
		return
	}
	h.spawn(func() {
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

// Kill resets the TCP connection without a close frame.
func (c *Conn) Kill() {
	if tcp, ok := c.ws.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // turns the close into a reset
	}
	c.end()
}

// Freeze makes the connection half dead, like one whose peer vanished behind a
// NAT: it stays registered and gets its share of envelopes, but nothing is
// written or read anymore, not even the end of the connection. It ends with Kill
// or when the hub is closed.
func (c *Conn) Freeze() {
	c.frozen.Store(true)
	c.writing.Lock() // waits for a write that is in progress
	defer c.writing.Unlock()
	_ = c.ws.SetReadDeadline(time.Unix(1, 0)) // wakes the reader, which then waits for the end
}

// Silence stops the pings of this connection; everything else continues.
func (c *Conn) Silence() { c.silent.Store(true) }

// end closes and unregisters the connection.
func (c *Conn) end() {
	c.once.Do(func() {
		c.hub.unregister(c)
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

// errLeaving means that a connection was told to disconnect and accepts no
// envelope.
var errLeaving = errors.New("connection is leaving")

// writeEnvelope sends the frame of an envelope, unless the connection was told to
// disconnect and there is another one. The app reads the envelopes of a
// connection in the order of their SentAt.
func (c *Conn) writeEnvelope(d *Delivery, frame []byte, lastResort bool) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.goodbye && !lastResort {
		return errLeaving
	}
	d.Conn, d.SentAt = c.ID, time.Now()
	c.delivered.Add(1)
	return c.writeLocked(frame)
}

func (c *Conn) write(frame []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.writeLocked(frame)
}

// writeLocked sends one text frame. On a frozen connection it does nothing and
// succeeds. The caller holds writing.
func (c *Conn) writeLocked(frame []byte) error {
	if c.frozen.Load() {
		return nil
	}
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("connection %d: %w", c.ID, err)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		return fmt.Errorf("connection %d: %w", c.ID, err)
	}
	return nil
}

// read handles the app's frames until the connection ends.
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
			if c.hub.cfg.OnFrame != nil {
				c.hub.cfg.OnFrame(frame)
			}
			c.hub.acks.arrived(c.ID, frame)
		}
	}
}

// ping sends pings until the connection ends.
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
