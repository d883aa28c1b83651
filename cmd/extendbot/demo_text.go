package main

import (
	"strings"
	"unicode"
)

// cell is one character and how it looks.
type cell struct {
	r rune
	s style
}

// styled is a text of which each character has a look.
type styled []cell

// inStyle is a text that looks the same throughout.
func inStyle(s style, text string) styled {
	var t styled
	for _, r := range text {
		t = append(t, cell{r, s})
	}
	return t
}

// columns is how wide a character is in a terminal, nearly: nothing for what
// joins the character before it, two for what looks like an emoji or is as
// wide as one.
func (c cell) columns() int {
	switch {
	case unicode.In(c.r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case c.r >= 0x1F000, c.r >= 0x2E80 && c.r <= 0xFFE6, strings.ContainsRune("⌛✅❌❓", c.r):
		return 2
	default:
		return 1
	}
}

// with adds a look to all of a text.
func (t styled) with(s style) styled {
	for i := range t {
		t[i].s |= s
	}
	return t
}

func (t styled) columns() int {
	n := 0
	for _, c := range t {
		n += c.columns()
	}
	return n
}

// maxUnbroken is how many columns of code are moved to the next line to keep
// it whole.
const maxUnbroken = 40

// lines breaks a text at its line breaks, and between words where it would be
// wider than width columns: better before code than inside it, and inside a
// word only if it is wider than a line.
func (t styled) lines(width int) []styled {
	var lines []styled
	start, blank, inCode, used := 0, -1, -1, 0
	next := func(end, from int) {
		lines = append(lines, t[start:end])
		start, blank, inCode, used = from, -1, -1, 0
	}
	for i := 0; i < len(t); i++ {
		switch {
		case t[i].r == '\n':
			next(i, i+1)
			continue
		case t[i].r == ' ' && t[i].s&mono != 0:
			inCode = i
		case t[i].r == ' ':
			blank = i
		}
		if used += t[i].columns(); used <= width || i == start {
			continue
		}
		at := blank
		if i-blank > maxUnbroken {
			at = max(blank, inCode)
		}
		if at > start {
			i = at
			next(at, at+1)
			continue
		}
		next(i, i)
		i-- // the character that did not fit begins the next line
	}
	return append(lines, t[start:])
}

// quoted marks code by backticks, for a screen on which its look does not.
func (t styled) quoted() styled {
	var q styled
	in := false
	for _, c := range t {
		if is := c.s&mono != 0; is != in {
			q, in = append(q, cell{'`', 0}), is
		}
		q = append(q, c)
	}
	if in {
		q = append(q, cell{'`', 0})
	}
	return q
}

// show paints a line.
func (p palette) show(line styled) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		from, s := i, line[i].s
		var run strings.Builder
		for ; i < len(line) && line[i].s == s; i++ {
			run.WriteRune(line[i].r)
		}
		if from < i {
			b.WriteString(p.paint(s, run.String()))
		}
	}
	return b.String()
}
