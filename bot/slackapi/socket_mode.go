package slackapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	"extendbot/internal/netcause"
)

// The codes of the errors that Slack has no code for: an answer without a URL, the
// reasons for which Slack ends connections, and an answer that is no WebSocket.
//
// https://docs.slack.dev/apis/events-api/using-socket-mode
const (
	CodeSocketModeOff = "socket_mode_off"
	CodeLinkDisabled  = "link_disabled"
	CodeTooMany       = "too_many_websockets"
	codeDisconnected  = "disconnected"  // for any other reason
	codeBadHandshake  = "bad_handshake" // of a WebSocket
)

// methodOpen opens a connection.
//
// https://docs.slack.dev/reference/methods/apps.connections.open
const methodOpen = "apps.connections.open"

// maxOpenAnswer limits what is read of an answer to methodOpen, in bytes.
const maxOpenAnswer = 1 << 20

// switchOn is what to do when Socket Mode is off.
const switchOn = "switch Socket Mode on in the app's settings"

// SocketClient returns a client of slack-go that opens Socket Mode connections
// with the app-level token and logs nothing. Its requests go through the HTTP
// client that wrap returns for this Client's own.
func (c *Client) SocketClient(wrap func(HTTPClient) HTTPClient) *slack.Client {
	return slack.New(c.cfg.BotToken.Reveal(), slack.OptionAppLevelToken(c.cfg.AppToken.Reveal()), slack.OptionAPIURL(c.cfg.APIURL),
		slack.OptionHTTPClient(wrap(openClient{c.transport})), slack.OptionLog(log.New(io.Discard, "", 0)))
}

// openClient is the HTTP client for methodOpen. If Socket Mode is switched off,
// Slack answers with ok and without a URL; openClient makes that an error.
type openClient struct{ next HTTPClient }

// Do sends one request.
func (o openClient) Do(req *http.Request) (*http.Response, error) {
	res, err := o.next.Do(req)
	if err != nil || res.StatusCode != http.StatusOK || !strings.HasSuffix(req.URL.Path, "/"+methodOpen) {
		return res, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxOpenAnswer))
	_ = res.Body.Close() // everything that matters has been read
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	var said struct {
		OK       bool   `json:"ok"`
		URL      string `json:"url"`
		Metadata struct {
			Messages []string `json:"messages"`
		} `json:"response_metadata"`
	}
	if err := json.Unmarshal(body, &said); err != nil || !said.OK || said.URL != "" {
		return res, nil //nolint:nilerr // slack-go reads the answer, and reports what is wrong with it
	}
	return nil, &Error{
		Method: methodOpen, Code: CodeSocketModeOff, Class: ClassUncertain, Details: said.Metadata.Messages,
		cause: netcause.Cause{Code: CodeSocketModeOff, Words: "Socket Mode is not switched on", Fix: switchOn},
	}
}

// OpenError converts an error of slack-go from opening a connection: to an
// [*AuthError] if Slack will never accept the app-level token, and otherwise to
// an [*Error]. err must not be nil.
func OpenError(err error) error {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed
	}
	failed := classify(methodOpen, err)
	if errors.Is(err, websocket.ErrBadHandshake) {
		failed.Code = codeBadHandshake
		failed.cause = netcause.Cause{Code: failed.Code, Words: "the answer is not that of a WebSocket", Fix: "a proxy may not let WebSockets through"}
	}
	if auth := newAuthError(settingAppToken, failed.Code); auth != nil {
		return auth
	}
	return failed
}

// DisconnectError returns the error for a connection that Slack ended for this
// reason, or nil if that is routine: Slack renews each connection every few hours.
func DisconnectError(reason string) error {
	e := &Error{Method: "disconnect", Code: reason, Class: ClassUncertain}
	switch reason {
	case "warning", "refresh_requested":
		return nil
	case CodeLinkDisabled:
		e.cause = netcause.Cause{Words: "Socket Mode was switched off", Fix: switchOn}
	case CodeTooMany:
		e.cause = netcause.Cause{Words: "the app has more connections than Slack allows", Fix: "lower SLACK_CONNECTIONS, or run fewer processes"}
	default:
		e.Code, e.Details = codeDisconnected, []string{reason}
		e.cause = netcause.Cause{Words: "Slack ended the connection for a reason that is not known"}
	}
	e.cause.Code = e.Code
	return e
}
