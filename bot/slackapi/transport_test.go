package slackapi

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/netcause"
	"extendbot/internal/secret"
	"extendbot/internal/slacksim"
)

// No redirect is followed, neither of a method nor of a response_url: the request
// holds the token, or the answer to a person.
func TestTransport_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	t.Cleanup(elsewhere.Close)
	stopping := make(chan struct{})
	close(stopping) // so that no call is repeated
	server, c := newSim(t, slacksim.Config{}, func(cfg *Config) { cfg.Stopping = stopping })
	at := MessageRef{Channel: channel}
	calls := map[string]func() error{
		"chat.postMessage": func() error { _, err := c.Post(t.Context(), at, Message{Text: "hello"}); return err },
		"chat.update":      func() error { return c.Update(t.Context(), at, Message{Text: "hello"}) },
		"chat.postEphemeral": func() error {
			return c.PostEphemeral(t.Context(), MessageRef{Channel: channel}, "U0ALICE", Message{Text: "hello"})
		},
		"views.publish": func() error { return c.PublishHome(t.Context(), "U0ALICE", slack.HomeTabViewRequest{}) },
		"response_url": func() error {
			return c.Respond(t.Context(), strings.TrimSuffix(c.cfg.APIURL, "/api/")+"/commands/T0TEAM/1/2", "", Message{Text: "hello"})
		},
		"auth.test":             func() error { return c.CheckBotToken(t.Context()) },
		"apps.connections.open": func() error { return tryOpen(t, c) },
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for method, call := range calls {
			server.Fail(method, slacksim.Fault{Status: status, Location: elsewhere.URL}, 1)
			if err := call(); CodeOf(err) != "http_"+strconv.Itoa(status) {
				t.Errorf("%d to %s: %v", status, method, err)
			}
		}
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
}

// A status that is not Slack's answer can go away, so the message is not
// rejected. A response_url that Slack refuses stays refused.
func TestClassify_StatusFromInBetween(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 401, 403, 404, 407, 500, 502, 511} {
		if err := classify("chat.postMessage", slack.StatusCodeError{Code: status}); err.Class != ClassUncertain || Rejected(err) {
			t.Errorf("%d to a method: class %d", status, err.Class)
		}
	}
	if err := classify(methodRespond, slack.StatusCodeError{Code: 404}); err.Class != ClassOther {
		t.Errorf("404 to a response_url: class %d", err.Class)
	}
	for _, status := range []int{302, 408, 500} {
		if err := classify(methodRespond, slack.StatusCodeError{Code: status}); err.Class != ClassUncertain {
			t.Errorf("%d to a response_url: class %d", status, err.Class)
		}
	}
}

// The cause of a network error is in the code, in the error, and in the metric.
// None contains a password or the token.
func TestCall_NamesTheNetworkCause(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "hunter2", http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	for name, test := range map[string]struct {
		api, proxy string
		code       string
		says       string
	}{
		"no such host":      {"https://nowhere.invalid/api/", "", netcause.NoSuchHost, "its name was not found"},
		"refused":           {"https://127.0.0.1:1/api/", "", netcause.Refused, "refuses the connection"},
		"unknown authority": {secure.URL + "/api/", "", netcause.UnknownAuthority, "SSL_CERT_FILE"},
		"proxy, 407":        {"https://slack.test/api/", strings.Replace(proxy.URL, "//", "//ops:hunter2@", 1), netcause.ProxyAuth, "407"},
		"proxy, no URL":     {"https://slack.test/api/", "http://ops:hunter2 @proxy", netcause.ProxySetting, "HTTPS_PROXY"},
		"not Slack":         {proxy.URL + "/api/", "", "http_407", "http_407"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HTTPS_PROXY", test.proxy)
			var counted string
			c := New(Config{
				BotToken: secret.New("xoxb-secret"), AppToken: secret.New("xapp-secret"), APIURL: test.api,
				Called: func(_, code string, _ time.Duration) { counted = code },
			})
			t.Cleanup(c.Close)
			if test.proxy != "" && test.code == netcause.ProxyAuth {
				useProxy(t, c, test.proxy)
			}
			for what, err := range map[string]error{"auth.test": c.CheckBotToken(t.Context()), "apps.connections.open": tryOpen(t, c)} {
				if CodeOf(err) != test.code || counted != test.code || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: %v, counted as %s; want %s", what, err, counted, test.code)
				}
				for ; err != nil; err = errors.Unwrap(err) {
					if s := err.Error(); strings.Contains(s, "hunter2") || strings.Contains(s, "secret") {
						t.Errorf("%s: %T says %s", what, err, s)
					}
				}
			}
		})
	}
}

// useProxy makes the Client use a proxy. net/http reads HTTPS_PROXY only once.
func useProxy(t *testing.T, c *Client, proxy string) {
	t.Helper()
	transport := c.transport.client.Transport.(*http.Transport)
	u, err := http.NewRequestWithContext(t.Context(), http.MethodGet, proxy, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport.Proxy = http.ProxyURL(u.URL)
}

// The start does not wait for a proxy setting to become a URL.
func TestIdentify_EndsAtOnceWithoutAProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "no url")
	c := New(Config{BotToken: secret.New("xoxb-1"), AppToken: secret.New("xapp-1")})
	t.Cleanup(c.Close)
	began := time.Now()
	if _, err := c.Identify(t.Context(), time.Minute); CodeOf(err) != netcause.ProxySetting || time.Since(began) > 10*time.Second {
		t.Errorf("Identify: %v after %s", err, time.Since(began))
	}
}

// Codes from outside become few labels.
func TestLabel_Bounded(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"is_archived":  slack.SlackErrorResponse{Err: "is_archived"},
		"other":        slack.SlackErrorResponse{Err: "brand_new_code_17"},
		"invalid_auth": slack.SlackErrorResponse{Err: "invalid_auth"},
		"http_503":     slack.StatusCodeError{Code: 503},
		"ratelimited":  &slack.RateLimitedError{},
		"network":      errors.New("odd"),
	} {
		if got := classify("chat.update", err).label(); got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
	}
	if got := classify("chat.update", slack.StatusCodeError{Code: 799}).label(); got != "other" {
		t.Errorf("status 799 is %s", got)
	}
}

// An answer that is not Slack's is named as such.
func TestClassify_NotJSON(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	server.Fail("auth.test", slacksim.Fault{Status: 200, Body: "<html>log in</html>"}, 1)
	if err := c.CheckBotToken(t.Context()); CodeOf(err) != codeNotJSON || ClassOf(err) != ClassUncertain || !strings.Contains(err.Error(), "proxy") {
		t.Errorf("HTML instead of JSON: %v", err)
	}
}

// An answer that does not say what was shown is no success, whatever it says: the
// message may not have been shown.
func TestCall_IncompleteIsNoSuccess(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	close(stopping) // so that no call is repeated
	server, c := newSim(t, slacksim.Config{}, func(cfg *Config) { cfg.Stopping = stopping })
	for _, body := range []string{`{}`, `null`, `{"ok":true}`, `{"ok":false}`, `{"ok":false,"error":""}`, `{"ok":true,"ts":"","channel":"` + channel + `"}`} {
		for method, call := range map[string]func() error{
			"chat.postMessage": func() error {
				_, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"})
				return err
			},
			"chat.update": func() error {
				return c.Update(t.Context(), MessageRef{Channel: channel, TS: "1.2"}, Message{Text: "hello"})
			},
			"chat.postEphemeral": func() error {
				return c.PostEphemeral(t.Context(), MessageRef{Channel: channel}, "U0ALICE", Message{Text: "hello"})
			},
			"views.publish": func() error { return c.PublishHome(t.Context(), "U0ALICE", slack.HomeTabViewRequest{}) },
			"auth.test":     func() error { return c.CheckBotToken(t.Context()) },
		} {
			server.Fail(method, slacksim.Fault{Body: body}, 1)
			if err := call(); CodeOf(err) != codeIncomplete || ClassOf(err) != ClassUncertain || Rejected(err) {
				t.Errorf("%s to %s: %v", body, method, err)
			}
		}
	}
}
