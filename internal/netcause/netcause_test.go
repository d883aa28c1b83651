package netcause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// attempt makes one request and returns its error, which it must have.
func attempt(t *testing.T, target string, adjust func(*http.Transport)) error {
	t.Helper()
	transport := &http.Transport{
		OnProxyConnectResponse: CheckProxyAnswer, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
	}
	if adjust != nil {
		adjust(transport)
	}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader("token=xoxb-secret"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err == nil {
		_ = res.Body.Close()
		t.Fatalf("%s answered %s", target, res.Status)
	}
	return err
}

// serve starts a server that ends with the test.
func serve(t *testing.T, start func(*httptest.Server), handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(server)
	t.Cleanup(server.Close)
	return server
}

// closedPort is an address at which nothing listens. Its port is not in the
// range that the system assigns.
const closedPort = "127.0.0.1:1"

// through makes a transport use a proxy with a password.
func through(host string) func(*http.Transport) {
	return func(t *http.Transport) {
		t.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: host, User: url.UserPassword("ops", "hunter2")})
	}
}

// proxyThat starts a proxy that answers each CONNECT with a status, and returns
// its address.
func proxyThat(t *testing.T, status int) string {
	t.Helper()
	return serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "hunter2", status)
	}).Listener.Addr().String()
}

// breaking starts a server that ends each connection in some way, and returns
// its URL.
func breaking(t *testing.T, end func(*net.TCPConn)) string {
	t.Helper()
	return serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		end(conn.(*net.TCPConn))
		_ = conn.Close()
	}).URL
}

// Each failure of a real request has its code. Neither its words nor its fix
// contain a secret.
func TestOf_RealFailures(t *testing.T) {
	nothing := func(http.ResponseWriter, *http.Request) {}
	trusting := func(name string, server *httptest.Server) func(*http.Transport) {
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		return func(t *http.Transport) {
			t.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS12}
		}
	}
	const unused = "https://slack.test/api/?token=xoxb-secret"
	for name, test := range map[string]struct {
		try   func(t *testing.T) error
		code  string
		words string
	}{
		"no such host": {func(t *testing.T) error { return attempt(t, "https://nowhere.invalid/?token=xoxb-secret", nil) }, NoSuchHost, "its name"},
		"refused":      {func(t *testing.T) error { return attempt(t, "https://"+closedPort, nil) }, Refused, "refuses"},
		"unknown authority": {func(t *testing.T) error {
			return attempt(t, serve(t, (*httptest.Server).StartTLS, nothing).URL, nil)
		}, UnknownAuthority, "SSL_CERT_FILE"},
		"another host": {func(t *testing.T) error {
			server := serve(t, (*httptest.Server).StartTLS, nothing)
			return attempt(t, server.URL, trusting("slack.test", server))
		}, Certificate, "another host"},
		"expired": {func(t *testing.T) error {
			server := serve(t, (*httptest.Server).StartTLS, nothing)
			return attempt(t, server.URL, func(t *http.Transport) {
				trusting("example.com", server)(t)
				t.TLSClientConfig.Time = func() time.Time { return server.Certificate().NotAfter.Add(time.Hour) }
			})
		}, Certificate, "expired"},
		"no TLS": {func(t *testing.T) error {
			return attempt(t, "https://"+serve(t, (*httptest.Server).Start, nothing).Listener.Addr().String(), nil)
		}, NoTLS, "TLS"},
		"proxy, 407": {func(t *testing.T) error {
			return attempt(t, unused, through(proxyThat(t, http.StatusProxyAuthRequired)))
		}, ProxyAuth, "407"},
		"proxy, 403":        {func(t *testing.T) error { return attempt(t, unused, through(proxyThat(t, http.StatusForbidden))) }, ProxyRefused, "403 Forbidden"},
		"proxy, odd status": {func(t *testing.T) error { return attempt(t, unused, through(proxyThat(t, 299))) }, ProxyRefused, "299"},
		"proxy is refused":  {func(t *testing.T) error { return attempt(t, unused, through(closedPort)) }, ProxyUnreachable, "refuses"},
		"proxy has no name": {func(t *testing.T) error { return attempt(t, unused, through("nowhere.invalid:1")) }, ProxyUnreachable, "its name"},
		"the connection reset": {func(t *testing.T) error {
			return attempt(t, breaking(t, func(c *net.TCPConn) { _ = c.SetLinger(0) }), nil)
		}, Reset, "reset"},
		"the connection ends": {func(t *testing.T) error { return attempt(t, breaking(t, func(*net.TCPConn) {}), nil) }, Closed, "closed"},
		"no answer": {func(t *testing.T) error {
			server := serve(t, (*httptest.Server).Start, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client is gone
				<-r.Context().Done()
			})
			return attempt(t, server.URL, func(t *http.Transport) { t.ResponseHeaderTimeout = 50 * time.Millisecond })
		}, Timeout, "in time"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.try(t)
			got := Of(err)
			if got.Code != test.code || !strings.Contains(got.String(), test.words) {
				t.Errorf("%v is %+v, want %s", err, got, test.code)
			}
			for _, secret := range []string{"hunter2", "xoxb", "ops:", "http://", "https://"} {
				if strings.Contains(got.String(), secret) {
					t.Errorf("%q contains %q", got, secret)
				}
			}
		})
	}
}

// Errors that cannot be caused here have their codes too, and every code is
// listed.
func TestOf_OtherErrors(t *testing.T) {
	for want, err := range map[string]error{
		"":          nil,
		Unreachable: &net.OpError{Op: "dial", Err: syscall.ENETUNREACH},
		Timeout:     context.DeadlineExceeded,
		Network:     errors.New("http://ops:hunter2@proxy"),
		Certificate: &tls.CertificateVerificationError{Err: errors.New("odd")},
	} {
		got := Of(err)
		if got.Code != want || strings.Contains(got.String(), "hunter2") {
			t.Errorf("%v is %+v, want %s", err, got, want)
		}
		if want != "" && !slices.Contains(Codes(), want) {
			t.Errorf("%s is not listed", want)
		}
	}
}

// A proxy setting that is not a URL is an error that names the variable and never
// quotes it. net/http would connect without a proxy.
func TestProxyFromEnvironment_NoURL(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, "")
	}
	for setting, usable := range map[string]bool{
		"": true, "http://proxy.test:3128": true, "proxy.test:3128": true, "socks5://proxy.test": true,
		"http://ops:hunter2@proxy.test:3128": true, "10.0.0.1:3128": true,
		"http://ops:hunter2 @proxy.test": false, "not a url": false, "://hunter2": false, "http://": false,
		"http://proxy.test:hunter2": false, "ftp://proxy.test": false, "http://proxy.test:99999": false, "\"http://proxy.test\"": false,
	} {
		for name, scheme := range map[string]string{"HTTPS_PROXY": "https", "http_proxy": "http"} {
			t.Run(name+"="+setting, func(t *testing.T) {
				t.Setenv(name, setting)
				proxy := ProxyFromEnvironment()
				for target, want := range map[string]bool{
					scheme + "://slack.test": usable, scheme + "://127.0.0.1:1": true, scheme + "://localhost": true,
				} {
					_, err := proxy(httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
					if (err == nil) != want {
						t.Errorf("%s: %v", target, err)
					}
					if err != nil && (Of(err).Code != ProxySetting || !strings.Contains(Of(err).String(), name) || strings.Contains(Of(err).String(), "hunter2")) {
						t.Errorf("%s: %v is %v", target, err, Of(err))
					}
				}
			})
		}
	}
}
