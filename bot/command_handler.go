package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/slack-go/slack"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/order"
)

// command answers /extend. A request is recorded before the ack; its card is
// posted after the ack.
func (h *handlers) command(ctx context.Context, e *envelope, c slack.SlashCommand) after {
	if !h.workspace.accepts(c.TeamID, c.APIAppID) {
		h.acks.answer(e, OutcomeForeign, ephemeralAck(message.Foreign()))
		h.logForeign(e, c.TeamID, c.UserID)
		return nil
	}
	p := h.workspace.person(c.UserID)
	parsed, err := command.Parse(c.Text, command.Options{Name: c.Command, Limit: h.cfg.MaxHours})
	if err != nil {
		h.misunderstood(e, p, err)
		return nil
	}
	if parsed.Verb == command.Help {
		h.help(e, p)
		return nil
	}
	o, err := h.cfg.Desk.Request(ctx, order.Request{
		Key: requestKey(e, c), Person: p, Channel: c.ChannelID, Server: parsed.Server, Hours: parsed.Hours,
		Typed: parsed.Typed, Purpose: parsed.Purpose,
	})
	switch order.CodeOf(err) {
	case "":
		h.replies.urls.put(o.ID, c.ResponseURL)
		h.acks.answer(e, OutcomeDone, nil)
		h.reconciler.requested(o, e.at)
		return nil
	case order.CodeDuplicate:
		h.acks.answer(e, OutcomeRepeated, nil)
		h.logPerson(e, p).WithField(fieldOrder, o.ID).Info("a command was redelivered")
		return nil
	default:
		h.refuseCommand(e, p, parsed, err)
		return nil
	}
}

// misunderstood answers a command that could not be parsed. People who may not
// order are told only that.
func (h *handlers) misunderstood(e *envelope, p order.Person, err error) {
	servers, refused := h.cfg.Servers(p)
	if refused != nil {
		h.refuseCommand(e, p, command.Command{}, refused)
		return
	}
	view := message.RefusalView{Person: p, Servers: servers, Limit: h.cfg.MaxHours}
	h.acks.answer(e, OutcomeRefused, ephemeralAck(message.Refusal(err, view)))
	h.cfg.Meter.Denied(order.CodeBadHours)
	h.logPerson(e, p).WithField(fieldError, err).Info("a command was not understood")
}

// help answers /extend help. People who are not on the list are told so.
func (h *handlers) help(e *envelope, p order.Person) {
	servers, err := h.cfg.Servers(p)
	if err != nil {
		h.refuseCommand(e, p, command.Command{Verb: command.Help}, err)
		return
	}
	h.acks.answer(e, OutcomeDone, ephemeralAck(message.Usage(servers, h.cfg.MaxHours)))
}

func (h *handlers) refuseCommand(e *envelope, p order.Person, c command.Command, err error) {
	code := order.CodeOf(err)
	view := message.RefusalView{Person: p, Server: c.Server, Limit: h.cfg.MaxHours}
	view.Servers, _ = h.cfg.Servers(p) // people who may not order get none
	h.acks.answer(e, OutcomeRefused, ephemeralAck(message.Refusal(err, view)))
	h.cfg.Meter.Denied(code)
	log := h.logPerson(e, p).WithField(fieldCode, code).WithField(fieldError, err)
	if broken(code) {
		log.Error("a command could not be recorded")
		return
	}
	log.Info("a command was refused")
}

// requestKey identifies one invocation of the command, so that a second delivery
// of it is the same request. It is a hash because a trigger_id is a secret.
func requestKey(e *envelope, c slack.SlashCommand) string {
	once := c.TriggerID
	if once == "" {
		once = "envelope " + e.id
	}
	h := sha256.New()
	for _, part := range []string{c.TeamID, c.ChannelID, c.UserID, once} {
		_, _ = io.WriteString(h, part+"|") // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}
