package bot

import (
	"sync/atomic"

	"extendbot/bot/slackapi"
)

// workspace is what the bot serves: one workspace or Enterprise organization,
// and one app.
type workspace struct {
	identity atomic.Pointer[slackapi.Identity] // nil until Slack said who the bot is
	appID    atomic.Pointer[string]            // nil until the first hello that has it
}

// accepts reports whether a payload of that workspace and app is for this bot.
func (w *workspace) accepts(team, app string) bool {
	who := w.identity.Load()
	if who == nil || team == "" {
		return false
	}
	if team != who.TeamID && (who.EnterpriseID == "" || team != who.EnterpriseID) {
		return false
	}
	known := w.appID.Load() // a hello with it comes before any payload
	return known != nil && *known == app
}

// teamOf returns the workspace that a person belongs to, given the one that
// Slack names: the bot's own if it names none, or the organization.
func (w *workspace) teamOf(named string) string {
	who := w.identity.Load()
	if named == "" || named == who.EnterpriseID {
		return who.TeamID
	}
	return named
}
