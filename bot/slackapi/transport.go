package slackapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"extendbot/internal/netcause"
)

// transport is the HTTP client for all requests to Slack. It follows no redirect,
// because a request holds a token. It adds a Retry-After of one second to a 429
// answer that has no readable one, it removes the URL from errors, because a
// response_url is a secret, and it compares the clocks.
type transport struct {
	client *http.Client
	clock  clock
}

// requestTimeout limits a request that has no other limit: slack-go opens
// connections without one.
const requestTimeout = 30 * time.Second

func newTransport(dial func(ctx context.Context, network, address string) (net.Conn, error), clockIsOff func(offset time.Duration)) *transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t = &http.Transport{}
	}
	t = t.Clone()
	if dial != nil {
		t.DialContext = dial
	}
	t.Proxy, t.OnProxyConnectResponse = netcause.ProxyFromEnvironment(), netcause.CheckProxyAnswer
	// Every call goes to the same host: without this, all but two connections are
	// closed after each burst.
	t.MaxIdleConnsPerHost = 32
	return &transport{clock: clock{warn: clockIsOff}, client: &http.Client{
		Transport: t, Timeout: requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends one request.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	sent := time.Now()
	res, err := t.client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	t.clock.compare(res.Header, sent, time.Now())
	if res.StatusCode == http.StatusTooManyRequests {
		if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || n < 0 {
			res.Header.Set("Retry-After", "1")
		}
	}
	return res, nil
}

func (t *transport) close() { t.client.CloseIdleConnections() }

// withoutURL removes the URL from an error.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", e.Op, e.Err)
	}
	return err
}
