package slackconn

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"extendbot/internal/netcause"
)

// isSOCKS reports whether a proxy is a SOCKS proxy, which gorilla/websocket
// supports.
func isSOCKS(proxy *url.URL) bool { return proxy.Scheme == "socks5" || proxy.Scheme == "socks5h" }

// connect opens a TCP connection to addr, through an HTTP proxy if one is set.
func (d *dialer) connect(ctx context.Context, addr string) (net.Conn, error) {
	var proxy *url.URL
	if d.proxy != nil {
		var err error
		if proxy, err = d.proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: addr}}); err != nil {
			return nil, err
		}
	}
	if proxy == nil {
		return d.dial(ctx, "tcp", addr)
	}
	conn, err := d.connectProxy(ctx, proxy)
	if err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
	}
	// Slack says nothing before it gets the TLS handshake, so no bytes are lost with
	// the reader of the answer.
	interrupt := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err = requestTunnel(conn, proxy, addr)
	if !interrupt() || err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ask the proxy: %w", orCause(ctx, err))
	}
	return conn, nil
}

// connectProxy opens a connection to the proxy itself.
func (d *dialer) connectProxy(ctx context.Context, proxy *url.URL) (net.Conn, error) {
	port := proxy.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[proxy.Scheme]
	}
	conn, err := d.dial(ctx, "tcp", net.JoinHostPort(proxy.Hostname(), port))
	if err != nil || proxy.Scheme != "https" {
		return conn, err
	}
	config := d.tls.Clone()
	config.ServerName = proxy.Hostname()
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// requestTunnel asks the proxy at the other end of conn to connect to addr.
//
// https://www.rfc-editor.org/rfc/rfc9110#name-connect
func requestTunnel(conn net.Conn, proxy *url.URL, addr string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	return netcause.CheckProxyAnswer(context.Background(), proxy, req, res)
}

// orCause returns the reason why ctx ended, or err if it did not end.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
