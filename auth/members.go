package auth

import (
	"iter"
	"slices"
)

// Members returns the members of a Slack user group by their user ids, and reports
// whether they are known now. A group whose members are not known, or are too old
// to rely on, cannot be read: nobody gets rights by it, and the yes of its members
// does not count. The map is not changed. A nil Members can read no group.
type Members func(group string) (members map[string]bool, known bool)

// moment is the rules and the members of their groups at one moment. Every decision
// is made on one moment, and depends on nothing else.
type moment struct {
	*ruleset
	members map[string]map[string]bool // of the groups that can be read
}

func newMoment(rs *ruleset, members Members) moment {
	m := moment{ruleset: rs, members: map[string]map[string]bool{}}
	if members == nil {
		return m
	}
	for _, group := range rs.groupIDs() {
		if all, known := members(group); known {
			m.members[group] = all
		}
	}
	return m
}

// readable reports whether the members of a group are known.
func (m moment) readable(group string) bool { _, ok := m.members[group]; return ok }

// lists reports whether a list of user and group ids has this user, as far as the
// groups can be read.
func (m moment) lists(ids []string, user string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return id == user && !isGroup(id) || m.members[id][user] })
}

// unreadable returns the groups in a list of user and group ids that cannot be read.
func (m moment) unreadable(ids []string) []string {
	var groups []string
	for _, id := range ids {
		if isGroup(id) && !m.readable(id) {
			groups = append(groups, id)
		}
	}
	return groups
}

// users yields the users in a list of user and group ids, as far as the groups can be
// read. A user can come several times.
func (m moment) users(ids []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, id := range ids {
			if !isGroup(id) && !yield(id) {
				return
			}
			for member, in := range m.members[id] {
				if in && !yield(member) {
					return
				}
			}
		}
	}
}
