package slacksim

import (
	"cmp"
	"crypto/rand"
	"strings"
	"time"
)

// Config describes the workspace and the app. The zero value is a workspace in
// which the app is installed with every scope that it needs.
type Config struct {
	TeamID     string // default T0TEAM
	TeamDomain string // default "acme"
	AppID      string // default A0APP
	BotUserID  string // default U0BOT
	BotID      string // default B0BOT
	BotName    string // default "extendbot"

	// AppToken and BotToken are what the app has to present. Empty: made up at
	// random, with the prefixes that Slack uses (xapp-1-, xoxb-).
	AppToken, BotToken string

	// Scopes are the bot token's. Nil: [DefaultScopes].
	Scopes []string

	AckTimeout   time.Duration // how long an envelope may stay without its ack; default 3s
	PingInterval time.Duration // between WebSocket pings; default 5s
	WarningGrace time.Duration // from a "warning" to the close of that link; default 10s
	RefreshGrace time.Duration // from a "refresh_requested" to the close; default 1s

	// MaxConnections is how many links one app may hold; default 10, as at Slack.
	MaxConnections int

	// EventRetries are the pauses before an events_api envelope that got no ack is
	// delivered again, with retry_attempt and retry_reason. Nil: no second try.
	// [SlackEventRetries] is what Slack documents.
	EventRetries []time.Duration

	// ResendLost delivers a slash command again when the link that carried it
	// breaks before the ack, as some have seen Slack do. Never for clicks.
	ResendLost bool

	// StrictAcks accepts an ack only on the link that carried the envelope. It is
	// not documented whether Slack does. Default: any link of the app will do.
	StrictAcks bool

	// NoRecord keeps neither calls nor sent bytes, for measurements in which the
	// simulator's memory would count. WaitCall still works for later calls.
	NoRecord bool

	// OnMessage and OnEphemeral, if set, are called for every message that appears,
	// changes or goes, outside all locks, by the goroutine that caused it: calls can
	// overlap, and what they do delays the answer to the bot.
	OnMessage   func(Message)
	OnEphemeral func(Ephemeral)

	// Now is the clock of timestamps, expiries and rate limits; default time.Now.
	// Waiting (acks, pings, graces, delays) always uses real time.
	Now func() time.Time
}

// DefaultScopes are the bot scopes of a [Config] that names none: enough for every
// method here, except that the bot must join a channel before it can post.
func DefaultScopes() []string {
	return strings.Fields(`chat:write commands im:write users:read usergroups:read
		channels:read groups:read im:read mpim:read
		channels:history groups:history im:history mpim:history`)
}

// SlackEventRetries are the pauses that Slack documents for [Config.EventRetries]:
// at once, after a minute, after five.
func SlackEventRetries() []time.Duration {
	return []time.Duration{0, time.Minute, 5 * time.Minute}
}

func (c Config) withDefaults() Config {
	c.TeamID = cmp.Or(c.TeamID, "T0TEAM")
	c.TeamDomain = cmp.Or(c.TeamDomain, "acme")
	c.AppID = cmp.Or(c.AppID, "A0APP")
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
