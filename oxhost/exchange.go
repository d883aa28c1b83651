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
)

const (
	// maxBody is how much of an answer is read.
	maxBody = 1 << 20
	// maxRetryAfter is the longest wait that is believed.
	maxRetryAfter = 24 * time.Hour
)

var (
	errTimeout  = errors.New("0xhost did not answer in time")
	errTooLarge = errors.New("the answer is larger than 1 MiB")
	errNotHTTP  = errors.New("the answer is not HTTP")
)

// reply is what came back.
type reply struct {
	status     int
	retryAfter time.Duration // 0 if the answer did not say
	body       []byte        // as far as it was read; nobody keeps it
	bodyErr    error         // why body is not the whole; sanitized
	late       bool          // the time for the call was up before the body was whole
}

// failure is an exchange that got no status line.
type failure struct {
	// began says that some of the request may have been written, or still may
	// be: net/http writes in a goroutine of its own, which may go on when the
	// call has returned.
	began bool
	// heldUp says that the request was kept back because it came too late.
	heldUp bool
	// sent says that the whole request was written.
	sent bool
	// late says that the time for the call was up.
	late bool
	err  error // sanitized
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// newRequest makes a request to a path below the base URL. A body cannot be
// rewound, so nothing below can send it twice.
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

// exchange sends a request, through a gate if there is one, and reads the
// answer. Without a status line the error is a *failure. Gates are for c.orders
// alone: a connection that is kept would lead through an earlier request's.
func (c *Client) exchange(client *http.Client, request *http.Request, g *sendGuard) (reply, error) {
	var reached, sent atomic.Bool
	method := request.Method
	ctx, cancel := context.WithTimeoutCause(request.Context(), c.timeout, errTimeout)
	defer cancel()
	request = request.WithContext(httptrace.WithClientTrace(withGate(ctx, g), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			reached.Store(true)
			g.connect(info.Reused)
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) { sent.Store(info.Err == nil) },
	}))

	crash.Point("oxhost", method, "before")
	response, err := client.Do(request)
	if err != nil {
		passed, late := g.close()
		return reply{}, &failure{
			began:  passed,
			heldUp: late && !passed,
			sent:   sent.Load(),
			late:   errors.Is(ctx.Err(), context.DeadlineExceeded) || isTimeout(err),
			err:    sanitize(ctx, err, reached.Load()),
		}
	}
	defer func() { _ = response.Body.Close() }() // all that matters has been read
	r := reply{status: response.StatusCode, retryAfter: c.retryAfter(response.Header)}
	if worthReading(r.status) {
		r.body, r.bodyErr = readBody(ctx, response)
		r.late = r.bodyErr != nil && errors.Is(ctx.Err(), context.DeadlineExceeded)
	}
	crash.Point("oxhost", method, "answered")
	return r, nil
}

// worthReading says whether an answer's body can change anything: a slow one
// must not delay what is already known.
func worthReading(status int) bool { return status/100 == 2 || status/100 == 4 }

func readBody(ctx context.Context, response *http.Response) ([]byte, error) {
	if response.ContentLength > maxBody {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, sanitize(ctx, err, true)
	case len(body) > maxBody:
		return nil, errTooLarge
	}
	return body, nil
}

// retryAfter reads the header of that name: seconds or a date. What makes no
// sense counts as not said.
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
