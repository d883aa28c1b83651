package slackconn

import (
	"bytes"
	"encoding/binary"
	"encoding/json"

	"github.com/gorilla/websocket"
)

const (
	// maxScanned is the longest message that a frameScanner looks at, in bytes. A
	// disconnect has about a hundred.
	maxScanned = 1 << 10
	// maxHandshake limits how much of the answer to the handshake is kept.
	maxHandshake = 64 << 10
)

// frameScanner finds Slack's disconnect messages in the bytes that one connection
// receives. slack-go opens the next connection when such a message arrives, and
// does not say why.
//
// https://www.rfc-editor.org/rfc/rfc6455#section-5.2
type frameScanner struct {
	disconnected func(reason string)

	upgraded bool   // the answer to the handshake was received
	buf      []byte // of the handshake's answer, or of the current frame
	skip     uint64 // bytes of the current frame that are not looked at
}

// scan looks at the next bytes. The chunks may be cut anywhere.
func (f *frameScanner) scan(b []byte) {
	if !f.upgraded {
		f.buf = append(f.buf, b...)
		_, rest, found := bytes.Cut(f.buf, []byte("\r\n\r\n"))
		if !found {
			if len(f.buf) > maxHandshake {
				f.buf = nil // slack-go gives up, too
			}
			return
		}
		f.upgraded, f.buf, b = true, nil, rest
	}
	for len(b) > 0 {
		if f.skip > 0 {
			n := min(f.skip, uint64(len(b)))
			f.skip, b = f.skip-n, b[n:]
			continue
		}
		f.buf, b = append(f.buf, b[0]), b[1:]
		f.endOfFrame()
	}
}

// endOfFrame looks at the current frame if it is complete, and skips it if it is
// no short text.
func (f *frameScanner) endOfFrame() {
	header, payload, ok := frameSize(f.buf)
	if !ok {
		return
	}
	const final = 0x80
	if f.buf[0] != final|websocket.TextMessage || payload > maxScanned {
		f.skip, f.buf = payload, f.buf[:0]
		return
	}
	if len(f.buf) < header+int(payload) {
		return
	}
	var message struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
	}
	if json.Unmarshal(f.buf[header:], &message) == nil && message.Type == "disconnect" {
		f.disconnected(message.Reason)
	}
	f.buf = f.buf[:0]
}

// frameSize returns the sizes of a frame's header and payload, and whether the
// header is complete. A server does not mask its frames.
func frameSize(b []byte) (header int, payload uint64, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	const short, long = 126, 127
	switch n := b[1] & 0x7f; {
	case n == short && len(b) >= 4:
		return 4, uint64(binary.BigEndian.Uint16(b[2:])), true
	case n == long && len(b) >= 10:
		return 10, binary.BigEndian.Uint64(b[2:]), true
	case n < short:
		return 2, uint64(n), true
	default:
		return 0, 0, false
	}
}
