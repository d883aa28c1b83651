package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"

	"extendbot/internal/crash"
	"extendbot/order"
)

// How calls of the Web API are repeated.
const (
	// maxTries bounds the tries of one call that failed, not those that were
	// told to wait.
	maxTries = 4
	// retryFirst and retryMost bound the pause between two such tries.
	retryFirst = 200 * time.Millisecond
	retryMost  = 2 * time.Second
	// noRetryAfter is the wait that "ratelimited" without a number asks for.
	noRetryAfter = time.Second
)

var errCallTimeout = errors.New("slack did not answer in time")

// callError is the error of one call of the Web API.
type callError struct {
	method     string
	code       string // Slack's, or "timeout", "network", "http_<status>"
	class      class
	unsent     bool          // provably nothing was sent
	retryAfter time.Duration // of classAgain
	details    []string      // what Slack adds for the developer
	err        error
}

func (e *callError) Error() string { return fmt.Sprintf("%s: %s", e.method, e.code) }
func (e *callError) Unwrap() error { return e.err }

// classOf gives the class of an error of a call.
func classOf(err error) class {
	if e, ok := errors.AsType[*callError](err); ok {
		return e.class
	}
	return classOther
}

// codeOf gives Slack's code of an error of a call, "" if it is none.
func codeOf(err error) string {
	if e, ok := errors.AsType[*callError](err); ok {
		return e.code
	}
	return ""
}

// judge says what an error that slack-go returned means.
func judge(method string, err error) *callError {
	e := &callError{method: method, err: withoutURL(err), class: classUnsure, code: "network"}
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		e.code, e.class, e.details = said.Err, classes[said.Err], said.ResponseMetadata.Messages
		if said.Needed != "" {
			e.details = append(e.details, "needed: "+said.Needed)
		}
		e.retryAfter = noRetryAfter
		return e
	}
	if limit, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		e.code, e.class, e.retryAfter = "ratelimited", classAgain, limit.RetryAfter
		return e
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		e.code = fmt.Sprintf("http_%d", status.Code)
		if status.Code < http.StatusInternalServerError && status.Code != http.StatusRequestTimeout {
			e.class = classOther
		}
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.code = "timeout"
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		e.unsent = true
	}
	return e
}

// web makes calls of the Web API.
type web struct {
	api     *slack.Client
	timeout time.Duration
	now     func() time.Time
	jitter  func() float64
	meter   Meter
	log     logrus.FieldLogger
	// trouble is told of each call's end: the error, nil if it went well.
	trouble func(method string, err *callError)
	// stopping is closed when nobody may wait any longer.
	stopping <-chan struct{}

	mu sync.Mutex
	// blocked holds until when Slack wants no more of a method for a place.
	blocked map[string]time.Time
}

// call makes one call of the Web API. A call that Slack put off, or that was
// not sent, is made again; one whose outcome is unknown only if it is
// repeatable. If the wait would outlast ctx it returns [*order.Later].
// Where names the channel or person that the call is for.
func (w *web) call(ctx context.Context, method, where string, repeatable bool, do func(context.Context) error) error {
	key := method + " " + where
	for try := 0; ; {
		if err := w.wait(ctx, w.blockedFor(key)); err != nil {
			return err
		}
		failed := w.once(ctx, method, do)
		if failed == nil {
			return nil
		}
		switch {
		case ctx.Err() != nil:
			return failed
		case failed.class == classAgain:
			w.block(key, failed.retryAfter)
		case failed.class == classUnsure && (repeatable || failed.unsent):
			if try++; try == maxTries {
				return failed
			}
			if err := w.wait(ctx, spread(retryFirst, retryMost, try-1, w.jitter())); err != nil {
				return failed
			}
		default:
			return failed
		}
	}
}

func (w *web) once(ctx context.Context, method string, do func(context.Context) error) *callError {
	ctx, cancel := context.WithTimeoutCause(ctx, w.timeout, errCallTimeout)
	defer cancel()
	began := w.now()
	crash.Point("slack", method, "before")
	err := do(ctx)
	crash.Point("slack", method, "after")
	took := w.now().Sub(began)
	if err == nil {
		w.meter.Called(method, "ok", took)
		w.trouble(method, nil)
		return nil
	}
	failed := judge(method, err)
	w.meter.Called(method, failed.code, took)
	w.trouble(method, failed)
	if failed.class == classShape {
		w.log.WithFields(logrus.Fields{fieldMethod: method, fieldCode: failed.code, "details": failed.details}).
			Error("slack refuses what the bot sent")
	}
	return failed
}

// wait waits for d, if that is before the end of ctx and nobody wants to stop.
func (w *web) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	later := &order.Later{At: w.now().Add(d)}
	if end, ok := ctx.Deadline(); ok && time.Now().Add(d).After(end) {
		return later
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-w.stopping:
		return later
	case <-ctx.Done():
		return later
	}
}

// block keeps calls from key for d, spread a little so that all who wait do
// not come back at once.
func (w *web) block(key string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	until := w.now().Add(max(d, 100*time.Millisecond))
	for k, t := range w.blocked { // few: one for each channel that is limited now
		if t.Before(w.now()) {
			delete(w.blocked, k)
		}
	}
	if until.After(w.blocked[key]) {
		w.blocked[key] = until
	}
}

func (w *web) blockedFor(key string) time.Duration {
	w.mu.Lock()
	until, ok := w.blocked[key]
	w.mu.Unlock()
	if !ok {
		return 0
	}
	left := until.Sub(w.now())
	if left <= 0 {
		return 0
	}
	return left + time.Duration(w.jitter()*float64(200*time.Millisecond))
}
