package oxhost

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"extendbot/internal/secret"
	"extendbot/order"
)

// Endpoint is the base URL of the API.
const Endpoint = "https://0xhost.net/API/"

// defaultTimeout is how long one call may take.
const defaultTimeout = 30 * time.Second

// Client talks to 0xhost. Make it with [New]. Its methods may be called from
// any goroutine.
type Client struct {
	base      *url.URL // ends with a slash
	key       secret.Value
	timeout   time.Duration
	location  *time.Location
	userAgent string
	now       func() time.Time
	proxy     func(*http.Request) (*url.URL, error)
	roots     *x509.CertPool

	orders *http.Client // for the one call that spends money
	reads  *http.Client // for all others
}

var _ order.Host = (*Client)(nil)

// New makes a client of the API at baseURL, such as [Endpoint]. It makes no
// call. It fails if baseURL is no absolute http or https URL, or has a user, a
// query or a fragment, and if the key is empty or cannot stand in a header.
func New(baseURL string, key secret.Value, options ...Option) (*Client, error) {
	base, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	if !validKey(key) {
		return nil, errors.New("oxhost: the API key is empty or has characters that a key cannot have")
	}
	c := &Client{
		base:      base,
		key:       key,
		timeout:   defaultTimeout,
		location:  time.UTC,
		userAgent: "extendbot",
		now:       time.Now,
		proxy:     http.ProxyFromEnvironment,
	}
	for _, option := range options {
		option(c)
	}
	c.orders = c.newHTTPClient(oneRequestPerConnection)
	c.reads = c.newHTTPClient(keepConnections)
	return c, nil
}

// Close closes the connections that are kept for the next call. The client can
// still be used.
func (c *Client) Close() {
	c.orders.CloseIdleConnections()
	c.reads.CloseIdleConnections()
}

func parseBase(baseURL string) (*url.URL, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, errors.New("oxhost: the base URL is no URL") // err quotes it, and it may hold a password
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

// validKey reports whether the key can stand in a header: visible ASCII.
func validKey(key secret.Value) bool {
	text := key.Reveal()
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// String names the client for logs, without its key.
func (c *Client) String() string { return fmt.Sprintf("0xhost at %s", c.base) }

// GoString is String, so that %#v shows no key either.
func (c *Client) GoString() string { return c.String() }
