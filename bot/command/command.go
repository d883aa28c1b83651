// Package command parses what people type after the slash command.
//
// It knows neither people nor servers: whether somebody may extend a server is
// decided elsewhere. Its errors say what cannot be understood.
package command

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"extendbot/bot/message"
	"extendbot/order"
)

// Verb is what a command asks for.
type Verb string

// The verbs.
const (
	Extend  Verb = "extend"  // the default: hours for a server
	Help    Verb = "help"    // also an empty text
	List    Verb = "list"    // my servers
	History Verb = "history" // my latest orders, or those of a server
	Status  Verb = "status"  // my open orders, or one order
	Cancel  Verb = "cancel"  // my only pending order, or one order
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
}

const (
	// maxCommand is the longest text that is parsed, in bytes.
	maxCommand = 2000
	// maxServer is the longest name or id of a server, in bytes.
	maxServer = 128
)

// Parse parses the text of a command: a server and a whole number of
// hours up to limit, as hours alone or as weeks, days and hours ("72", "72h",
// "3d", "1w", "1d12h"). It removes what keyboards and copying add: blanks of any
// kind, invisible characters, quotes and backticks around a word, full width
// forms, and the link that Slack makes of a host name. An empty text and "help"
// ask for help. Every error is a [*UsageError].
//
// https://docs.slack.dev/interactivity/implementing-slash-commands
func Parse(text string, options Options) (Command, error) {
	limit := options.Limit
	if text = strings.TrimSpace(text); len(text) > maxCommand {
		return Command{}, &message.UsageError{Problem: message.ProblemTooLong, Limit: limit}
	}
	words := commandWords(text)
	switch {
	case len(words) == 0, len(words) == 1 && isHelp(words[0]):
		return Command{Verb: Help}, nil
	case len(words) == 1:
		return Command{}, oneWord(words[0], limit)
	case len(words) > 2:
		return Command{}, &message.UsageError{Problem: message.ProblemExtra, Arg: strings.Join(words[2:], " "), Limit: limit}
	}
	server := words[0]
	hours, problem := parseHours(words[1], limit)
	switch {
	case problem == message.ProblemNotHours && isHours(server, limit):
		return Command{}, &message.UsageError{Problem: message.ProblemSwapped, Arg: words[1], Other: server, Limit: limit}
	case problem != "":
		return Command{}, &message.UsageError{Problem: problem, Arg: words[1], Other: server, Limit: limit}
	case len(server) > maxServer:
		return Command{}, &message.UsageError{Problem: message.ProblemServer, Arg: server, Limit: limit}
	}
	return Command{Verb: Extend, Server: server, Hours: hours, Typed: hours.Short()}, nil
}

func isHelp(word string) bool {
	switch strings.ToLower(word) {
	case "help", "--help", "-h", "?":
		return true
	default:
		return false
	}
}

func isHours(word string, limit order.Hours) bool {
	_, problem := parseHours(word, limit)
	return problem == ""
}

// oneWord returns which of the two is missing: the server or the hours.
func oneWord(word string, limit order.Hours) error {
	if isHours(word, limit) {
		return &message.UsageError{Problem: message.ProblemNoServer, Arg: word, Limit: limit}
	}
	return &message.UsageError{Problem: message.ProblemNoHours, Arg: word, Limit: limit}
}

// commandWords splits a command and cleans its words. It folds full width forms
// but nothing else: a superscript 2 must not become a digit.
func commandWords(text string) []string {
	var words []string
	for word := range strings.FieldsSeq(message.Visible(width.Fold.String(text))) {
		if word = bareWord(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// bareWord removes quotes and links around a word, also nested ones.
func bareWord(word string) string {
	for {
		bare := unlink(strings.TrimFunc(strings.Map(plainHyphen, word), isQuote))
		if bare == word {
			return bare
		}
		word = bare
	}
}

// isQuote reports whether r is a mark that people or keyboards put around words.
func isQuote(r rune) bool {
	return strings.ContainsRune("\"'`´", r) || unicode.In(r, unicode.Pi, unicode.Pf) || r == '‚' || r == '„'
}

// plainHyphen turns typographic hyphens, dashes and the minus sign into a plain
// hyphen.
func plainHyphen(r rune) rune {
	if r >= '\u2010' && r <= '\u2015' || r == '\u2212' {
		return '-'
	}
	return r
}

// unlink returns the label of a link in Slack's notation, or the host name if it
// has no label.
func unlink(word string) string {
	inner, ok := strings.CutPrefix(word, "<")
	if !ok {
		return word
	}
	if inner, ok = strings.CutSuffix(inner, ">"); !ok {
		return word
	}
	target, label, labelled := strings.Cut(inner, "|")
	_, address, ok := strings.Cut(target, "://")
	switch {
	case !ok || !strings.HasPrefix(target, "http"):
		return word
	case labelled:
		return label
	default:
		return strings.TrimSuffix(address, "/")
	}
}
