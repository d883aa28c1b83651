package auth

import (
	"errors"
	"fmt"
	"strings"

	"extendbot/order"
)

// Member is a person of the short form.
type Member struct {
	User    string // the Slack user id
	Account string // the 0xhost account that pays for what they order
}

// ParseAllowlist reads the short form of the allowlist,
// "U0ALICE:<0xhost user id>,U0BOB:<0xhost user id>". Blanks around a word do
// not count. Several people may share an account; a person may be there only
// once. An empty list is a mistake.
//
// The error joins one [*Mistake] for each thing that is wrong.
func ParseAllowlist(s string) ([]Member, error) {
	list := shortList{left: "a Slack user id", right: "a 0xhost user id"}
	if strings.TrimSpace(s) == "" {
		return nil, &Mistake{What: "the list is empty"}
	}
	var members []Member
	seen := firsts{}
	for entry, p := range list.pairs(s) {
		list.wrong(entry, checkUser(p.left))
		list.wrong(entry, checkAccount(p.right))
		list.wrong(entry, seen.again(p.left, entry, "the same person as entry %d"))
		members = append(members, Member{User: p.left, Account: p.right})
	}
	return whole(members, list.mistakes)
}

// ParseServers reads the short form of the servers,
// "web-1:<server id>,db-1:<server id>". Blanks around a word do not count.
// A name is 1 to 64 letters, digits, dots, underscores and hyphens, begins with
// a letter or digit, and means the same in any case. A word must never mean two
// servers and a server has one name, so a name or id that comes twice is a
// mistake, and so is a name that is the id of another entry. An empty list is
// no mistake: see [NewRules].
//
// The error joins one [*Mistake] for each thing that is wrong.
func ParseServers(s string) ([]order.Server, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	list := shortList{left: "a name", right: "a 0xhost server id"}
	var servers []order.Server
	var places []int
	names, ids := firsts{}, firsts{}
	for entry, p := range list.pairs(s) {
		list.wrong(entry, checkName(p.left))
		list.wrong(entry, checkServer(p.right))
		list.wrong(entry, names.again(fold(p.left), entry, "the same name as entry %d"))
		list.wrong(entry, ids.again(p.right, entry, "the same server id as entry %d"))
		servers, places = append(servers, order.Server{Name: p.left, ID: p.right}), append(places, entry)
	}
	for i, name := range crossed(servers) {
		list.wrong(places[i], fmt.Sprintf("the name is the server id of entry %d", places[name]))
	}
	return whole(servers, list.mistakes)
}

// ParseAdmins reads the Slack user ids of those who may settle an unknown
// outcome, "U0ALICE,U0BOB". Blanks around an id do not count. A person may be
// there only once. An empty list is no mistake: then nobody may.
//
// The error joins one [*Mistake] for each thing that is wrong.
func ParseAdmins(s string) ([]string, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var (
		list   shortList
		admins []string
	)
	seen := firsts{}
	for i, item := range strings.Split(s, ",") {
		user := strings.TrimSpace(item)
		if user == "" {
			list.wrong(i+1, "is empty; look for a comma too many")
			continue
		}
		list.wrong(i+1, checkUser(user))
		list.wrong(i+1, seen.again(user, i+1, "the same person as entry %d"))
		admins = append(admins, user)
	}
	return whole(admins, list.mistakes)
}

// crossed finds the servers whose name is the id of another one, and which.
func crossed(servers []order.Server) map[int]int {
	byID := make(map[string]int, len(servers))
	for i, s := range servers {
		byID[fold(s.ID)] = i
	}
	found := map[int]int{}
	for i, s := range servers {
		if other, ok := byID[fold(s.Name)]; ok && other != i {
			found[i] = other
		}
	}
	return found
}

// firsts remembers where each word was met first.
type firsts map[string]int

// again notes a word and says, in the words of format, where it was before.
func (f firsts) again(word string, place int, format string) string {
	if first, ok := f[word]; ok {
		return fmt.Sprintf(format, first)
	}
	f[word] = place
	return ""
}

// shortList collects what is wrong with a list of pairs.
type shortList struct {
	left, right string // what the two words of a pair are
	mistakes    []error
}

type pair struct{ left, right string }

// pairs yields the entries that are pairs, by their place from 1.
func (l *shortList) pairs(s string) func(yield func(int, pair) bool) {
	return func(yield func(int, pair) bool) {
		entry := 0
		for item := range strings.SplitSeq(s, ",") {
			entry++
			if item = strings.TrimSpace(item); item == "" {
				l.wrong(entry, "is empty; look for a comma too many")
				continue
			}
			left, right, ok := strings.Cut(item, ":")
			if !ok {
				l.wrong(entry, fmt.Sprintf("has no colon; write %s, a colon and %s", l.left, l.right))
				continue
			}
			if !yield(entry, pair{strings.TrimSpace(left), strings.TrimSpace(right)}) {
				return
			}
		}
	}
}

// wrong notes a mistake, if it is one.
func (l *shortList) wrong(entry int, what string) {
	if what != "" {
		l.mistakes = append(l.mistakes, &Mistake{Entry: entry, What: what})
	}
}

// whole gives what was read, or nothing and all that is wrong with it.
func whole[T any](read []T, mistakes []error) ([]T, error) {
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return read, nil
}
