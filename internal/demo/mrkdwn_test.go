package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"extendbot/internal/slacksim/blockkit"
)

// plain returns rendered text without styles and without line breaks for width.
func plain(rendered string) string { return ansi.Strip(strings.Join(wrap(rendered, 1000), "\n")) }

// render returns a text with markup as people see it.
func (m markup) render(text string, base ansi.Style) string {
	return m.value(blockkit.Text{Type: "mrkdwn", Text: text}, base)
}

// Slack's markup is shown as people see it in Slack: marks, mentions, dates,
// links and entities.
func TestMrkdwn_Render(t *testing.T) {
	t.Parallel()
	m := markup{
		names: map[string]string{"U0ALICE": "alice", "C0OPS": "ops", "S0LEADS": "leads"},
		zone:  time.FixedZone("there", 2*3600),
		now:   func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) },
	}
	for in, want := range map[string]string{
		"*Hours:*\n72":                             "Hours:\n72",
		"_so_ ~not~ *both _looks_*":                "so not both looks",
		"snake_case_name 2*3*4 a ~ b":              "snake_case_name 2*3*4 a ~ b",
		"*open":                                    "*open",
		"`*as* _it_ is &amp; stays`":               "*as* _it_ is & stays",
		"one ` alone":                              "one ` alone",
		"a &amp;&lt;b&gt; &amp;lt; & c":            "a &<b> &lt; & c",
		"<@U0ALICE> in <#C0OPS>":                   "@alice in #ops",
		"<@U0NOBODY|nobody>":                       "@U0NOBODY",
		"<!subteam^S0LEADS> <!subteam^S0|x>":       "@leads @S0",
		"<!here> <https://x.test/?a&amp;b|a link>": "@here a link",
		"<https://x.test/?a&amp;b>":                "https://x.test/?a&b",
		"a < b":                                    "a < b",
		"a\n&gt; b *c*\n&gt;<@U0ALICE>\nd":         "a\n> b c\n> @alice\nd",
		"<!date^1772445605^{date_short_pretty} {time}|at ten>": "today 12:00",
		"<!date^1772359205^{date_pretty}|x>":                   "yesterday",
		"<!date^1772532005^{date_long_pretty}, {time_secs}|x>": "tomorrow, 12:00:05",
		"<!date^1775000000^{date_short_pretty} {time}|x>":      "Apr 1 01:33",
		"<!date^1775000000^{date_num} {date_long}|x>":          "2026-04-01 Wednesday, April 1",
		"<!date^soon^{time}|at &lt;ten&gt;>":                   "at <ten>",
		"<!date^1775000000|at ten>":                            "at ten",
		"\xff&":                                                "\ufffd&",
	} {
		if got := plain(m.render(in, nil)); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// Only the text between marks is styled, word by word, so that a style does not
// extend past the end of a line.
func TestMrkdwn_Styles(t *testing.T) {
	t.Parallel()
	m := markup{palette: palette{colors: true}}
	for in, want := range map[string]string{
		"a *b* c":         "a \x1b[1mb\x1b[m c",
		"*b `c` d*":       "\x1b[1mb\x1b[m \x1b[1;36mc\x1b[m \x1b[1md\x1b[m",
		"*a\nb*":          "*a\nb*",
		"*_a_*":           "\x1b[1;3ma\x1b[m",
		"&gt; *a* b":      "\x1b[2m>\x1b[m \x1b[1ma\x1b[m b",
		"`web-1`":         "\x1b[36mweb-1\x1b[m",
		"*<@U0ALICE>*":    "\x1b[1;34m@U0ALICE\x1b[m",
		"_x_, (~y~)":      "\x1b[3mx\x1b[m, (\x1b[9my\x1b[m)",
		"no marks at all": "no marks at all",
	} {
		if got := strings.Join(wrap(m.render(in, nil), 100), "\n"); got != want {
			t.Errorf("%q is rendered as %q, want %q", in, got, want)
		}
	}
}

// Whatever the text, no line is wider than the screen.
func FuzzMrkdwn(f *testing.F) {
	for _, seed := range []string{"*a* `b` <@U1> &amp;", "<!date^1^{time}|x>", "<", "`", "*_~", "&lt", "web-1 ✅ 日本語", " 00000000000000000", "0\x1b\x1e000"} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = max(2, min(width, 200))
		for _, l := range wrap((markup{}).render(text, nil), width) {
			if n := ansi.StringWidth(l); n > width {
				t.Fatalf("a line of %d columns, more than %d: %q", n, width, l)
			}
		}
	})
}
