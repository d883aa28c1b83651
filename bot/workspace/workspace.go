package workspace

import (
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/slack-go/slack"

	"extendbot/bot/slackapi"
	"extendbot/order"
)

// Workspace identifies what the bot serves: one workspace, which may belong to an
// Enterprise organization, and one app.
type Workspace struct {
	identity atomic.Pointer[slackapi.Identity] // nil until Slack said who the bot is
	appID    atomic.Pointer[string]            // nil until the first hello that names it
	command  atomic.Pointer[string]            // the name of the last command; nil before the first one
}

// Direct reports whether a conversation is a direct message, which nobody else can
// read.
func Direct(channel string) bool { return strings.HasPrefix(channel, "D") }

// Connected records what Slack said about who the bot is.
func (w *Workspace) Connected(who slackapi.Identity) { w.identity.Store(&who) }

// IsConnected reports whether Slack said who the bot is.
func (w *Workspace) IsConnected() bool { return w.identity.Load() != nil }

// SawApp remembers the id of the app, which Slack's first hello names.
func (w *Workspace) SawApp(id string) { w.appID.CompareAndSwap(nil, &id) }

// maxCommandName is more than the length of any name of a command.
const maxCommandName = 64

// SawCommand remembers what the command is called, which the app's settings at
// Slack decide.
func (w *Workspace) SawCommand(name string) {
	if strings.HasPrefix(name, "/") && len(name) <= maxCommandName {
		w.command.Store(&name)
	}
}

// CommandName returns the name of the command, for messages that answer none.
func (w *Workspace) CommandName() string {
	if name := w.command.Load(); name != nil {
		return *name
	}
	return "/extend"
}

// BotName returns the name of the bot's user, or "" if Slack did not say.
func (w *Workspace) BotName() string {
	if who := w.identity.Load(); who != nil {
		return who.User
	}
	return ""
}

// Accepts reports whether a payload for that workspace and app is for this bot.
func (w *Workspace) Accepts(team, app string) bool {
	known := w.appID.Load() // a hello that names it arrives before any payload
	return known != nil && *known == app && w.AcceptsTeam(team)
}

// AcceptsTeam reports whether a payload that does not name its app is for this bot.
func (w *Workspace) AcceptsTeam(team string) bool {
	who := w.identity.Load()
	return who != nil && team != "" && (team == who.TeamID || who.EnterpriseID != "" && team == who.EnterpriseID)
}

// Member returns the person who clicked a button. It returns false if Slack does
// not name them as somebody of the bot's workspace or of its organization, such
// as a person of another organization in a Slack Connect channel.
//
// In an Enterprise organization, Slack may name any workspace of the person, or
// the organization. A click is from a sibling workspace only if it names our
// organization too.
func (w *Workspace) Member(c slack.InteractionCallback) (order.Person, bool) {
	who := w.identity.Load()
	var ours bool
	switch home := c.User.TeamID; home {
	case "", who.TeamID, who.EnterpriseID: // Slack leaves it out only for our own people
		ours = true
	default:
		ours = strings.HasPrefix(home, "T") && who.EnterpriseID != "" && c.Enterprise.ID == who.EnterpriseID
	}
	return w.Person(c.User.ID), ours && c.User.ID != ""
}

// From is what Slack says about where the author of a message wrote. The zero value says
// nothing.
type From struct {
	Teams  []string // each workspace or organization that the event names for the author; "" says nothing
	Shared bool     // the conversation is shared with another organization
}

// Author returns the person who wrote a message, and false if Slack places them in another
// organization. In a conversation of our organization alone, everybody is one of ours.
func (w *Workspace) Author(user string, from From) (order.Person, bool) {
	who := w.identity.Load()
	for _, home := range from.Teams {
		sibling := who.EnterpriseID != "" && strings.HasPrefix(home, "T") && !from.Shared
		if home != "" && home != who.TeamID && home != who.EnterpriseID && !sibling {
			return w.Person(user), false
		}
	}
	return w.Person(user), user != ""
}

// WithoutMention returns the text of a message without the mentions of the bot.
func (w *Workspace) WithoutMention(text string) string {
	bot := regexp.MustCompile(`<@` + regexp.QuoteMeta(w.identity.Load().UserID) + `(\|[^<>]*)?>`)
	return bot.ReplaceAllString(text, " ")
}

// Person returns the person with that user id. Everybody whom the bot serves
// counts as a person of its own workspace: user ids are unique in an
// organization.
func (w *Workspace) Person(user string) order.Person {
	return order.Person{Team: w.identity.Load().TeamID, User: user}
}
