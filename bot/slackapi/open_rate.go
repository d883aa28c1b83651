package slackapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"extendbot/internal/crash"
)

// The pace at which connections are opened.
const (
	// openEvery is the sustained pace of apps.connections.open, over all
	// connections of this process. Slack's documentation names two tiers; the
	// better one, tier 3, allows 50 a minute.
	openEvery = 1200 * time.Millisecond
	// OpenBurst is how many opens, in addition to two per connection, may happen at
	// once, so that several refreshes in a row do not leave the bot without a
	// connection.
	OpenBurst = 4
	// firstOpenPause and maxOpenPause bound the pause before an open if the
	// previous open led to no hello.
	firstOpenPause = 250 * time.Millisecond
	maxOpenPause   = 30 * time.Second
)

// NewOpenLimit returns the limit that all openers of a process share, for that many
// connections.
func NewOpenLimit(connections int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(openEvery), OpenBurst+2*connections)
}

// Opener is the HTTP client of one socket. It delays apps.connections.open:
// slack-go opens again at once whenever Slack closes the connection, for
// whatever reason, and with too_many_websockets that would flood Slack with
// calls.
//
// After a hello, the next open does not wait. Without a hello, or when Slack ended
// the connection for a reason that is not routine, it waits longer each time, with
// jitter.
type Opener struct {
	next   HTTPClient
	limit  *rate.Limiter // shared by all connections
	jitter func() float64
	opened func() // called for each open

	mu      sync.Mutex
	opens   int  // since the last connection that was worth opening
	hello   bool // whether there was a hello since the last open
	dropped bool // whether Slack ended the connection since the last open, not by routine
}

// Do waits until the request may be sent, then sends it.
func (o *Opener) Do(req *http.Request) (*http.Response, error) {
	if err := o.wait(req.Context()); err != nil {
		return nil, err
	}
	o.opened()
	crash.Point("slack", "apps.connections.open", "before")
	res, err := o.next.Do(req)
	crash.Point("slack", "apps.connections.open", "after")
	return res, err
}

// NewOpener returns the HTTP client of one socket, which sends requests through next.
// jitter returns random numbers in [0, 1); opened is called for each open.
func NewOpener(next HTTPClient, limit *rate.Limiter, jitter func() float64, opened func()) *Opener {
	return &Opener{next: next, limit: limit, jitter: jitter, opened: opened}
}

// GotHello records that the last open led to a hello.
func (o *Opener) GotHello() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hello = true
}

// GotDropped records that Slack ended the connection, although it need not.
func (o *Opener) GotDropped() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dropped = true
}

// IsDropped reports whether Slack ended the connection since the last open.
func (o *Opener) IsDropped() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped
}

func (o *Opener) wait(ctx context.Context) error {
	o.mu.Lock()
	if o.hello && !o.dropped {
		o.opens = 0
	}
	o.hello, o.dropped = false, false
	n := o.opens
	o.opens++
	o.mu.Unlock()
	if n > 0 {
		select {
		case <-time.After(Backoff(firstOpenPause, maxOpenPause, n-1, o.jitter())):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return o.limit.Wait(ctx)
}
