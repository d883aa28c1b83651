package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestLinesBreakBetweenWords(t *testing.T) {
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
		var lines []string
		for _, l := range (mrkdwn{}).read(in).lines(10) {
			lines = append(lines, plainOf(l))
		}
		if got := strings.Join(lines, "|"); got != want {
			t.Errorf("%q breaks into %q, want %q", in, got, want)
		}
	}
}

func TestCodeIsQuotedWhereItHasNoColour(t *testing.T) {
	t.Parallel()
	if got := plainOf(mrkdwn{}.read("a `b c` d `e`").quoted()); got != "a `b c` d `e`" {
		t.Errorf("got %q", got)
	}
}

func TestThereAreNoColoursButOnATerminal(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for name, out := range map[string]any{"a file": file, "a buffer": &strings.Builder{}, "nothing": nil} {
		if isTerminal(out) {
			t.Errorf("%s is taken for a terminal", name)
		}
	}
	if paletteFor(file).colours {
		t.Error("a file gets colours")
	}
	if got := (palette{}).paint(bold|red, "x"); got != "x" {
		t.Errorf("without colours x is painted %q", got)
	}
}

func TestShortTimesSayWhatMatters(t *testing.T) {
	t.Parallel()
	for in, want := range map[time.Duration]string{0: "0.0 ms", 1_234_000: "1.2 ms", 12_345_000: "12 ms", 999_000_000: "999 ms", 2_345_000_000: "2.3 s"} {
		if got := short(in); got != want {
			t.Errorf("%v is %q, want %q", in, got, want)
		}
	}
}
