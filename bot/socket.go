package bot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/bot/slackapi"
)

// maxBackoff is the longest pause of slack-go between two opens that the bot
// puts up with; above that it starts anew, with a pause of its own that does
// not grow for ever.
const maxBackoff = 10 * time.Second

// socket is one connection to Slack and all that replace it.
type socket struct {
	app    *App
	index  int // from 1, for logs
	client *socketmode.Client
	opener *opener

	link    atomic.Pointer[link] // the last one that was opened, if it can be probed
	heard   atomic.Int64         // when the last bytes came in, in Unix nanoseconds
	greeted atomic.Bool          // whether there was a hello since the last connect
	linked  bool                 // likewise; for the loop alone

	mu      sync.Mutex
	restart context.CancelFunc // ends the run of the client
	lastErr error              // why it is not connected
}

func newSocket(a *App, index int) *socket {
	s := &socket{app: a, index: index}
	api := a.slack.SocketClient(func(next slackapi.HTTPClient) slackapi.HTTPClient {
		s.opener = &opener{next: next, limit: a.opens, jitter: a.cfg.Jitter, opened: a.cfg.Meter.Opened}
		return s.opener
	})
	heard := func() { s.heard.Store(a.cfg.Now().UnixNano()) }
	s.client = socketmode.New(api, socketmode.OptionDialer(newDialer(s.link.Store, heard)),
		socketmode.OptionReadLimit(readLimit), socketmode.OptionPingInterval(a.cfg.PingTimeout), socketmode.OptionLog(log.New(io.Discard, "", 0)))
	return s
}

func (s *socket) lastHeard() time.Time {
	if at := s.heard.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// run keeps the connection until ctx ends. It returns an error only if trying
// again cannot help.
func (s *socket) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { s.loop(ctx, stop) })
	beside.Go(func() { s.watch(ctx) })
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
		if one.Err() == nil { // it gave up by itself
			s.failed(err)
		}
	}
}

// authCause gives the AuthError that ended ctx, if one did.
func authCause(ctx context.Context) error {
	if auth, ok := errors.AsType[*slackapi.AuthError](context.Cause(ctx)); ok {
		return auth
	}
	return nil
}

// openAuthError returns the AuthError for an error of opening a connection that
// will never go away, or nil.
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

// loop takes what the client has to say. It never waits for anything else:
// while nobody listens, the client answers no pings.
func (s *socket) loop(ctx context.Context, stop context.CancelCauseFunc) {
	for {
		select {
		case ev := <-s.client.Events:
			if auth := s.on(&ev); auth != nil {
				stop(auth)
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// on deals with one event. It gives an error if there is no use in going on.
func (s *socket) on(ev *socketmode.Event) *slackapi.AuthError {
	switch ev.Type {
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
		s.app.take(&envelope{
			socket: s, id: ev.Request.EnvelopeID, kind: string(ev.Type), at: s.app.cfg.Now(), data: ev.Data,
		})
	case socketmode.EventTypeHello:
		s.hello(ev.Request)
	case socketmode.EventTypeConnecting:
		s.connecting()
	case socketmode.EventTypeConnectionError:
		if failed, ok := ev.Data.(*slack.ConnectionErrorEvent); ok {
			return s.refused(failed)
		}
	case socketmode.EventTypeErrorWriteFailed:
		s.writeFailed(ev)
	case socketmode.EventTypeErrorBadMessage:
		if odd, ok := ev.Data.(*socketmode.ErrorBadMessage); ok {
			s.odd(odd.Message)
		}
	case socketmode.EventTypeIncomingError:
		// Each refresh by Slack ends with one.
		s.app.log.WithField(fieldSocket, s.index).Debug("a connection to slack ended")
	}
	return nil
}

// connecting notes that there is no link, and takes care of what may have been
// lost with the last one.
func (s *socket) connecting() {
	s.greeted.Store(false)
	if s.linked {
		s.linked = false
		s.resendAll()
	}
}

func (s *socket) hello(req *socketmode.Request) {
	s.opener.heard()
	s.linked = true
	s.greeted.Store(true)
	s.mu.Lock()
	s.lastErr = nil
	s.mu.Unlock()
	a := s.app
	a.numConnections.Store(int64(req.NumConnections))
	if id := req.ConnectionInfo.AppID; id != "" {
		a.appID.CompareAndSwap(nil, &id)
	}
	a.log.WithField(fieldSocket, s.index).WithField("num_connections", req.NumConnections).Info("connected to slack")
	a.warnOfBudget(req.NumConnections)
	a.helloOnce.Do(func() { close(a.greeted) })
}

// refused looks at why a connection could not be opened. slack-go tries again
// by itself, also after what will never change.
func (s *socket) refused(failed *slack.ConnectionErrorEvent) *slackapi.AuthError {
	if auth := openAuthError(failed.ErrorObj); auth != nil {
		return auth
	}
	s.failed(failed.ErrorObj)
	if _, told := errors.AsType[*slack.RateLimitedError](failed.ErrorObj); failed.Backoff > maxBackoff && !told {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.restart()
	}
	return nil
}

func (s *socket) failed(err error) {
	why := slackapi.OpenError(err)
	s.mu.Lock()
	s.lastErr = why
	s.mu.Unlock()
	s.app.log.WithField(fieldSocket, s.index).WithField(fieldCode, slackapi.CodeOf(why)).Warn("no connection to slack, trying again")
}

func (s *socket) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastErr
}

func (s *socket) writeFailed(ev *socketmode.Event) {
	failed, ok := ev.Data.(*socketmode.ErrorWriteFailed)
	if !ok || failed.Response == nil {
		s.lost("")
		return
	}
	if !s.resend(failed.Response.EnvelopeID) {
		s.lost(failed.Response.EnvelopeID)
	}
}

// lost notes an answer that Slack does not get.
func (s *socket) lost(envelope string) {
	s.app.cfg.Meter.LostAck()
	s.app.log.WithField(fieldSocket, s.index).WithField(fieldEnvelope, envelope).Warn("an answer could not be written to slack")
}

// odd acks what slack-go could not read, if it is an envelope: Slack would
// deliver it again and again, and it will not be understood then either.
func (s *socket) odd(message json.RawMessage) {
	var read struct {
		EnvelopeID string `json:"envelope_id"`
		Type       string `json:"type"`
	}
	if err := json.Unmarshal(message, &read); err != nil || read.EnvelopeID == "" {
		s.app.log.WithField(fieldSocket, s.index).Warn("slack sent something that cannot be read")
		return
	}
	e := &envelope{socket: s, id: read.EnvelopeID, kind: "unknown", at: s.app.cfg.Now()}
	s.app.logEnvelope(e).Warn("slack sent an envelope that cannot be read")
	s.app.take(e)
}
