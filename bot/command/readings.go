package command

import (
	"slices"
	"strings"

	"extendbot/bot/message"
	"extendbot/order"
)

// parser reads words with what is known of the command and of the person.
type parser struct {
	Options
	listed bool // Known tells servers from other words
}

// noServer is no server's id. Whoever may extend it may extend any server by its
// id, so nothing is known about which words are servers.
const noServer = "00000000-0000-0000-0000-000000000000"

func newParser(o Options) parser {
	return parser{Options: o, listed: o.Known != nil && !o.Known(noServer)}
}

// known reports whether a word is a server of the person for sure.
func (p parser) known(word string) bool { return p.listed && p.Known(word) }

// isName reports whether a word is the name of the command.
func (p parser) isName(word string) bool {
	if p.known(word) && !strings.EqualFold(word, string(Extend)) {
		return false
	}
	word = strings.TrimPrefix(strings.ToLower(word), "/")
	return word == string(Extend) || word == strings.TrimPrefix(strings.ToLower(p.Name), "/")
}

// commands returns every command that words can mean; more than one if they are
// ambiguous. A command that costs nothing comes before one that costs money, but
// after the command's own name, a word is rather a server than a verb.
func (p parser) commands(words []string) []Command {
	names := p.names(words)
	if names == len(words) {
		return []Command{{Verb: Form}}
	}
	verb, isVerb := p.verb(words[names:])
	if names == 0 && isVerb {
		return []Command{verb}
	}
	var found []Command
	for i := min(1, names); i <= names; i++ { // the second of two names can be a server
		requests, fixed := p.requests(words[i:], i > 0)
		for _, c := range requests {
			if !slices.Contains(found, c) {
				found = append(found, c)
			}
		}
		if fixed {
			break
		}
	}
	if len(found) == 0 && isVerb {
		return []Command{verb}
	}
	return found
}

// names returns how many words at the beginning repeat the name of the command.
func (p parser) names(words []string) int {
	if i := slices.IndexFunc(words, func(w string) bool { return !p.isName(w) }); i >= 0 {
		return i
	}
	return len(words)
}

// verb reads a command that begins with a verb, if its argument fits.
func (p parser) verb(words []string) (Command, bool) {
	verb, ok := verbs[strings.ToLower(words[0])]
	if !ok {
		return Command{}, false
	}
	arguments := words[1:]
	if len(arguments) == 2 && strings.EqualFold(arguments[0], "for") {
		arguments = arguments[1:]
	}
	c := Command{Verb: verb}
	switch {
	case len(arguments) == 0:
		return c, true
	case len(arguments) > 1 || verb == Form || verb == Help || verb == List || verb == Approvals:
		return Command{}, false
	}
	word := arguments[0]
	id, isID := order.ParseID(word)
	switch {
	case p.known(word), !isID && p.isServer(word):
		c.Server = word
	case isID && verb != History:
		c.Order = id
	default:
		return Command{}, false
	}
	return c, true
}

// extension is one way to read words as a server and a rental time.
type extension struct {
	server string
	time   []string
	fits   bool // the server is one, as far as is known
	fixed  bool // "X for Y": no other way counts
}

// extensions returns the ways to split words into a server and a rental time: the
// server is the first or the last word. After the command's name, it can be a
// verb.
func (p parser) extensions(words []string, named bool) []extension {
	if len(words) > 2 && isFor(words[0]) && !p.known(words[0]) {
		words = words[1:]
	}
	last := len(words) - 1
	if last < 1 {
		return nil
	}
	first := extension{server: words[0], time: words[1:]}
	first.fits = p.isServer(words[0]) || named && verbs[strings.ToLower(words[0])] != "" && canBeServer(words[0])
	if isFor(words[1]) && last > 1 {
		first.time, first.fixed = words[2:], true
		first.fits = first.fits || isTime(strings.ToLower(words[0])) && order.ValidHostID(words[0])
	}
	other := extension{server: words[last], time: words[:last], fits: p.isServer(words[last])}
	if !p.listed && !strings.ContainsAny(words[last], "0123456789") {
		other.fits = false // more likely the rest of a sentence
	}
	if isFor(words[last-1]) && last > 1 {
		other.time = words[:last-1]
	}
	return []extension{first, other}
}

func isFor(word string) bool { return strings.EqualFold(word, "for") || strings.EqualFold(word, "by") }

// isServer reports whether a word can be a server, as far as is known. Words of
// the grammar are servers only if they are known to be.
func (p parser) isServer(word string) bool {
	lower := strings.ToLower(word)
	switch {
	case !canBeServer(word):
		return false
	case p.known(word):
		return true
	default:
		return verbs[lower] == "" && !slices.Contains(structure, lower) && !p.isName(word) && !isTime(lower)
	}
}

// requests returns every request for hours that words can mean, and whether "X for
// Y" leaves only one.
func (p parser) requests(words []string, named bool) (found []Command, fixed bool) {
	if _, wrong := p.rental(words); wrong == nil {
		return nil, false // the server is missing, whatever servers are called
	}
	for _, x := range p.extensions(words, named) {
		r, wrong := p.rental(x.time)
		if wrong != nil || !x.fits {
			continue
		}
		if c := extend(x.server, r); !slices.Contains(found, c) {
			found = append(found, c)
		}
		if x.fixed {
			return found, true
		}
	}
	return found, false
}

func extend(server string, r rental) Command {
	return Command{Verb: Extend, Server: server, Hours: r.hours, Until: r.until, Typed: r.typed}
}

// rental reads a rental time: how long, or until when.
func (p parser) rental(words []string) (rental, *mistake) {
	at := slices.IndexFunc(words, isUntil)
	if at < 0 {
		return readDuration(words, p.Limit)
	}
	if at > 0 {
		m := &mistake{problem: message.ProblemTwoTimes, arg: strings.Join(words, " "), until: words[at+1:]}
		if r, wrong := readDuration(words[:at], p.Limit); wrong == nil {
			m.instead = []rental{r}
		}
		return rental{}, m
	}
	u, wrong := readUntil(words[1:])
	if wrong != nil {
		return rental{}, wrong
	}
	return exactly(u)[0], nil
}
