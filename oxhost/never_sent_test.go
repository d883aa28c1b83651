package oxhost_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/order"
	"extendbot/oxhost"
)

// listen accepts connections and calls serve for each in its own goroutine,
// until the test ends. Then it closes them all. It returns its address.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			all.Go(func() {
				serve(conn)
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return listener.Addr().String()
}

// readOnly reads everything and answers nothing.
func readOnly(conn net.Conn) {
	for buffer := make([]byte, 1024); ; {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
	}
}

// closedPort is an address at which nothing listens. Its port is not in the
// range that the system assigns.
const closedPort = "127.0.0.1:1"

func viaProxy(proxy string) oxhost.Option {
	return oxhost.WithProxy(http.ProxyURL(&url.URL{Scheme: "http", Host: proxy, User: url.UserPassword("u", "proxy-password")}))
}

// Without a connection, nothing was sent. The reason says what failed and
// contains no secret.
func TestVerdict_NeverSentWithoutConnection(t *testing.T) {
	for name, test := range map[string]struct {
		baseURL func(t *testing.T) string
		option  func(t *testing.T) oxhost.Option
		reason  string
	}{
		"name not found": {
			func(*testing.T) string { return "http://nowhere.invalid/API/" }, nil,
			"its name was not found",
		},
		"connection refused": {
			func(*testing.T) string { return "http://" + closedPort + "/API/" }, nil,
			"it refuses the connection",
		},
		"handshake never answered": {
			func(t *testing.T) string { return "https://" + listen(t, readOnly) + "/API/" }, nil,
			"it took too long to connect",
		},
		"handshake answered in plain text": {
			func(t *testing.T) string {
				return "https://" + listen(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n")) }) + "/API/"
			}, nil,
			"it does not speak TLS",
		},
		"handshake cut off": {
			func(t *testing.T) string {
				return "https://" + listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 8<<10)) }) + "/API/"
			}, nil,
			"the connection was closed without an answer",
		},
		"proxy refuses connections": {
			func(*testing.T) string { return oxhost.DefaultURL },
			func(*testing.T) oxhost.Option { return viaProxy(closedPort) },
			"the proxy cannot be reached: it refuses the connection",
		},
		"proxy refuses": {
			func(*testing.T) string { return oxhost.DefaultURL },
			func(t *testing.T) oxhost.Option {
				return viaProxy(listen(t, func(c net.Conn) {
					_, _ = http.ReadRequest(bufio.NewReader(c))
					_, _ = c.Write([]byte("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
				}))
			},
			"the proxy asks for a password (HTTP 407)",
		},
		"proxy never answers": {
			func(*testing.T) string { return oxhost.DefaultURL },
			func(t *testing.T) oxhost.Option { return viaProxy(listen(t, readOnly)) },
			"it took too long to connect",
		},
		"proxy setting is wrong": {
			func(*testing.T) string { return oxhost.DefaultURL },
			func(*testing.T) oxhost.Option {
				return oxhost.WithProxy(func(*http.Request) (*url.URL, error) {
					return nil, errors.New(`invalid proxy "http://u:proxy-password@"`)
				})
			},
			"the proxy setting cannot be used",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var options []oxhost.Option
			if strings.Contains(test.reason, "too long") {
				options = append(options, oxhost.WithTimeout(shortTimeout))
			}
			if test.option != nil {
				options = append(options, test.option(t))
			}
			_, err := newClient(t, test.baseURL(t), secret.New("the-api-key"), options...).ExtendServer(t.Context(), day)
			wantVerdict(t, err, order.NeverSent, "0xhost could not be reached: "+test.reason)
			for _, hidden := range []string{"the-api-key", "proxy-password"} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("%v shows %s", err, hidden)
				}
			}
		})
	}
}

// With an invalid certificate nothing is sent.
func TestVerdict_NeverSentBadCertificate(t *testing.T) {
	for name, test := range map[string]struct {
		flaw   oxhostsim.CertificateFlaw
		reason string
	}{
		"expired":    {oxhostsim.CertificateExpired, "its certificate has expired or is not valid yet"},
		"untrusted":  {oxhostsim.CertificateUntrusted, "its certificate comes from an authority that is not trusted here"},
		"wrong host": {oxhostsim.CertificateWrongHost, "its certificate is for another host"},
	} {
		t.Run(name, func(t *testing.T) {
			sim := startSim(t, oxhostsim.Config{TLS: true, Certificate: test.flaw})
			_, err := simClient(t, sim).ExtendServer(t.Context(), day)
			wantVerdict(t, err, order.NeverSent, "0xhost could not be reached: "+test.reason)
			if n := len(sim.Arrivals()); n != 0 {
				t.Errorf("%d arrivals", n)
			}
		})
	}
	sim := startSim(t, oxhostsim.Config{TLS: true})
	if _, err := simClient(t, sim).ExtendServer(t.Context(), day); err != nil {
		t.Errorf("valid certificate: %v", err)
	}
}

// A call whose context has already ended is not sent, and the cause is kept.
func TestVerdict_NeverSentAfterContextEnds(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	late := errors.New("too late")
	ctx, cancel := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), late)
	defer cancel()
	_, err := simClient(t, sim).ExtendServer(ctx, day)
	wantVerdict(t, err, order.NeverSent, "0xhost could not be reached: it took too long to connect")
	if !errors.Is(err, late) || len(sim.Arrivals()) != 0 {
		t.Errorf("%v, %d arrivals", err, len(sim.Arrivals()))
	}
}

// After the first byte of the request was written, the outcome is unknown,
// whatever the answer is, and nothing is sent again.
func TestVerdict_UnknownAfterFirstByte(t *testing.T) {
	garbage := "password=hunter22222 and more\r\n\r\n"
	for name, serve := range map[string]func(net.Conn){
		"reset while sending": func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1))
			_ = c.(*net.TCPConn).SetLinger(0)
		},
		"garbage":        func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte(garbage)) },
		"garbled header": func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n" + garbage)) },
		"garbled status": func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("HTTP/1.1 password=hunter22222\r\n\r\n")) },
		"garbled length": func(c net.Conn) {
			readRequest(c)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: hunter22222\r\n\r\n"))
		},
		"garbled chunk": func(c net.Conn) {
			readRequest(c)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + garbage))
		},
		"half a header": func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Le")) },
		"too long a header": func(c net.Conn) {
			readRequest(c)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20)))
		},
		"interim, then gone": func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("HTTP/1.1 102 Processing\r\n\r\n")) },
		"another protocol":   func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n\r\n")) },
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			connections := 0
			address := listen(t, func(c net.Conn) {
				mu.Lock()
				connections++
				mu.Unlock()
				serve(c)
			})
			_, err := newClient(t, "http://"+address+"/API/", secret.New("the-api-key")).ExtendServer(t.Context(), day)
			failed, ok := errors.AsType[*order.PlaceError](err)
			if !ok || failed.Verdict != order.UnknownOutcome {
				t.Errorf("%v, want unknown", err)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "the-api-key") {
				t.Errorf("%v quotes the answer", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if connections != 1 {
				t.Errorf("%d connections", connections)
			}
		})
	}
}

// readRequest reads one complete request.
func readRequest(conn net.Conn) {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	defer func() { _ = request.Body.Close() }()
	_, _ = request.Body.Read(make([]byte, request.ContentLength))
}
