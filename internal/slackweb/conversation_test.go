package slackweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
)

// api calls a method of Slack's Web API as the app.
func (w *world) api(method string, args url.Values) {
	w.Helper()
	args.Set("token", w.slack.BotToken())
	r := w.request(http.MethodPost, "", args)
	var err error
	if r.URL, err = url.Parse(w.slack.APIURL() + method); err != nil {
		w.Fatal(err)
	}
	r.Host = r.URL.Host
	if code, said := w.do(r); code != http.StatusOK || !strings.Contains(said, `"ok":true`) {
		w.Fatalf("%s: %d %s", method, code, said)
	}
}

// say posts a message of a person.
func (w *world) say(channel, user, text, thread string) slacksim.Message {
	w.Helper()
	m, err := w.slack.Say(channel, user, text, thread)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// shows fails the test unless an address shows all of the texts.
func (w *world) shows(path string, texts ...string) string {
	w.Helper()
	code, page := w.get(path)
	page = strings.Join(strings.Fields(page), " ")
	for _, text := range texts {
		if code != http.StatusOK || !strings.Contains(page, text) {
			w.Errorf("%s: %d without %q: %s", path, code, text, page)
		}
	}
	return page
}

// A reply is not in the conversation, but counted there, and in its thread.
func TestConversation_Thread(t *testing.T) {
	t.Parallel()
	w := start(t)
	parent := w.say(ops, alice, "the parent", "")
	w.say(ops, bob, "the first reply", parent.TS)
	w.say(ops, bob, "the second reply", parent.TS)
	page := w.shows("/as/alice/c/ops", "the parent", "<b>2 replies</b> <span>last reply today at ")
	if strings.Contains(page, "the first reply") {
		t.Error("a reply is in the conversation")
	}
	w.shows("/as/alice/c/ops?thread="+parent.TS, `aria-label="Close the thread"`, "the first reply", "the second reply", "<span>2 replies</span>", "Reply…")
}

// What only one person sees is marked, and nobody else gets it.
func TestConversation_Ephemeral(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.api("chat.postEphemeral", url.Values{"channel": {ops}, "user": {alice}, "text": {"a secret"}})
	w.shows("/as/alice/c/ops", "a secret", "Only visible to you", `<span class="badge">APP</span>`)
	w.slack.AddChannel(slacksim.Channel{ID: "C0RANDOM", Name: "random"})
	for _, path := range []string{"/as/bob/c/ops", "/as/alice/c/random", "/as/alice/app/messages"} {
		if page := w.shows(path); strings.Contains(page, "a secret") {
			t.Errorf("it is at %s as well", path)
		}
	}
}

// Slack marks the edits of messages without blocks.
func TestConversation_Edited(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, blocks := range []string{"", `[{"type":"section","text":{"type":"mrkdwn","text":"b"}}]`} {
		w.api("chat.postMessage", url.Values{"channel": {ops}, "text": {"first"}, "blocks": {blocks}})
		all := w.slack.Messages(ops)
		w.api("chat.update", url.Values{"channel": {ops}, "ts": {all[len(all)-1].TS}, "text": {"then"}, "blocks": {blocks}})
		page := w.shows("/as/alice/c/ops")
		if n := strings.Count(page, "(edited)"); n != 1 {
			t.Errorf("blocks %q: %d messages are marked", blocks, n)
		}
	}
}

// Each day begins with its name.
func TestConversation_Days(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for ago, want := range map[time.Duration]string{
		0: "<span>Today</span>", 24 * time.Hour: "<span>Yesterday</span>", 72 * time.Hour: now.UTC().Format("<span>Monday, January 2"),
	} {
		w := start(t, func(c *slackweb.Config) { c.Now = func() time.Time { return now.Add(ago) } })
		w.say(ops, alice, "hello", "")
		w.shows("/as/alice/c/ops", want)
	}
}

// What others write is unread until somebody looks at it.
func TestSidebar_Unread(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.AddChannel(slacksim.Channel{ID: "C0RANDOM", Name: "random"})
	w.slack.Join("C0RANDOM", alice, bob)
	parent := w.say("C0RANDOM", bob, "one", "")
	w.say("C0RANDOM", bob, "a reply", parent.TS)
	w.say("C0RANDOM", alice, "my own", "")
	const unread = `aria-label="1 unread">1<`
	w.shows("/as/alice/c/ops", unread)
	w.shows("/as/alice/c/random", "one")
	if page := w.shows("/as/alice/c/ops"); strings.Contains(page, "unread") {
		t.Error("it is still unread:", page)
	}
	w.shows("/as/bob/c/ops", unread)
}

// The switch keeps the place, and so does the link to a second window.
func TestPage_BeSomebodyElse(t *testing.T) {
	t.Parallel()
	w := start(t)
	m := w.say(ops, alice, "hello", "")
	w.shows("/as/alice/c/ops?thread="+m.TS, `You are <b>alice</b>`, `href="/as/bob/c/ops?thread=`+m.TS+`" target="_blank"`, "Open a second window as bob")
	w.shows("/as/alice/app", `href="/as/bob/app"`)
}

// The Home tab shows what the app published for this person.
func TestHome_OfOnePerson(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.shows("/as/alice/app", "has not published a Home tab for you yet")
	w.api("views.publish", url.Values{"user_id": {alice}, "view": {`{"type":"home","blocks":[{"type":"header","text":{"type":"plain_text","text":"Your servers"}}]}`}})
	w.shows("/as/alice/app", "Your servers")
	w.shows("/as/bob/app", "has not published a Home tab for you yet")
}
