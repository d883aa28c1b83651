package bot

import (
	"crypto/rand"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxUnanswered is how many probes in a row a link may leave without an
	// answer. They are counted, not timed, so that a program that was held up
	// itself does not take its links for dead.
	maxUnanswered = 3
	// probeTimeout bounds the write of a probe: a link that takes no six bytes
	// in that time has been full for long.
	probeTimeout = 5 * time.Second
)

// link is the byte stream below one WebSocket connection. It notes when bytes
// come in, because slack-go does not tell of pings, and can be probed.
type link struct {
	net.Conn

	wire  net.Conn // what to close when it is dead; nil if it cannot be probed
	heard func()   // told when bytes come in

	writing    sync.Mutex // frames are written whole
	spoken     atomic.Bool
	unanswered atomic.Int32 // probes since the last bytes came in
}

// Read notes that bytes came in.
func (l *link) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 {
		l.unanswered.Store(0)
		l.spoken.Store(true)
		l.heard()
	}
	return n, err
}

// Write writes one frame, or a part of the handshake.
func (l *link) Write(b []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.Conn.Write(b)
}

// probe sends a WebSocket ping, which every server has to answer, unless too
// many were left without an answer: then it closes the link and says false.
// Slack's own pings prove nothing before they stay away, which takes half a
// minute to be sure of.
//
// https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2
func (l *link) probe() bool {
	if !l.spoken.Load() {
		// The handshake has a limit of its own, and nothing may come between.
		return true
	}
	if l.unanswered.Load() >= maxUnanswered {
		// Not through TLS, which would want to say goodbye.
		_ = l.wire.Close()
		return false
	}
	l.unanswered.Add(1)
	if !l.writing.TryLock() { // a frame that does not get out is proof enough
		return true
	}
	defer l.writing.Unlock()
	_ = l.SetWriteDeadline(time.Now().Add(probeTimeout))
	_, _ = l.Conn.Write(pingFrame()) // a link that is broken is noticed by its reader
	return true
}

// pingFrame is an empty ping: last frame of its message, masked as all that a
// client sends.
func pingFrame() []byte {
	const final, masked = 0x80, 0x80
	frame := []byte{final | websocket.PingMessage, masked, 0, 0, 0, 0}
	_, _ = rand.Read(frame[2:]) // never fails
	return frame
}
