package command

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"extendbot/bot/message/mrkdwn"
)

// What keyboards, copying, and Slack add to a text.
const (
	punctuation = ".,;:!?" // at the end of a word
	quotes      = "\"'`´‚„"
	marks       = "*_~" // Slack's bold, italic and strike, in pairs
)

// unescape undoes what Slack does to the three characters of its markup.
var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// link is a link as Slack writes it: <http://web-1.example|web-1>.
var link = regexp.MustCompile(`(?i)<(https?://|mailto:|tel:)([^<>|]*)(\|[^<>]*)?>`)

// cleanWords returns the words of a text as a person sees them, without links,
// quotes, marks, and punctuation at their ends. It folds full width forms but
// nothing else: a superscript 2 must not become a digit.
func cleanWords(text string) []string {
	text = unescape.Replace(strings.Map(plainHyphen, width.Fold.String(text)))
	for { // a link can be in quotes, and quotes in a link
		words := strings.Fields(unpair(link.ReplaceAllStringFunc(text, label)))
		for i, w := range words {
			words[i] = bareWord(w)
		}
		next := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		if next == text {
			return strings.Fields(text)
		}
		text = next
	}
}

// label returns what people see of a link: its label or, if it has none, where it
// leads.
func label(l string) string {
	parts := link.FindStringSubmatch(l)
	if parts[3] != "" {
		return parts[3][1:]
	}
	return strings.TrimSuffix(parts[2], "/")
}

// bareWord removes quotes around a word and punctuation behind it.
func bareWord(word string) string {
	for {
		bare := strings.TrimRight(strings.TrimFunc(word, isQuote), punctuation)
		if bare == word {
			return bare
		}
		word = bare
	}
}

// isQuote reports whether r is a mark that people or keyboards put around words.
func isQuote(r rune) bool {
	return strings.ContainsRune(quotes, r) || unicode.In(r, unicode.Pi, unicode.Pf)
}

// plainHyphen turns typographic hyphens, dashes and the minus sign into a plain
// hyphen.
func plainHyphen(r rune) rune {
	if r >= '\u2010' && r <= '\u2015' || r == '\u2212' {
		return '-'
	}
	return r
}

// unpair removes the marks of bold, italic and struck text around words. A mark
// alone stays, and so does one inside a word, such as in web_1.
func unpair(text string) string {
	for _, mark := range marks {
		text = removePairs([]rune(text), mark)
	}
	return text
}

// removePairs removes the pairs of a mark, the inner one of two that are nested.
func removePairs(runes []rune, mark rune) string {
	begins, ends := wordEnds(runes)
	removed := make([]bool, len(runes))
	open := -1
	for i, r := range runes {
		switch {
		case r != mark:
		case open >= 0 && i > open+1 && ends[i] && !unicode.IsSpace(runes[i-1]):
			removed[open], removed[i] = true, true
			open = -1
		case begins[i] && i+1 < len(runes) && !unicode.IsSpace(runes[i+1]):
			open = i
		}
	}
	var b strings.Builder
	for i, r := range runes {
		if !removed[i] {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// wordEnds reports of each character whether only quotes and marks are between it
// and the beginning of its word, and between it and the end, where punctuation may
// be too.
func wordEnds(runes []rune) (begins, ends []bool) {
	begins, ends = make([]bool, len(runes)), make([]bool, len(runes))
	around := func(r rune) bool { return isQuote(r) || strings.ContainsRune(marks, r) }
	for i := range runes {
		begins[i] = i == 0 || unicode.IsSpace(runes[i-1]) || begins[i-1] && around(runes[i-1])
	}
	for i := len(runes) - 1; i >= 0; i-- {
		last := i == len(runes)-1
		ends[i] = last || unicode.IsSpace(runes[i+1]) || ends[i+1] && (around(runes[i+1]) || strings.ContainsRune(punctuation, runes[i+1]))
	}
	return begins, ends
}

// unwrap removes quotes and marks that are around the whole text.
func unwrap(text string) string {
	for {
		first, n := utf8.DecodeRuneInString(text)
		last, _ := utf8.DecodeLastRuneInString(text)
		quoted := isQuote(first) && isQuote(last)
		marked := first == last && strings.ContainsRune(marks, first)
		if !quoted && !marked {
			return text
		}
		opening := text[:len(text)-len(strings.TrimLeft(text, string(first)))]
		closing := strings.Repeat(string(last), len(opening)/n)
		inner, wrapped := strings.CutSuffix(text[len(opening):], closing)
		if !wrapped || strings.ContainsRune(inner, first) || strings.ContainsRune(inner, last) {
			return text
		}
		text = strings.TrimSpace(inner)
	}
}

// visibleFields returns the words of a text as they were typed.
func visibleFields(text string) []string { return strings.Fields(unwrap(mrkdwn.Visible(text))) }

// cutReason cuts fields at the first "because" that has a word before it. found
// reports whether there is one.
func cutReason(fields []string, ignored func(word string) bool) (command []string, reason string, found bool) {
	begun := false
	for i, f := range fields {
		word := strings.ToLower(strings.TrimFunc(width.Fold.String(f), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '/' }))
		if begun && word == "because" {
			return fields[:i], ShortReason(unescape.Replace(strings.Join(fields[i+1:], " "))), true
		}
		begun = begun || word != "" && !ignored(word)
	}
	return fields, "", false
}

// maxReason is how many characters of a reason are kept.
const maxReason = 200

// ShortReason cuts a reason to what is kept of it.
func ShortReason(reason string) string {
	if r := []rune(reason); len(r) > maxReason {
		return string(r[:maxReason-1]) + "…"
	}
	return reason
}
