package command

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The text of a message is read as its author sees it.
func TestFromMessage_AsItsAuthorSeesIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"web-1 3d":    "web-1 3d",
		" web-1 3d\n": "web-1 3d",
		"<http://web-1.example|web-1.example> 3d": "web-1.example 3d",
		"<https://example.com/?a=1&amp;b=2>":      "https://example.com/?a=1&b=2",
		"<mailto:bob@example.com|bob>":            "bob",
		"<@U0BOB|bob> in <#C0OPS|ops>":            "@bob in #ops",
		"<@U0BOB> in <#C0OPS|>":                   "<@U0BOB> in #C0OPS",
		"<!here> <!subteam^S0LEADS|@leads>":       "@here @leads",
		"R&amp;D &lt;3 &amp;lt;":                  "R&D <3 &lt;",
		"a < b > c":                               "a < b > c",
	} {
		if got := FromMessage(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

// Whatever somebody types arrives as it was typed, because Slack escapes it.
func TestFromMessage_UndoesWhatSlackDoes(t *testing.T) {
	t.Parallel()
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"<", ">", "&", "&lt;", "|", "@U0BOB", "#C0", "!here"}))).Draw(t, "parts"), "")
		if got := FromMessage(escape.Replace(text)); got != strings.TrimSpace(text) {
			t.Fatalf("%q arrives as %q", text, got)
		}
		FromMessage(text) // no text of Slack's can break it
	})
}
