package mrkdwn_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"extendbot/internal/slacksim/mrkdwn"
)

var (
	bold  = mrkdwn.Style{Bold: true}
	quote = mrkdwn.Style{Quote: true}
)

// Each kind of markup becomes a span of its kind.
func TestParse_EachKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]mrkdwn.Span{
		"":                                       nil,
		"a *b _c_* ~d~":                          {{Text: "a "}, {Text: "b ", Style: bold}, {Text: "c", Style: mrkdwn.Style{Bold: true, Italic: true}}, {Text: " "}, {Text: "d", Style: mrkdwn.Style{Strike: true}}},
		"snake_case 2*3*4 *a":                    {{Text: "snake_case 2*3*4 *a"}},
		"*a\nb*":                                 {{Text: "*a\nb*"}},
		"**a** *b*c *d `e*` f":                   {{Text: "**a** *b*c *d "}, {Kind: mrkdwn.Code, Text: "e*"}, {Text: " f"}},
		"*a * b*, _*c*_":                         {{Text: "a * b", Style: bold}, {Text: ", "}, {Text: "c", Style: mrkdwn.Style{Bold: true, Italic: true}}},
		"a\nb` ":                                 {{Text: "a\nb` "}},
		"`a\nb ``c":                              {{Text: "`a\nb ``c"}},
		"`*a* &lt;`b":                            {{Kind: mrkdwn.Code, Text: "*a* <"}, {Text: "b"}},
		"```\na\n*b*\n```\nc":                    {{Kind: mrkdwn.Pre, Text: "a\n*b*"}, {Text: "\nc"}},
		"&gt; a\nb":                              {{Text: "a\n", Style: quote}, {Text: "b"}},
		"a\n> *b*":                               {{Text: "a\n"}, {Text: "b", Style: mrkdwn.Style{Quote: true, Bold: true}}},
		"a > b &amp;lt;":                         {{Text: "a > b &lt;"}},
		"<@U1> <#C1|ops>":                        {{Kind: mrkdwn.User, Text: "U1"}, {Text: " "}, {Kind: mrkdwn.Channel, Text: "C1"}},
		"<!subteam^S1|x>":                        {{Kind: mrkdwn.Group, Text: "S1"}},
		"<!here|here>":                           {{Kind: mrkdwn.Special, Text: "here"}},
		"*<https://x.test/?a&amp;b|a &lt;link>*": {{Kind: mrkdwn.Link, Text: "a <link", URL: "https://x.test/?a&b", Style: bold}},
		"<mailto:a@x.test>":                      {{Kind: mrkdwn.Link, Text: "mailto:a@x.test", URL: "mailto:a@x.test"}},
		"<HTTP://x.test|:tada: *x*>":             {{Kind: mrkdwn.Link, Text: "🎉 *x*", URL: "HTTP://x.test"}},
		"<javascript:alert(1)|click>":            {{Text: "<javascript:alert(1)|click>"}},
		"<data:text/html,x> <https:// x>":        {{Text: "<data:text/html,x> <https:// x>"}},
		"<> <@> <@u 1> <!all> <!date^1> <a\n >":  {{Text: "<> <@> <@u 1> <!all> <!date^1> <a\n >"}},
		"a < b <@U1>":                            {{Text: "a < b "}, {Kind: mrkdwn.User, Text: "U1"}},
		"<!date^1772445605^{time}|ten>":          {{Kind: mrkdwn.Date, Text: "ten", Time: time.Unix(1772445605, 0)}},
		"<!date^soon^{time}|at &lt;ten&gt;>":     {{Kind: mrkdwn.Date, Text: "at <ten>"}},
		"done :tada: at 10:30:45 :nothing:":      {{Text: "done 🎉 at 10:30:45 :nothing:"}},
		"`:tada:` a < b":                         {{Kind: mrkdwn.Code, Text: ":tada:"}, {Text: " a < b"}},
	} {
		if diff := cmp.Diff(want, mrkdwn.Parse(text), cmpopts.IgnoreUnexported(mrkdwn.Span{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// A text without markup can have the names of emoji.
func TestEmoji_OnlyNames(t *testing.T) {
	t.Parallel()
	if got := mrkdwn.Emoji("*a* <@U1> &amp; :tada: :+1: :no: 10:30:45"); got != "*a* <@U1> &amp; 🎉 👍 :no: 10:30:45" {
		t.Errorf("it is shown as %q", got)
	}
}

// A date is shown in the time zone of its reader, relative to their day. Like Slack, it has no year
// within half a year.
func TestDate_InAZone(t *testing.T) {
	t.Parallel()
	zone, now := time.FixedZone("there", 2*3600), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"<!date^1772445605^{date_short_pretty} {time}|x>":       "today 12:00",
		"<!date^1772359205^{date_pretty}|x>":                    "yesterday",
		"<!date^1772532005^{date_long_pretty}, {time_secs}|x>":  "tomorrow, 12:00:05",
		"<!date^1775000000^{date_short_pretty} {time}|x>":       "Apr 1 01:33",
		"<!date^1775000000^{date_num} {date_long} {date}|x>":    "2026-04-01 Wednesday, April 1 April 1",
		"<!date^1793000000^{date_short_pretty}|in half a year>": "Oct 26, 2026",
		"<!date^99999999999999^{date_num}|never>":               "never",
		"<!date^1775000000|at ten>":                             "at ten",
	} {
		if got := mrkdwn.Parse(text)[0].In(zone, now); got != want {
			t.Errorf("%s is shown as %q, want %q", text, got, want)
		}
	}
}

// Whatever the text, what is no markup is in the spans once and in order.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"*a* `b` <@U1> &amp;", "<!date^1^{time}|x>", "<!date^1^{date}^https://x|x>", "<", "`", "*_~", "&lt", "web-1 ✅ 日本語",
		"```a```", "&gt; a\n&gt;b", ":tada:", "\xff&", "<https://a.test|b> <javascript:c>", "*a _b* c_ **d**", "*a* b\nc `d`\n> e",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spans := mrkdwn.Parse(text)
		for i, s := range spans {
			switch {
			case s.Kind == mrkdwn.Text && (s.Text == "" || i > 0 && spans[i-1].Kind == mrkdwn.Text && spans[i-1].Style == s.Style):
				t.Errorf("%q: the span %+v is of no use", text, s)
			case !utf8.ValidString(s.Text + s.In(time.UTC, time.Unix(0, 0))):
				t.Errorf("%q: the span %+v is not UTF-8", text, s)
			case s.URL != "" && !opened.MatchString(s.URL):
				t.Errorf("%q: a link to %q", text, s.URL)
			}
		}
		if got, all := letters(text), letters(shown(spans)); len(all) > len(got) {
			t.Errorf("%q is shown as %q", text, all)
		}
		if strings.Contains(text, ":") || !utf8.ValidString(text) {
			return
		}
		if want, got := notMarks(text), notMarks(shown(mrkdwn.Parse(escape.Replace(text)))); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	})
}

var (
	opened = regexp.MustCompile(`^(?i:https?://|mailto:)[^\s]+$`)
	escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	marks  = strings.NewReplacer("*", "", "_", "", "~", "", "`", "", ">", "", " ", "", "\n", "")
)

// notMarks returns a text without all that could be markup when it is escaped.
func notMarks(text string) string { return marks.Replace(text) }

// letters returns the letters of a text that are not emoji.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, text)
}

// shown returns all text of spans.
func shown(spans []mrkdwn.Span) string {
	var all strings.Builder
	for _, s := range spans {
		all.WriteString(s.Text)
	}
	return all.String()
}

// The worst texts take about as long as ordinary ones.
func BenchmarkParse(b *testing.B) {
	const size = 86_000
	for name, piece := range map[string]string{
		"words": "some words ", "open": "<", "marks": "*a", "backquotes": "`", "entities": "&", "colons": ":a", "fences": "```", "lines": "*a\n", "mixed": "*_~`<:&\n",
		"unpaired": "*a ", "nested": "<a", "references": "<@U1>", "dates": "<!date^1^{date}|x>", "quotes": ">*a*\n",
	} {
		text := strings.Repeat(piece, size/len(piece))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				mrkdwn.Parse(text)
			}
		})
	}
}
