package slackweb_test

import (
	"encoding/xml"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
)

// hostile is a text that breaks out of an element, an attribute, a script, or a line.
const hostile = "\"'><img src=x onerror=alert(1)></textarea></script></template><b>&amp; {{.}}\r\n\ndata: x"

// foreign returns the elements and attributes of a page that are none of its own: pictures,
// handlers of events, and links that neither stay in it nor lead to a site.
func foreign(t *testing.T, page string) (all []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err, page)
		}
		e, _ := token.(xml.StartElement)
		if slices.Contains([]string{"img", "iframe", "style", "base", "x"}, e.Name.Local) {
			all = append(all, e.Name.Local)
		}
		for _, attr := range e.Attr {
			if strings.HasPrefix(attr.Name.Local, "on") || attr.Name.Local == "style" ||
				attr.Name.Local == "href" && !regexp.MustCompile(`^(/|#|https?://|mailto:)`).MatchString(attr.Value) {
				all = append(all, attr.Name.Local+"="+attr.Value)
			}
		}
	}
}

// The ids of blocks and actions can be any text: each field and each button is its own.
func TestModal_OddIDs(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	odd := []string{"a b", "a.b", "a-b", "a_2e_b", "100%", hostile}
	var blocks []slack.Block
	for _, id := range odd {
		blocks = append(blocks, field(id, slack.NewPlainTextInputBlockElement(nil, "in "+id)), buttons("press "+id, "go", "first"))
	}
	view := w.opened(a, blocks...)
	code, page := w.get("/as/alice/c/ops")
	if found := foreign(t, page); code != http.StatusOK || len(found) > 0 {
		t.Fatalf("%d: the page has %q", code, found)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if seen[m[1]] && m[1] != "confirm-title" && m[1] != "confirm-text" {
			t.Errorf("two elements are %q", m[1])
		}
		seen[m[1]] = true
	}
	form := url.Values{"view": {view}}
	for _, m := range regexp.MustCompile(`<input type="text" id="modal-[^>]* name="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		form.Set(html.UnescapeString(m[1]), "value of "+m[1])
	}
	pressed := 0
	for _, m := range regexp.MustCompile(`name="press" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		w.does("/as/alice/press-view", "view", view, "press", html.UnescapeString(m[1]))
		if got := a.next().Actions; len(got) != 1 || got[0].BlockID != "press "+odd[pressed] {
			t.Errorf("%q presses %+v", m[1], got)
		}
		pressed++
	}
	if len(form) != len(odd)+1 || pressed != len(odd) {
		t.Fatalf("%d fields and %d buttons", len(form)-1, pressed)
	}
	if code, said := w.post("/as/alice/submit", form); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, said)
	}
	values := a.next().View.State.Values
	for _, id := range odd {
		if values[id]["in "+id].Value == "" {
			t.Errorf("%q has no value", id)
		}
	}
}

// Nothing that people, the app, or the drawer can write is markup, wherever it is shown.
func TestSite_HostileTexts(t *testing.T) {
	t.Parallel()
	w := start(t, func(c *slackweb.Config) {
		c.App.Commands = append(c.App.Commands, slackweb.Command{Name: "/" + hostile, Usage: hostile, Description: hostile})
		c.App.Shortcuts = []slackweb.Shortcut{{CallbackID: hostile, Name: hostile, Description: hostile}}
	})
	w.slack.AddUser(slacksim.User{ID: "U0EVIL", Name: hostile, TZ: hostile})
	w.slack.AddChannel(slacksim.Channel{ID: "C0EVIL", Name: hostile})
	w.slack.Join(ops, "U0EVIL")
	for _, text := range []string{
		hostile, "*" + hostile + "*", "`" + hostile + "`", "```" + hostile + "```", "<@" + hostile + ">", "<@U0EVIL> <#C0EVIL>", "<#" + hostile + ">",
		"<!subteam^" + hostile + ">", "<!date^1700000000^" + hostile + "^javascript:alert(1)|x>", "<!date^1700000000^{date}^https://a/\"onclick=alert(1)|x>",
		"<javascript:alert(1)|x>", "<data:text/html,x|x>", "<JavaScript:alert(1)>", "<https://a.slack.com/archives/C/\"onclick=\"alert(1)|" + hostile + ">",
		"<https://a/\" onclick=\"alert(1)|x>", "<mailto:a\" onclick=\"alert(1)>",
	} {
		if _, err := w.slack.Say(ops, "U0EVIL", text, ""); err != nil {
			t.Fatal(err)
		}
	}
	next := w.live("/as/alice/c/ops")
	var stream strings.Builder
	next(func(u update) bool {
		for _, piece := range u.HTML {
			stream.WriteString(piece)
		}
		return u.In == "messages"
	})
	code, page := w.get("/as/alice/c/ops?x=" + url.QueryEscape(hostile) + "#" + url.QueryEscape(hostile))
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, page)
	}
	for _, text := range []string{page, stream.String()} {
		if found := foreign(t, text); len(found) > 0 {
			t.Errorf("the page has %q", found)
		}
	}
	for _, path := range []string{"/as/" + url.PathEscape(hostile) + "/c/ops", "/as/alice/c/" + url.PathEscape(hostile+"x"), "/" + url.PathEscape(hostile)} {
		if _, body := w.get(path); len(foreign(t, body)) > 0 {
			t.Errorf("%s: %s", path, body)
		}
	}
}
