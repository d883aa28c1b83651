package slackapi

import "time"

// Slack answers 429 with the seconds to wait in Retry-After. It limits each
// method separately for each workspace, and chat.postMessage also for each
// channel. What Slack limits is named by the method, or by the method and the
// channel; a response_url has its own limit.
//
// https://docs.slack.dev/apis/web-api/rate-limits
const (
	// defaultRetryAfter is the wait if Slack says "ratelimited" without a number.
	defaultRetryAfter = time.Second
	// minRetryAfter is the shortest wait.
	minRetryAfter = 100 * time.Millisecond
	// retrySpread is the most that is added to a wait at random, so that not all
	// calls are repeated at the same moment.
	retrySpread = 200 * time.Millisecond
)

// pause holds up the calls under a limit for d.
func (c *Client) pause(limit string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	for l, until := range c.pauses { // few: one for each limit that was exceeded lately
		if until.Before(now) {
			delete(c.pauses, l)
		}
	}
	if until := now.Add(max(d, minRetryAfter)); until.After(c.pauses[limit]) {
		c.pauses[limit] = until
	}
}

// pauseLeft returns how long a call under that limit has to wait, or 0.
func (c *Client) pauseLeft(limit string) time.Duration {
	c.mu.Lock()
	until, ok := c.pauses[limit]
	c.mu.Unlock()
	if !ok {
		return 0
	}
	return max(0, until.Sub(c.cfg.Now()))
}
