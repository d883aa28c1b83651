package mrkdwn

import (
	"strings"
	"unicode/utf8"
)

// Parse returns the spans of a text.
func Parse(text string) []Span {
	p := &parser{text: strings.ToValidUTF8(text, string(utf8.RuneError)), found: map[byte]int{}}
	p.newLine()
	for p.at < len(p.text) {
		p.step()
	}
	p.endLine()
	p.endSpan()
	return p.spans
}

// parser reads a text from the left to the right.
type parser struct {
	text   string
	at     int
	before rune // what was read last

	quote bool            // the current line is in a quote
	line  []piece         // of the current line
	run   strings.Builder // text of the line that is not a piece yet

	spans []Span
	words strings.Builder // text that is not a span yet
	style Style           // of the words

	found map[byte]int // where a character comes next; see next
}

// step reads one character, or one piece of markup.
func (p *parser) step() {
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	rest := p.at + size
	switch r {
	case '<':
		if p.reference(rest) {
			return
		}
	case '`':
		if p.block(p.at+len(fence)) || p.code(rest) {
			return
		}
	case '*', '_', '~':
		if p.mark(r, rest) {
			return
		}
	case ':':
		if emoji, end := emojiAt(p.text, p.at); end > 0 {
			p.run.WriteString(emoji)
			p.skip(r, end)
			return
		}
	case '&':
		for _, e := range entities {
			if strings.HasPrefix(p.text[p.at:], e.name) {
				p.run.WriteString(e.char)
				p.skip(r, p.at+len(e.name))
				return
			}
		}
	}
	p.run.WriteRune(r)
	p.skip(r, rest)
	if r == '\n' {
		p.endLine()
		p.newLine()
	}
}

// skip goes on at an index, behind a character.
func (p *parser) skip(r rune, to int) { p.before, p.at = r, to }

// newLine begins a line, which can be in a quote.
func (p *parser) newLine() {
	p.before, p.quote = ' ', false
	for _, mark := range []string{"&gt;", ">"} {
		if strings.HasPrefix(p.text[p.at:], mark) {
			p.quote = true
			p.at += len(mark)
			if strings.HasPrefix(p.text[p.at:], " ") {
				p.at++
			}
			return
		}
	}
}

// next returns where a character comes next, or the end of the text. It remembers the answer,
// so that no part of a text is searched again and again.
func (p *parser) next(char byte, from int) int {
	if at, known := p.found[char]; known && at >= from {
		return at
	}
	at := len(p.text)
	if i := strings.IndexByte(p.text[from:], char); i >= 0 {
		at = from + i
	}
	p.found[char] = at
	return at
}

// fence is what a block of code is between.
const fence = "```"

// block reads a block of code from behind its fence, and returns false if there is none.
func (p *parser) block(from int) bool {
	if !strings.HasPrefix(p.text[p.at:], fence) {
		return false
	}
	size := strings.Index(p.text[from:], fence)
	if size <= 0 {
		return false
	}
	p.add(Span{Kind: Pre, Text: unescape(strings.Trim(p.text[from:from+size], "\n"))})
	p.skip('`', from+size+len(fence))
	return true
}

// code reads code of a line from behind its backquote, and returns false if there is none.
func (p *parser) code(from int) bool {
	end := p.next('`', from)
	if end == from || end == len(p.text) || end > p.next('\n', from) {
		return false
	}
	p.add(Span{Kind: Code, Text: unescape(p.text[from:end])})
	p.skip('`', end+1)
	return true
}
