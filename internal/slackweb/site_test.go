package slackweb_test

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// The first address leads to the first person in the first channel, and a page shows what is
// there.
func TestSite_ShowsAChannel(t *testing.T) {
	t.Parallel()
	w := start(t)
	if code, to := w.get("/"); code != http.StatusSeeOther || to != "/as/alice/c/ops" {
		t.Errorf("/ leads to %d %s", code, to)
	}
	if _, err := w.slack.Say(ops, bob, "hello &lt;b&gt;all", ""); err != nil {
		t.Fatal(err)
	}
	code, page := w.get("/as/alice/c/ops")
	if code != http.StatusOK || !strings.Contains(page, "hello &lt;b&gt;all") {
		t.Errorf("%d %s", code, page)
	}
	for _, path := range []string{"/as/nobody/c/ops", "/as/alice/c/nowhere", "/as/alice/c/ops?thread=1.2", "/as/alice/archives/C0OPS/p1"} {
		if code, _ := w.get(path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// A message that somebody types is in the live stream of everybody who looks at the channel,
// and not again in the next update.
func TestLive_NewMessage(t *testing.T) {
	t.Parallel()
	w := start(t)
	next := w.live("/as/bob/c/ops")
	isMessages := func(u update) bool { return u.In == "messages" }
	messages := func(u update) []string {
		return slices.DeleteFunc(slices.Clone(u.IDs), func(id string) bool { return !strings.HasPrefix(id, "m-") })
	}
	if first := next(isMessages); len(messages(first)) != 0 {
		t.Errorf("%+v", first)
	}
	for i, text := range []string{"one", "two"} {
		if code, said := w.post("/as/alice/say", url.Values{"channel": {ops}, "text": {text}}); code != http.StatusNoContent {
			t.Fatalf("%d %s", code, said)
		}
		u := next(isMessages)
		if all := messages(u); len(all) != i+1 || !strings.Contains(u.HTML[all[i]], text) || i > 0 && len(u.HTML) != 1 {
			t.Errorf("after %q: %+v", text, u)
		}
	}
}

// What the page cannot do, it says in a sentence.
func TestSay_Refused(t *testing.T) {
	t.Parallel()
	w := start(t)
	thread, err := w.slack.Say(ops, bob, "hello", "")
	if err != nil {
		t.Fatal(err)
	}
	for want, form := range map[string]url.Values{
		"/exten is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands.": {"text": {"/exten web-1"}},
		"/extend is not supported in threads. Sorry!":      {"text": {"/extend web-1"}, "thread": {thread.TS}},
		"/extend failed with the error “dispatch_failed”.": {"text": {"/extend web-1"}},
	} {
		form.Set("channel", ops)
		if code, said := w.post("/as/alice/say", form); code != http.StatusConflict || strings.TrimSpace(said) != want {
			t.Errorf("%v: %d %q, want %q", form, code, said, want)
		}
	}
}

// Only the page itself may use the site: not another site whose name resolves to this
// machine, and no post from another site.
func TestGuard_OnlyThisOrigin(t *testing.T) {
	t.Parallel()
	w := start(t)
	form := url.Values{"channel": {ops}, "text": {"hello"}}
	for name, c := range map[string]struct {
		method, host string
		header       map[string]string
		want         int
	}{
		"another host":          {http.MethodGet, "evil.example", nil, http.StatusMisdirectedRequest},
		"another host, post":    {http.MethodPost, "evil.example:80", nil, http.StatusMisdirectedRequest},
		"looks like loopback":   {http.MethodGet, "127.0.0.1.evil.example", nil, http.StatusMisdirectedRequest},
		"localhost":             {http.MethodGet, "localhost:1234", nil, http.StatusOK},
		"IPv6":                  {http.MethodGet, "[::1]:1234", nil, http.StatusOK},
		"another site":          {http.MethodPost, "", map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"another port":          {http.MethodPost, "", map[string]string{"Sec-Fetch-Site": "same-site"}, http.StatusForbidden},
		"another origin":        {http.MethodPost, "", map[string]string{"Origin": "http://evil.example"}, http.StatusForbidden},
		"a sandboxed frame":     {http.MethodPost, "", map[string]string{"Origin": "null"}, http.StatusForbidden},
		"another site's stream": {http.MethodGet, "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, http.StatusForbidden},
		"a link to the page":    {http.MethodGet, "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, http.StatusOK},
		"the page itself":       {http.MethodPost, "", map[string]string{"Sec-Fetch-Site": "same-origin"}, http.StatusNoContent},
		"its origin, no fetch":  {http.MethodPost, "", map[string]string{"Origin": w.url}, http.StatusNoContent},
	} {
		path, values := "/as/alice/c/ops", url.Values(nil)
		if c.method == http.MethodPost {
			path, values = "/as/alice/say", maps.Clone(form)
		}
		r := w.request(c.method, path, values)
		if c.host != "" {
			r.Host = c.host
		}
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		if code, said := w.do(r); code != c.want {
			t.Errorf("%s: %d %s, want %d", name, code, said, c.want)
		}
	}
}

// A link on another site reaches neither a stream nor the app.
func TestGuard_OnlyForTheScript(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{"/live/as/alice/c/ops", "/as/alice/options?view=V0&action=a&q=web"} {
		r := w.request(http.MethodGet, path, nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		if code, said := w.do(r); code != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, code, said)
		}
	}
}

// A stream begins with the version that the page has, and there can be only so many.
func TestLive_VersionAndLimit(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, page := w.get("/as/alice/c/ops")
	_, version, _ := strings.Cut(page, `data-version="`)
	version, _, _ = strings.Cut(version, `"`)
	for i := range 65 {
		answer, err := http.DefaultClient.Do(w.request(http.MethodGet, "/live/as/alice/c/ops", nil))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		if i == 64 {
			if answer.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("the 65th: %s", answer.Status)
			}
			break
		}
		begin := "retry: 1000\nevent: version\ndata: " + version + "\n\n"
		got := make([]byte, len(begin))
		if _, err := io.ReadFull(answer.Body, got); err != nil || version == "" || string(got) != begin {
			t.Fatalf("%d: %v %q, want %q", i, err, got, begin)
		}
	}
}

// The script stays small.
func TestScript_Below400Lines(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("static/app.js")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(script), "\n"); n >= 400 {
		t.Errorf("%d lines", n)
	}
}

// A form that is too long, and an address that is not there, are answered with a sentence.
func TestSite_SaysWhatToDo(t *testing.T) {
	t.Parallel()
	w := start(t)
	if code, said := w.post("/as/alice/say", url.Values{"text": {strings.Repeat("x", 300_000)}}); code != http.StatusRequestEntityTooLarge || !strings.Contains(said, "too long") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := w.get("/as/alice/c/nowhere"); code != http.StatusNotFound || !strings.Contains(said, `<a href="/">`) {
		t.Errorf("%d %s", code, said)
	}
	if code, said := w.post("/as/alice/dance", url.Values{}); code != http.StatusNotFound || !strings.Contains(said, "Load the page again") {
		t.Errorf("%d %s", code, said)
	}
}
