package bot

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// wire is the HTTP client of everything that goes to Slack. It mends two
// things that slack-go leaves to its caller: an answer 429 without a readable
// Retry-After gets one of a second, and errors lose their URL, because a
// response_url is a secret.
type wire struct {
	client *http.Client
}

// wireTimeout ends a request that nobody else bounds: slack-go opens
// connections without any limit.
const wireTimeout = 30 * time.Second

func newWire() *wire {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	t = t.Clone()
	// Every call goes to the same host: without this all but two connections
	// are thrown away after each burst.
	t.MaxIdleConnsPerHost = 32
	return &wire{client: &http.Client{Transport: t, Timeout: wireTimeout}}
}

// Do sends one request.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	res, err := w.client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	if res.StatusCode == http.StatusTooManyRequests {
		if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || n < 0 {
			res.Header.Set("Retry-After", "1")
		}
	}
	return res, nil
}

func (w *wire) close() { w.client.CloseIdleConnections() }

// withoutURL takes the URL out of an error.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", e.Op, e.Err)
	}
	return err
}
