package slackapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// transport is the HTTP client of everything that goes to Slack. It fixes two
// things that slack-go leaves to its caller: an answer 429 without a readable
// Retry-After gets one of a second, and errors lose their URL, because a
// response_url is a secret.
type transport struct {
	client *http.Client
}

// requestTimeout ends a request that nothing else bounds: slack-go opens
// connections without any limit.
const requestTimeout = 30 * time.Second

func newTransport() *transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	t = t.Clone()
	// Every call goes to the same host: without this all but two connections
	// are thrown away after each burst.
	t.MaxIdleConnsPerHost = 32
	return &transport{client: &http.Client{Transport: t, Timeout: requestTimeout}}
}

// Do sends one request.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	res, err := t.client.Do(req) //nolint:gosec // the URL is that of the settings, or a response_url of Slack
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

func (t *transport) close() { t.client.CloseIdleConnections() }

// withoutURL takes the URL out of an error.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", e.Op, e.Err)
	}
	return err
}
