package demo

import (
	"os"
	"strings"
	"testing"
	"time"
)

// Lines break between words, not inside code or at hyphens. A word that is wider
// than a line is broken anywhere.
func TestWrap_BetweenWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                           "",
		"short":                      "short",
		"one two three four":         "one two|three four",
		"exactly-10":                 "exactly-10",
		"a\n\nb":                     "a||b",
		"muchlongerthanaline":        "muchlonger|thanaline",
		"a muchlongerthanaline":      "a|muchlonger|thanaline",
		"to `do it` again":           "to do it|again",
		"call it `by its` name":      "call it|by its|name",
		"✅✅✅✅ ✅✅":                    "✅✅✅✅|✅✅",
		"a bb ccc dddd eeeee ffffff": "a bb ccc|dddd eeeee|ffffff",
	} {
		if got := strings.Join(wrap((markup{}).render(in, nil), 10), "|"); got != want {
			t.Errorf("%q breaks into %q, want %q", in, got, want)
		}
	}
}

// Without colors, code is shown in backquotes.
func TestMrkdwn_QuotesCode(t *testing.T) {
	t.Parallel()
	if got := plain((markup{quote: true}).render("a `b c` d `e`", nil)); got != "a `b c` d `e`" {
		t.Errorf("got %q", got)
	}
}

// Only a terminal gets colors.
func TestPalette_NoTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for name, out := range map[string]any{"a file": file, "a buffer": &strings.Builder{}, "nothing": nil} {
		if isTerminal(out) {
			t.Errorf("%s counts as a terminal", name)
		}
	}
	if paletteFor(file).colors {
		t.Error("a file gets colors")
	}
	if got := (palette{}).paint(styles(bold, red), "x"); got != "x" {
		t.Errorf("without colors x is painted %q", got)
	}
}

// Durations are shown with a useful number of digits.
func TestShort_Digits(t *testing.T) {
	t.Parallel()
	for in, want := range map[time.Duration]string{0: "0.0 ms", 1_234_000: "1.2 ms", 12_345_000: "12 ms", 999_000_000: "999 ms", 2_345_000_000: "2.3 s"} {
		if got := short(in); got != want {
			t.Errorf("%v is %q, want %q", in, got, want)
		}
	}
}
