package oxhost

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"time"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 60 * time.Second
	maxHeader        = 64 << 10
)

// connections says what becomes of a connection after its request.
type connections bool

const (
	// oneRequestPerConnection costs a handshake per order, some hundredths of a
	// second. In return there is no idle connection that 0xhost may be closing
	// at the moment the order goes into it: that would be an unknown outcome
	// which a person has to settle. It also switches off net/http's replay of
	// requests, which needs a connection that was used before.
	oneRequestPerConnection connections = false
	keepConnections         connections = true
)

// newHTTPClient makes a plain HTTP/1.1 client: no retries, no redirects, no
// cookies. With one request on one connection, what httptrace says of the
// connection it says of the request.
func (c *Client) newHTTPClient(keep connections) *http.Client {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  discreet(c.proxy),
			DialContext:            dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.roots},
			TLSHandshakeTimeout:    handshakeTimeout,
			DisableKeepAlives:      keep == oneRequestPerConnection,
			DisableCompression:     true, // a limit on bytes read is then a limit on bytes
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxHeader,
			Protocols:              &protocols,
		},
		// A redirect would carry the key, and for 307 the order, elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// errProxySetting stands for an error that quotes the proxy's URL, which may
// hold a password.
var errProxySetting = errors.New("the proxy setting cannot be used")

func discreet(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	if proxy == nil {
		return nil
	}
	return func(r *http.Request) (*url.URL, error) {
		u, err := proxy(r)
		if err != nil {
			return nil, errProxySetting
		}
		return u, nil
	}
}
