package auth

import "fmt"

// Mistake is one mistake in the rules. It says where and what, and quotes
// nothing of the rules, which may contain a secret that was pasted into the
// wrong place.
type Mistake struct {
	// File is the path of the policy file, "" for the short form.
	File string
	// Line is the line in the file, from 1; 0 if the mistake concerns the whole
	// file.
	Line int
	// Entry is the number of the entry in a list of the short form, from 1; 0 if
	// the mistake concerns the whole list.
	Entry int
	// What says what is wrong, for the person who runs this bot.
	What string
}

// Error says where the mistake is and what is wrong there.
func (m *Mistake) Error() string {
	switch {
	case m.File != "" && m.Line > 0:
		return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.What)
	case m.File != "":
		return m.File + ": " + m.What
	case m.Entry > 0:
		return fmt.Sprintf("entry %d: %s", m.Entry, m.What)
	default:
		return m.What
	}
}
