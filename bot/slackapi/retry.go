package slackapi

import (
	"context"
	"errors"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/internal/crash"
	"extendbot/order"
)

const (
	// repeatFor is how long after its start a call may still be repeated. A failure
	// that lasts longer is left to the caller, who repeats the call with longer
	// pauses.
	repeatFor = 3 * time.Second
	// firstPause and maxPause bound the pause before a call is repeated whose outcome
	// is unknown, or that was not sent.
	firstPause = 200 * time.Millisecond
	maxPause   = time.Second
)

var errCallTimeout = errors.New("slack did not answer in time")

type onceKey struct{}

// Once returns a context whose calls are not repeated when they fail, for a caller
// that repeats them itself, with pauses that grow. Slack accepts only 50 updates
// a minute.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// Backoff returns the pause before repetition n (from 0): first, doubled each
// time up to most, then scaled down at random. jitter, a number in [0, 1),
// selects between half and all of it.
func Backoff(first, most time.Duration, n int, jitter float64) time.Duration {
	pause := most
	if n < 30 && first<<n < most {
		pause = first << n
	}
	return pause/2 + time.Duration(jitter*float64(pause/2))
}

// call makes one call of the Web API. Its errors are *Error. A call that Slack
// rate-limited, or that was not sent, is repeated for a few seconds; one whose
// outcome is unknown only if it is repeatable. With a context from [Once], it is
// repeated only after a rate limit. If Slack wants a pause that is
// longer than Config.MaxWait, or that would outlast ctx, call returns
// [*order.Later]. limit names what Slack's rate limit applies to; see
// rate_limit.go.
func (c *Client) call(ctx context.Context, method, limit string, repeatable bool, do func(context.Context) error) error {
	giveUp := time.Now().Add(repeatFor)
	once, _ := ctx.Value(onceKey{}).(bool)
	for try := 0; ; {
		if left := c.pauseLeft(limit); left > 0 {
			wait := left + time.Duration(c.cfg.Jitter()*float64(retrySpread))
			if left > c.cfg.MaxWait || !c.wait(ctx, wait, giveUp) {
				return &order.Later{At: c.cfg.Now().Add(wait)}
			}
		}
		failed := c.once(ctx, method, do)
		c.cfg.Ended(method, failed)
		switch {
		case failed == nil:
			return nil
		case failed.Class == ClassRateLimited:
			c.pause(limit, failed.RetryAfter)
		case failed.Class == ClassUncertain && !once && (repeatable || failed.unsent):
			if !c.wait(ctx, Backoff(firstPause, maxPause, try, c.cfg.Jitter()), giveUp) {
				return failed
			}
			try++
		default:
			return failed
		}
	}
}

// once makes one call, without repeating it, within Config.CallTimeout.
func (c *Client) once(ctx context.Context, method string, do func(context.Context) error) *Error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.CallTimeout, errCallTimeout)
	defer cancel()
	began := c.cfg.Now()
	crash.Point("slack", method, "before")
	err := do(ctx)
	crash.Point("slack", method, "after")
	took := c.cfg.Now().Sub(began)
	if err == nil {
		c.cfg.Called(method, "ok", took)
		return nil
	}
	failed := classify(method, err)
	c.cfg.Called(method, failed.label(), took)
	if failed.Class == ClassMalformed {
		c.cfg.Log.WithFields(logrus.Fields{"method": method, "code": failed.Code, "details": failed.Details}).
			Error("slack refuses the bot's message as malformed")
	}
	return failed
}

// wait waits for d and returns true. It returns false at once if d would outlast
// ctx or giveUp, and when ctx ends or Config.Stopping is closed meanwhile.
func (c *Client) wait(ctx context.Context, d time.Duration, giveUp time.Time) bool {
	until := time.Now().Add(d)
	if end, ok := ctx.Deadline(); until.After(giveUp) || ok && until.After(end) || ctx.Err() != nil {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.cfg.Stopping:
		return false
	case <-ctx.Done():
		return false
	}
}
