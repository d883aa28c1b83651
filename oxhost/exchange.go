package oxhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"extendbot/internal/crash"
	"extendbot/internal/netcause"
)

const (
	// maxBodySize is the maximum number of bytes that are read of an answer.
	maxBodySize = 1 << 20
	// maxRetryAfter is the longest wait that is accepted from a Retry-After header.
	maxRetryAfter = 24 * time.Hour
)

var (
	errTimeout  = errors.New("0xhost did not answer in time")
	errTooLarge = errors.New("the answer is larger than 1 MiB")
	errNotHTTP  = errors.New("the answer is not HTTP")
)

// httpAnswer is an HTTP answer, at least its status line.
type httpAnswer struct {
	status     int
	retryAfter time.Duration // 0 if there was no valid Retry-After
	body       []byte        // the part that was read; must not be kept
	bodyErr    error         // why body is not complete; sanitized
	timedOut   bool          // the time limit passed before the body was complete
}

// noAnswerError says why there is no HTTP status.
type noAnswerError struct {
	// started is true if a part of the request may have been written, or may still
	// be: net/http writes in its own goroutine, which may continue after the call
	// has returned.
	started bool
	// blocked is true if the send guard blocked the request after its deadline.
	blocked bool
	// written is true if the whole request was written.
	written bool
	// timedOut is true if the time limit passed.
	timedOut bool
	err      error // sanitized
}

// Error says what failed, in the words of package netcause if it is a failure of
// the network.
func (e *noAnswerError) Error() string {
	if cause := netcause.Of(e.err); cause.Code != netcause.Network {
		return cause.String()
	}
	return e.err.Error()
}

func (e *noAnswerError) Unwrap() error { return e.err }

// newRequest returns a request for a path below the base URL. net/http cannot
// rewind its body, and so cannot send it twice.
func (c *Client) newRequest(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Request, error) {
	target := c.base.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("cannot make a request for %s", path) // err may quote the query
	}
	request.GetBody = nil
	request.Header.Set("X-Api-Key", c.key.Reveal())
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// exchange sends a request, through a guard if there is one, and reads the
// answer. Without an HTTP status the error is a *noAnswerError. A guard may be
// used only with c.orders: it controls one connection, and c.reads could use the
// connection of an earlier request.
func (c *Client) exchange(client *http.Client, request *http.Request, guard *sendGuard) (httpAnswer, error) {
	var connected, written atomic.Bool
	method := request.Method
	ctx, cancel := context.WithTimeoutCause(request.Context(), c.timeout, errTimeout)
	defer cancel()
	request = request.WithContext(httptrace.WithClientTrace(withSendGuard(ctx, guard), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			connected.Store(true)
			guard.connected(info.Reused)
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) { written.Store(info.Err == nil) },
	}))

	crash.Point("oxhost", method, "before")
	response, err := client.Do(request)
	if err != nil {
		started, blocked := guard.close()
		return httpAnswer{}, &noAnswerError{
			started:  started,
			blocked:  blocked && !started,
			written:  written.Load(),
			timedOut: errors.Is(ctx.Err(), context.DeadlineExceeded) || isTimeout(err),
			err:      sanitizeError(ctx, err, connected.Load()),
		}
	}
	defer func() { _ = response.Body.Close() }() // everything that matters has been read
	a := httpAnswer{status: response.StatusCode, retryAfter: c.retryAfter(response.Header)}
	if bodyCounts(a.status) {
		a.body, a.bodyErr = readBody(ctx, response)
		a.timedOut = a.bodyErr != nil && errors.Is(ctx.Err(), context.DeadlineExceeded)
	}
	crash.Point("oxhost", method, "answered")
	return a, nil
}

// bodyCounts reports whether the body can change the verdict. Other bodies are
// not read, because a slow one would delay a verdict that is already certain.
func bodyCounts(status int) bool { return status/100 == 2 || status/100 == 4 }

func readBody(ctx context.Context, response *http.Response) ([]byte, error) {
	if response.ContentLength > maxBodySize {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBodySize+1))
	switch {
	case err != nil:
		return nil, sanitizeError(ctx, err, true)
	case len(body) > maxBodySize:
		return nil, errTooLarge
	}
	return body, nil
}

// retryAfter reads the Retry-After header, which is a number of seconds or a
// date. It returns 0 if it is missing or invalid.
func (c *Client) retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(c.now()), 0), maxRetryAfter)
	}
	return 0
}
