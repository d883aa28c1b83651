package slackapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/goleak"

	"extendbot/internal/secret"
	"extendbot/internal/slacksim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const channel = "C0GENERAL"

// newSim starts a simulated Slack and returns a Client for it.
func newSim(t *testing.T, config slacksim.Config, adjust ...func(*Config)) (*slacksim.Server, *Client) {
	t.Helper()
	server, err := slacksim.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	server.AddUser(slacksim.User{ID: "U0ALICE"})
	server.AddChannel(slacksim.Channel{ID: channel})
	server.Join(channel, "U0ALICE", server.BotUserID())
	cfg := Config{BotToken: secret.New(server.BotToken()), AppToken: secret.New(server.AppToken()), APIURL: server.APIURL(), Jitter: func() float64 { return 0 }}
	for _, f := range adjust {
		f(&cfg)
	}
	c := New(cfg)
	t.Cleanup(c.Close)
	return server, c
}

// answers is a Slack without a network, for tests on the clock of
// testing/synctest. It sends one answer after another and repeats the last one.
type answers struct {
	list []func(http.ResponseWriter)
	mu   sync.Mutex
	at   []time.Time // when each request arrived
}

// RoundTrip implements [http.RoundTripper].
func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	a.mu.Lock()
	next := a.list[min(len(a.at), len(a.list)-1)]
	a.at = append(a.at, time.Now())
	a.mu.Unlock()
	w := &recorded{header: http.Header{}, status: http.StatusOK}
	next(w)
	return &http.Response{
		StatusCode: w.status, Header: w.header, Body: io.NopCloser(strings.NewReader(w.body.String())), Request: req,
	}, nil
}

type recorded struct {
	header http.Header
	status int
	body   strings.Builder
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) WriteHeader(status int)      { r.status = status }
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }

// says returns an answer with this body.
func says(body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { _, _ = io.WriteString(w, body) }
}

// tooMany returns a 429, with a Retry-After unless retryAfter is "".
func tooMany(retryAfter string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// newScripted returns a Client that gets these answers.
func newScripted(list ...func(http.ResponseWriter)) (*Client, *answers) {
	a := &answers{list: list}
	c := New(Config{BotToken: secret.New("xoxb-1"), AppToken: secret.New("xapp-1"), Jitter: func() float64 { return 0 }})
	c.transport.client.Transport = a
	return c, a
}

// Neither a Config nor a Client prints a token.
func TestConfig_PrintsNoToken(t *testing.T) {
	t.Parallel()
	cfg := Config{BotToken: secret.New("xoxb-secret"), AppToken: secret.New("xapp-secret")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{cfg, &cfg, New(cfg)} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, "secret") {
				t.Errorf("%s of %T prints a token", verb, v)
			}
		}
	}
}

// Each call is counted by Slack's code, and its result is reported.
func TestClient_CountsCalls(t *testing.T) {
	t.Parallel()
	var counted, ended []string
	server, c := newSim(t, slacksim.Config{}, func(cfg *Config) {
		cfg.Called = func(method, code string, _ time.Duration) { counted = append(counted, method+" "+code) }
		cfg.Ended = func(method string, err *Error) { ended = append(ended, fmt.Sprint(method, " ", err == nil)) }
	})
	server.Fail("chat.postMessage", slacksim.Fault{Error: "is_archived"}, 1)
	for range 2 {
		_, _ = c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"})
	}
	if want := "[chat.postMessage is_archived chat.postMessage ok]"; fmt.Sprint(counted) != want {
		t.Errorf("counted %v, want %s", counted, want)
	}
	if want := "[chat.postMessage false chat.postMessage true]"; fmt.Sprint(ended) != want {
		t.Errorf("ended %v, want %s", ended, want)
	}
}

// A message is sent with its blocks. If Slack refuses them, its plain form is
// sent.
func TestClient_PlainWhenBlocksAreRefused(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	m := Message{Text: "text", Plain: "plain", Blocks: []slack.Block{slack.NewDividerBlock()}}
	server.Fail("chat.postMessage", slacksim.Fault{Error: "invalid_blocks"}, 1)
	for _, want := range []string{"plain", "text"} {
		at, err := c.Post(t.Context(), MessageRef{Channel: channel}, m)
		if err != nil {
			t.Fatal(err)
		}
		if shown, _ := server.Message(at.Channel, at.TS); shown.Text != want || (shown.Blocks == nil) != (want == "plain") {
			t.Errorf("shown is %+v, want %s", shown, want)
		}
	}
	server.Fail("chat.postMessage", slacksim.Fault{Error: "invalid_blocks"}, 1)
	m.Plain = ""
	if _, err := c.Post(t.Context(), MessageRef{Channel: channel}, m); ClassOf(err) != ClassMalformed {
		t.Errorf("without a plain form: %v", err)
	}
}

// A reference can be stored and read again; anything else is the zero value.
func TestMessageRef_RoundTrip(t *testing.T) {
	t.Parallel()
	at := MessageRef{Channel: "C1", TS: "1.2"}
	if got := ParseMessageRef(at.String()); got != at {
		t.Errorf("%+v became %+v", at, got)
	}
	for _, ref := range []MessageRef{{}, {Channel: "C1"}} {
		if got := ref.String(); got != "" {
			t.Errorf("%+v is %q", ref, got)
		}
	}
	if got := ParseMessageRef("C1"); got != (MessageRef{}) {
		t.Errorf("C1 is %+v", got)
	}
}

// in returns a context that ends after d.
func in(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// tryOpen asks Slack for a connection, without opening one.
func tryOpen(t *testing.T, c *Client) error {
	t.Helper()
	_, _, err := c.SocketClient(func(next HTTPClient) HTTPClient { return next }).StartSocketModeContext(t.Context())
	if err != nil {
		return OpenError(err)
	}
	return nil
}
