package bot

import (
	"errors"
	"fmt"
	"time"

	"extendbot/bot/slackapi"
)

// silentAfter is how long a connection may be silent and still count as working.
// Slack pings every few seconds.
const silentAfter = 45 * time.Second

// Health is the state of the connections to Slack.
type Health struct {
	// Connections is how many had a hello and have been heard from recently.
	Connections int
	// LastHeard is when the last byte arrived from Slack, pings included. It is the
	// zero time if none ever did.
	LastHeard time.Time
	// NumConnections is how many connections the app has in all processes,
	// according to Slack's last hello.
	NumConnections int
	// Problem is the code of the last failure of a connection that does not work,
	// see [slackapi.LabelOf], or "".
	Problem string
	// AuthBad is Slack's error code if Slack refuses the bot, "" otherwise.
	AuthBad string
}

// health returns the state of the connections.
func (c *connections) health() Health {
	h := Health{NumConnections: int(c.counted.Load())}
	now := c.cfg.Now()
	for _, s := range c.sockets {
		last := s.lastHeard()
		if last.After(h.LastHeard) {
			h.LastHeard = last
		}
		if s.greeted.Load() && now.Sub(last) < silentAfter {
			h.Connections++
		}
	}
	if h.Connections == 0 {
		h.Problem = slackapi.LabelOf(c.lastError())
	}
	return h
}

// Ready returns nil if the bot can receive commands and Slack accepts its
// tokens, and otherwise an error that says what is wrong. Anybody who can reach
// /readyz reads its text, so that contains no names, addresses, or times.
func (h Health) Ready() error {
	switch {
	case h.AuthBad != "":
		return fmt.Errorf("slack: it refuses the bot (%s)", h.AuthBad)
	case h.Connections > 0:
		return nil
	case h.Problem == slackapi.CodeSocketModeOff, h.Problem == slackapi.CodeLinkDisabled:
		return fmt.Errorf("slack: Socket Mode is switched off in the app's settings (%s)", h.Problem)
	case h.Problem == slackapi.CodeTooMany:
		return fmt.Errorf("slack: the app has more connections than Slack allows (%s)", h.Problem)
	case h.Problem != "":
		return fmt.Errorf("slack: no connection (%s)", h.Problem)
	case h.LastHeard.IsZero():
		return errors.New("slack: no connection yet")
	default:
		return errors.New("slack: no connection has been heard from lately")
	}
}
