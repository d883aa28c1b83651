package message

import (
	"fmt"
	"strings"

	"extendbot/order"
)

// ProblemCode is what is wrong with a command.
type ProblemCode string

// The problems. UsageError.Arg is the word that is wrong.
const (
	ProblemTooLong  ProblemCode = "too_long"  // the whole text; Arg is empty
	ProblemNoServer ProblemCode = "no_server" // only hours were given
	ProblemNoHours  ProblemCode = "no_hours"  // only a server was given
	ProblemExtra    ProblemCode = "extra"     // more than two words
	ProblemSwapped  ProblemCode = "swapped"   // the hours came first
	ProblemServer   ProblemCode = "server"    // too long for a server's name
	ProblemNotHours ProblemCode = "not_hours" // not a number of hours
	ProblemNotWhole ProblemCode = "not_whole" // a fraction
	ProblemUnits    ProblemCode = "units"     // a unit comes twice or in the wrong order
	ProblemTooFew   ProblemCode = "too_few"   // zero or less
	ProblemTooMany  ProblemCode = "too_many"  // more than Limit

	ProblemPast         ProblemCode = "past"          // a time that has passed
	ProblemWhichDay     ProblemCode = "which_day"     // a weekday that can mean two days
	ProblemWeekday      ProblemCode = "weekday"       // the date is another day of the week
	ProblemNoDate       ProblemCode = "no_date"       // a date that does not exist
	ProblemClockSkips   ProblemCode = "clock_skips"   // the clock is put forward past this time
	ProblemClockRepeats ProblemCode = "clock_repeats" // the clock shows this time twice
	ProblemNoZone       ProblemCode = "no_zone"       // Slack does not name the time zone right now
)

// UsageError is a command that could not be understood.
type UsageError struct {
	Problem ProblemCode
	Arg     string // what is wrong, as typed; it may hold anything
	Other   string // the other word, if the problem concerns both
	// Try are commands that would work, without the name of the command, the most
	// likely first; nil if none is known.
	Try   []string
	Limit order.Hours // the most that one order may buy
}

// Error names the problem. It does not repeat what was typed, so that a command
// cannot write into the log.
func (e *UsageError) Error() string { return "command not understood: " + string(e.Problem) }

// maxArg is how many characters of a typed word are repeated.
const maxArg = 60

// text describes the problem.
func (e *UsageError) text() string {
	arg := Code(e.Arg, maxArg)
	switch e.Problem {
	case ProblemTooLong:
		return "That is too long for a command."
	case ProblemNoServer:
		return fmt.Sprintf("The server is missing: I only read the hours, %s.", arg)
	case ProblemNoHours:
		return fmt.Sprintf("The hours are missing: I only read %s.", arg)
	case ProblemExtra:
		return fmt.Sprintf("I need a server and the hours, each as one word, so %s is too much.", arg)
	case ProblemSwapped:
		return fmt.Sprintf("The server comes first. Did you mean %s?", Code("/extend "+shorten(e.Arg)+" "+shorten(e.Other), 2*maxArg))
	case ProblemServer:
		return fmt.Sprintf("%s is too long for a server's name.", arg)
	case ProblemNotWhole:
		return fmt.Sprintf("I can only order whole hours, so %s does not work.", arg)
	case ProblemUnits:
		return fmt.Sprintf("I cannot add up %s: weeks, days and hours come in this order, each once.", arg)
	case ProblemTooFew:
		return fmt.Sprintf("%s is too little: an order is for at least 1 hour.", arg)
	case ProblemTooMany:
		return fmt.Sprintf("%s is too much: an order is for at most %s.", arg, e.Limit)
	case ProblemNoZone:
		return fmt.Sprintf("Slack does not tell me your time zone right now, so I do not know when %s is: add `utc`, or type the hours.", arg)
	case ProblemNotHours:
	}
	return fmt.Sprintf("I cannot read %s as a number of hours.", arg)
}

func shorten(threadMessage string) string { return cut(Visible(threadMessage), maxArg/2, nil) }

// usageLine shows how to write the command, with an example that works for a
// person who may extend these servers. Without servers, they may extend any
// server by its id.
func usageLine(servers []order.Server, limit order.Hours) string {
	line := "Usage: `/extend &lt;server id&gt; &lt;hours&gt;`"
	hours := order.Hours(72)
	if limit > 0 {
		hours = min(hours, limit)
	}
	if len(servers) > 0 {
		example := fmt.Sprintf("/extend %s %d", servers[0].Label(), hours)
		line = "Usage: `/extend &lt;server&gt; &lt;hours&gt;`, for example " + Code(example, 2*maxArg)
	}
	line += ". The hours can also be " + spellings(hours, limit)
	if limit > 0 {
		line += fmt.Sprintf(", up to %s in one order", limit)
	}
	return line + "."
}

// spellings lists ways to write hours that are within the limit.
func spellings(hours, limit order.Hours) string {
	ways := []string{fmt.Sprintf("`%dh`", hours)}
	for _, way := range []struct {
		text  string
		hours order.Hours
	}{{"`3d`", 72}, {"`1w`", 168}, {"`1d12h`", 36}} {
		if limit == 0 || way.hours <= limit {
			ways = append(ways, way.text)
		}
	}
	if last := len(ways) - 1; last > 0 {
		return strings.Join(ways[:last], ", ") + " or " + ways[last]
	}
	return ways[0]
}

// maxListed is how many servers are listed. The rest is only counted.
const maxListed = 30

// serverLine lists the servers that a person may extend. Without servers, they
// may extend any server by its id.
func serverLine(servers []order.Server) string {
	if len(servers) == 0 {
		return "You may extend any server of your 0xhost account. Type its id, as 0xhost shows it."
	}
	var names []string
	for _, s := range servers[:min(len(servers), maxListed)] {
		names = append(names, serverName(s))
	}
	line := "Your servers: " + strings.Join(names, ", ")
	if more := len(servers) - maxListed; more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return line + "."
}

// Usage shows how to write the command and which servers the person may extend,
// by at most limit hours in one order. Without servers, they may extend any server
// by its id.
func Usage(servers []order.Server, limit order.Hours) Message {
	return notice(
		usageLine(servers, limit),
		"I post a card with the details first. Nothing is ordered before you confirm it there.",
		serverLine(servers),
	)
}
