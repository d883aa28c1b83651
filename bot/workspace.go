package bot

import (
	"strings"
	"sync/atomic"

	"github.com/slack-go/slack"

	"extendbot/bot/slackapi"
	"extendbot/order"
)

// workspace identifies what the bot serves: one workspace, which may belong to an
// Enterprise organization, and one app.
type workspace struct {
	identity atomic.Pointer[slackapi.Identity] // nil until Slack said who the bot is
	appID    atomic.Pointer[string]            // nil until the first hello that names it
	command  atomic.Pointer[string]            // the name of the last command; nil before the first one
}

// direct reports whether a conversation is a direct message, which nobody else can
// read.
func direct(channel string) bool { return strings.HasPrefix(channel, "D") }

// maxCommandName is more than the length of any name of a command.
const maxCommandName = 64

// sawCommand remembers what the command is called, which the app's settings at
// Slack decide.
func (w *workspace) sawCommand(name string) {
	if strings.HasPrefix(name, "/") && len(name) <= maxCommandName {
		w.command.Store(&name)
	}
}

// commandName returns the name of the command, for messages that answer none.
func (w *workspace) commandName() string {
	if name := w.command.Load(); name != nil {
		return *name
	}
	return "/extend"
}

// botName returns the name of the bot's user, or "" if Slack did not say.
func (w *workspace) botName() string {
	if who := w.identity.Load(); who != nil {
		return who.User
	}
	return ""
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

// member returns the person who clicked a button. It returns false if Slack does
// not name them as somebody of the bot's workspace or of its organization, such
// as a person of another organization in a Slack Connect channel.
//
// In an Enterprise organization, Slack may name any workspace of the person, or
// the organization. A click is from a sibling workspace only if it names our
// organization too.
func (w *workspace) member(c slack.InteractionCallback) (order.Person, bool) {
	who := w.identity.Load()
	var ours bool
	switch home := c.User.TeamID; home {
	case "", who.TeamID, who.EnterpriseID: // Slack leaves it out only for our own people
		ours = true
	default:
		ours = strings.HasPrefix(home, "T") && who.EnterpriseID != "" && c.Enterprise.ID == who.EnterpriseID
	}
	return w.person(c.User.ID), ours && c.User.ID != ""
}

// person returns the person with that user id. Everybody whom the bot serves
// counts as a person of its own workspace: user ids are unique in an
// organization.
func (w *workspace) person(user string) order.Person {
	return order.Person{Team: w.identity.Load().TeamID, User: user}
}
