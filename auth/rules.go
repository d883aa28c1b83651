package auth

import (
	"fmt"
	"maps"
	"slices"

	"extendbot/order"
)

// Rules are who may extend what, not bound to a workspace yet: which one it is
// shows only after the bot has introduced itself there. They are safe for use
// by many goroutines.
type Rules struct {
	// read gives the rules as they stand now.
	read func() (*book, error)
}

// NewRules makes rules of the short form, of what [ParseAllowlist] and
// [ParseServers] gave. Everybody on the list may use every server by its name,
// in any case, or by its id, as it is written. If there are no servers,
// everybody on the list may use any server by its id; whether the account
// that pays owns it is then left to the host. The admins, of whom there may be
// none, are what [ParseAdmins] gave; they need not be on the list.
func NewRules(people []Member, servers []order.Server, admins ...string) *Rules {
	b := newBook(servers)
	b.anyID = len(servers) == 0
	b.admins = admins
	for _, m := range people {
		b.people[m.User] = seat{account: m.Account, all: true}
	}
	return &Rules{read: func() (*book, error) { return b, nil }}
}

// ForTeam binds the rules to the workspace with this id. The policy refuses
// people of any other one, and everybody if team is empty.
func (r *Rules) ForTeam(team string) *Policy { return &Policy{team: team, rules: r} }

// Accounts lists the accounts of the host that anybody may pay with, each
// once, in alphabetical order. It fails if the rules cannot be read.
func (r *Rules) Accounts() ([]string, error) {
	b, err := r.read()
	if err != nil {
		return nil, fmt.Errorf("the rules cannot be used: %w", err)
	}
	accounts := map[string]bool{}
	for _, s := range b.people {
		accounts[s.account] = true
	}
	return slices.Sorted(maps.Keys(accounts)), nil
}
