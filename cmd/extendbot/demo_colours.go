package main

import (
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// style is how a piece of text looks: a set of the bits below.
type style uint16

const (
	bold style = 1 << iota
	dim
	italic
	struck
	red
	green
	yellow
	blue
	mono
)

// escapes are the codes of the styles, in the order of their bits.
// https://www.ecma-international.org/publications-and-standards/standards/ecma-48/
var escapes = [...]string{"1", "2", "3", "9", "31", "32", "33", "34", "36"}

// palette paints, or not. The zero value does not.
type palette struct{ colours bool }

// paletteFor has colours if out is a terminal that can show them and nobody
// asked to have none. https://no-color.org
func paletteFor(out io.Writer) palette {
	return palette{colours: isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// isTerminal says whether somebody sits at the other end of a stream.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// paint gives text its look.
func (p palette) paint(s style, text string) string {
	if !p.colours || s == 0 || text == "" {
		return text
	}
	var codes []string
	for bit, escape := range escapes {
		if s&(1<<bit) != 0 {
			codes = append(codes, escape)
		}
	}
	return "\x1b[" + strings.Join(codes, ";") + "m" + text + "\x1b[0m"
}
