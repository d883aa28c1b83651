// Package trial tries out the way between Slack and a person who runs the bot: it opens
// one Socket Mode connection, as a serving process does, and can send a person a card
// and wait for the press of its button.
//
// It knows no orders, and never places one. Slack can give its connection an envelope
// that is meant for a serving process. It has no ack then, so that Slack tells the person
// that it did not work, and delivers an event again.
package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"

	"extendbot/bot/slackapi"
	"extendbot/bot/slackconn"
)

const (
	// maxSilence is how long a connection may be silent. Slack pings every few seconds.
	maxSilence = 45 * time.Second
	// maxWrite limits a write: an ack, or the end of the connection.
	maxWrite = 2 * time.Second
	// maxGoodbye is how long Slack has to answer the end of a connection.
	maxGoodbye = time.Second
	// readLimit is far above the largest payload, a view of 250 kB.
	readLimit = 4 << 20
)

// Hello is what Slack says when it opens a connection.
type Hello struct {
	AppID  string // the app of the app-level token
	Others int    // connections of the app besides this one
}

// Conn is one Socket Mode connection. It is used by one goroutine.
type Conn struct {
	Hello Hello

	ws     *websocket.Conn
	forget func() bool // ends the watch of the context
}

// Connect opens one connection and waits for its hello. The end of ctx ends the
// connection. Its errors are those of [slackapi.OpenError] and
// [slackapi.DisconnectError].
func Connect(ctx context.Context, api *slackapi.Client) (*Conn, error) {
	_, url, err := api.SocketClient(func(next slackapi.HTTPClient) slackapi.HTTPClient { return next }).StartSocketModeContext(ctx)
	if err != nil {
		return nil, opening(ctx, err)
	}
	forget := func() bool { return true }
	watch := func(below *slackconn.Conn) { forget = context.AfterFunc(ctx, func() { _ = below.Close() }) }
	dialer := slackconn.NewDialer(nil, watch, func() {}, func(string) {})
	ws, _, err := dialer.DialContext(ctx, url, nil) // does not watch ctx during the handshake
	forget()
	if err != nil {
		return nil, opening(ctx, err)
	}
	ws.SetReadLimit(readLimit)
	ws.SetPingHandler(func(text string) error {
		_ = ws.SetReadDeadline(time.Now().Add(maxSilence))
		return ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(maxWrite))
	})
	c := &Conn{ws: ws, forget: context.AfterFunc(ctx, func() { _ = ws.Close() })}
	hello, err := c.next(ctx)
	if err != nil {
		c.Close()
		return nil, err
	}
	c.Hello = Hello{AppID: hello.ConnectionInfo.AppID, Others: max(hello.NumConnections-1, 0)}
	return c, nil
}

// opening returns why no connection was opened.
func opening(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return slackapi.OpenError(err)
}

// next returns what Slack sends next. It fails when the connection ends, with the reason
// if Slack names one that is not routine.
func (c *Conn) next(ctx context.Context) (socketmode.Request, error) {
	var said socketmode.Request
	if err := c.ws.SetReadDeadline(time.Now().Add(maxSilence)); err != nil {
		return said, slackapi.OpenError(err)
	}
	_, text, err := c.ws.ReadMessage()
	if ctx.Err() != nil {
		return said, context.Cause(ctx)
	}
	if err != nil {
		return said, slackapi.OpenError(err)
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return said, slackapi.OpenError(err)
	}
	if said.Type == socketmode.RequestTypeDisconnect {
		if err := slackapi.DisconnectError(said.Reason); err != nil {
			return said, err
		}
		return said, errRenewed
	}
	return said, nil
}

// ack acks an envelope, with a payload unless it is nil.
func (c *Conn) ack(id string, payload any) error {
	if err := c.ws.SetWriteDeadline(time.Now().Add(maxWrite)); err != nil {
		return fmt.Errorf("ack: %w", err)
	}
	if err := c.ws.WriteJSON(socketmode.Response{EnvelopeID: id, Payload: payload}); err != nil {
		return fmt.Errorf("ack: %w", err)
	}
	return nil
}

// Close ends the connection, and waits a moment for Slack to answer that: until then, Slack
// counts the connection.
func (c *Conn) Close() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	err := c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(maxWrite))
	if err == nil {
		err = c.ws.SetReadDeadline(time.Now().Add(maxGoodbye))
	}
	for err == nil { // what Slack sent before is not for this connection
		_, _, err = c.ws.NextReader()
	}
	c.forget()
	_ = c.ws.Close() // Slack notices the end anyway
}
