package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/bot/slackapi"
	"extendbot/bot/slackconn"
)

// maxPause is the longest pause between two opens that the bot lets slack-go
// make. If slack-go wants a longer one, its client is restarted. The bot's own
// pauses, see [slackapi.Opener], are bounded.
const maxPause = 10 * time.Second

// readLimit is far above the largest payload, a view of 250 kB.
const readLimit = 4 << 20

// socket is one connection to Slack and its replacements.
type socket struct {
	all    *connections
	index  int // from 1, for logs
	client *socketmode.Client
	opener *slackapi.Opener

	conn      atomic.Pointer[slackconn.Conn] // the last one that was opened, if it can be probed
	heard     atomic.Int64                   // when the last bytes arrived, in Unix nanoseconds
	greeted   atomic.Bool                    // whether there was a hello since the last connect
	connected bool                           // likewise; only for readEvents
	renewed   atomic.Bool                    // whether there ever was a hello

	mu      sync.Mutex
	restart context.CancelFunc // ends slack-go's client
	lastErr error              // why it is not connected
}

func newSocket(all *connections, api *slackapi.Client, index int) *socket {
	s := &socket{all: all, index: index}
	client := api.SocketClient(func(next slackapi.HTTPClient) slackapi.HTTPClient {
		s.opener = slackapi.NewOpener(next, all.opens, all.cfg.Jitter, all.cfg.Meter.Opened)
		return s.opener
	})
	heard := func() { s.heard.Store(all.cfg.Now().UnixNano()) }
	s.client = socketmode.New(client, socketmode.OptionDialer(slackconn.NewDialer(all.cfg.Dial, s.conn.Store, heard, s.onDisconnect)),
		socketmode.OptionReadLimit(readLimit), socketmode.OptionPingInterval(all.cfg.PingTimeout),
		socketmode.OptionLog(log.New(io.Discard, "", 0)))
	return s
}

func (s *socket) log() logrus.FieldLogger { return s.all.cfg.Log.WithField(fieldSocket, s.index) }

// lastHeard returns when the last bytes arrived, or the zero time.
func (s *socket) lastHeard() time.Time {
	if at := s.heard.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// run keeps the connection open until ctx ends. It returns an error only if
// trying again cannot help.
func (s *socket) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { s.readEvents(ctx, stop) })
	beside.Go(func() { s.probeConns(ctx) })
	defer beside.Wait()
	defer stop(nil)
	for {
		one, cancel := context.WithCancel(ctx)
		s.setRestart(cancel)
		err := s.client.RunContext(one)
		cancel()
		s.greeted.Store(false)
		if ctx.Err() != nil {
			return authCause(ctx)
		}
		if auth := openAuthError(err); auth != nil {
			return auth
		}
		if one.Err() == nil { // slack-go gave up by itself
			s.failed(err)
		}
	}
}

// authCause returns the AuthError that ended ctx, or nil.
func authCause(ctx context.Context) error {
	if auth, ok := errors.AsType[*slackapi.AuthError](context.Cause(ctx)); ok {
		return auth
	}
	return nil
}

// openAuthError returns the AuthError for a permanent error of opening a
// connection, or nil.
func openAuthError(err error) *slackapi.AuthError {
	if err == nil {
		return nil
	}
	auth, _ := errors.AsType[*slackapi.AuthError](slackapi.OpenError(err))
	return auth
}

func (s *socket) setRestart(cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restart = cancel
}

// readEvents reads the events of slack-go's client. It never waits for anything
// else, because the client answers no pings while nobody reads.
func (s *socket) readEvents(ctx context.Context, stop context.CancelCauseFunc) {
	for {
		select {
		case ev := <-s.client.Events:
			if auth := s.onEvent(&ev); auth != nil {
				stop(auth)
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// onEvent handles one event. It returns an error if the bot cannot continue.
func (s *socket) onEvent(ev *socketmode.Event) *slackapi.AuthError {
	switch ev.Type {
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
		s.all.take(&envelope{
			socket: s, id: ev.Request.EnvelopeID, kind: string(ev.Type), at: s.all.cfg.Now(), data: ev.Data,
		})
	case socketmode.EventTypeHello:
		s.onHello(ev.Request)
	case socketmode.EventTypeConnecting:
		s.onConnecting()
	case socketmode.EventTypeConnectionError:
		if failed, ok := ev.Data.(*slack.ConnectionErrorEvent); ok {
			return s.onRefused(failed)
		}
	case socketmode.EventTypeErrorWriteFailed:
		s.onWriteFailed(ev)
	case socketmode.EventTypeErrorBadMessage:
		if bad, ok := ev.Data.(*socketmode.ErrorBadMessage); ok {
			s.onBadMessage(bad.Message)
		}
	case socketmode.EventTypeIncomingError:
		// Each refresh by Slack ends with such an event.
		s.log().Debug("a connection to slack ended")
	}
	return nil
}

// onConnecting sends the acks again that may have been lost with the last
// connection.
func (s *socket) onConnecting() {
	s.greeted.Store(false)
	if s.connected {
		s.connected = false
		s.all.acks.resendAll(s)
	}
}

func (s *socket) onHello(req *socketmode.Request) {
	s.opener.GotHello()
	s.connected = true
	s.greeted.Store(true)
	s.mu.Lock()
	if !s.opener.IsDropped() { // this hello may be handled after the end of its connection
		s.lastErr = nil
	}
	s.mu.Unlock()
	s.all.greeted(s, req)
}

// onRefused handles a connection that could not be opened. slack-go tries again
// by itself, even after a permanent error.
func (s *socket) onRefused(failed *slack.ConnectionErrorEvent) *slackapi.AuthError {
	if auth := openAuthError(failed.ErrorObj); auth != nil {
		return auth
	}
	s.failed(failed.ErrorObj)
	if _, limited := errors.AsType[*slack.RateLimitedError](failed.ErrorObj); failed.Backoff > maxPause && !limited {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.restart()
	}
	return nil
}

// onDisconnect handles the reason for which Slack ends the connection. slack-go
// opens another one, whatever the reason is.
func (s *socket) onDisconnect(reason string) {
	why := slackapi.DisconnectError(reason)
	if why == nil {
		return
	}
	s.opener.GotDropped()
	s.setLastError(why)
	s.log().WithField(fieldCode, slackapi.LabelOf(why)).WithField("reason", fmt.Sprintf("%.64q", reason)).WithField(fieldError, why).
		Warn("slack ended a connection; trying again")
}

func (s *socket) failed(err error) {
	why := slackapi.OpenError(err)
	s.setLastError(why)
	s.log().WithField(fieldCode, slackapi.LabelOf(why)).WithField(fieldError, why).Warn("no connection to slack; trying again")
}

func (s *socket) setLastError(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastErr = err
}

// lastError returns why the socket is not connected, or nil if it is.
func (s *socket) lastError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastErr
}

func (s *socket) onWriteFailed(ev *socketmode.Event) {
	failed, ok := ev.Data.(*socketmode.ErrorWriteFailed)
	if !ok || failed.Response == nil {
		s.all.acks.lost(s, "")
		return
	}
	if !s.all.acks.resend(s, failed.Response.EnvelopeID) {
		s.all.acks.lost(s, failed.Response.EnvelopeID)
	}
}

// onBadMessage takes an envelope that slack-go could not decode.
func (s *socket) onBadMessage(raw json.RawMessage) {
	id, data := readUnreadable(raw)
	if id == "" {
		s.log().Warn("slack sent something that cannot be decoded")
		return
	}
	e := &envelope{socket: s, id: id, kind: "unknown", at: s.all.cfg.Now(), data: data}
	e.log(s.all.cfg.Log).Warn("slack sent an envelope that cannot be decoded")
	s.all.take(e)
}

// probeConns probes the connection of the socket until ctx ends. If the peer vanished
// behind a NAT or hangs, everything that Slack sends is lost until the bot
// notices.
func (s *socket) probeConns(ctx context.Context) {
	tick := time.NewTicker(s.all.cfg.ProbeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if c := s.conn.Load(); c != nil && !c.Probe() {
			s.conn.CompareAndSwap(c, nil)
			s.log().Warn("a connection to slack does not answer; opening another one")
		}
	}
}
