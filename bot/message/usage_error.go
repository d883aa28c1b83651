package message

import (
	"fmt"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// ProblemCode is what is wrong with a command.
type ProblemCode string

// The problems. UsageError.Arg is what is wrong, as typed.
const (
	ProblemTooLong   ProblemCode = "too_long"  // the whole text; Arg is empty
	ProblemAmbiguous ProblemCode = "ambiguous" // Arg can mean all that Try lists
	ProblemUnknown   ProblemCode = "unknown"   // Arg means nothing
	ProblemExtra     ProblemCode = "extra"     // without Arg it would be clear
	ProblemArgument  ProblemCode = "argument"  // Arg does not go with the verb, which is Other
	ProblemNoReason  ProblemCode = "no_reason" // nothing follows "because"; Arg is empty

	ProblemNoServer ProblemCode = "no_server" // Arg is the rental time in its normal form, or empty
	ProblemServer   ProblemCode = "server"    // too long for a server's name

	ProblemNoHours  ProblemCode = "no_hours"  // Arg is the server
	ProblemNotHours ProblemCode = "not_hours" // not a rental time
	ProblemTwoTimes ProblemCode = "two_times" // more than one rental time
	ProblemNotWhole ProblemCode = "not_whole" // a fraction, or a number with a point or comma
	ProblemInWords  ProblemCode = "in_words"  // "a day": only digits are understood
	ProblemUnit     ProblemCode = "unit"      // months, minutes, seconds, or years
	ProblemNoUnit   ProblemCode = "no_unit"   // a number without a unit beside one that has one
	ProblemTwice    ProblemCode = "twice"     // the same unit twice
	ProblemTooFew   ProblemCode = "too_few"   // zero or less
	ProblemTooMany  ProblemCode = "too_many"  // more than Limit

	ProblemNotTime      ProblemCode = "not_time"      // Arg is no day and no time of day
	ProblemNoClock      ProblemCode = "no_clock"      // the time of day is missing; Arg may be empty
	ProblemClock        ProblemCode = "clock"         // a time of day that is not clear, such as 6:30
	ProblemZone         ProblemCode = "zone"          // a time zone other than UTC
	ProblemWhichDate    ProblemCode = "which_date"    // a date in digits, such as 12/01
	ProblemWhichDay     ProblemCode = "which_day"     // a weekday that can mean two days
	ProblemWeekday      ProblemCode = "weekday"       // the date is another day of the week
	ProblemNoDate       ProblemCode = "no_date"       // a date that does not exist
	ProblemPast         ProblemCode = "past"          // a time that has passed
	ProblemClockSkips   ProblemCode = "clock_skips"   // the clock is put forward past this time
	ProblemClockRepeats ProblemCode = "clock_repeats" // the clock shows this time twice
	ProblemNoZone       ProblemCode = "no_zone"       // Slack does not name the time zone right now
)

// UsageError is a command that could not be understood.
type UsageError struct {
	Problem ProblemCode
	Arg     string // what is wrong; it may hold anything
	Other   string // the other word, if the problem concerns both
	// Try are commands that would work, without the name of the command, the most
	// likely first; nil if none is known.
	Try   []string
	Limit order.Hours // the most that one order may buy
}

// Error names the problem. It does not repeat what was typed, so that a command
// cannot write into the log.
func (e *UsageError) Error() string { return "command not understood: " + string(e.Problem) }

// usageRefusal says what is wrong with a command in one sentence, and the nearest
// that works.
func usageRefusal(e *UsageError, a RefusalView) Message {
	m := suggest(a.Command, e.sentence(), wordTry, e.tries(a))
	switch e.Problem { //nolint:exhaustive // the others are mistakes in a whole
	case ProblemNoHours:
		return withFormButton(m, Fill{Server: e.Arg})
	case ProblemNoServer:
		return withFormButton(m, Fill{Time: e.Arg})
	}
	if len(e.tries(a)) == 0 {
		return withFormButton(m, Fill{})
	}
	return m
}

// maxArg is how many characters of a typed word are repeated.
const maxArg = 60

// sentence describes the problem.
func (e *UsageError) sentence() string {
	arg := mrkdwn.Code(e.Arg, maxArg)
	switch e.Problem {
	case ProblemTooLong:
		return "That is too long for a command."
	case ProblemAmbiguous:
		return arg + " can mean more than one thing."
	case ProblemExtra:
		return fmt.Sprintf("I do not understand %s there.", arg)
	case ProblemArgument:
		return fmt.Sprintf("%s does not go with %s.", arg, mrkdwn.Code(e.Other, maxArg))
	case ProblemNoReason:
		return "The reason is missing."
	case ProblemNoServer:
		return "The server is missing."
	case ProblemServer:
		return arg + " is too long for the name of a server."
	case ProblemUnknown:
		return fmt.Sprintf("I do not understand %s.", arg)
	default:
		return e.timeSentence(arg)
	}
}

// timeSentence describes a problem with the rental time.
func (e *UsageError) timeSentence(arg string) string {
	switch e.Problem {
	case ProblemNoHours:
		return "The hours are missing."
	case ProblemTwoTimes:
		return arg + " is more than one time."
	case ProblemNotWhole:
		return fmt.Sprintf("Only whole numbers work, not %s.", arg)
	case ProblemInWords:
		return fmt.Sprintf("Only digits work, not %s.", arg)
	case ProblemUnit:
		return fmt.Sprintf("Only hours, days, and weeks work, not %s.", arg)
	case ProblemNoUnit:
		return fmt.Sprintf("A unit is missing in %s.", arg)
	case ProblemTwice:
		return fmt.Sprintf("The same unit comes twice in %s.", arg)
	case ProblemTooFew:
		return fmt.Sprintf("An order is for at least 1 hour, not %s.", arg)
	case ProblemTooMany:
		return fmt.Sprintf("An order is for at most %s, not %s.", e.Limit, arg)
	default:
		return e.untilSentence(arg)
	}
}

// untilSentence describes a problem with the time until which a server is to run.
func (e *UsageError) untilSentence(arg string) string {
	switch e.Problem {
	case ProblemNotTime:
		return fmt.Sprintf("I do not understand %s as a day or a time.", arg)
	case ProblemNoClock:
		return "The time of day is missing."
	case ProblemClock:
		return fmt.Sprintf("It is not clear which time of day %s is.", arg)
	case ProblemZone:
		return fmt.Sprintf("Only your own time zone and UTC work, not %s.", arg)
	case ProblemWhichDate:
		return fmt.Sprintf("It is not clear which date %s is.", arg)
	case ProblemWhichDay:
		return fmt.Sprintf("It is not clear which day %s is.", arg)
	case ProblemWeekday:
		return arg + " is another day of the week."
	case ProblemNoDate:
		return fmt.Sprintf("There is no %s.", arg)
	case ProblemPast:
		return arg + " has passed."
	case ProblemClockSkips:
		return fmt.Sprintf("The clocks are put forward, so there is no %s.", arg)
	case ProblemClockRepeats:
		return fmt.Sprintf("The clocks are put back, so there are two %s.", arg)
	case ProblemNoZone:
		return "Slack does not tell me your time zone right now."
	default:
		return fmt.Sprintf("I do not understand %s as a number of hours, days, or weeks.", arg)
	}
}

// tries returns what would work, or nil if the help has to do.
func (e *UsageError) tries(a RefusalView) []string {
	if len(e.Try) > 0 {
		return e.Try
	}
	limit := e.Limit
	if limit == 0 {
		limit = a.Limit
	}
	time, most := exampleTime(limit), 1
	if e.Problem == ProblemNoServer && e.Arg != "" {
		time, most = e.Arg, maxTries
	}
	var all []string
	for _, s := range a.Servers[:min(len(a.Servers), most)] {
		all = append(all, asking(s.Label(), time))
	}
	return all
}
