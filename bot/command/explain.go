package command

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"extendbot/bot/message"
	"extendbot/order"
)

// explanation is why a text is not understood, and what may be meant.
type explanation struct {
	problem    message.ProblemCode
	arg, other string // see [message.UsageError]
	instead    []Command
}

// explain explains a text that does not mean exactly one command.
func (p parser) explain(t split) explanation {
	found := p.commands(t.words)
	switch {
	case len(found) > 1:
		return explanation{problem: message.ProblemAmbiguous, arg: strings.Join(t.words, " "), instead: found}
	case len(found) == 1 && found[0].Verb == Extend:
		return explanation{problem: message.ProblemNoReason, instead: found}
	case len(found) == 1:
		return explanation{problem: message.ProblemArgument, arg: "because", other: string(found[0].Verb), instead: found}
	}
	names := p.names(t.words)
	words := t.words[names:]
	for _, w := range words {
		if len(w) > maxServer && !isQuantity(strings.ToLower(w)) {
			return explanation{problem: message.ProblemServer, arg: w}
		}
	}
	for _, explain := range []func([]string, bool) (explanation, bool){
		p.explainVerb, p.explainWord, p.explainNoServer, p.explainTime,
	} {
		if e, ok := explain(words, names > 0); ok {
			return e
		}
	}
	return p.explainRest(words, names > 0)
}

// explainVerb explains a verb with an argument that does not fit.
func (p parser) explainVerb(words []string, named bool) (explanation, bool) {
	verb := verbs[strings.ToLower(words[0])]
	if verb == "" || named {
		return explanation{}, false
	}
	e := explanation{problem: message.ProblemArgument, arg: strings.Join(words[1:], " "), other: words[0]}
	_, e.instead = p.without(words, named)
	if verb == Cancel { // who wants less is not offered to buy more
		e.instead = slices.DeleteFunc(e.instead, func(c Command) bool { return c.Verb == Extend })
	}
	if len(e.instead) == 0 {
		e.instead = []Command{{Verb: verb}}
	}
	return e, true
}

// explainWord explains a text of one word.
func (p parser) explainWord(words []string, _ bool) (explanation, bool) {
	word := words[0]
	switch {
	case len(words) > 1 || isTime(strings.ToLower(word)) || isUntil(word) || isClock(word) || len(p.apart(words)) > 0:
		return explanation{}, false
	case !p.isServer(word), p.listed && !p.known(word):
		e := explanation{problem: message.ProblemUnknown, arg: word, instead: similarVerbs(word)}
		if p.Near != nil {
			for _, server := range p.Near(word) {
				e.instead = append(e.instead, extend(server, example(p.Limit)))
			}
		}
		return e, true
	}
	return explanation{problem: message.ProblemNoHours, arg: word, instead: []Command{extend(word, example(p.Limit))}}, true
}

// similarVerbs returns the verbs of which a word may be a misspelling: a short one
// with one wrong letter, a longer one with two.
func similarVerbs(word string) (found []Command) {
	for _, verb := range []Verb{Form, Help, List, History, Status, Cancel, Approvals} {
		if levenshtein.ComputeDistance(strings.ToLower(word), string(verb)) <= len(verb)/3 {
			found = append(found, Command{Verb: verb})
		}
	}
	return found
}

// example returns a rental time that works.
func example(limit order.Hours) rental {
	switch {
	case limit >= 72:
		return short(72)
	case limit >= 24:
		return short(24)
	default:
		return short(limit)
	}
}

// explainNoServer explains a text without a word that can be a server.
func (p parser) explainNoServer(words []string, named bool) (explanation, bool) {
	r, wrong := p.rental(words)
	if wrong != nil && slices.ContainsFunc(words, p.isServer) {
		return explanation{}, false
	}
	if i := slices.IndexFunc(words, func(w string) bool { return !canBeServer(w) && !isTime(strings.ToLower(w)) && !isClock(w) }); i >= 0 {
		return explanation{problem: message.ProblemUnknown, arg: words[i], instead: p.apart(words)}, true
	}
	e := explanation{problem: message.ProblemNoServer, arg: r.typed}
	for _, x := range p.extensions(words, named) {
		r, notLong := p.rental(x.time)
		number := wrong != nil && !p.listed && isQuantity(x.server) && order.ValidHostID(x.server)
		if notLong == nil && (x.fits || number) {
			e.instead = append(e.instead, extend(x.server, r))
		}
	}
	return e, true
}

// explainTime explains what is wrong with the rental time, if it is one at all.
func (p parser) explainTime(words []string, named bool) (explanation, bool) {
	for _, x := range p.extensions(words, named) {
		_, wrong := p.rental(x.time)
		if wrong == nil || !x.fits || wrong.problem == message.ProblemNotHours {
			continue
		}
		e := explanation{problem: wrong.problem, arg: wrong.arg}
		nearest := wrong.nearest()
		if len(nearest) == 0 {
			nearest = []rental{example(p.Limit)}
		}
		for _, r := range nearest {
			e.instead = append(e.instead, extend(x.server, r))
		}
		return e, true
	}
	return explanation{}, false
}

// explainRest explains a text that has words that do not belong there.
func (p parser) explainRest(words []string, named bool) explanation {
	all := strings.Join(words, " ")
	if e, ok := p.explainUntil(words, named); ok {
		return e
	}
	if found := p.turned(words); len(found) > 0 {
		return explanation{problem: message.ProblemUnknown, arg: all, instead: found}
	}
	if removed, found := p.without(words, named); len(found) == 1 {
		return explanation{problem: message.ProblemExtra, arg: removed, instead: found}
	} else if len(found) > 1 {
		return explanation{problem: message.ProblemAmbiguous, arg: all, instead: found}
	}
	if found := p.apart(words); len(found) > 0 {
		return explanation{problem: message.ProblemUnknown, arg: all, instead: found}
	}
	if found := p.recognized(words); len(found) == 1 {
		return explanation{problem: message.ProblemUnknown, arg: all, instead: found}
	}
	for _, x := range p.extensions(words, named) {
		if x.fits {
			return explanation{problem: message.ProblemNotHours, arg: strings.Join(x.time, " "), instead: []Command{extend(x.server, example(p.Limit))}}
		}
	}
	return explanation{problem: message.ProblemNotHours, arg: all}
}

// explainUntil explains a day or a time of day without "until".
func (p parser) explainUntil(words []string, named bool) (explanation, bool) {
	for _, x := range p.extensions(words, named) {
		if !x.fits || !slices.ContainsFunc(x.time, namesTime) || slices.ContainsFunc(x.time, namesUnit) {
			continue
		}
		u, wrong := readUntil(x.time)
		until := exactly(u)
		if wrong != nil {
			until = wrong.nearest()
		}
		e := explanation{problem: message.ProblemNotHours, arg: strings.Join(x.time, " ")}
		for _, r := range until {
			e.instead = append(e.instead, extend(x.server, r))
		}
		return e, len(until) > 0
	}
	return explanation{}, false
}

// turned returns what words mean with their last one, a verb, in front.
func (p parser) turned(words []string) []Command {
	last := len(words) - 1
	if verbs[strings.ToLower(words[last])] == "" {
		return nil
	}
	return p.commands(append([]string{words[last]}, words[:last]...))
}

// apart returns what words mean with blanks instead of the punctuation in them and
// around them.
func (p parser) apart(words []string) []Command {
	apart := strings.FieldsFunc(strings.Join(words, " "), func(r rune) bool { return strings.ContainsRune(" ,;:=/+()[]{}<>|*~≈@#", r) })
	if len(apart) == 0 || slices.Equal(apart, words) {
		return nil
	}
	return p.commands(apart)
}

// recognized returns what words mean without those that are no server of the
// person and belong to no time: "add 24 hours to web-1".
func (p parser) recognized(words []string) []Command {
	var known []string
	for _, w := range words {
		lower := strings.ToLower(w)
		if p.known(w) || isTime(lower) || isClock(w) || slices.Contains(structure, lower) {
			known = append(known, w)
		}
	}
	if len(known) == 0 || len(known) == len(words) {
		return nil
	}
	return p.commands(known)
}

// maxRepaired is how many words a text can have in which some are left out.
const maxRepaired = 12

// without returns the commands that words mean if as few as possible of them,
// which stand together, are left out, and the first of those that are.
func (p parser) without(words []string, named bool) (removed string, found []Command) {
	if len(words) > maxRepaired {
		return "", nil
	}
	for n := 1; n < len(words) && len(found) == 0; n++ {
		for i := 0; i+n <= len(words); i++ {
			rest := slices.Concat(words[:i], words[i+n:])
			if named {
				rest = append([]string{string(Extend)}, rest...)
			}
			for _, c := range p.commands(rest) {
				if c.Verb == Form || c.Verb == Help && verbs[strings.ToLower(words[0])] != Help || !p.isLikely(c) || slices.Contains(found, c) {
					continue
				}
				if found = append(found, c); len(found) == 1 {
					removed = strings.Join(words[i:i+n], " ")
				}
			}
		}
	}
	return removed, found
}

// isLikely reports whether a command that is left after some words were removed is
// one that may be meant.
func (p parser) isLikely(c Command) bool {
	switch {
	case c.Server == "":
		return true
	case p.listed:
		return p.Known(c.Server)
	default:
		return c.Verb == Extend || strings.ContainsAny(c.Server, "0123456789")
	}
}
