package slackconn

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// frame returns a frame as a server sends it.
func frame(first byte, payload string) string {
	head := []byte{first}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	return string(head) + payload
}

const (
	text, fragment, ping = 0x81, 0x01, 0x89
	handshake            = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
)

func goodbye(reason string) string {
	return frame(text, fmt.Sprintf(`{"type":"disconnect","reason":%q,"debug_info":{"host":"wss-1"}}`, reason))
}

// The reason of a disconnect is found between all kinds of frames, however the
// bytes are cut. What people type is not mistaken for one.
func TestFrames_FindsDisconnects(t *testing.T) {
	t.Parallel()
	quoted := `{"type":"slash_commands","payload":{"text":"{\"type\":\"disconnect\",\"reason\":\"x\"}"}}`
	stream := handshake + frame(text, `{"type":"hello"}`) + goodbye("warning") + frame(ping, "Ping") + frame(text, quoted) +
		frame(text, strings.Repeat(goodbye("no"), 20)) + frame(text, strings.Repeat("x", 70000)) +
		frame(fragment, `{"type":"disconnect","reason":"no"}`) + frame(text, "no json") + frame(text, "") + goodbye("link_disabled")
	for _, size := range []int{1, 2, 3, 7, 100, 4096, len(stream)} {
		var found []string
		f := &frameScanner{disconnected: func(reason string) { found = append(found, reason) }}
		for chunk := range slices.Chunk([]byte(stream), size) {
			f.scan(chunk)
		}
		if got := strings.Join(found, " "); got != "warning link_disabled" {
			t.Errorf("in chunks of %d: %s", size, got)
		}
	}
}

// FuzzFrames checks that the scanner takes any bytes, keeps few of them, and
// finds the same however they are cut.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(handshake+goodbye("link_disabled")), 3)
	f.Add([]byte(handshake+"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 1)
	f.Add([]byte(handshake+"\x81\x7e\x00\x01{"), 2)
	f.Add([]byte("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), 5)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		if size < 1 {
			return
		}
		scan := func(size int) (found []string) {
			s := &frameScanner{disconnected: func(reason string) { found = append(found, reason) }}
			for chunk := range slices.Chunk(stream, size) {
				s.scan(chunk)
				if s.upgraded && len(s.buf) > maxScanned+10 {
					t.Fatalf("%d bytes are kept", len(s.buf))
				}
			}
			return found
		}
		if whole, cut := scan(max(1, len(stream))), scan(size); !slices.Equal(whole, cut) && len(stream) < maxHandshake {
			t.Errorf("%q as a whole, %q in chunks of %d", whole, cut, size)
		}
	})
}
