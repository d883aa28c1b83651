package oxhost

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"time"

	"extendbot/internal/netcause"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 60 * time.Second
	maxHeaderSize    = 64 << 10 // bytes
)

// connectionUse says whether a connection is kept after its request.
type connectionUse bool

const (
	// oneRequestPerConnection costs a handshake per order, some hundredths of a
	// second. In return, an order never uses an idle connection that 0xhost is
	// closing at that moment. That would be an unknown outcome that a person has to
	// settle. It also turns off net/http's replay of requests, which happens only
	// on reused connections.
	oneRequestPerConnection connectionUse = false
	keepConnections         connectionUse = true
)

// newHTTPClient returns a plain HTTP/1.1 client: no retries, no redirects, no
// cookies. With one request per connection, what httptrace reports about the
// connection also applies to the request.
func (c *Client) newHTTPClient(use connectionUse) *http.Client {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  hideProxyURL(c.proxy),
			OnProxyConnectResponse: netcause.CheckProxyAnswer,
			DialContext:            c.dialGuarded,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.roots},
			TLSHandshakeTimeout:    handshakeTimeout,
			DisableKeepAlives:      use == oneRequestPerConnection,
			DisableCompression:     true, // so that maxBodySize also limits what is received
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxHeaderSize,
			Protocols:              &protocols,
		},
		// A redirect would send the key, and after a 307 the order, to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// hideProxyURL replaces the errors of a proxy function, which quote the proxy's
// URL and so may contain a password.
func hideProxyURL(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	if proxy == nil {
		return nil
	}
	return func(r *http.Request) (*url.URL, error) {
		u, err := proxy(r)
		if err == nil {
			return u, nil
		}
		if setting, ok := errors.AsType[*netcause.ProxySettingError](err); ok {
			return nil, setting
		}
		return nil, &netcause.ProxySettingError{}
	}
}
