package bot

import (
	"errors"
	"fmt"
	"time"

	"extendbot/bot/slackapi"
)

// deafAfter is how long a connection on which nothing comes in is believed to
// be alive. Slack pings every few seconds.
const deafAfter = 45 * time.Second

// Health is how the bot hears Slack.
type Health struct {
	// Connections is how many had a hello and were heard of lately.
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

// Health gives the state of the connections to Slack.
func (a *App) Health() Health {
	h := Health{NumConnections: int(a.numConnections.Load())}
	if bad := a.authBad.Load(); bad != nil {
		h.AuthBad = bad.code
	}
	now := a.cfg.Now()
	for _, s := range a.sockets {
		last := s.lastHeard()
		if last.After(h.LastHeard) {
			h.LastHeard = last
		}
		if s.greeted.Load() && now.Sub(last) < deafAfter {
			h.Connections++
		}
	}
	return h
}

// Ready says nil if the bot can hear commands and Slack lets it work, and
// otherwise what is wrong.
func (h Health) Ready() error {
	switch {
	case h.AuthBad != "":
		return fmt.Errorf("slack says %s", h.AuthBad)
	case h.Connections == 0 && h.LastHeard.IsZero():
		return errors.New("no connection to slack yet")
	case h.Connections == 0:
		return fmt.Errorf("not connected to slack, last heard of it at %s", h.LastHeard.UTC().Format(time.RFC3339))
	default:
		return nil
	}
}

// bad is why Slack does not let the bot work.
type bad struct{ method, code string }

// trouble keeps the health up to date with what calls of the Web API met, and
// finds out whether a token that one of them was refused for is good for
// nothing.
func (a *App) trouble(method string, failed *slackapi.Error) {
	if failed == nil {
		if was := a.authBad.Load(); was != nil && was.method == method {
			a.authBad.CompareAndSwap(was, nil)
		}
		return
	}
	if failed.Class != slackapi.ClassAuth && failed.Class != slackapi.ClassPermission {
		return
	}
	a.authBad.Store(&bad{method: method, code: failed.Code})
	a.log.WithField(fieldMethod, method).WithField(fieldCode, failed.Code).
		WithField("details", failed.Details).Error("slack does not let the bot work")
	if failed.Class == slackapi.ClassAuth {
		a.doubt()
	}
}
