package bot

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"extendbot/bot/message"
	"extendbot/bot/workqueue"
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
	// leave, if it is not nil, frees the worker. Only the first call does anything.
	leave func()
}

// answered frees the envelope's worker. It is called just before the answer is
// sent: Slack may then send the next envelope, although this one's work has not
// ended.
func (e *envelope) answered() {
	if e.leave != nil {
		e.leave()
	}
}

func (e *envelope) log(log logrus.FieldLogger) *logrus.Entry {
	return log.WithFields(logrus.Fields{fieldEnvelope: e.id, "type": e.kind, fieldSocket: e.socket.index})
}

// lane returns the person whose envelope it is: one person's envelopes do not
// hold up those of others.
func (e *envelope) lane() string {
	switch data := e.data.(type) {
	case slack.SlashCommand:
		return data.UserID
	case slack.InteractionCallback:
		return data.User.ID
	default:
		return e.author().user
	}
}

// author returns who wrote to the bot, if the envelope is such an event. What apps write,
// and so the bot itself, does not count, and neither do edits and the like.
func (e *envelope) author() person {
	ev, _ := e.data.(slackevents.EventsAPIEvent)
	switch m := ev.InnerEvent.Data.(type) {
	case *slackevents.MessageEvent:
		if m.IsIM() && m.BotID == "" && m.Text != "" && slices.Contains(written, m.SubType) {
			return person{user: m.User, channel: m.Channel, thread: m.ThreadTimeStamp}
		}
	case *slackevents.AppMentionEvent:
		if m.BotID == "" {
			return person{user: m.User, channel: m.Channel, thread: m.ThreadTimeStamp}
		}
	}
	return person{}
}

// written are the subtypes of the messages that somebody wrote. Others report what happened,
// such as an edit.
//
// https://docs.slack.dev/reference/events/message#subtypes
var written = []string{"", "file_share", "thread_broadcast"}

// after is the work that is left after an envelope was answered; nil if none. It
// is lost if the process dies.
type after func(ctx context.Context)

// intake gives each envelope a worker, or answers that the bot is busy.
type intake struct {
	cfg      *Config
	inflight *workqueue.Inflight
	acks     *acks
	replies  *replies
	// handle decides about an envelope, commits, and answers it.
	handle func(context.Context, *envelope) after

	workers  chan struct{}    // one element for each envelope that is being answered
	declines chan struct{}    // … that is being answered with "the bot is busy"
	rest     *workqueue.Queue // what is left to do for envelopes after their answers
	cards    *workqueue.Queue // the cards that commands lead to

	lateDeclines sync.WaitGroup // answers to commands that arrived while the bot was stopping
}

func newIntake(cfg *Config, running *workqueue.Inflight, acks *acks, replies *replies, cards *workqueue.Queue, handle func(context.Context, *envelope) after) *intake {
	return &intake{
		cfg: cfg, inflight: running, acks: acks, replies: replies, cards: cards, handle: handle,
		workers:  make(chan struct{}, cfg.Workers),
		declines: make(chan struct{}, max(minDeclines, 4*cfg.Workers)),
		rest:     workqueue.New(cfg.queue(), running, cfg.ShowSlots),
	}
}

// wait waits for the answers that inflight does not wait for.
func (i *intake) wait() { i.lateDeclines.Wait() }

// take gives an envelope to a worker of its own, if one is free. It never
// blocks, because its caller also reads the pings.
func (i *intake) take(e *envelope) {
	select {
	case i.workers <- struct{}{}:
		e.leave = sync.OnceFunc(func() { <-i.workers })
		over := i.expectCard(e)
		if !i.inflight.Run(func() {
			defer over()
			i.work(e)
		}) {
			over()
			e.answered()
			i.decline(e)
		}
	default:
		i.decline(e)
	}
}

// expectCard keeps the cards of later commands in the same channel waiting, until
// over is called.
func (i *intake) expectCard(e *envelope) (over func()) {
	channel := e.author().channel
	if c, ok := e.data.(slack.SlashCommand); ok {
		channel = c.ChannelID
	}
	if channel == "" {
		return func() {}
	}
	return i.cards.Expect(channel, e.at)
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
	if i.inflight.Run(func() {
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
		i.acks.answer(e, OutcomeBusy, busyAck(data))
		if data.View.CallbackID == message.CallbackForm { // which stays as it is
			break
		}
		i.replies.tellOrLog(i.inflight.Context(), e, personOf(data), message.Busy())
	default:
		i.acks.answer(e, OutcomeBusy, nil)
		if to := e.author(); to.user != "" {
			i.replies.tellOrLog(i.inflight.Context(), e, to, message.Busy())
		}
	}
	e.log(i.cfg.Log).Warn("all workers are busy")
}

// busyAck returns the payload of an ack of an interaction while the bot is busy: an empty
// ack would close the form, and what was typed into it would be lost.
func busyAck(c slack.InteractionCallback) any {
	if c.Type != slack.InteractionTypeViewSubmission || c.View.CallbackID != message.CallbackForm {
		return nil
	}
	return slack.NewErrorsViewSubmissionResponse(map[string]string{message.FieldServer: message.Busy().Text})
}

// work answers one envelope and leaves the rest to a queue.
func (i *intake) work(e *envelope) {
	rest := i.decide(e)
	e.answered()
	if rest == nil {
		return
	}
	queued := i.rest.Add(workqueue.Work{Key: e.id, Channel: e.lane(), Since: e.at}, i.cfg.Now(), func(ctx context.Context, _ *workqueue.Job) error {
		rest(ctx)
		return nil
	})
	if queued == nil {
		e.log(i.cfg.Log).Error("the queue is full; a person gets no answer")
	}
}

func (i *intake) decide(e *envelope) after {
	defer rescue(i.cfg, e)
	ctx, cancel := context.WithTimeoutCause(i.inflight.Context(), i.cfg.DecideTimeout, errDecideTimeout)
	defer cancel()
	return i.handle(ctx, e)
}

// rescue recovers from a panic in a handler, so that it costs only one envelope.
func rescue(cfg *Config, e *envelope) {
	if p := recover(); p != nil {
		logPanic(cfg, e.log(cfg.Log), p)
	}
}

// unreadable is an envelope that slack-go could not decode, and whom to tell.
type unreadable struct {
	kind  string // Slack's envelope type
	event string // the type of the event, if it is one
	to    person // as far as it could be read
}

// readUnreadable reads what is needed to answer an envelope that slack-go could
// not decode. It returns the id of the envelope, or "" if there is none.
func readUnreadable(raw json.RawMessage) (string, unreadable) {
	var e struct {
		EnvelopeID string          `json:"envelope_id"`
		Type       string          `json:"type"`
		Payload    json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return "", unreadable{}
	}
	u := unreadable{kind: e.Type}
	var payload map[string]json.RawMessage
	_ = json.Unmarshal(e.Payload, &payload) // each field is read alone: one of them is wrong
	var user, container struct {
		ID        string `json:"id"`
		ChannelID string `json:"channel_id"`
	}
	var event struct {
		Type        string `json:"type"`
		User        string `json:"user"`
		Channel     string `json:"channel"`
		ChannelType string `json:"channel_type"`
		Subtype     string `json:"subtype"`
		BotID       string `json:"bot_id"`
	}
	_ = json.Unmarshal(payload["response_url"], &u.to.responseURL)
	_ = json.Unmarshal(payload["user"], &user)
	_ = json.Unmarshal(payload["container"], &container)
	_ = json.Unmarshal(payload["event"], &event)
	u.to.user, u.to.channel, u.event = user.ID, container.ChannelID, event.Type
	if event.ChannelType == slackevents.ChannelTypeIM && event.BotID == "" && slices.Contains(written, event.Subtype) {
		u.to.user, u.to.channel = event.User, event.Channel
	}
	return e.EnvelopeID, u
}

// unreadable acks an envelope that could not be decoded, because Slack would
// deliver it again and again. The person is told that it changed nothing.
func (h *handlers) unreadable(e *envelope, u unreadable) after {
	switch u.kind {
	case "slash_commands":
		h.acks.answer(e, OutcomeRefused, ephemeralAck(message.Unreadable()))
		return nil
	case "interactive":
		h.acks.answer(e, OutcomeRefused, nil)
		return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, u.to, message.Unreadable()) }
	default:
		h.acks.answer(e, OutcomeDone, nil)
		if u.event == eventMembersChanged || u.event == eventGroupUpdated {
			h.groups.Changed() // whatever slack-go cannot read in it: the groups are read again
		}
		if u.to.user == "" {
			return nil
		}
		return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, u.to, message.Unreadable()) }
	}
}
