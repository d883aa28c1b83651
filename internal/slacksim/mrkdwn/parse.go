package mrkdwn

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse returns the spans of a text.
func Parse(text string) []Span {
	p := &parser{text: strings.ToValidUTF8(text, string(utf8.RuneError)), before: ' ', missing: map[byte]int{}}
	p.endLine()
	p.newLine()
	for p.at < len(p.text) {
		p.step()
	}
	p.flush()
	return p.spans
}

// Plain returns the spans of a text in which only the names of emoji have a meaning.
func Plain(text string) []Span { return []Span{{Text: Emoji(text)}} }

// parser reads a text from the left to the right.
type parser struct {
	text   string
	at     int
	line   int // where the current line ends
	before rune
	style  Style
	run    strings.Builder // text that is not a span yet
	spans  []Span

	// missing says up to where a character is known not to come again, so that it is not
	// searched for again and again.
	missing map[byte]int
}

// step reads one character, or one piece of markup.
func (p *parser) step() {
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	rest := p.at + size
	switch r {
	case '<':
		if end := p.find('>', rest, len(p.text)); end >= 0 {
			p.add(reference(p.text[rest:end]))
			p.skip(r, end+1)
			return
		}
	case '`':
		if p.code() {
			return
		}
	case '*', '_', '~':
		if open := p.mark(r); p.toggles(*open, byte(r), rest) {
			p.flush()
			*open = !*open
			p.skip(r, rest)
			return
		}
	case ':':
		if emoji, end := emojiAt(p.text, p.at); end > 0 {
			p.run.WriteString(emoji)
			p.skip(r, end)
			return
		}
	case '&':
		for entity, char := range entities {
			if strings.HasPrefix(p.text[p.at:], entity) {
				p.run.WriteString(char)
				p.skip(r, p.at+len(entity))
				return
			}
		}
	}
	p.run.WriteRune(r)
	p.skip(r, rest)
	if r == '\n' {
		p.newLine()
	}
}

// skip goes on at an index, behind a character.
func (p *parser) skip(r rune, to int) {
	p.before, p.at = r, to
	p.endLine()
}

// newLine begins a line: marks do not reach from one to the next.
func (p *parser) newLine() {
	quote := ""
	for _, mark := range []string{"&gt;", ">"} {
		if strings.HasPrefix(p.text[p.at:], mark) {
			quote = mark
		}
	}
	if p.style != (Style{Quote: quote != ""}) {
		p.flush()
		p.style = Style{Quote: quote != ""}
	}
	if p.at += len(quote); quote != "" && strings.HasPrefix(p.text[p.at:], " ") {
		p.at++
	}
}

// endLine finds the end of the line if the text was read up to it or beyond.
func (p *parser) endLine() {
	if p.at < p.line {
		return
	}
	p.line = len(p.text)
	if end := strings.IndexByte(p.text[p.at:], '\n'); end >= 0 {
		p.line = p.at + end
	}
}

// find returns where a character comes next in a part of the text, or -1.
func (p *parser) find(char byte, from, to int) int {
	if p.missing[char] >= to {
		return -1
	}
	i := strings.IndexByte(p.text[from:to], char)
	if i < 0 {
		p.missing[char] = to
		return -1
	}
	return from + i
}

// fence is what a block of code is between.
const fence = "```"

// code reads code, and returns false if there is none.
func (p *parser) code() bool {
	from := p.at + len(fence)
	if strings.HasPrefix(p.text[p.at:], fence) {
		if size := strings.Index(p.text[from:], fence); size > 0 {
			p.add(Span{Kind: Pre, Text: unescape(strings.Trim(p.text[from:from+size], "\n"))})
			p.skip('`', from+size+len(fence))
			return true
		}
	}
	end := p.find('`', p.at+1, p.line)
	if end <= p.at+1 { // none, or empty
		return false
	}
	p.add(Span{Kind: Code, Text: unescape(p.text[p.at+1 : end])})
	p.skip('`', end+1)
	return true
}

// mark returns whether the style of a mark is on.
func (p *parser) mark(r rune) *bool {
	switch r {
	case '*':
		return &p.style.Bold
	case '_':
		return &p.style.Italic
	default:
		return &p.style.Strike
	}
}

// toggles reports whether a mark begins its style, or ends it if it is open. rest is where the
// text goes on.
func (p *parser) toggles(open bool, mark byte, rest int) bool {
	next, _ := utf8.DecodeRuneInString(p.text[rest:])
	if rest == len(p.text) {
		next = '\n'
	}
	if open {
		return !isWordRune(next)
	}
	return !isWordRune(p.before) && !unicode.IsSpace(next) && p.find(mark, rest, p.line) >= 0
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// add adds a span in the current style.
func (p *parser) add(s Span) {
	p.flush()
	s.Style = p.style
	p.spans = append(p.spans, s)
}

// flush makes a span of the text that is none yet.
func (p *parser) flush() {
	if p.run.Len() > 0 {
		p.spans = append(p.spans, Span{Text: p.run.String(), Style: p.style})
		p.run.Reset()
	}
}

// entities are the characters that Slack escapes.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
var (
	entities = map[string]string{"&lt;": "<", "&gt;": ">", "&amp;": "&"}
	replacer = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

func unescape(s string) string { return replacer.Replace(s) }

// reference reads the inside of <…>: a mention, a date or a link.
func reference(inside string) Span {
	target, label, labelled := strings.Cut(inside, "|")
	label = unescape(label)
	switch {
	case strings.HasPrefix(target, "@"):
		return Span{Kind: User, Text: target[1:]}
	case strings.HasPrefix(target, "#"):
		return Span{Kind: Channel, Text: target[1:]}
	case strings.HasPrefix(target, "!date^"):
		return date(target, label)
	case strings.HasPrefix(target, "!subteam^"):
		return Span{Kind: Group, Text: strings.TrimPrefix(target, "!subteam^")}
	case strings.HasPrefix(target, "!") && !labelled:
		return Span{Kind: Special, Text: target[1:]}
	}
	if target = unescape(target); label == "" {
		label = target
	}
	return Span{Kind: Link, Text: label, URL: safe(target)}
}

// safe returns a URL that a client opens, or "".
func safe(url string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if len(url) > len(scheme) && strings.EqualFold(url[:len(scheme)], scheme) {
			return url
		}
	}
	return ""
}
