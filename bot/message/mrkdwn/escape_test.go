package mrkdwn

import (
	"strings"
	"testing"
	"unicode/utf8"
)

var unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// An escaped text contains no mention, link or entity of its own.
func TestEscape_LeavesNoMarkup(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		max  int
		want string
	}{
		"plain":                      {"web-1", 10, "web-1"},
		"a channel mention":          {"<!channel>", 30, "&lt;!channel&gt;"},
		"a user mention":             {"<@U1>", 30, "&lt;@U1&gt;"},
		"an entity":                  {"&lt;", 30, "&amp;lt;"},
		"line breaks":                {"a\nb\r\nc\u2028d", 30, "a b c d"},
		"control characters":         {"a\x00b\x1b[31mc", 30, "ab[31mc"},
		"zero width characters":      {"a\u200bb\ufeffc", 30, "abc"},
		"direction marks":            {"a\u202eb\u2066c\u200f", 30, "abc"},
		"invalid bytes":              {"a\xffb", 30, "a\ufffdb"},
		"emoji":                      {"a🙂b", 3, "a🙂b"},
		"exactly at the limit":       {"abcde", 5, "abcde"},
		"one above the limit":        {"abcdef", 5, "abcd…"},
		"an entity at the limit":     {"abc&", 8, "abc&amp;"},
		"an entity beyond the limit": {"abc&", 7, "abc…"},
		"an entity before the cut":   {"a&bcd", 7, "a&amp;…"},
		"no room for anything":       {"abc", 0, ""},
		"room for the ellipsis":      {"abc", 1, "…"},
		"nothing":                    {"", 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Escape(c.in, c.max); got != c.want {
				t.Errorf("Escape(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
			}
		})
	}
}

// A text in a code span cannot end the span.
func TestCode_StaysInItsSpan(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		max  int
		want string
	}{
		"plain":        {"web-1", 10, "`web-1`"},
		"backticks":    {"a`*b*`c", 30, "`a*b*c`"},
		"only ticks":   {"```", 30, Empty},
		"only blanks":  {" \n\u200b", 30, Empty},
		"nothing":      {"", 30, Empty},
		"a mention":    {"<!here>", 30, "`&lt;!here&gt;`"},
		"blank at cut": {"ab cdef", 6, "`ab …`"},
		"cut":          {"abcdef", 6, "`abc…`"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Code(c.in, c.max); got != c.want {
				t.Errorf("Code(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
			}
		})
	}
}

// A cut never splits an entity, a mention or a code span.
func TestCutMarkup_SplitsNoToken(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		max  int
		want string
	}{
		"short enough":      {"abc", 3, "abc"},
		"plain":             {"abcdefgh", 6, "abcd…"},
		"inside a mention":  {"ab <@U0ALICE> cd", 8, "ab …"},
		"inside an entity":  {"abc&amp;defgh", 8, "abc…"},
		"inside a span":     {"ab `cdefghijkl`", 9, "ab `cde…`"},
		"a lone angle":      {"<abcdefgh", 6, "<abc…"},
		"a lone and":        {"&abcdefgh", 6, "&abc…"},
		"characters of 4 B": {"🙂🙂🙂🙂🙂", 4, "🙂🙂…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := CutMarkup(c.in, c.max); got != c.want {
				t.Errorf("cutMarkup(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "web-1", "<!channel>", "&amp;&lt;", "a`b*c*_d_", "\u202e\u200b", strings.Repeat("&", 100), "🙂🙂🙂", "\xff\x00\n"} {
		f.Add(s, 12)
	}
	f.Fuzz(func(t *testing.T, s string, most int) {
		most %= 5000
		checkEscaped(t, s, Escape(s, most), most)

		code := Code(s, most)
		if most < 3 || code == Empty {
			return
		}
		rest, opens := strings.CutPrefix(code, "`")
		inner, closes := strings.CutSuffix(rest, "`")
		if !opens || !closes || strings.Contains(inner, "`") {
			t.Fatalf("Code(%q, %d) = %q", s, most, code)
		}
		checkEscaped(t, strings.ReplaceAll(s, "`", ""), inner, most-2)
	})
}

// checkEscaped checks everything that Escape promises.
func checkEscaped(t *testing.T, s, got string, most int) {
	t.Helper()
	if n := utf8.RuneCountInString(got); n > max(most, 0) {
		t.Fatalf("%q cut to %d has %d characters", s, most, n)
	}
	if !utf8.ValidString(got) || strings.ContainsAny(got, "<>\n") || strings.ContainsFunc(got, Invisible) {
		t.Fatalf("%q became %q", s, got)
	}
	if rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(got); strings.Contains(rest, "&") {
		t.Fatalf("%q became %q, which has a broken entity", s, got)
	}
	back := unescape.Replace(got)
	whole := Visible(s)
	if back != whole && !strings.HasPrefix(whole, strings.TrimSuffix(back, ellipsis)) {
		t.Fatalf("%q became %q, which is no prefix of it", s, got)
	}
}

// What is finished mrkdwn becomes plain text that says the same.
func TestUnmarked_SaysTheSame(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"`a &lt;b&gt; &amp;lt; c` and <@U1>, <!subteam^S1>, <#C1>": "a <b> &lt; c and somebody, a group, a channel",
		"until <!date^0^{time}|1 Jan 1970 00:00 UTC>.":             "until 1 Jan 1970 00:00 UTC.",
		"<https://acme.slack.com/x|06abc>":                         "06abc",
	} {
		if got := Unmarked(in); got != want || !utf8.ValidString(got) {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}
