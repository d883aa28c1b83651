package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"

	"extendbot/bot/message"
)

var errDecideTimeout = errors.New("no time left before the answer to slack is due")

// minDeclines is the minimum number of envelopes that can be answered at once
// with "the bot is busy". Such an answer needs no worker.
const minDeclines = 64

// envelope is one delivery from Slack that needs an answer.
type envelope struct {
	socket *socket
	id     string
	kind   string    // Slack's envelope type
	at     time.Time // when it came in
	data   any       // its payload, as slack-go decoded it
}

func (e *envelope) log(log logrus.FieldLogger) *logrus.Entry {
	return log.WithFields(logrus.Fields{fieldEnvelope: e.id, "type": e.kind, fieldSocket: e.socket.index})
}

// after is the work that is left after an envelope was answered; nil if none.
type after func(ctx context.Context)

// intake gives each envelope a worker, or answers that the bot is busy.
type intake struct {
	cfg      *Config
	inflight *inflight
	acks     *acks
	replies  *replies
	// handle decides about an envelope, commits, and answers it.
	handle func(context.Context, *envelope) after

	workers  chan struct{} // one element for each envelope that is being answered
	declines chan struct{} // … that is being answered with "the bot is busy"
	slots    chan struct{} // … whose order is being placed or shown

	lateDeclines sync.WaitGroup // answers to commands that arrived while the bot was stopping
}

func newIntake(cfg *Config, running *inflight, acks *acks, replies *replies, handle func(context.Context, *envelope) after) *intake {
	return &intake{
		cfg: cfg, inflight: running, acks: acks, replies: replies, handle: handle,
		workers:  make(chan struct{}, cfg.Workers),
		declines: make(chan struct{}, max(minDeclines, 4*cfg.Workers)),
		slots:    make(chan struct{}, cfg.PlaceSlots),
	}
}

// wait waits for the answers that inflight does not wait for.
func (i *intake) wait() { i.lateDeclines.Wait() }

// take gives an envelope to a worker of its own, if one is free. It never
// blocks, because its caller also reads the pings.
func (i *intake) take(e *envelope) {
	select {
	case i.workers <- struct{}{}:
		if !i.inflight.run(func() { i.work(e) }) {
			<-i.workers
			i.decline(e)
		}
	default:
		i.decline(e)
	}
}

// decline answers that the bot is busy. While the bot stops, only commands are
// answered: Slack itself reports a click that gets no ack.
func (i *intake) decline(e *envelope) {
	select {
	case i.declines <- struct{}{}:
	default:
		i.unanswered(e)
		e.log(i.cfg.Log).Error("too busy to answer that the bot is busy; an envelope stays unanswered")
		return
	}
	if i.inflight.run(func() {
		defer func() { <-i.declines }()
		defer rescue(i.cfg, e)
		i.answerBusy(e)
	}) {
		return
	}
	if _, ok := e.data.(slack.SlashCommand); ok {
		i.lateDeclines.Go(func() {
			defer func() { <-i.declines }()
			i.acks.answer(e, OutcomeBusy, ephemeralAck(message.Busy()))
		})
		return
	}
	<-i.declines
	i.unanswered(e)
}

// unanswered counts an envelope that gets no ack.
func (i *intake) unanswered(e *envelope) {
	i.cfg.Meter.Answered(e.kind, OutcomeUnacked, i.cfg.Now().Sub(e.at))
}

func (i *intake) answerBusy(e *envelope) {
	switch data := e.data.(type) {
	case slack.SlashCommand:
		i.acks.answer(e, OutcomeBusy, ephemeralAck(message.Busy()))
	case slack.InteractionCallback:
		i.acks.answer(e, OutcomeBusy, nil)
		i.replies.tellOrLog(i.inflight.ctx, e, personOf(data), message.Busy())
	default:
		i.acks.answer(e, OutcomeBusy, nil)
	}
	e.log(i.cfg.Log).Warn("all workers are busy")
}

// work answers one envelope and then does the remaining work, if a slot is free.
// Without a slot, the remaining work is left to due work.
func (i *intake) work(e *envelope) {
	rest := i.decide(e)
	<-i.workers
	if rest == nil {
		return
	}
	select {
	case i.slots <- struct{}{}:
		defer func() { <-i.slots }()
		defer rescue(i.cfg, e)
		rest(i.inflight.ctx)
	default:
		e.log(i.cfg.Log).Warn("no slot is free; the rest is left to due work")
	}
}

func (i *intake) decide(e *envelope) after {
	defer rescue(i.cfg, e)
	ctx, cancel := context.WithTimeoutCause(i.inflight.ctx, i.cfg.DecideTimeout, errDecideTimeout)
	defer cancel()
	return i.handle(ctx, e)
}

// rescue recovers from a panic in a handler, so that it costs only one envelope.
// The panic's text may contain a payload, so only its type and the stack are
// logged.
func rescue(cfg *Config, e *envelope) {
	p := recover()
	if p == nil {
		return
	}
	cfg.Meter.Panicked()
	what := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok {
		what = err.Error()
	}
	e.log(cfg.Log).WithField("panic", what).WithField("stack", string(debug.Stack())).Error("a handler panicked")
}
