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
	// maxTries is the total number of tries of a call whose outcome is unknown.
	// Tries that Slack rate-limits do not count.
	maxTries = 4
	// firstPause and maxPause bound the pause between two such tries.
	firstPause = 200 * time.Millisecond
	maxPause   = 2 * time.Second
)

var errCallTimeout = errors.New("slack did not answer in time")

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
// rate-limited, or that was not sent, is repeated; one whose outcome is unknown
// only if it is repeatable. If the wait would outlast ctx, call returns
// [*order.Later]. target is the channel or person that the call is for.
func (c *Client) call(ctx context.Context, method, target string, repeatable bool, do func(context.Context) error) error {
	key := method + " " + target
	for try := 0; ; {
		if err := c.wait(ctx, c.pauseLeft(key)); err != nil {
			return err
		}
		failed := c.once(ctx, method, do)
		c.cfg.Ended(method, failed)
		if failed == nil {
			return nil
		}
		switch {
		case ctx.Err() != nil:
			return failed
		case failed.Class == ClassRateLimited:
			c.pause(key, failed.RetryAfter)
		case failed.Class == ClassUncertain && (repeatable || failed.unsent):
			if try++; try == maxTries {
				return failed
			}
			if err := c.wait(ctx, Backoff(firstPause, maxPause, try-1, c.cfg.Jitter())); err != nil {
				return failed
			}
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
	c.cfg.Called(method, failed.Code, took)
	if failed.Class == ClassMalformed {
		c.cfg.Log.WithFields(logrus.Fields{"method": method, "code": failed.Code, "details": failed.Details}).
			Error("slack refuses the bot's message as malformed")
	}
	return failed
}

// wait waits for d. It returns [*order.Later] if ctx ends before that, or if
// Config.Stopping is closed.
func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	later := &order.Later{At: c.cfg.Now().Add(d)}
	if end, ok := ctx.Deadline(); ok && time.Now().Add(d).After(end) {
		return later
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.cfg.Stopping:
		return later
	case <-ctx.Done():
		return later
	}
}
