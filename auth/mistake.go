package auth

import "fmt"

// Mistake is one thing that is wrong with the rules. It says where it is and
// what to do, and repeats nothing of what is written there.
type Mistake struct {
	// File and Line are where it is in a policy file; Line is 0 if the whole
	// file is meant.
	File string
	Line int
	// Entry is where it is in the short form, counted from 1; 0 if the whole
	// list is meant.
	Entry int
	// What is wrong, in words for whoever maintains the rules.
	What string
}

// Error gives the place and what is wrong there.
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
