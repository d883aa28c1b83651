package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/order"
)

// command answers /extend. A request is recorded before the ack; its card is
// posted after it.
func (a *App) command(ctx context.Context, e *envelope, c slack.SlashCommand) after {
	if !a.knows(c.TeamID, c.APIAppID) {
		a.answer(e, OutcomeForeign, ephemeralAck(message.Foreign()))
		a.logForeign(e, c.TeamID, c.UserID)
		return nil
	}
	p := order.Person{Team: a.homeOf(c.TeamID), User: c.UserID}
	asked, err := ParseCommand(c.Text, a.cfg.MaxHours)
	if err != nil {
		a.answer(e, OutcomeRefused, ephemeralAck(message.Refusal(err, message.RefusalView{Person: p, Limit: a.cfg.MaxHours})))
		a.cfg.Meter.Denied(order.CodeBadHours)
		a.logPerson(e, p).WithField(fieldError, err).Info("a command was not understood")
		return nil
	}
	if asked.Help {
		a.usage(e, p)
		return nil
	}
	o, err := a.cfg.Desk.Request(ctx, order.Request{
		Key: requestKey(e, c), Person: p, Channel: c.ChannelID, Server: asked.Server, Hours: asked.Hours,
	})
	switch order.CodeOf(err) {
	case "":
		a.replies.put(o.ID, c.ResponseURL)
		a.answer(e, OutcomeDone, nil)
		return func(ctx context.Context) { a.show(ctx, o.ID) }
	case order.CodeDuplicate:
		a.answer(e, OutcomeRepeated, nil)
		a.logPerson(e, p).WithField(fieldOrder, o.ID).Info("a command came again")
		return nil
	default:
		a.refuseCommand(e, p, asked, err)
		return nil
	}
}

// usage answers a call for help; a stranger learns that they are one.
func (a *App) usage(e *envelope, p order.Person) {
	servers, err := a.cfg.Servers(p)
	if err != nil {
		a.refuseCommand(e, p, Command{Help: true}, err)
		return
	}
	a.answer(e, OutcomeDone, ephemeralAck(message.Usage(servers, a.cfg.MaxHours)))
}

func (a *App) refuseCommand(e *envelope, p order.Person, c Command, err error) {
	code := order.CodeOf(err)
	asked := message.RefusalView{Person: p, Server: c.Server, Limit: a.cfg.MaxHours}
	if code == order.CodeUnknownServer {
		asked.Servers, _ = a.cfg.Servers(p) // the refusal stands without them
	}
	a.answer(e, OutcomeRefused, ephemeralAck(message.Refusal(err, asked)))
	a.cfg.Meter.Denied(code)
	line := a.logPerson(e, p).WithField(fieldCode, code).WithField(fieldError, err)
	if broken(code) {
		line.Error("a command could not be recorded")
		return
	}
	line.Info("a command was refused")
}

// broken says whether a code means that the bot itself is not well, and not
// that somebody may not.
func broken(code order.Code) bool {
	return code == order.CodeUnavailable || code == order.CodeInternal || code == order.CodeIllegal
}

// requestKey tells one invocation of the command from all others, so that a
// second delivery of it is the same request. It is a hash because a trigger_id
// is a secret.
func requestKey(e *envelope, c slack.SlashCommand) string {
	once := c.TriggerID
	if once == "" {
		once = "envelope " + e.id
	}
	h := sha256.New()
	for _, part := range []string{c.TeamID, c.ChannelID, c.UserID, once} {
		_, _ = io.WriteString(h, part+"|") // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (a *App) logPerson(e *envelope, p order.Person) *logrus.Entry {
	return a.logEnvelope(e).WithFields(logrus.Fields{fieldTeam: p.Team, fieldUser: p.User})
}

func (a *App) logForeign(e *envelope, team, user string) {
	a.logEnvelope(e).WithFields(logrus.Fields{fieldTeam: team, fieldUser: user}).
		Warn("an envelope of another workspace or app was refused")
}
