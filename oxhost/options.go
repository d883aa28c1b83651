package oxhost

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"time"
)

// Option configures a [Client].
type Option func(*Client)

// WithTimeout sets how long one call may take, from looking up the name to the
// last byte of the answer. Default 30s; a value that is not positive leaves it.
// The context of a call may end it sooner.
func WithTimeout(d time.Duration) Option {
	return func(c *Client) {
		if d > 0 {
			c.timeout = d
		}
	}
}

// WithLocation sets the zone of the times in answers, which carry none. Default UTC.
func WithLocation(l *time.Location) Option {
	return func(c *Client) {
		if l != nil {
			c.location = l
		}
	}
}

// WithUserAgent sets the User-Agent header. Default "extendbot".
func WithUserAgent(name string) Option {
	return func(c *Client) { c.userAgent = name }
}

// WithRootCAs sets which authorities may vouch for 0xhost's certificate.
// Default, and for nil: those of the system.
func WithRootCAs(pool *x509.CertPool) Option {
	return func(c *Client) { c.roots = pool }
}

// WithProxy sets which proxy a request goes through, nil for none. Default
// [http.ProxyFromEnvironment]: HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
func WithProxy(proxy func(*http.Request) (*url.URL, error)) Option {
	return func(c *Client) { c.proxy = proxy }
}

// WithClock sets the clock against which a Retry-After date and the time until
// which an order may be sent are read. Default [time.Now].
func WithClock(now func() time.Time) Option {
	return func(c *Client) { c.now = now }
}
