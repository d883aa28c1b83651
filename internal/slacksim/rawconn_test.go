package slacksim_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/gorilla/websocket"

	"extendbot/internal/slacksim"
)

// rawConn is a plain Socket Mode client, for tests of what slack-go hides.
type rawConn struct {
	ws     *websocket.Conn
	frames chan map[string]any // what arrived; closed with err set when the connection has ended
	err    error
	ended  chan struct{}
	pings  chan string // the first few
}

func dial(t *testing.T, s *slacksim.Server, extra string) *rawConn {
	t.Helper()
	_, url, err := client(s).StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url+extra, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	l := &rawConn{ws: ws, frames: make(chan map[string]any, 100), ended: make(chan struct{}), pings: make(chan string, 10)}
	pong := ws.PingHandler()
	ws.SetPingHandler(func(body string) error {
		select {
		case l.pings <- body:
		default:
		}
		return pong(body)
	})
	go l.read()
	t.Cleanup(func() {
		_ = ws.Close()
		<-l.ended
	})
	return l
}

func (l *rawConn) read() {
	defer close(l.ended)
	defer close(l.frames)
	for {
		var f map[string]any
		if l.err = l.ws.ReadJSON(&f); l.err != nil {
			return
		}
		l.frames <- f
	}
}

// next returns the next frame, and fails if it has another type.
func (l *rawConn) next(t *testing.T, kind string) map[string]any {
	t.Helper()
	select {
	case f, ok := <-l.frames:
		if !ok {
			t.Fatalf("the connection has ended: %v", l.err)
		}
		if f["type"] != kind {
			t.Fatalf("got %v, want %s", f, kind)
		}
		return f
	case <-within(t).Done():
		t.Fatalf("no %s arrived", kind)
	}
	return nil
}

func (l *rawConn) ack(t *testing.T, id any, payload any) {
	t.Helper()
	frame, err := json.Marshal(map[string]any{"envelope_id": id, "payload": payload})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		t.Fatal(err)
	}
}

// outcome is the result of a delivery in the background.
type outcome struct {
	d   *slacksim.Delivery
	err error
}

// background runs f in the background, while the test acts as the app.
func background(t *testing.T, f func(context.Context) (*slacksim.Delivery, error)) <-chan outcome {
	t.Helper()
	out := make(chan outcome, 1)
	ctx := within(t)
	go func() {
		d, err := f(ctx)
		out <- outcome{d, err}
	}()
	return out
}

var extend = slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend", Text: "web-1 24"}
