package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack/socketmode"
	"golang.org/x/time/rate"

	"extendbot/bot/slackapi"
	"extendbot/bot/workqueue"
	"extendbot/bot/workspace"
)

const (
	// maxConnections is how many connections Slack allows an app, over all its
	// processes.
	//
	// https://docs.slack.dev/apis/events-api/using-socket-mode
	maxConnections = 10
	// startInterval is the pause between the starts of two connections. Slack
	// refuses some that open at the same instant.
	startInterval = 300 * time.Millisecond
)

// connections are the Socket Mode connections of this process.
type connections struct {
	cfg       *Config
	workspace *workspace.Workspace
	acks      *acks
	take      func(*envelope) // receives each envelope; must not block
	opens     *rate.Limiter
	sockets   []*socket

	counted    atomic.Int64  // connections of the app in all processes, as of the last hello
	othersSeen atomic.Bool   // see warnOfOthers
	hello      chan struct{} // closed at the first hello
	helloOnce  sync.Once
}

func newConnections(cfg *Config, api *slackapi.Client, workspace *workspace.Workspace, running *workqueue.Inflight) *connections {
	c := &connections{cfg: cfg, workspace: workspace, opens: slackapi.NewOpenLimit(cfg.Connections), hello: make(chan struct{})}
	c.acks = newAcks(cfg, running, c)
	for i := range cfg.Connections {
		c.sockets = append(c.sockets, newSocket(c, api, i+1))
	}
	return c
}

// run keeps all connections open until ctx ends. It sends a permanent error to
// failed, which must have room for one per connection.
func (c *connections) run(ctx context.Context, failed chan<- error) {
	var group sync.WaitGroup
	defer group.Wait()
	for i, s := range c.sockets {
		group.Go(func() {
			if sleep(ctx, time.Duration(i)*startInterval) != nil {
				return
			}
			if err := s.run(ctx); err != nil {
				failed <- err
			}
		})
	}
}

// another returns a connection other than s that had its hello, or s if there is
// none.
func (c *connections) another(s *socket) *socket {
	for _, other := range c.sockets {
		if other != s && other.greeted.Load() {
			return other
		}
	}
	return s
}

// errNothingSent means that there was a connection, and no hello.
var errNothingSent = errors.New("slack accepted the connection and sent nothing")

// lastError returns why there is no connection.
func (c *connections) lastError() error {
	for _, s := range c.sockets {
		if err := s.lastError(); err != nil {
			return err
		}
	}
	return errNothingSent
}

// greeted handles a hello.
func (c *connections) greeted(s *socket, req *socketmode.Request) {
	c.counted.Store(int64(req.NumConnections))
	if id := req.ConnectionInfo.AppID; id != "" {
		c.workspace.SawApp(id)
	}
	c.cfg.Log.WithField(fieldSocket, s.index).WithField("num_connections", req.NumConnections).Info("connected to slack")
	c.warnOfLimit(req.NumConnections)
	c.warnOfOthers(s, req.NumConnections)
	c.helloOnce.Do(func() { close(c.hello) })
}

// warnOfLimit warns if the connections that Slack counts for the app leave too
// few for this process: a connection that Slack refuses is missing when another
// one is refreshed.
func (c *connections) warnOfLimit(counted int) {
	own := 0
	for _, s := range c.sockets {
		if s.greeted.Load() {
			own++
		}
	}
	// Slack may still count a connection that was just replaced. Then others is one
	// too high, and the warning comes too early.
	others := max(counted-own, 0)
	log := c.cfg.Log.WithField("num_connections", counted).WithField("of_others", others)
	switch {
	case others+c.cfg.Connections > maxConnections:
		log.Warnf("slack allows %d connections for this app; with SLACK_CONNECTIONS=%d there would be more: lower it, or run fewer replicas",
			maxConnections, c.cfg.Connections)
	case counted >= maxConnections:
		log.Warn("slack allows no more connections for this app: another replica would get none")
	}
}

// warnOfOthers warns, once until it is over, if another process has connections
// of the app although this process must be the only one. Slack may already count
// a connection whose hello was not read yet, and still count the one that s had
// before.
func (c *connections) warnOfOthers(s *socket, counted int) {
	own := len(c.sockets)
	if s.renewed.Swap(true) {
		own++
	}
	others := c.cfg.OnlyProcess && counted > own
	if was := c.othersSeen.Swap(others); others && !was {
		c.cfg.Log.WithField("num_connections", counted).WithField("of_others", counted-own).
			Warn("another process uses this slack app; it gets a part of the commands and clicks, and they are lost here: stop it, or use PostgreSQL for both")
	}
}

// sleep waits for d. If ctx ends first, it returns the cause.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

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
