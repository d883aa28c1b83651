package auth

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"extendbot/order"
)

// AllowlistEntry is one person of the allowlist in its short form.
type AllowlistEntry struct {
	User    string // the Slack user id
	Account string // the 0xhost account that pays for what they order
}

// ParseAllowlist parses the short form of the allowlist, "U0ALICE:<0xhost
// account id>,U0BOB:<0xhost account id>". Blanks around an id are ignored.
// Several people may share an account, but each person may be listed only once.
// An empty list is a mistake.
//
// The error joins one [*Mistake] for each thing that is wrong.
func ParseAllowlist(s string) ([]AllowlistEntry, error) {
	list := envList{left: "a Slack user id", right: "a 0xhost account id"}
	if strings.TrimSpace(s) == "" {
		return nil, &Mistake{What: "the list is empty"}
	}
	var people []AllowlistEntry
	seen := firstSeen{}
	for n, p := range list.pairs(s) {
		list.report(n, checkUser(p.left))
		list.report(n, checkAccount(p.right))
		list.report(n, seen.duplicate(p.left, n, "the same person as entry %d"))
		people = append(people, AllowlistEntry{User: p.left, Account: p.right})
	}
	return resultOrMistakes(people, list.mistakes)
}

// ParseServers parses the short form of the servers, "web-1:<server
// id>,db-1:<server id>". Blanks around a name or id are ignored. A name is 1 to
// 64 letters, digits, dots, underscores and hyphens, begins with a letter or
// digit, and is the same in upper and lower case. What people type must never
// match two servers, and a server has only one name. So a name or id that is
// listed twice is a mistake, and so is a name that is the id of another entry.
// An empty list is valid; [NewRules] describes what it means.
//
// The error joins one [*Mistake] for each thing that is wrong.
func ParseServers(s string) ([]order.Server, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	list := envList{left: "a name", right: "a 0xhost server id"}
	var servers []order.Server
	var entries []int // the entry number of each server
	names, ids := firstSeen{}, firstSeen{}
	for n, p := range list.pairs(s) {
		list.report(n, checkName(p.left))
		list.report(n, checkServer(p.right))
		list.report(n, names.duplicate(fold(p.left), n, "the same name as entry %d"))
		list.report(n, ids.duplicate(p.right, n, "the same server id as entry %d"))
		servers, entries = append(servers, order.Server{Name: p.left, ID: p.right}), append(entries, n)
	}
	for i, other := range namesThatAreIDs(servers) {
		list.report(entries[i], fmt.Sprintf("the name is the server id of entry %d", entries[other]))
	}
	return resultOrMistakes(servers, list.mistakes)
}

// ParseAdmins parses the Slack user ids of the people who may settle an unknown
// outcome, "U0ALICE,U0BOB". Blanks around an id are ignored. Each person may be
// listed only once. An empty list is valid: then there are no admins.
//
// The error joins one [*Mistake] for each thing that is wrong.
func ParseAdmins(s string) ([]string, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var (
		list   envList
		admins []string
	)
	seen := firstSeen{}
	for n, user := range list.entries(s) {
		list.report(n, checkUser(user))
		list.report(n, seen.duplicate(user, n, "the same person as entry %d"))
		admins = append(admins, user)
	}
	return resultOrMistakes(admins, list.mistakes)
}

// envList parses a list of the short form, whose entries are separated by
// commas, and collects the mistakes in it.
type envList struct {
	left, right string // what the two halves of a pair are, for the mistakes
	mistakes    []error
}

type pair struct{ left, right string }

// entries yields the non-empty entries with their numbers, which start at 1, and
// reports the empty ones.
func (l *envList) entries(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for item := range strings.SplitSeq(s, ",") {
			n++
			item = strings.TrimSpace(item)
			if item == "" {
				l.report(n, "is empty; remove the extra comma")
				continue
			}
			if !yield(n, item) {
				return
			}
		}
	}
}

// pairs yields the entries with two halves around a colon, and reports the
// others.
func (l *envList) pairs(s string) iter.Seq2[int, pair] {
	return func(yield func(int, pair) bool) {
		for n, item := range l.entries(s) {
			left, right, ok := strings.Cut(item, ":")
			if !ok {
				l.report(n, fmt.Sprintf("has no colon; write %s, a colon and %s", l.left, l.right))
				continue
			}
			if !yield(n, pair{strings.TrimSpace(left), strings.TrimSpace(right)}) {
				return
			}
		}
	}
}

// report adds a mistake, unless what is "".
func (l *envList) report(entry int, what string) {
	if what != "" {
		l.mistakes = append(l.mistakes, &Mistake{Entry: entry, What: what})
	}
}

// resultOrMistakes returns the result, or nothing and all mistakes.
func resultOrMistakes[T any](read []T, mistakes []error) ([]T, error) {
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return read, nil
}
