package mrkdwn

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ellipsis ends a text that was cut.
const ellipsis = "…"

// Empty replaces a text from outside that has no visible character.
const Empty = "(empty)"

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Escape makes a text from outside safe for mrkdwn: it removes invisible
// characters, turns line breaks and runs of blanks into one blank, and escapes
// the three characters that can start a mention, a link or an entity. The result
// is at most maxRunes characters long in its escaped form and ends in … if it
// was cut. An entity is never split.
//
// Asterisks, underscores, tildes and backticks keep their meaning, because
// mrkdwn has no escape for them. Use [Code] for a text in which they must have
// no effect.
//
// https://docs.slack.dev/messaging/formatting-message-text
func Escape(s string, maxRunes int) string {
	return entities.Replace(cut(Visible(s), maxRunes, escapedWidth))
}

// Code puts a text from outside into a code span, in which no character has an
// effect. It escapes the text as [Escape] does and removes its backticks. The
// result is at most maxRunes characters long, including its own two backticks.
func Code(s string, maxRunes int) string {
	s = Visible(strings.ReplaceAll(s, "`", ""))
	s = entities.Replace(strings.TrimSpace(cut(s, maxRunes-2, escapedWidth)))
	if s == "" {
		return Empty
	}
	return "`" + s + "`"
}

// lookalikes replaces the characters that plain_text may or may not escape;
// Slack does not document it.
var lookalikes = strings.NewReplacer("&", "＆", "<", "＜", ">", "＞")

// Plain makes a text from outside safe for a plain_text object, cut to maxRunes
// characters.
func Plain(s string, maxRunes int) string {
	return lookalikes.Replace(cut(Visible(s), maxRunes, nil))
}

// Visible returns the part of s that people can see: one line, single blanks, no
// control characters, nothing that changes the direction of the text.
func Visible(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case Invisible(r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	return strings.Join(strings.Fields(s), " ")
}

// Invisible reports whether r shows nothing by itself: control and format
// characters (zero width, direction, soft hyphen), variation selectors and
// fillers.
func Invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// cut shortens s to at most limit characters, including the ellipsis at its end.
// width returns how many a character counts as; nil means one each.
func cut(s string, limit int, width func(rune) int) string {
	if limit < 1 {
		return ""
	}
	used, fits := 0, 0
	for i, r := range s {
		w := 1
		if width != nil {
			w = width(r)
		}
		if used+w > limit {
			return s[:fits] + ellipsis
		}
		used += w
		if used < limit { // leaves room for the ellipsis
			fits = i + utf8.RuneLen(r)
		}
	}
	return s
}

func escapedWidth(r rune) int {
	switch r {
	case '&':
		return len("&amp;")
	case '<', '>':
		return len("&lt;")
	default:
		return 1
	}
}

// Len returns the length of s as Slack counts it.
func Len(s string) int { return utf8.RuneCountInString(s) }

// CutMarkup shortens finished mrkdwn to limit characters. It never cuts inside
// an entity or angle brackets, and closes a code span that it cuts.
func CutMarkup(s string, limit int) string {
	if Len(s) <= limit {
		return s
	}
	var b strings.Builder
	used, code := 0, false
	for s != "" {
		token := markupToken(s)
		if used += Len(token); used > limit-2 {
			break
		}
		if token == "`" {
			code = !code
		}
		b.WriteString(token)
		s = s[len(token):]
	}
	b.WriteString(ellipsis)
	if code {
		b.WriteString("`")
	}
	return b.String()
}

// markupToken returns the part at the beginning of s that must stay whole.
func markupToken(s string) string {
	end := ""
	switch s[0] {
	case '&':
		end = ";"
	case '<':
		end = ">"
	}
	if end != "" {
		if i := strings.Index(s, end); i >= 0 {
			return s[:i+1]
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// Unmarked returns finished mrkdwn as plain text, for where Slack shows no markup. People,
// groups and channels, of whom only the ids are known, become words.
func Unmarked(s string) string {
	s = markup.ReplaceAllStringFunc(strings.ReplaceAll(s, "`", ""), func(token string) string {
		_, label, labeled := strings.Cut(token, "|")
		switch {
		case labeled:
			return strings.TrimSuffix(label, ">")
		case strings.HasPrefix(token, "<@"):
			return "somebody"
		case strings.HasPrefix(token, "<#"):
			return "a channel"
		default:
			return "a group"
		}
	})
	return entityChars.Replace(s)
}

var (
	markup      = regexp.MustCompile(`<[^<>]*>`)
	entityChars = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)
