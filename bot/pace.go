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
	// together: Slack's tier 3, the better one of the two that its documents
	// name, is 50 a minute.
	openEvery = 1200 * time.Millisecond
	// openBurst is how many opens above two for each connection may come at
	// once: some refreshes in a row must not make the bot deaf.
	openBurst = 4
	// openPause and maxOpenPause bound the pause before an open that follows
	// one that came to nothing.
	openPause    = 250 * time.Millisecond
	maxOpenPause = 30 * time.Second
)

func newOpenLimit(connections int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(openEvery), openBurst+2*connections)
}

// opener is the HTTP client of one connection. It makes apps.connections.open
// wait: slack-go opens again at once whenever Slack hangs up, for whatever
// reason, and with too_many_websockets that is a storm.
//
// A connection that got its hello opens the next one without a pause. One that
// did not waits, longer each time, with jitter.
type opener struct {
	next   slackapi.HTTPClient
	limit  *rate.Limiter // shared by all connections
	jitter func() float64
	opened func() // told of each open

	mu   sync.Mutex
	deaf int // opens since the last hello
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

// heard notes that the last open led to a hello.
func (o *opener) heard() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.deaf = 0
}

func (o *opener) wait(ctx context.Context) error {
	o.mu.Lock()
	deaf := o.deaf
	o.deaf++
	o.mu.Unlock()
	if deaf > 0 {
		if err := sleep(ctx, slackapi.Backoff(openPause, maxOpenPause, deaf-1, o.jitter())); err != nil {
			return err
		}
	}
	return o.limit.Wait(ctx)
}

// sleep waits for d or the end of ctx, and then gives its cause.
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
