package oxhost

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Option configures a [Client].
type Option func(*Client)

// WithTimeout sets how long one call may take, from the DNS lookup to the last
// byte of the answer. The default is 30s; zero and negative values change
// nothing. The context of a call can end it earlier.
func WithTimeout(d time.Duration) Option {
	return func(c *Client) {
		if d > 0 {
			c.timeout = d
		}
	}
}

// WithLocation sets the time zone of the times in answers, which do not name
// one. The default is UTC; nil changes nothing.
func WithLocation(l *time.Location) Option {
	return func(c *Client) {
		if l != nil {
			c.location = l
		}
	}
}

// WithUserAgent sets the User-Agent header. The default is "extendbot".
func WithUserAgent(name string) Option {
	return func(c *Client) { c.userAgent = name }
}

// WithRootCAs sets the certificate authorities for 0xhost's certificate. The
// default, also for nil, is those of the operating system.
func WithRootCAs(pool *x509.CertPool) Option {
	return func(c *Client) { c.roots = pool }
}

// WithProxy sets the function that selects the proxy of a request; nil means no
// proxy. The default is [http.ProxyFromEnvironment]: HTTPS_PROXY, HTTP_PROXY and
// NO_PROXY.
func WithProxy(proxy func(*http.Request) (*url.URL, error)) Option {
	return func(c *Client) { c.proxy = proxy }
}

// WithClock sets the clock for Retry-After dates and for the deadline for
// sending an order. The default is [time.Now].
func WithClock(now func() time.Time) Option {
	return func(c *Client) { c.now = now }
}

// WithDial sets how connections are opened. The default opens TCP connections.
func WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(c *Client) { c.dial = dial }
}
