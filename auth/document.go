package auth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"extendbot/order"
)

// The words of a policy file.
const (
	fieldServers = "servers"
	fieldPeople  = "people"
	fieldAccount = "account"
	fieldAdmins  = "admins"
	everyServer  = "*"
)

// document reads the text of a policy file. It walks the nodes itself, because
// only so each mistake has its line and none repeats a value.
type document struct {
	file     string
	mistakes []*Mistake
}

// parseDocument makes a book of the text of a policy file. The error joins one
// [*Mistake] for each thing that is wrong, in the order of their lines.
func parseDocument(file string, text []byte) (*book, error) {
	d := &document{file: file}
	var b *book
	if root := d.root(text); root != nil {
		top := d.fields(root, "the file", []string{fieldServers, fieldPeople}, fieldAdmins)
		b = newBook(d.servers(top[fieldServers]))
		if people := top[fieldPeople]; people != nil {
			d.people(b, people)
		}
		if admins := top[fieldAdmins]; admins != nil {
			b.admins = d.admins(admins)
		}
	}
	if len(d.mistakes) == 0 {
		return b, nil
	}
	slices.SortStableFunc(d.mistakes, func(x, y *Mistake) int { return cmp.Compare(x.Line, y.Line) })
	all := make([]error, len(d.mistakes))
	for i, m := range d.mistakes {
		all[i] = m
	}
	return nil, errors.Join(all...)
}

// servers reads the names and ids of the servers.
func (d *document) servers(n *yaml.Node) []order.Server {
	if n == nil {
		return nil
	}
	var servers []order.Server
	var lines []int
	names, ids := firsts{}, firsts{}
	for _, e := range d.entries(n, "servers") {
		id := d.word(e.value)
		d.wrong(e.line, checkName(e.key))
		d.wrong(e.line, checkServer(id))
		d.wrong(e.line, names.again(fold(e.key), e.line, "the same name as line %d"))
		d.wrong(e.line, ids.again(id, e.line, "the same server id as line %d"))
		servers, lines = append(servers, order.Server{Name: e.key, ID: id}), append(lines, e.line)
	}
	for i, other := range crossed(servers) {
		d.wrong(lines[i], fmt.Sprintf("the name is the server id of line %d", lines[other]))
	}
	return servers
}

// people seats everybody in the book, which knows its servers already.
func (d *document) people(b *book, n *yaml.Node) {
	for _, e := range d.entries(n, "people") {
		d.wrong(e.line, checkUser(e.key))
		b.people[e.key] = d.seat(b, e.value)
	}
}

// admins reads who may settle an unknown outcome.
func (d *document) admins(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		d.wrong(n.Line, "admins must be a list of Slack user ids; leave it out if there are none")
		return nil
	}
	var admins []string
	seen := firsts{}
	for _, item := range n.Content {
		user := d.word(item)
		d.wrong(item.Line, checkUser(user))
		d.wrong(item.Line, seen.again(user, item.Line, "the same person as line %d"))
		admins = append(admins, user)
	}
	return admins
}

func (d *document) seat(b *book, n *yaml.Node) seat {
	fields := d.fields(n, "a person", []string{fieldAccount}, fieldServers)
	s := seat{all: true}
	if account := fields[fieldAccount]; account != nil {
		s.account = d.word(account)
		d.wrong(account.Line, checkAccount(s.account))
	}
	if list := fields[fieldServers]; list != nil {
		s.all, s.ids = d.list(b, list)
	}
	return s
}

// list reads which servers a person may use: "*", or a list of names and ids.
func (d *document) list(b *book, n *yaml.Node) (all bool, ids map[string]bool) {
	if n.Kind == yaml.ScalarNode && n.Value == everyServer {
		return true, nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		d.wrong(n.Line, `servers must be a list of names or ids, or "*"; leave it out to allow all servers of the file`)
		return false, nil
	}
	ids = map[string]bool{}
	for _, item := range n.Content {
		word := d.word(item)
		if word == everyServer {
			all = true
			continue
		}
		server, ok := b.find(seat{all: true}, word)
		if !ok {
			d.wrong(item.Line, "no such server: it must be a name or an id from servers")
		}
		ids[server.ID] = true
	}
	return all, ids
}
