// Package command parses what people type after the slash command.
//
// It knows neither people nor servers: whether somebody may extend a server is
// decided elsewhere. Its errors say what cannot be understood.
package command

import "extendbot/order"

// Verb is what a command asks for.
type Verb string

// The verbs.
const (
	Extend  Verb = "extend" // the default: hours for a server
	Form    Verb = "form"   // also an empty text: a form asks for everything
	Help    Verb = "help"
	List    Verb = "list"    // my servers
	History Verb = "history" // my latest orders, or those of a server
	Status  Verb = "status"  // my open orders, or one order
	Cancel  Verb = "cancel"  // my only pending order, or one order
	// Approvals: what waits for my approval, and what I wait for.
	Approvals Verb = "approvals"
)

// Command is the parsed text of a command. It does not say whether the person
// may do that. Fields that the verb does not use are zero.
type Command struct {
	Verb Verb
	// Server is as typed, without decoration: a name or an id. It is for Extend, and
	// for History, Status and Cancel if a server was named.
	Server string
	Hours  order.Hours // for Extend: from 1 to the limit, or 0 if Until is set
	Until  Until       // for Extend: until when the server is to run
	Typed  string      // for Extend: the rental time in its normal form, such as "3 days"
	// Purpose is what follows "because".
	Purpose string
	// Order is for Status and Cancel; "" if none was named.
	Order order.ID
}

// Options are what the parser has to know.
type Options struct {
	Name  string      // the command's name, such as "/extend"
	Limit order.Hours // the most that one order may buy
	// Known reports whether the person may extend a server with this name or id. It
	// decides between two readings of a text that make sense. nil: nothing is known.
	Known func(server string) bool
	// Near returns the names of servers of the person that are similar to a word, the
	// most similar first. nil: there are none.
	Near func(word string) []string
}
