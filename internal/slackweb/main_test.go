package slackweb_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The people and the channel of the tests.
const (
	alice = "U0ALICE"
	bob   = "U0BOB"
	ops   = "C0OPS"
)

// world is a page over a Slack without an app that is connected.
type world struct {
	testing.TB
	slack *slacksim.Server
	url   string
}

// start serves a page until the test ends.
func start(t testing.TB, change ...func(*slackweb.Config)) *world {
	t.Helper()
	slack, err := slacksim.Start(slacksim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	slack.AddUser(slacksim.User{ID: alice, Name: "alice"})
	slack.AddUser(slacksim.User{ID: bob, Name: "bob"})
	slack.AddChannel(slacksim.Channel{ID: ops, Name: "ops"})
	slack.Join(ops, alice, bob, slack.BotUserID())
	cfg := slackweb.Config{
		Slack: slack, Viewer: alice, Channel: ops,
		App: slackweb.App{Commands: []slackweb.Command{{Name: "/extend", Usage: "<server> <hours>"}}},
	}
	for _, f := range change {
		f(&cfg)
	}
	site, err := slackweb.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(func() {
		site.Close()
		server.Close()
		if err := slack.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t, slack, server.URL}
}

// get returns the status and the body of an address of the page.
func (w *world) get(path string) (int, string) {
	w.Helper()
	return w.do(w.request(http.MethodGet, path, nil))
}

// post sends a form, and returns the status and the body of the answer.
func (w *world) post(path string, form url.Values) (int, string) {
	w.Helper()
	return w.do(w.request(http.MethodPost, path, form))
}

func (w *world) request(method, path string, form url.Values) *http.Request {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func (w *world) do(r *http.Request) (int, string) {
	w.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	if to := answer.Header.Get("Location"); to != "" {
		return answer.StatusCode, to
	}
	return answer.StatusCode, string(body)
}

// update is what the live stream says of a container.
type update struct {
	In   string
	IDs  []string
	HTML map[string]string
}

// live opens the live stream of a place, and returns a function that returns the next update
// that matches.
func (w *world) live(path string) func(match func(update) bool) update {
	w.Helper()
	answer, err := http.DefaultClient.Do(w.request(http.MethodGet, "/live"+path, nil))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = answer.Body.Close() })
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return func(match func(update) bool) update {
		w.Helper()
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: {")
			if !ok {
				continue // the version, for example
			}
			var u update
			if err := json.Unmarshal([]byte("{"+data), &u); err != nil {
				w.Fatal(err)
			}
			if match(u) {
				return u
			}
		}
		w.Fatal("the stream ended: ", lines.Err())
		return update{}
	}
}
