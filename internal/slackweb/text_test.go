package slackweb_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
)

// post posts a message of the app and returns the HTML of the channel as alice sees it.
func (w *world) posted(text string) string {
	w.Helper()
	api := slack.New(w.slack.BotToken(), slack.OptionAPIURL(w.slack.APIURL()))
	if _, _, err := api.PostMessageContext(w.Context(), ops, slack.MsgOptionText(text, false)); err != nil {
		w.Fatal(err)
	}
	_, page := w.get("/as/alice/c/ops")
	return page
}

// Markup is shown as in Slack: styles, code, mentions by name, links, and dates in the
// reader's time zone.
func TestText_Markup(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	w := start(t, func(c *slackweb.Config) { c.Now = func() time.Time { return now } })
	w.slack.AddUser(slacksim.User{ID: alice, Name: "alice", TZ: "Asia/Tokyo"})
	w.slack.AddUsergroup(slacksim.Usergroup{ID: "S0LEADS", Handle: "leads", Members: []string{alice}})
	for text, want := range map[string]string{
		"*a _b_*":                    "<b>a </b><b><i>b</i></b>",
		"`web-1` ```x\ny```":         "<code>web-1</code> <pre>x\ny</pre>",
		"&gt; quoted\nnot":           "<blockquote>quoted\n</blockquote>not",
		"a\n\n&gt; *b* ```c```\n\nd": "a\n\n<blockquote><b>b</b> </blockquote><blockquote><pre>c</pre></blockquote>\nd",
		"a\n```b```\n```c```\n\nd":   "a\n<pre>b</pre><pre>c</pre>\nd",
		"<https://other.slack.com/archives/C0OPS/p1772445605000000|x>": `href="https://other.slack.com/archives/C0OPS/p1772445605000000" target`,
		"<https://acme.slack.com/archives/../c/ops|x>":                 `href="https://acme.slack.com/archives/../c/ops" target`,
		"<javascript:alert(1)|click>":                                  "&lt;javascript:alert(1)|click&gt;",
		"<!date^1772445605^{time}^https://x.test/|x>":                  `<a href="https://x.test/" target="_blank" rel="noopener noreferrer"><time datetime="2026-03-02T19:00:05&#43;09:00"`,
		"<@U0ALICE> <@U0BOB>":                                          `<span class="mention mention-me">@alice</span> <span class="mention">@bob</span>`,
		"<!subteam^S0LEADS> <!here>":                                   `<span class="mention mention-me">@leads</span> <span class="mention mention-me">@here</span>`,
		"<#C0OPS> <#C0NONE>":                                           `<a href="/as/alice/c/ops">#ops</a> <span class="mention">a private channel</span>`,
		"<https://x.test/?a&amp;b|link>":                               `<a href="https://x.test/?a&amp;b" target="_blank" rel="noopener noreferrer">link</a>`,
		"<!date^1772445605^{date_pretty} {time}|x>":                    `<time datetime="2026-03-02T19:00:05&#43;09:00" title="Monday, March 2, 2026 at 19:00:05 JST">today 19:00</time>`,
		"done :tada:": "done 🎉",
		"<https://acme.slack.com/archives/C0OPS/p1772445605000000?thread_ts=1772445605.000000&amp;cid=C0OPS|order>": `<a href="/as/alice/archives/C0OPS/p1772445605000000?thread_ts=1772445605.000000&amp;cid=C0OPS">order</a>`,
	} {
		if page := w.posted(text); !strings.Contains(page, want) {
			i := strings.LastIndex(page, "<article")
			t.Errorf("%q is not shown as %s, but:\n%s", text, want, page[max(i, 0):])
		}
	}
}

// Nothing that people or the app write becomes markup of the page, or a link that runs a
// script.
func TestText_NoInjection(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.AddUser(slacksim.User{ID: "U0EVIL", Name: `"><img src=x onerror=alert(1)>`})
	for _, text := range []string{
		"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "`<img src=x onerror=alert(1)>`", "```<svg onload=alert(1)>```",
		"<javascript:alert(1)|click>", "<JaVaScRiPt:alert(1)>", "<data:text/html,<script>alert(1)</script>|x>", "<vbscript:x|y>",
		`<https://x.test/"onmouseover="alert(1)|x>`, `<https://x.test/'><script>|"><script>alert(1)</script>>`, "<@U0EVIL>", `<@"><img src=x>>`, `<#"><img src=x>>`,
		`<!date^1^"><img src=x onerror=alert(1)>^javascript:alert(1)|"><img src=x>>`, `<!subteam^"><img src=x>>`, "*<b onclick=alert(1)>*", "\x00<img src=x>",
		`<https://evil.slack.com/archives/"><script>alert(1)</script>|x>`, "<https://evil.slack.com/archives/../../x|x>",
	} {
		page := w.posted(text)
		for _, bad := range []string{"<script>alert", "<img src=x", "<svg onload", "<b onclick", `href="javascript`, `href="JaVa`, `href="data`, `href="vbs`, `"onmouseover="`, "href=\"\""} {
			if strings.Contains(page, bad) {
				t.Errorf("%q leads to %s", text, bad)
			}
		}
	}
	if code, _ := w.post("/as/alice/say", url.Values{"channel": {ops}, "text": {"</script><!--"}}); code >= 400 {
		t.Error("a text is refused")
	}
	next := w.live("/as/alice/c/ops")
	u := next(func(u update) bool { return u.In == "messages" && len(u.IDs) > 0 })
	if all, err := json.Marshal(u.HTML); err != nil || strings.Contains(string(all), "</script><!--") {
		t.Errorf("the stream has %s, %v", all, err)
	}
}
