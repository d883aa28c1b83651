package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/bot/message"
	"extendbot/bot/workqueue"
	"extendbot/internal/crash"
)

const (
	// ackTimeout is how long sending an ack may wait for room in slack-go's queue.
	ackTimeout = 2 * time.Second
	// ackGrace is how long a queued ack may take until it is written.
	ackGrace = 100 * time.Millisecond
	// ackLife is how long an ack may be sent again. After three seconds Slack has
	// told the user that there was no answer.
	ackLife = 2500 * time.Millisecond
	// maxAcks limits how many acks are remembered.
	maxAcks = 4096
	// resendPause is how long to wait, if there is no other connection, for a
	// broken connection to be detected.
	resendPause = 50 * time.Millisecond
)

var errAckTimeout = errors.New("slack-go's queue had no room for an ack in time")

// acks answers envelopes, and answers again what was answered over a connection
// that ended. slack-go takes an ack from its queue and may silently lose it if
// the connection ends at that moment, and whatever was written to a dead connection never
// arrives. Slack uses the first ack of an envelope and ignores a second one.
type acks struct {
	cfg         *Config
	inflight    *workqueue.Inflight
	connections *connections
	recent      recentAcks
	lastQueued  atomic.Pointer[time.Time] // when the last ack was queued; nil: never
}

func newAcks(cfg *Config, running *workqueue.Inflight, all *connections) *acks {
	return &acks{cfg: cfg, inflight: running, connections: all, recent: recentAcks{now: cfg.Now}}
}

// ackMessage is the payload of a command's ack.
//
// https://docs.slack.dev/interactivity/implementing-slash-commands
type ackMessage struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       []slack.Block `json:"blocks,omitempty"`
}

func ephemeralAck(m message.Message) *ackMessage {
	return &ackMessage{ResponseType: slack.ResponseTypeEphemeral, Text: m.Text, Blocks: m.Blocks}
}

// answer acks an envelope, with a payload if its kind accepts one. It only
// queues the ack; slack-go writes it.
func (a *acks) answer(e *envelope, outcome string, payload any) {
	ctx, cancel := context.WithTimeoutCause(a.inflight.Context(), ackTimeout, errAckTimeout)
	defer cancel()
	e.answered()
	a.noteQueued()
	defer a.noteQueued() // again: it may have waited for room
	crash.Point("ack", e.kind, "before")
	err := a.send(ctx, e, payload)
	crash.Point("ack", e.kind, "after")
	if m, ok := payload.(*ackMessage); ok && err != nil && ctx.Err() == nil && m.Blocks != nil {
		// Too large for one frame; the text alone fits.
		err = a.send(ctx, e, &ackMessage{ResponseType: m.ResponseType, Text: m.Text})
	}
	a.cfg.Meter.Answered(e.kind, outcome, a.cfg.Now().Sub(e.at))
	if err != nil {
		a.cfg.Meter.LostAck()
		e.log(a.cfg.Log).WithField(fieldError, err).Error("an ack could not be sent")
	}
}

// send sends an ack over the connection that delivered the envelope or, if that
// is gone, over one that works.
func (a *acks) send(ctx context.Context, e *envelope, payload any) error {
	s, response := e.socket, socketmode.Response{EnvelopeID: e.id, Payload: payload}
	a.recent.add(s, response)
	if !s.greeted.Load() {
		// Check the connection only after the ack is remembered: if the connection
		// ends now or later, the ack is still found and sent again.
		next := a.connections.another(s)
		if list, _ := a.recent.moveOne(s, next, e.id); len(list) == 0 {
			return nil
		}
		s = next
	}
	if err := s.client.SendCtx(ctx, response); err != nil {
		a.recent.drop(e.id)
		return fmt.Errorf("answer slack: %w", err)
	}
	return nil
}

// flush waits so that the acks that were queued last can be written. slack-go does
// not report when that happens.
func (a *acks) flush() {
	if queued := a.lastQueued.Load(); queued != nil {
		_ = sleep(context.Background(), ackGrace-time.Since(*queued)) // even after all work was canceled
	}
}

// noteQueued records that an ack is queued now. It keeps the time.Time, whose
// monotonic reading is safe from jumps of the clock.
func (a *acks) noteQueued() {
	now := time.Now()
	a.lastQueued.Store(&now)
}

// resendAll sends again, over a working connection, the recent acks that went
// through s, whose connection has ended.
func (a *acks) resendAll(s *socket) {
	next := a.connections.another(s)
	if list := a.recent.moveAll(s, next); len(list) > 0 {
		a.inflight.Run(func() { a.sendAgain(s, next, list) })
	}
}

// resend does the same for one ack that could not be written. It returns false
// if the ack is lost.
func (a *acks) resend(s *socket, envelopeID string) bool {
	next := a.connections.another(s)
	list, known := a.recent.moveOne(s, next, envelopeID)
	if len(list) == 0 {
		return known
	}
	return a.inflight.Run(func() { a.sendAgain(s, next, list) })
}

func (a *acks) sendAgain(s, next *socket, list []socketmode.Response) {
	ctx, cancel := context.WithTimeoutCause(a.inflight.Context(), ackTimeout, errAckTimeout)
	defer cancel()
	if next == s && sleep(ctx, resendPause) != nil {
		return
	}
	a.noteQueued()
	defer a.noteQueued()
	for _, response := range list {
		if err := next.client.SendCtx(ctx, response); err != nil {
			a.lost(s, response.EnvelopeID)
		}
	}
}

// lost counts an ack that does not reach Slack.
func (a *acks) lost(s *socket, envelopeID string) {
	a.cfg.Meter.LostAck()
	s.log().WithField(fieldEnvelope, envelopeID).Warn("an ack could not be written to slack")
}

// recentAcks remembers the recent acks and the socket that sent each.
type recentAcks struct {
	now func() time.Time

	mu  sync.Mutex
	all []*sentAck // oldest first
}

type sentAck struct {
	response socketmode.Response
	at       time.Time
	socket   *socket // the last one that it was given to
}

// add remembers an ack that goes through s.
func (r *recentAcks) add(s *socket, response socketmode.Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	r.all = append(r.all, &sentAck{response: response, at: r.now(), socket: s})
}

// drop forgets an ack that could not be sent.
func (r *recentAcks) drop(envelopeID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = slices.DeleteFunc(r.all, func(a *sentAck) bool { return a.response.EnvelopeID == envelopeID })
}

// forget drops the acks that are too old, and the oldest if there are too many.
// The caller holds mu.
func (r *recentAcks) forget() {
	old := max(0, len(r.all)-maxAcks+1)
	for now := r.now(); old < len(r.all) && now.Sub(r.all[old].at) >= ackLife; {
		old++
	}
	clear(r.all[:old]) // so that their memory can be freed
	r.all = r.all[old:]
}

// moveAll returns the acks that were last given to s, and remembers that next
// has them now.
func (r *recentAcks) moveAll(s, next *socket) []socketmode.Response {
	list, _ := r.move(s, next, func(*sentAck) bool { return true })
	return list
}

// moveOne does the same for the ack of one envelope. known reports whether that
// ack is remembered at all; another socket may have it already.
func (r *recentAcks) moveOne(s, next *socket, envelopeID string) (list []socketmode.Response, known bool) {
	return r.move(s, next, func(a *sentAck) bool { return a.response.EnvelopeID == envelopeID })
}

func (r *recentAcks) move(s, next *socket, want func(*sentAck) bool) (list []socketmode.Response, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	for _, a := range r.all {
		if !want(a) {
			continue
		}
		known = true
		if a.socket == s {
			a.socket = next
			list = append(list, a.response)
		}
	}
	return list, known
}
