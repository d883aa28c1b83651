// Package slackapi calls Slack's Web API: it posts and changes messages,
// publishes App Homes, opens modals, and asks Slack who the bot is, where messages
// are, in which time zones people are, and who belongs to which user group.
//
// A call that fails for a moment, or that Slack rate-limits for a moment, is
// repeated; after a few seconds it is left to the caller. A call whose outcome is
// unknown is repeated only if that cannot show a message twice. Every
// error has a [Class], which says what to do about it, and contains no token or
// response_url.
//
// The package does not know orders or what messages say: a [Message] is text and
// blocks.
package slackapi

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"

	"extendbot/internal/secret"
)

// Config configures a Client. Fields without a default are required.
type Config struct {
	// BotToken (xoxb-…) makes the calls, AppToken (xapp-…) opens connections.
	BotToken, AppToken secret.Value
	// APIURL is the URL of Slack's Web API, with a slash at its end. Default:
	// Slack's own.
	APIURL string
	// Dial opens the connections. Default: that of [http.DefaultTransport].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// CallTimeout is how long one call may take. Default: 10s.
	CallTimeout time.Duration
	// MaxWait is the longest pause that a call waits for when Slack rate-limits it.
	// If Slack wants a longer one, the call returns [*order.Later] at once. Default:
	// 2s.
	MaxWait time.Duration

	// Called is called after each call with the method, the code and the duration.
	// The code is "ok", Slack's error code, one of package netcause, "not_json",
	// "http_<status>", or "other" for a code that is not known. Default: nothing is
	// called.
	Called func(method, code string, took time.Duration)
	// Ended is called with the result of each call that shows something to
	// people; nil means that it succeeded. Default: nothing is called.
	Ended func(method string, err *Error)
	// Stopping, once closed, ends every wait between two calls. Default: waits are
	// not cut short.
	Stopping <-chan struct{}

	Log logrus.FieldLogger // Default: nothing is logged.
	Now func() time.Time   // Default: time.Now.
	// Jitter returns random numbers in [0, 1) that vary pauses. Default: random.
	Jitter func() float64
}

func (c Config) withDefaults() Config {
	if c.APIURL == "" {
		c.APIURL = "https://slack.com/api/"
	}
	if c.CallTimeout == 0 {
		c.CallTimeout = 10 * time.Second
	}
	if c.MaxWait == 0 {
		c.MaxWait = 2 * time.Second
	}
	if c.Called == nil {
		c.Called = func(string, string, time.Duration) {}
	}
	if c.Ended == nil {
		c.Ended = func(string, *Error) {}
	}
	if c.Log == nil {
		quiet := logrus.New()
		quiet.SetOutput(io.Discard)
		c.Log = quiet
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	return c
}

// Client makes calls of the Web API. Create it with [New]. It may be used by
// many goroutines.
type Client struct {
	cfg       Config
	transport *transport
	api       *slack.Client

	warnNotSlack sync.Once // see Respond

	permalinks cache[MessageRef, string]
	zones      cache[string, personZone] // by user

	mu sync.Mutex
	// pauses maps what Slack limits to the time until which it wants no calls; see
	// rate_limit.go.
	pauses map[string]time.Time
}

// New returns a Client. It makes no calls yet.
func New(cfg Config) *Client {
	cfg = cfg.withDefaults()
	t := newTransport(cfg.Dial, func(offset time.Duration) {
		cfg.Log.WithField("offset", offset.Round(time.Second)).
			Warnf("the clock of this machine %s: deadlines and dates that people see are wrong; synchronize it with a time server", describeOffset(offset))
	})
	return &Client{
		cfg: cfg, transport: t, pauses: map[string]time.Time{},
		permalinks: cache[MessageRef, string]{limit: maxPermalinks}, zones: cache[string, personZone]{limit: maxZones},
		api: slack.New(cfg.BotToken.Reveal(), slack.OptionAPIURL(cfg.APIURL), slack.OptionHTTPClient(t)),
	}
}

// Format prints only the type, because a Client holds tokens.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("slackapi.Client{***}")) }

// Close closes the idle connections. It may be called twice.
func (c *Client) Close() { c.transport.close() }

// HTTPClient sends HTTP requests for slack-go.
type HTTPClient interface {
	Do(req *http.Request) (*http.Response, error)
}
