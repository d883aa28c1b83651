package oxhost

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"extendbot/internal/netcause"
	"extendbot/internal/secret"
	"extendbot/order"
)

// DefaultURL is the base URL of 0xhost's API.
const DefaultURL = "https://0xhost.net/API/"

// defaultTimeout is how long one call may take.
const defaultTimeout = 30 * time.Second

// Client calls the 0xhost API. Create it with [New]. It is safe for concurrent
// use.
type Client struct {
	base      *url.URL // ends with a slash
	key       secret.Value
	timeout   time.Duration  // for one call
	location  *time.Location // the zone of the times in answers
	userAgent string
	now       func() time.Time
	proxy     func(*http.Request) (*url.URL, error)
	roots     *x509.CertPool
	dial      func(ctx context.Context, network, address string) (net.Conn, error)

	decoder decoder

	orders *http.Client // for create_order, the one call that spends money
	reads  *http.Client // for all other calls
}

var _ order.Host = (*Client)(nil)

// New returns a client for the API at baseURL, such as [DefaultURL]. It makes no
// call. It fails if baseURL is not an absolute http or https URL or has a user,
// a query or a fragment, or if the key is empty or not allowed in an HTTP
// header.
func New(baseURL string, key secret.Value, options ...Option) (*Client, error) {
	base, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	if !validKey(key) {
		return nil, errors.New("oxhost: the API key is empty or has characters that are not allowed in an HTTP header")
	}
	c := &Client{
		base:      base,
		key:       key,
		timeout:   defaultTimeout,
		location:  time.UTC,
		userAgent: "extendbot",
		now:       time.Now,
		proxy:     netcause.ProxyFromEnvironment(),
		dial:      (&net.Dialer{Timeout: dialTimeout}).DialContext,
	}
	for _, option := range options {
		option(c)
	}
	c.decoder = newDecoder(c.location, key)
	c.orders = c.newHTTPClient(oneRequestPerConnection)
	c.reads = c.newHTTPClient(keepConnections)
	return c, nil
}

// Close closes the idle connections. The client can still be used afterward.
func (c *Client) Close() {
	c.orders.CloseIdleConnections()
	c.reads.CloseIdleConnections()
}

func parseBase(baseURL string) (*url.URL, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, errors.New("oxhost: the base URL is not a URL") // err quotes it, and it may hold a password
	}
	switch {
	case base.Scheme != "https" && base.Scheme != "http", base.Host == "":
		return nil, errors.New("oxhost: the base URL must begin with https://host or http://host")
	case base.User != nil, base.RawQuery != "", base.Fragment != "":
		return nil, errors.New("oxhost: the base URL must have no user, query or fragment")
	}
	if !strings.HasSuffix(base.Path, "/") {
		base.Path += "/"
	}
	return base, nil
}

// validKey reports whether the key may be an HTTP header: visible ASCII only.
func validKey(key secret.Value) bool {
	text := key.Reveal()
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// String returns the base URL for logs, without the key.
func (c *Client) String() string { return fmt.Sprintf("0xhost at %s", c.base) }

// GoString returns the same as [Client.String], so that %#v does not print the
// key either.
func (c *Client) GoString() string { return c.String() }
