package bot

import (
	"context"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"extendbot/bot/homes"
	"extendbot/bot/slackapi"
	"extendbot/bot/tellings"
	"extendbot/bot/usergroups"
	"extendbot/bot/workspace"
	"extendbot/order"
)

// handlers decide about envelopes. Each reads the payload, commits what it asks
// for, acks, and returns the remaining work. Each kind has its own file, such
// as command_handler.go.
type handlers struct {
	cfg        *Config
	slack      *slackapi.Client
	workspace  *workspace.Workspace
	acks       *acks
	replies    *replies
	reconciler *reconciler
	homes      *homes.Homes[home]
	tellings   *tellings.Tellings
	groups     *usergroups.Watch
	opened     *responseURLs[string] // by form.id
	offers     *responseURLs[string] // likewise, of forms that a button of a private message opened
	changes    *formChanges
}

func (h *handlers) handle(ctx context.Context, e *envelope) after {
	switch data := e.data.(type) {
	case slack.SlashCommand:
		return h.command(ctx, e, data)
	case slack.InteractionCallback:
		return h.interaction(ctx, e, data)
	case slackevents.EventsAPIEvent:
		return h.event(ctx, e, data)
	case unreadable:
		return h.unreadable(e, data)
	default:
		h.acks.answer(e, OutcomeDone, nil)
		return nil
	}
}

// The events of user groups.
//
// https://docs.slack.dev/reference/events/subteam_members_changed
// https://docs.slack.dev/reference/events/subteam_updated
const (
	eventMembersChanged = "subteam_members_changed"
	eventGroupUpdated   = "subteam_updated"
)

// event does what an event asks for. All but what people write is acked at once.
func (h *handlers) event(ctx context.Context, e *envelope, ev slackevents.EventsAPIEvent) after {
	if !h.workspace.Accepts(ev.TeamID, ev.APIAppID) {
		h.acks.answer(e, OutcomeForeign, nil)
		h.logForeign(e, ev.TeamID, "")
		return nil
	}
	if to := e.author(); to.user != "" {
		return h.wrote(ctx, e, ev, to)
	}
	h.acks.answer(e, OutcomeDone, nil)
	switch data := ev.InnerEvent.Data.(type) {
	case *slackevents.AppHomeOpenedEvent:
		return h.homeOpened(data)
	case *slackevents.SubteamMembersChangedEvent, *slackevents.SubteamUpdatedEvent:
		h.groups.Changed()
	}
	return nil
}

// broken reports whether a code means that the bot itself does not work, as
// opposed to a person who may not do something.
func broken(code order.Code) bool {
	return code == order.CodeUnavailable || code == order.CodeInternal || code == order.CodeIllegal
}

func (h *handlers) logPerson(e *envelope, p order.Person) *logrus.Entry {
	return e.log(h.cfg.Log).WithFields(logrus.Fields{fieldTeam: p.Team, fieldUser: p.User})
}

func (h *handlers) logForeign(e *envelope, team, user string) {
	h.logPerson(e, order.Person{Team: team, User: user}).Warn("an envelope of another workspace or app was refused")
}
