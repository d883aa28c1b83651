package command

import (
	"slices"
	"strings"
)

// reescape keeps a text that looks escaped as it is when it is read again.
var reescape = strings.NewReplacer("&lt;", "&amp;lt;", "&gt;", "&amp;gt;", "&amp;", "&amp;amp;")

// String returns the normal form of c, without the name of the command. It parses
// to c again, with the same options. For the zero value, it returns "".
func (c Command) String() string {
	if c.Verb != Extend {
		return strings.TrimSpace(strings.Join([]string{string(c.Verb), c.Server + string(c.Order)}, " "))
	}
	word := strings.ToLower(c.Server)
	text := c.Server + " " + c.Typed
	switch {
	case isTime(word):
		text = c.Server + " for " + c.Typed
	case verbs[word] != "", word == string(Extend), slices.Contains(structure, word):
		text = string(Extend) + " " + c.Server + " for " + c.Typed
	}
	if c.Purpose != "" {
		text += " because " + reescape.Replace(c.Purpose)
	}
	return text
}
