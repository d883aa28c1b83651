package bot

import "github.com/slack-go/slack/slackevents"

// The events of user groups.
//
// https://docs.slack.dev/reference/events/subteam_members_changed
// https://docs.slack.dev/reference/events/subteam_updated
const (
	eventMembersChanged = "subteam_members_changed"
	eventGroupUpdated   = "subteam_updated"
)

// event acks an event at once, and then does what it asks for.
func (h *handlers) event(e *envelope, ev slackevents.EventsAPIEvent) after {
	if !h.workspace.accepts(ev.TeamID, ev.APIAppID) {
		h.acks.answer(e, OutcomeForeign, nil)
		h.logForeign(e, ev.TeamID, "")
		return nil
	}
	h.acks.answer(e, OutcomeDone, nil)
	switch data := ev.InnerEvent.Data.(type) {
	case *slackevents.AppHomeOpenedEvent:
		return h.home(data)
	case *slackevents.SubteamMembersChangedEvent, *slackevents.SubteamUpdatedEvent:
		h.groups.Changed()
	}
	return nil
}
