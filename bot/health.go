package bot

import (
	"errors"
	"fmt"
	"time"
)

// silentAfter is how long a connection on which nothing comes in counts as
// working. Slack pings every few seconds.
const silentAfter = 45 * time.Second

// Health is the state of the connections to Slack.
type Health struct {
	// Connections is how many had a hello and have been heard from lately.
	Connections int
	// LastHeard is when the last byte came in from Slack, pings included; the
	// zero time if none ever did.
	LastHeard time.Time
	// NumConnections is how many connections the app has in all processes, as
	// Slack said at the last hello.
	NumConnections int
	// AuthBad is Slack's code for why it does not let the bot work, "" if it does.
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
	return h
}

// Ready returns nil if the bot can hear commands and Slack lets it work, and
// otherwise what is wrong.
func (h Health) Ready() error {
	switch {
	case h.AuthBad != "":
		return fmt.Errorf("slack says %s", h.AuthBad)
	case h.Connections == 0 && h.LastHeard.IsZero():
		return errors.New("no connection to slack yet")
	case h.Connections == 0:
		return fmt.Errorf("not connected to slack, last heard from it at %s", h.LastHeard.UTC().Format(time.RFC3339))
	default:
		return nil
	}
}
