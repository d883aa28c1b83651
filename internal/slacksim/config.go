package slacksim

import (
	"cmp"
	"crypto/rand"
	"net"
	"strings"
	"time"
)

// Config describes the workspace and the app, and how Slack behaves. The zero
// value is a workspace in which the app is installed with all scopes that it
// needs. There are many fields because each is a separate setting.
type Config struct {
	TeamID     string // default T0TEAM
	TeamDomain string // default "acme"
	AppID      string // default A0APP
	BotAppID   string // the app to which the bot token belongs; default AppID
	BotUserID  string // default U0BOT
	BotID      string // default B0BOT
	BotName    string // default "extendbot"

	// EnterpriseID is the Enterprise organization of the workspace; "" if it has none.
	EnterpriseID string
	// OrgInstall installs the app for the whole organization instead of the workspace.
	OrgInstall bool

	// AppToken and BotToken are the tokens of the app. Default: random ones, with the
	// prefixes that Slack uses (xapp-1-, xoxb-).
	AppToken, BotToken string

	// Scopes are the scopes of the bot token. Default: [DefaultScopes].
	Scopes []string
	// Events are the types of events that the app subscribed to. What changes in the
	// workspace is delivered only if it is one of them; [Server.Event] delivers any
	// event. Default: all that the simulator has.
	Events []string

	// MessagesReadOnly is the setting messages_tab_read_only_enabled of the app: people
	// cannot write to it in direct messages.
	MessagesReadOnly bool

	AckTimeout   time.Duration // how long an envelope may wait for its ack; default 3s
	PingInterval time.Duration // between WebSocket pings; default 5s
	WarningGrace time.Duration // from a "warning" to the close of the connection; default 10s
	RefreshGrace time.Duration // from a "refresh_requested" to the close; default 1s

	// MaxConnections is how many connections the app may have; default 10, as in
	// Slack.
	MaxConnections int

	// EventRetries are the pauses before an event without an ack is delivered
	// again, with retry_attempt and retry_reason. Default: it is not delivered
	// again. [SlackEventRetries] returns what Slack documents.
	EventRetries []time.Duration

	// ResendLost delivers a slash command again if its connection breaks before the ack,
	// as apps have seen Slack do. Clicks are never delivered again.
	ResendLost bool

	// StrictAcks accepts an ack only on the connection that carried the envelope. Slack
	// does not document whether it does. Default: any connection of the app.
	StrictAcks bool

	// NoRecord keeps neither calls nor sent bytes, for measurements of memory.
	// WaitCall still works for later calls.
	NoRecord bool

	// OnMessage and OnEphemeral, if set, are called for every message that appears,
	// changes or is deleted. They are called without locks by the goroutine that
	// caused the change, so calls can overlap, and the answer to the bot waits for
	// them.
	OnMessage   func(Message)
	OnEphemeral func(Ephemeral)
	// OnModal, if set, is called in the same way for every modal that opens or is updated,
	// and OnHome for every Home tab that is published.
	OnModal, OnHome func(View)
	// OnCall, if set, is called in the same way for every request to the Web API or
	// to a response_url, before its answer.
	OnCall func(Call)

	// Listener accepts the app's connections, and is closed by [Server.Close]. Default:
	// a free port of 127.0.0.1.
	Listener net.Listener

	// Now is the clock of timestamps, expiries and rate limits; default time.Now.
	// All waiting (acks, pings, graces, delays) uses real time.
	Now func() time.Time
}

// DefaultScopes returns the default scopes of the bot token. They are enough for
// every method here, but the bot must be a member of a channel to post there.
func DefaultScopes() []string {
	return strings.Fields(`chat:write commands im:write users:read usergroups:read app_mentions:read
		channels:read groups:read im:read mpim:read
		channels:history groups:history im:history mpim:history`)
}

// SlackEventRetries returns the pauses that Slack documents, for [Config.EventRetries]:
// at once, after one minute, after five minutes.
func SlackEventRetries() []time.Duration {
	return []time.Duration{0, time.Minute, 5 * time.Minute}
}

func (c Config) withDefaults() Config {
	c.TeamID = cmp.Or(c.TeamID, "T0TEAM")
	c.TeamDomain = cmp.Or(c.TeamDomain, "acme")
	c.AppID = cmp.Or(c.AppID, "A0APP")
	c.BotAppID = cmp.Or(c.BotAppID, c.AppID)
	c.BotUserID = cmp.Or(c.BotUserID, "U0BOT")
	c.BotID = cmp.Or(c.BotID, "B0BOT")
	c.BotName = cmp.Or(c.BotName, "extendbot")
	if c.AppToken == "" {
		c.AppToken = "xapp-1-" + c.AppID + "-" + rand.Text()
	}
	if c.BotToken == "" {
		c.BotToken = "xoxb-" + rand.Text()
	}
	if c.Scopes == nil {
		c.Scopes = DefaultScopes()
	}
	if c.Events == nil {
		c.Events = []string{eventMembersChanged, eventGroupUpdated, eventDirectMessage, eventMention}
	}
	c.AckTimeout = cmp.Or(c.AckTimeout, 3*time.Second)
	c.PingInterval = cmp.Or(c.PingInterval, 5*time.Second)
	c.WarningGrace = cmp.Or(c.WarningGrace, 10*time.Second)
	c.RefreshGrace = cmp.Or(c.RefreshGrace, time.Second)
	c.MaxConnections = cmp.Or(c.MaxConnections, 10)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
