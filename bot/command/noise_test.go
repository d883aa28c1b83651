package command

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What keyboards, copying, and Slack add to a text does not change what it means,
// however much of it there is.
func TestParse_NoiseChangesNothing(t *testing.T) {
	texts := []string{
		"", "help", "list", "history web-1", "status 06ppv9a8-kx3n7d2q", "cancel 06ppv9a8-kx3n7d2q",
		"web-1 72", "web-1 3 days", "web-1 1d 12h", "1 day and 12 hours web-1", "web-1 for +24", "24 for web-1", "extend list 24", "24 for 48",
		"web-1 until friday 18:00", "web-1 until 4 dec 2026 6:30 pm utc", "until tomorrow noon web-1",
		"web-1", "24", "web-1 1.5d", "web-1 30m", "web-1 1d 12", "web-1 24 db-1", "web-1 until friday", "web-1 24 now", "list all", // mistakes
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		reason := ""
		if rapid.Bool().Draw(t, "reason") && len(strings.Fields(text)) > 2 {
			reason = " because the *demo* is at 18:00, <b>!"
		}
		o := Options{Name: "/rent", Limit: testLimit, Known: []func(string) bool{nil, anyID, knows("web-1", "db-1")}[rapid.IntRange(0, 2).Draw(t, "known")]}
		want, wantErr := Parse(text+reason, o)

		noisy := withNoise(t, text)
		if reason != "" {
			noisy += invisibly(t, reason)
		}
		got, err := Parse(noisy, o)
		if got != want || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%q is %+v, %v; but %q is %+v, %v", text+reason, want, wantErr, noisy, got, err)
		}
	})
}

// withNoise adds to the words of a text what does not count.
func withNoise(t *rapid.T, text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		for range rapid.IntRange(0, 2).Draw(t, "wraps") {
			around := rapid.SampledFrom([]string{"“”", "‘’", `""`, "''", "``", "»«", "„“", "**", "__", "~~", "<>"}).Draw(t, "wrap")
			runes := []rune(around)
			if around == "<>" && !strings.ContainsAny(word, "<>") {
				word = rapid.SampledFrom([]string{"<http://a.example|", "<tel:1|", "<mailto:x|"}).Draw(t, "link") + word + ">"
			} else if around != "<>" {
				word = string(runes[0]) + word + string(runes[1])
			}
		}
		word += rapid.SampledFrom([]string{"", "", "", ",", ".", ";", "!", "?!", "..."}).Draw(t, "punctuation")
		if word[len(word)-1] != '>' && !strings.ContainsAny(word, "<>") {
			word = invisibly(t, word)
			if rapid.IntRange(0, 3).Draw(t, "wide") == 0 {
				word = strings.Map(wide, word)
			}
		}
		words[i] = word
	}
	for range rapid.IntRange(0, 2).Draw(t, "please") {
		at := rapid.IntRange(0, len(words)).Draw(t, "where")
		words = append(words[:at:at], append([]string{"Please,"}, words[at:]...)...)
	}
	if !strings.Contains(text, "list") && rapid.Bool().Draw(t, "named") { // "extend list" is another thing
		words = append([]string{rapid.SampledFrom([]string{"/extend", "Extend", "/rent", "rent", "/extend /rent"}).Draw(t, "name")}, words...)
	}
	blank := rapid.SampledFrom([]string{" ", "  ", "\t", "\u00a0", "\u3000", " \n "}).Draw(t, "blank")
	text = strings.Join(words, blank)
	if around := rapid.SampledFrom([]string{"", "", "*", "_"}).Draw(t, "around"); around != "" && text != "" && !strings.Contains(text, around) {
		text = around + text + around
	}
	return text
}

// invisibly adds characters that nobody sees.
func invisibly(t *rapid.T, text string) string {
	var b strings.Builder
	for _, r := range text {
		if rapid.IntRange(0, 5).Draw(t, "invisible") == 0 {
			b.WriteString(rapid.SampledFrom([]string{"\u200b", "\u200d", "\ufeff", "\u00ad", "\u200e", "\ufe0f", "\u2060"}).Draw(t, "character"))
		}
		b.WriteRune(r)
	}
	return b.String()
}

// wide returns the full width form of a letter or digit.
func wide(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r - '!' + '！'
	}
	return r
}
