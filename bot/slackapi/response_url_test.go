package slackapi

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sirupsen/logrus"

	"extendbot/internal/secret"
	"extendbot/internal/slacksim"
)

// A response_url is used only if it leads to Slack over HTTPS, or to the host of
// SLACK_API_URL.
func TestRespond_OnlySlackIsCalled(t *testing.T) {
	t.Parallel()
	simulated := New(Config{APIURL: "http://127.0.0.1:4000/api/"})
	own := New(Config{})
	for url, want := range map[string]struct{ own, simulated bool }{
		"https://hooks.slack.com/commands/T1/2/3":  {true, true},
		"https://slack.com/x":                      {true, true},
		"https://HOOKS.SLACK.COM:443/x":            {true, true},
		"https://hooks.slack-gov.com/actions/T1/2": {true, true},
		"http://127.0.0.1:4000/commands/T1":        {false, true},
		"https://127.0.0.1:4000/commands/T1":       {},
		"http://127.0.0.1:4001/commands/T1":        {},
		"http://hooks.slack.com/commands/T1/2/3":   {},
		"https://hooks.slack.com:8443/x":           {},
		"https://hooks.slack.com./x":               {},
		"https://notslack.com/x":                   {},
		"https://slack.com.evil.test/x":            {},
		"https://evil.test/slack.com":              {},
		"https://slack.com@evil.test/x":            {},
		"https://evil.test#@hooks.slack.com/x":     {},
		"https://evil.test\\@hooks.slack.com/x":    {},
		"https://me:pw@hooks.slack.com/x":          {},
		"https://169.254.169.254/latest":           {},
		"//hooks.slack.com/x":                      {},
		"https:hooks.slack.com/x":                  {},
		"https://.slack.com.evil.test":             {},
		"https://].slack.com/x":                    {},
		"https://a_b.slack.com/x":                  {},
		"":                                         {},
		"not a url":                                {},
	} {
		if got := own.leadsToSlack(url); got != want.own {
			t.Errorf("%q for Slack: %v", url, got)
		}
		if got := simulated.leadsToSlack(url); got != want.simulated {
			t.Errorf("%q for a simulated Slack: %v", url, got)
		}
	}
}

// A response_url that does not lead to Slack gets no request, and is logged once
// without the URL.
func TestRespond_ElsewhereIsNotCalled(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	t.Cleanup(elsewhere.Close)
	var logged bytes.Buffer
	_, c := newSim(t, slacksim.Config{}, func(cfg *Config) {
		log := logrus.New()
		log.SetOutput(&logged)
		cfg.Log = log
	})
	for range 3 {
		err := c.Respond(t.Context(), elsewhere.URL+"/secret", "", Message{Text: "hello"})
		if CodeOf(err) != codeNotSlack || !Rejected(err) {
			t.Errorf("Respond: %v", err)
		}
	}
	if n := strings.Count(logged.String(), "response_url"); n != 1 || strings.Contains(logged.String(), "secret") {
		t.Errorf("logged %d times: %s", n, logged.String())
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// FuzzResponseURL checks where a request goes whose response_url is accepted: to
// port 443 of a host of Slack, or to the simulated Slack.
func FuzzResponseURL(f *testing.F) {
	for _, seed := range []string{
		"https://hooks.slack.com/commands/T1/2/3", "https://hooks.slack-gov.com/x", "http://127.0.0.1:4000/commands/T1",
		"https://slack.com@evil.test/", "https://evil.test\\@slack.com/", "https://slack.com.evil.test", "https://evil.test/.slack.com",
		"https://[::1].slack.com/", "https://%2eslack.com/", "https://evil.test%2f.slack.com/", "https://evil.test%00.slack.com/",
		"http://127.0.0.1:4000@evil.test/", "https://ev\u0131l.slack.com", "https://slack.com:443:80/", "https://slack\u3002com/", "https://slACk.Com#0", "https://].slACk.Com",
	} {
		f.Add(seed)
	}
	c := New(Config{BotToken: secret.New("xoxb-1"), AppToken: secret.New("xapp-1"), APIURL: "http://127.0.0.1:4000/api/"})
	errDialed := errors.New("dialed")
	f.Fuzz(func(t *testing.T, responseURL string) {
		if !c.leadsToSlack(responseURL) {
			return
		}
		dialed := ""
		client := http.Client{Transport: &http.Transport{DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
			dialed = addr
			return nil, errDialed
		}}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, responseURL, http.NoBody)
		if err != nil {
			return // it goes nowhere
		}
		if _, err := client.Do(req); !errors.Is(err, errDialed) || dialed == "127.0.0.1:4000" { //nolint:bodyclose // there is no answer
			return
		}
		host, port, err := net.SplitHostPort(strings.ToLower(dialed))
		if err != nil || port != "443" || !strings.HasSuffix("."+host, ".slack.com") && !strings.HasSuffix("."+host, ".slack-gov.com") {
			t.Errorf("%q leads to %s", responseURL, dialed)
		}
	})
}
