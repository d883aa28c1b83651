package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/bot/workspace"
	"extendbot/order"
)

// typed is what somebody typed, and what it means: behind the slash command, in a direct
// message to the bot, or on the button of a suggestion, as if it had been typed.
type typed struct {
	command.Command

	e           *envelope
	by          order.Person
	key         string // see [order.Request]
	name        string // of the command, such as "/extend"
	channel     string
	thread      string      // see [person]
	at          time.Time   // when it was typed, if Slack may have delivered it late; zero: just now
	trigger     string      // the trigger_id, which opens a view; "" if there is none
	responseURL string      // see [person]
	suggested   bool        // it is on a button, whose message goes away when it is done
	about       order.Order // that the person may see, or asked for, once it is known
}

// retype returns the command in its normal form, but for another server.
func (t typed) retype(server string) string {
	t.Server = server
	return t.String()
}

func (t typed) person() person {
	return person{user: t.by.User, channel: t.channel, thread: t.thread, responseURL: t.responseURL, replace: t.suggested}
}

// command answers the slash command.
func (h *handlers) command(ctx context.Context, e *envelope, c slack.SlashCommand) after {
	if !h.workspace.Accepts(c.TeamID, c.APIAppID) {
		h.acks.answer(e, OutcomeForeign, ephemeralAck(message.Foreign()))
		h.logForeign(e, c.TeamID, c.UserID)
		return nil
	}
	h.workspace.SawCommand(c.Command)
	return h.run(ctx, typed{
		e: e, by: h.workspace.Person(c.UserID), key: requestKey(e, c.TriggerID, c.TeamID, c.ChannelID, c.UserID),
		name: c.Command, channel: c.ChannelID, trigger: c.TriggerID, responseURL: c.ResponseURL,
	}, c.Text)
}

// run does what a text means, however it was typed.
func (h *handlers) run(ctx context.Context, t typed, text string) after {
	var err error
	t.Command, err = h.parse(ctx, t, text)
	switch {
	case err != nil:
		return h.misunderstood(ctx, t, err)
	case t.Verb == command.Extend:
		return h.extend(ctx, t)
	default:
		return h.verb(ctx, t)
	}
}

// parse reads a text as the person means it who typed it. The error is a
// [*message.UsageError].
func (h *handlers) parse(ctx context.Context, t typed, text string) (command.Command, error) {
	return command.Parse(text, command.Options{Name: t.name, Limit: h.cfg.MaxHours, Known: h.mayExtend(t.by), Near: h.similar(ctx, t.by)})
}

// answer acks an envelope and tells its person m: in the ack, if it can have a message,
// and otherwise after it.
func (h *handlers) answer(e *envelope, outcome string, to person, m message.Message) after {
	if _, ok := e.data.(slack.SlashCommand); ok {
		h.acks.answer(e, outcome, ephemeralAck(m))
		return nil
	}
	h.acks.answer(e, outcome, nil)
	return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, to, m) }
}

// mayExtend returns a function that reports whether the policy knows a server by
// this name or id that the person may extend. It asks the policy at most once.
func (h *handlers) mayExtend(p order.Person) func(string) bool {
	ask := sync.OnceValues(func() ([]order.Server, error) { return h.cfg.Servers(p) })
	return func(text string) bool {
		servers, err := ask()
		switch {
		case err != nil:
			return false
		case len(servers) == 0:
			return order.ValidHostID(text)
		default:
			return slices.ContainsFunc(servers, func(s order.Server) bool { return strings.EqualFold(s.Name, text) || s.ID == text })
		}
	}
}

// similar returns a function that returns the names of servers of the person that
// are similar to a word.
func (h *handlers) similar(ctx context.Context, p order.Person) func(string) []string {
	return func(word string) []string {
		_, err := h.cfg.Desk.Server(ctx, p, word)
		if unknown, ok := errors.AsType[*order.Error](err); ok {
			return unknown.Near
		}
		return nil
	}
}

// extend records a request and then acks it; its card is posted after that.
func (h *handlers) extend(ctx context.Context, t typed) after {
	r, err := h.request(ctx, t)
	if err != nil {
		return h.misunderstood(ctx, t, err)
	}
	o, err := h.cfg.Desk.Request(ctx, r)
	switch order.CodeOf(err) {
	case "":
		h.replies.urls.put(o.ID, t.responseURL)
		h.acks.answer(t.e, OutcomeDone, nil)
		h.reconciler.requested(o, t.e.at)
		return h.removeSuggestions(t)
	case order.CodeDuplicate:
		h.acks.answer(t.e, OutcomeRepeated, nil)
		h.logPerson(t.e, t.by).WithField(fieldOrder, o.ID).Info("a command was redelivered")
		return nil
	default:
		t.about = o
		return h.refuseCommand(ctx, t, err)
	}
}

// request returns what somebody asks for. Its errors are those of [handlers.until].
func (h *handlers) request(ctx context.Context, t typed) (r order.Request, err error) {
	r = order.Request{
		Key: t.key, Person: t.by, Channel: t.channel, Direct: workspace.Direct(t.channel), Server: t.Server, Hours: t.Hours, Typed: t.Typed, Purpose: t.Purpose,
	}
	if !t.Until.IsZero() {
		r.Until, r.Typed, err = h.until(ctx, t)
	}
	return r, err
}

// misunderstood answers a command that could not be understood. People who may
// not order are told only that.
func (h *handlers) misunderstood(ctx context.Context, t typed, err error) after {
	if _, refused := h.cfg.Servers(t.by); refused != nil {
		err = refused
	}
	return h.refuseCommand(ctx, t, err)
}

// refuseCommand answers a command that changed nothing.
func (h *handlers) refuseCommand(ctx context.Context, t typed, err error) after {
	code := h.denied(t, "command", err)
	view := message.RefusalView{
		Person: t.by, Server: t.Server, Command: t.name, Retype: t.retype, Order: t.about, Limit: h.cfg.MaxHours, Admins: h.cfg.Admins(), Currency: h.cfg.Currency,
	}
	view.Servers, _ = h.cfg.Servers(t.by) // people who may not order get none
	if code == order.CodeAsked {
		t.suggested = false // the first press removes the message
		return h.answerWithLinks(ctx, t, OutcomeRefused, orderIn(err), func(lines []message.OrderLine) message.Message {
			return refusal(err, view, lines)
		})
	}
	m := message.Refusal(err, view)
	t.suggested = t.suggested && m.Offers() // else its buttons are worth another press
	return h.answer(t.e, OutcomeRefused, t.person(), m)
}

// denied counts and logs a command or a form that changed nothing, and returns why.
func (h *handlers) denied(t typed, kind string, err error) order.Code {
	code := order.CodeOf(err)
	if _, misread := errors.AsType[*message.UsageError](err); misread {
		code = order.CodeBadHours
	}
	h.cfg.Meter.Denied(code)
	log := h.logPerson(t.e, t.by).WithField(fieldCode, code).WithField(fieldError, err)
	if broken(code) {
		log.Error("a " + kind + " could not be recorded")
	} else {
		log.Info("a " + kind + " was refused")
	}
	return code
}

// orderIn returns the order that an error is about, if it is about one.
func orderIn(err error) []order.Order {
	if e, ok := errors.AsType[*order.Error](err); ok && e.Order != nil {
		return []order.Order{*e.Order}
	}
	return nil
}

// refusal returns the message about an error. about is the order that the error is
// about, if it is about one.
func refusal(err error, view message.RefusalView, about []message.OrderLine) message.Message {
	if len(about) == 0 {
		return message.Refusal(err, view)
	}
	if order.CodeOf(err) == order.CodeAsked {
		return message.AlreadyAsked(about[0], view.Command)
	}
	view.Link = about[0].Link
	return message.Refusal(err, view)
}

// requestKey identifies one command or press, so that a second delivery of it is
// the same request. It is a hash because a trigger_id is a secret.
func requestKey(e *envelope, trigger string, parts ...string) string {
	if trigger == "" {
		trigger = "envelope " + e.id
	}
	h := sha256.New()
	for _, part := range append(parts, trigger) {
		_, _ = io.WriteString(h, part+"|") // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}
