package bot

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"extendbot/bot/slackapi"
	"extendbot/internal/crash"
)

// How connections are opened.
const (
	// openEvery is the steady pace of apps.connections.open, all connections
	// together: Slack's tier 3, the better of the two that its documentation
	// names, is 50 a minute.
	openEvery = 1200 * time.Millisecond
	// openBurst is how many opens above two for each connection may come at
	// once, so that several refreshes in a row do not leave the bot without a
	// connection.
	openBurst = 4
	// firstOpenPause and maxOpenPause bound the pause before an open that follows
	// one without a hello.
	firstOpenPause = 250 * time.Millisecond
	maxOpenPause   = 30 * time.Second
)

func newOpenLimit(connections int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(openEvery), openBurst+2*connections)
}

// opener is the HTTP client of one socket. It makes apps.connections.open wait:
// slack-go opens again at once whenever Slack hangs up, for whatever reason, and
// with too_many_websockets that is a storm.
//
// A connection that got its hello opens the next one without a pause. One that
// did not waits, longer each time, with jitter.
type opener struct {
	next   slackapi.HTTPClient
	limit  *rate.Limiter // shared by all connections
	jitter func() float64
	opened func() // is called for each open

	mu           sync.Mutex
	withoutHello int // opens since the last hello
}

// Do waits for its turn, then sends the request.
func (o *opener) Do(req *http.Request) (*http.Response, error) {
	if err := o.wait(req.Context()); err != nil {
		return nil, err
	}
	o.opened()
	crash.Point("slack", "apps.connections.open", "before")
	res, err := o.next.Do(req)
	crash.Point("slack", "apps.connections.open", "after")
	return res, err
}

// gotHello records that the last open led to a hello.
func (o *opener) gotHello() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.withoutHello = 0
}

func (o *opener) wait(ctx context.Context) error {
	o.mu.Lock()
	n := o.withoutHello
	o.withoutHello++
	o.mu.Unlock()
	if n > 0 {
		if err := sleep(ctx, slackapi.Backoff(firstOpenPause, maxOpenPause, n-1, o.jitter())); err != nil {
			return err
		}
	}
	return o.limit.Wait(ctx)
}
