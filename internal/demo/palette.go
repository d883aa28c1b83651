package demo

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-isatty"
)

// The styles of text. Combine them with [styles].
var (
	bold   = ansi.Style{}.Bold()
	dim    = ansi.Style{}.Faint()
	italic = ansi.Style{}.Italic(true)
	struck = ansi.Style{}.Strikethrough(true)
	red    = ansi.Style{}.ForegroundColor(ansi.Red)
	green  = ansi.Style{}.ForegroundColor(ansi.Green)
	yellow = ansi.Style{}.ForegroundColor(ansi.Yellow)
	blue   = ansi.Style{}.ForegroundColor(ansi.Blue)
	code   = ansi.Style{}.ForegroundColor(ansi.Cyan)
)

// styles combines styles.
func styles(list ...ansi.Style) ansi.Style { return slices.Concat(list...) }

// palette styles text. The zero value leaves it plain.
type palette struct{ colors bool }

// paletteFor returns a palette with colors if out is a terminal with colors and
// the user did not switch them off. https://no-color.org
func paletteFor(out io.Writer) palette {
	return palette{colors: isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// paint returns text in a style. The text must fit on one line; for text to be
// wrapped, use paintWords.
func (p palette) paint(s ansi.Style, text string) string {
	if !p.colors || text == "" {
		return text
	}
	return s.Styled(text)
}

var words = regexp.MustCompile(`[^ \n]+`)

// paintWords styles each word separately, so that no style extends past the end
// of a line.
func (p palette) paintWords(s ansi.Style, text string) string {
	return words.ReplaceAllStringFunc(text, func(word string) string { return p.paint(s, word) })
}

// maxUnbroken is the maximum width of code, in columns, that is kept on one
// line.
const maxUnbroken = 40

// unbroken keeps text of at most maxUnbroken columns from being wrapped.
func unbroken(text string) string {
	if ansi.StringWidth(text) > maxUnbroken {
		return text
	}
	return strings.ReplaceAll(text, " ", "\u00a0")
}

var (
	// ansi.Wrap would break server names and ids at their hyphens.
	joinHyphens = strings.NewReplacer("-", "\u2011")
	unjoin      = strings.NewReplacer("\u2011", "-", "\u00a0", " ")
)

// wrap breaks text into lines of at most width columns, between words where
// possible. Styled text keeps its style if it comes from paintWords.
func wrap(text string, width int) []string {
	wrapped := ansi.Wrap(joinHyphens.Replace(text), width, "")
	// Wrap makes a line one column too wide if a blank precedes a long word.
	wrapped = ansi.Hardwrap(wrapped, width, true)
	return strings.Split(unjoin.Replace(wrapped), "\n")
}

// indent returns the lines with a prefix, without trailing blanks.
func indent(prefix string, lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(prefix+l, " ")
	}
	return out
}
