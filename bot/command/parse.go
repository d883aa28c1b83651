package command

import (
	"slices"
	"strings"

	"extendbot/bot/message"
)

// maxCommand is the longest text that is parsed, in bytes.
const maxCommand = 2000

// Parse parses the text of a command. Its rules:
//
//   - A server and a rental time, in any order, with "for" or "by" in between. In
//     "X for Y", X is the server. Behind them "because" and a reason.
//   - A rental time is a number of hours, or numbers of weeks, days and hours in
//     any order, each once: "72", "3d", "1 day 12 hours". Or it is "until" a day
//     and a time of day, see [Until].
//   - "list", "approvals", "help", "history" and "status", "cancel" with a server, the latter
//     two also with the id of an order. An empty text asks for the form, and so does "form"; a
//     question mark asks for help.
//   - The command's name in front changes nothing, but a word after it is rather
//     a server than a verb: "extend list 24".
//
// Quotes, marks, links, punctuation at the end of a word, invisible characters,
// and "please" do not count. What has two meanings is refused, unless only one of
// them names a server that is known. Every error is a [*message.UsageError].
//
// https://docs.slack.dev/interactivity/implementing-slash-commands
func Parse(text string, o Options) (Command, error) {
	if text = strings.TrimSpace(text); len(text) > maxCommand {
		return Command{}, &message.UsageError{Problem: message.ProblemTooLong, Limit: o.Limit}
	}
	if text != "" && strings.Trim(text, "?？") == "" {
		return Command{Verb: Help}, nil
	}
	p := newParser(o)
	t := p.split(text)
	if c, ok := p.only(t); ok {
		return c, nil
	}
	e := p.explain(t)
	err := &message.UsageError{Problem: e.problem, Arg: e.arg, Other: e.other, Limit: o.Limit}
	for _, c := range e.instead {
		if try, ok := p.works(c, t); ok && !slices.Contains(err.Try, try) && len(err.Try) < maxTries {
			err.Try = append(err.Try, try)
		}
	}
	return Command{}, err
}

// ParseTime parses a text that has only a rental time, and maybe a reason: "3d", "until
// friday 18:00", "1d 12h because of a demo". The command that it returns has no server.
// Every error is a [*message.UsageError].
func ParseTime(text string, o Options) (Command, error) {
	if text = strings.TrimSpace(text); len(text) > maxCommand {
		return Command{}, &message.UsageError{Problem: message.ProblemTooLong, Limit: o.Limit}
	}
	p := newParser(o)
	t := p.split(text)
	words := t.words
	if len(words) > 1 && isFor(words[0]) {
		words = words[1:]
	}
	r, wrong := p.rental(words)
	if wrong == nil && t.because && t.reason == "" {
		wrong = &mistake{problem: message.ProblemNoReason}
	}
	if wrong == nil {
		return Command{Verb: Extend, Hours: r.hours, Until: r.until, Typed: r.typed, Purpose: t.reason}, nil
	}
	err := &message.UsageError{Problem: wrong.problem, Arg: wrong.arg, Limit: o.Limit}
	for _, r := range wrong.nearest() {
		if len(err.Try) < maxTries {
			err.Try = append(err.Try, r.typed)
		}
	}
	return Command{}, err
}

// split is a text in words.
type split struct {
	words   []string // of the command
	reason  string   // behind "because"
	because bool     // there is a "because"
}

func (p parser) split(text string) split {
	fields, reason, because := cutReason(visibleFields(text), func(w string) bool { return p.isName(w) || p.isPlease(w) })
	words := cleanWords(strings.Join(fields, " "))
	return split{words: slices.DeleteFunc(words, p.isPlease), reason: reason, because: because}
}

func (p parser) isPlease(word string) bool {
	return strings.EqualFold(word, "please") && !p.known(word)
}

// only returns the command that a text means, if there is only one.
func (p parser) only(t split) (Command, bool) {
	found := p.commands(t.words)
	if len(found) != 1 {
		return Command{}, false
	}
	c := found[0]
	if t.because && (c.Verb != Extend || t.reason == "") {
		return Command{}, false
	}
	c.Purpose = t.reason
	return c, true
}

// maxTries is how many texts are suggested.
const maxTries = 3

// works returns the text of a command that is suggested instead of t, if it is
// understood and its server is not known to be wrong.
func (p parser) works(c Command, t split) (string, bool) {
	if c.Server != "" && p.listed && !p.Known(c.Server) || c.Until.Day == DayNextWeekday {
		return "", false
	}
	if c.Verb == Extend {
		c.Purpose = t.reason
	}
	again, ok := p.only(p.split(c.String()))
	text := c.String() // which is shorter than the normal form
	c.Typed = again.Typed
	return text, ok && again == c
}
