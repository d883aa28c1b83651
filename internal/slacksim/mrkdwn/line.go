package mrkdwn

import (
	"unicode"
	"unicode/utf8"
)

// piece is a part of a line: a span, or a mark that could begin or end a style.
type piece struct {
	Span

	mark          rune // *, _ or ~; 0 for a span
	opens, closes bool
	paired        bool // the mark begins or ends a style; if not, it is text
}

// mark reads a mark if it could begin or end a style, as it does at the edge of a word. Next to
// another one of its kind it is text. rest is where the text goes on.
func (p *parser) mark(r rune, rest int) bool {
	next := ' '
	if rest < len(p.text) {
		next, _ = utf8.DecodeRuneInString(p.text[rest:])
	}
	opens := !isWordRune(p.before) && !unicode.IsSpace(next)
	closes := !isWordRune(next) && !unicode.IsSpace(p.before)
	if !opens && !closes || next == r || p.before == r {
		return false
	}
	p.add(Span{Text: string(r)})
	last := &p.line[len(p.line)-1]
	last.mark, last.opens, last.closes = r, opens, closes
	p.skip(r, rest)
	return true
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// add adds a span to the line, after the text that is no piece yet.
func (p *parser) add(s Span) {
	if p.run.Len() > 0 {
		p.line = append(p.line, piece{Span: Span{Text: p.run.String()}})
		p.run.Reset()
	}
	p.line = append(p.line, piece{Span: s})
}

// endLine makes spans of a line. A style does not extend to the next one.
func (p *parser) endLine() {
	p.pair()
	style := Style{Quote: p.quote}
	for _, next := range p.line {
		switch {
		case next.paired:
			on := style.of(next.mark)
			*on = !*on
		case next.Kind == Text:
			p.write(next.Text, style)
		default:
			p.endSpan()
			next.Style = style
			p.spans = append(p.spans, next.Span)
		}
	}
	p.write(p.run.String(), style)
	p.run.Reset()
	p.line = p.line[:0]
}

// pair finds the marks of a line that begin a style and those that end it.
func (p *parser) pair() {
	open := map[rune]*piece{}
	for i := range p.line {
		m := &p.line[i]
		switch first := open[m.mark]; {
		case first != nil && m.closes:
			first.paired, m.paired = true, true
			open[m.mark] = nil
		case first == nil && m.opens:
			open[m.mark] = m
		}
	}
}

// of returns whether the style of a mark is on.
func (s *Style) of(mark rune) *bool {
	switch mark {
	case '*':
		return &s.Bold
	case '_':
		return &s.Italic
	default:
		return &s.Strike
	}
}

// write adds text in a style.
func (p *parser) write(text string, style Style) {
	if style != p.style {
		p.endSpan()
		p.style = style
	}
	p.words.WriteString(text)
}

// endSpan makes a span of the text that is none yet.
func (p *parser) endSpan() {
	if p.words.Len() > 0 {
		p.spans = append(p.spans, Span{Text: p.words.String(), Style: p.style})
		p.words.Reset()
	}
}
