package settings

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"extendbot/internal/oddtext"
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
	for _, odd := range oddtext.Find(text, s.path) {
		wrong = append(wrong, "contains "+odd+"; type that part again")
	}
	return wrong
}
