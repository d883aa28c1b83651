package auth

import (
	"cmp"
	"slices"

	"extendbot/order"
)

// book is what the rules say at one moment. It does not change.
type book struct {
	people  map[string]seat // by Slack user id
	admins  []string        // Slack user ids, in the order in which they were named
	servers []order.Server  // sorted by name
	names   map[string]order.Server
	ids     map[string]order.Server
	anyID   bool // servers that are not in the book may be used by their id
}

// seat is a person's place in the book.
type seat struct {
	account string
	all     bool            // may use every server of the book
	ids     map[string]bool // else the ids of those that they may use
}

func (s seat) mayUse(id string) bool { return s.all || s.ids[id] }

func newBook(servers []order.Server) *book {
	b := &book{
		people:  map[string]seat{},
		servers: slices.Clone(servers),
		names:   make(map[string]order.Server, len(servers)),
		ids:     make(map[string]order.Server, len(servers)),
	}
	slices.SortFunc(b.servers, func(x, y order.Server) int {
		return cmp.Or(cmp.Compare(fold(x.Name), fold(y.Name)), cmp.Compare(x.ID, y.ID))
	})
	for _, s := range servers {
		b.names[fold(s.Name)] = s
		b.ids[s.ID] = s
	}
	return b
}

// find gives the server that word means to whoever sits in s.
func (b *book) find(s seat, word string) (order.Server, bool) {
	for _, server := range []order.Server{b.names[fold(word)], b.ids[word]} {
		if server.ID != "" && s.mayUse(server.ID) {
			return server, true
		}
	}
	if b.anyID && order.ValidHostID(word) {
		return order.Server{ID: word}, true
	}
	return order.Server{}, false
}

// allows says whether whoever sits in s may use the server with this id.
func (b *book) allows(s seat, id string) bool {
	if _, ok := b.ids[id]; ok {
		return s.mayUse(id)
	}
	return b.anyID && order.ValidHostID(id)
}

// serversOf lists the servers of the book that whoever sits in s may use.
func (b *book) serversOf(s seat) []order.Server {
	var mine []order.Server
	for _, server := range b.servers {
		if s.mayUse(server.ID) {
			mine = append(mine, server)
		}
	}
	return mine
}
