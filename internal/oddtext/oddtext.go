// Package oddtext finds characters in a text that look like other ones, or like nothing, and
// that come into it when it is copied from a web page, a chat, or a word processor.
package oddtext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is a kind of odd characters.
type kind struct {
	found  func(rune) bool
	name   string
	inPath bool // even the path of a file never has it
}

// typographic are the quotation marks that no keyboard has.
const typographic = "“”„‘’«»"

var kinds = []kind{
	{invisible, "an invisible character", true},
	{func(r rune) bool { return r != ' ' && unicode.Is(unicode.Zs, r) }, "a space that is not an ordinary one, such as a non-breaking space", true},
	{func(r rune) bool { return r >= '！' && r <= '～' || r == '、' || r == '。' }, "a full-width character", false},
	{func(r rune) bool { return r != '-' && unicode.Is(unicode.Pd, r) || r == '−' }, "a dash that is not the hyphen of the keyboard", false},
	{func(r rune) bool { return strings.ContainsRune(typographic, r) }, "a typographic quotation mark", false},
}

// Find returns the kinds of odd characters in text, each as a noun with the place of the
// first one, which is counted in characters from 1. In a path, everything that can be seen is
// normal.
func Find(text string, path bool) (found []string) {
	for _, k := range kinds {
		if i := strings.IndexFunc(text, k.found); i >= 0 && (k.inPath || !path) {
			found = append(found, fmt.Sprintf("%s (character %d)", k.name, utf8.RuneCountInString(text[:i])+1))
		}
	}
	return found
}

// invisible reports whether r shows nothing. Line breaks and tabs separate words
// instead.
func invisible(r rune) bool {
	return !strings.ContainsRune("\t\r\n", r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
