package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"extendbot/bot/message"
	"extendbot/internal/crash"
)

var (
	errDecideTimeout = errors.New("the answer to slack is due")
	errSlackTimeout  = errors.New("slack did not answer in time")
	errAckTimeout    = errors.New("no room to send an answer to slack")
)

// courtesy is how long somebody is worth waiting for who can do without what
// they are told.
const courtesy = 20 * time.Second

// minDeclines is how many envelopes can be told at once that the bot is busy,
// at least: that needs no worker, so a bot with few of them need not be mute.
const minDeclines = 64

// envelope is one delivery of Slack that wants an answer.
type envelope struct {
	socket *socket
	id     string
	kind   string // Slack's type of it
	at     time.Time
	data   any // what slack-go made of its payload
}

// after is what is left to do when an envelope was answered; nil is nothing.
type after func(ctx context.Context)

// take gives an envelope to a worker of its own, if one is free. It never
// blocks: whoever calls it also reads the pings.
func (a *App) take(e *envelope) {
	select {
	case a.workers <- struct{}{}:
		if !a.inflight.run(func() { a.work(e) }) {
			<-a.workers
			a.decline(e)
		}
	default:
		a.decline(e)
	}
}

// decline tells Slack's user that there is no room for an envelope. At the end
// of the program only commands are answered: a click that gets no ack tells
// the user by itself.
func (a *App) decline(e *envelope) {
	select {
	case a.declines <- struct{}{}:
	default:
		a.cfg.Meter.Answered(e.kind, OutcomeUnacked, a.cfg.Now().Sub(e.at))
		a.logEnvelope(e).Error("too busy even to say so, an envelope stays without an answer")
		return
	}
	if a.inflight.run(func() {
		defer func() { <-a.declines }()
		defer a.rescue(e)
		a.sayBusy(e)
	}) {
		return
	}
	if _, ok := e.data.(slack.SlashCommand); ok {
		a.partings.Go(func() {
			defer func() { <-a.declines }()
			a.answer(e, OutcomeBusy, ephemeralAck(message.Busy()))
		})
		return
	}
	<-a.declines
	a.cfg.Meter.Answered(e.kind, OutcomeUnacked, a.cfg.Now().Sub(e.at))
}

func (a *App) sayBusy(e *envelope) {
	switch data := e.data.(type) {
	case slack.SlashCommand:
		a.answer(e, OutcomeBusy, ephemeralAck(message.Busy()))
	case slack.InteractionCallback:
		a.answer(e, OutcomeBusy, nil)
		a.tellOrLog(a.life, e, askerOf(data), message.Busy())
	default:
		a.answer(e, OutcomeBusy, nil)
	}
	a.logEnvelope(e).Warn("all workers are busy")
}

// work answers one envelope and then does what is left to do, if there is a
// slot for it. What finds none is left to due work.
func (a *App) work(e *envelope) {
	rest := a.handle(e)
	<-a.workers
	if rest == nil {
		return
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
		defer a.rescue(e)
		rest(a.life)
	default:
		a.logEnvelope(e).Warn("no slot to go on in, left to due work")
	}
}

// handle decides about one envelope, commits, and answers it.
func (a *App) handle(e *envelope) after {
	defer a.rescue(e)
	ctx, cancel := context.WithTimeoutCause(a.life, a.cfg.DecideTimeout, errDecideTimeout)
	defer cancel()
	switch data := e.data.(type) {
	case slack.SlashCommand:
		return a.command(ctx, e, data)
	case slack.InteractionCallback:
		return a.interaction(ctx, e, data)
	case slackevents.EventsAPIEvent:
		return a.event(e, data)
	default:
		a.answer(e, OutcomeDone, nil)
		return nil
	}
}

// rescue ends a panic of a handler: it costs one envelope. What the panic says
// may hold a payload, so only its kind is logged, and where it happened.
func (a *App) rescue(e *envelope) {
	p := recover()
	if p == nil {
		return
	}
	a.cfg.Meter.Panicked()
	what := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok {
		what = err.Error()
	}
	a.logEnvelope(e).WithField("panic", what).WithField("stack", string(debug.Stack())).Error("a handler panicked")
}

// answer acks an envelope, with a payload where its kind takes one. It only
// queues the answer; socketmode writes it.
func (a *App) answer(e *envelope, outcome string, payload any) {
	ctx, cancel := context.WithTimeoutCause(a.life, ackTimeout, errAckTimeout)
	defer cancel()
	crash.Point("ack", e.kind, "before")
	err := a.ack(ctx, e, payload)
	crash.Point("ack", e.kind, "after")
	if m, ok := payload.(*ackMessage); ok && err != nil && ctx.Err() == nil && m.Blocks != nil {
		// Too large for one frame. The text alone is not.
		err = a.ack(ctx, e, &ackMessage{ResponseType: m.ResponseType, Text: m.Text})
	}
	a.cfg.Meter.Answered(e.kind, outcome, a.cfg.Now().Sub(e.at))
	if err != nil {
		a.cfg.Meter.LostAck()
		a.logEnvelope(e).WithField(fieldError, err).Error("an answer could not be sent")
	}
}

// ack gives an ack to the connection that the envelope came over, or, if that
// is gone, to one that works.
func (a *App) ack(ctx context.Context, e *envelope, payload any) error {
	s, response := e.socket, socketmode.Response{EnvelopeID: e.id, Payload: payload}
	a.answers.add(s, response)
	if !s.greeted.Load() {
		// Looked at after it was noted: whoever finds the connection gone now
		// or later finds the answer too.
		next := a.listening(s)
		if list, _ := a.answers.takeOne(s, next, e.id); len(list) == 0 {
			return nil
		}
		s = next
	}
	if err := s.client.SendCtx(ctx, response); err != nil {
		a.answers.drop(e.id)
		return fmt.Errorf("answer slack: %w", err)
	}
	return nil
}

// ackMessage is the payload of the ack of a command.
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

func (a *App) logEnvelope(e *envelope) logrus.FieldLogger {
	return a.log.WithFields(logrus.Fields{fieldEnvelope: e.id, "type": e.kind, fieldSocket: e.socket.index})
}

// tellOrLog tells a person something that they can do without.
func (a *App) tellOrLog(ctx context.Context, e *envelope, to asker, m message.Message) {
	ctx, cancel := context.WithTimeoutCause(ctx, courtesy, errSlackTimeout)
	defer cancel()
	if err := a.tell(ctx, to, m); err != nil {
		a.logEnvelope(e).WithField(fieldUser, to.user).WithField(fieldError, err).Warn("somebody could not be answered")
	}
}
