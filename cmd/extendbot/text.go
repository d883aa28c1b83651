package main

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible returns s with everything that cannot be seen written as in a Go
// string: "\n", "\x1b", "\u202e". So text from outside cannot break a table, move
// the cursor, hide or reorder what is printed, and can still be recovered. A
// backslash becomes two.
func visible(s string) string {
	var b strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0]), 16))
		case r == '\\':
			b.WriteString(`\\`)
		case hidden(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// hidden reports whether r cannot be seen or changes how its neighbors are shown:
// control and format characters, which include the marks for the direction of
// text, separators of lines, unusual spaces, and fillers.
func hidden(r rune) bool {
	return r != ' ' && (!unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point))
}

// visibleLines does the same as visible, but keeps line breaks and backslashes,
// for messages that this program wrote in several lines.
func visibleLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(visible(line), `\\`, `\`)
	}
	return strings.Join(lines, "\n")
}

// formula matches a text that a spreadsheet may evaluate: it begins with one of
// these characters, in any width. What is in front of it may be ignored or
// removed. Some programs separate cells by semicolons instead of commas, so a
// cell can begin after one.
var (
	formula   = regexp.MustCompile(`^['"\s]*[=+\-@＝＋－＠]`)
	inFormula = regexp.MustCompile(`;(['"\s]*[=+\-@＝＋－＠])`)
)

// cell returns a text as a cell of a CSV file that no spreadsheet evaluates. The
// text can be recovered: remove an apostrophe in front of a formula, then undo
// visible.
func cell(s string) string {
	s = inFormula.ReplaceAllString(visible(s), `\x3b$1`)
	if formula.MatchString(s) {
		return "'" + s
	}
	return s
}
