package bot

import (
	"sync/atomic"

	"extendbot/bot/slackapi"
)

// workspace identifies what the bot serves: one workspace or Enterprise
// organization, and one app.
type workspace struct {
	identity atomic.Pointer[slackapi.Identity] // nil until Slack said who the bot is
	appID    atomic.Pointer[string]            // nil until the first hello that names it
}

// accepts reports whether a payload for that workspace and app is for this bot.
func (w *workspace) accepts(team, app string) bool {
	who := w.identity.Load()
	if who == nil || team == "" {
		return false
	}
	if team != who.TeamID && (who.EnterpriseID == "" || team != who.EnterpriseID) {
		return false
	}
	known := w.appID.Load() // a hello that names it arrives before any payload
	return known != nil && *known == app
}

// teamOf returns the workspace that a person belongs to, given the one that
// Slack names. If Slack names none, or the organization, it is the bot's own.
func (w *workspace) teamOf(named string) string {
	who := w.identity.Load()
	if named == "" || named == who.EnterpriseID {
		return who.TeamID
	}
	return named
}
