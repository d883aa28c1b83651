package slackapi

import "time"

// Slack answers 429 with the seconds to wait in Retry-After. It limits each
// method separately, and chat.postMessage separately for each channel.
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

// pause blocks calls with this key for d.
func (c *Client) pause(key string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	for k, until := range c.pauses { // few: one for each method and target that is limited now
		if until.Before(now) {
			delete(c.pauses, k)
		}
	}
	if until := now.Add(max(d, minRetryAfter)); until.After(c.pauses[key]) {
		c.pauses[key] = until
	}
}

// pauseLeft returns how long a call with this key has to wait, or 0.
func (c *Client) pauseLeft(key string) time.Duration {
	c.mu.Lock()
	until, ok := c.pauses[key]
	c.mu.Unlock()
	if !ok {
		return 0
	}
	left := until.Sub(c.cfg.Now())
	if left <= 0 {
		return 0
	}
	return left + time.Duration(c.cfg.Jitter()*float64(retrySpread))
}
