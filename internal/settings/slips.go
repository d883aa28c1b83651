package settings

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// byteOrderMark is what some editors write at the beginning of a file. It cannot
// be seen.
const byteOrderMark = "\ufeff"

// quotes are the characters that people put around a value. A shell removes
// some of them; docker --env-file, systemd, and a file with a secret do not.
const quotes = "\"'`“”„‘’«»"

// slips returns what went wrong when a text was copied or typed, and the text as
// it was probably meant. It is not clear if nobody can know what was meant. No
// message repeats the text.
func (s Setting) slips(text string) (meant string, wrong []string, isClear bool) {
	meant, wrong = s.unwrap(text)
	unclear := s.unclear(meant)
	return meant, append(wrong, unclear...), len(unclear) == 0
}

// unwrap removes what is around a text and does not belong to it.
func (s Setting) unwrap(text string) (meant string, wrong []string) {
	meant = text
	if rest, ok := strings.CutPrefix(meant, byteOrderMark); ok {
		meant = rest
		wrong = append(wrong, "begins with a byte order mark (U+FEFF), which cannot be seen; remove it, or save the file as UTF-8 without one")
	}
	if trimmed := strings.TrimSpace(meant); trimmed != meant {
		meant = trimmed
		if !s.list {
			wrong = append(wrong, "begins or ends with a space or a line break; remove it")
		}
	}
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(meant, "export "), s.Name+"="); ok {
		meant = strings.TrimSpace(rest)
		wrong = append(wrong, "begins with its own name; write only what comes after the =")
	}
	if unquoted := strings.Trim(meant, quotes); unquoted != meant {
		meant = strings.TrimSpace(unquoted)
		wrong = append(wrong, "has quotation marks around it that became a part of the value; remove them")
	}
	return meant, wrong
}

var (
	placeholder = regexp.MustCompile("<[^<>]*>")
	// A line break beside a comma separates nothing.
	otherSeparator = regexp.MustCompile(`[;|]|[^,\s][^\S\n]*\n\s*[^,\s]`)
)

// unclear returns what nobody can correct but the person who wrote the text.
func (s Setting) unclear(text string) (wrong []string) {
	switch {
	case !utf8.ValidString(text):
		return []string{"is not UTF-8 text; save it as UTF-8"}
	case strings.HasPrefix(text, "$"), strings.HasPrefix(text, "{{"):
		return []string{"begins with $ or {{: the variable that it names was not filled in"}
	case strings.HasPrefix(text, "~/"), strings.HasPrefix(text, "sqlite:~/"):
		return []string{"begins with ~, which only a shell replaces; write the whole path"}
	case placeholder.MatchString(text):
		return []string{"contains a placeholder in < and >; write what it stands for, without these two characters"}
	case s.list && otherSeparator.MatchString(text):
		return []string{"separates its entries with something else than commas"}
	}
	for _, o := range oddities {
		if i := strings.IndexFunc(text, o.found); i >= 0 && (o.inPath || !s.path) {
			wrong = append(wrong, fmt.Sprintf("contains %s (character %d); type that part again", o.name, utf8.RuneCountInString(text[:i])+1))
		}
	}
	return wrong
}

// oddity is a kind of character that looks like another one, or like nothing.
type oddity struct {
	found  func(rune) bool
	name   string
	inPath bool // even paths cannot have it
}

var oddities = []oddity{
	{invisible, "an invisible character", true},
	{func(r rune) bool { return r != ' ' && unicode.Is(unicode.Zs, r) }, "a space that is not an ordinary one, such as a non-breaking space", true},
	{func(r rune) bool { return r >= '！' && r <= '～' || r == '、' || r == '。' }, "a full-width character", false},
	{func(r rune) bool { return r != '-' && unicode.Is(unicode.Pd, r) || r == '−' }, "a dash that is not the hyphen of the keyboard", false},
	{func(r rune) bool { return r > unicode.MaxASCII && strings.ContainsRune(quotes, r) }, "a typographic quotation mark", false},
}

// invisible reports whether r shows nothing. Line breaks and tabs separate words
// instead.
func invisible(r rune) bool {
	return !strings.ContainsRune("\t\r\n", r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
