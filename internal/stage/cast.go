package stage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// The people, channels, accounts and servers of [Team].
const (
	Alice        = "U0ALICE"   // may order; her account has money
	Bob          = "U0BOB"     // may order; his account is nearly empty
	Carol        = "U0CAROL"   // may order; alice's account pays
	Mallory      = "U0MALLORY" // is not on the list
	Ops          = "C0OPS"     // the bot is a member
	Random       = "C0RANDOM"  // the bot is not a member
	AliceAccount = "user12345-6789-0123-4567-890123456789"
	BobAccount   = "user98765-4321-0123-4567-890123456789"
	Web          = "a6bbde9c-c6df-11f0-8cdf-525400792197" // the id of web-1, rented by alice's account
	DB           = "b7ccef0d-c6df-11f0-8cdf-525400792197" // the id of db-1, rented by bob's account
)

// Cast lists the people, channels and servers on a stage.
type Cast struct {
	People   []Person
	Channels []Channel
	Servers  []Server
}

// Person is a Slack user. If Account is set, the person is on the allowlist, and
// that account at 0xhost pays for their orders. The first person with an account
// is its holder, with its Balance.
type Person struct {
	ID, Name string
	Account  string
	Balance  decimal.Decimal
	TZ       string // the name of the time zone; default UTC
}

// Channel is a channel of which everybody is a member, including the bot unless
// WithoutBot is set.
type Channel struct {
	ID, Name   string
	WithoutBot bool
}

// Server is a rented server. People type its Name; Account rents it. Zero fields
// have the defaults of oxhostsim.RentedServer.
type Server struct {
	ID, Name, Hostname, Account string
	PlanID                      int
	PlanPrice                   decimal.Decimal
	PrimaryIP                   string
}

// Team returns a small team: alice, who has money, bob, who has hardly any,
// carol, who orders with alice's money, and mallory, who may not order. Alice and
// bob each have a server.
func Team() Cast {
	money := decimal.RequireFromString
	return Cast{
		People: []Person{
			{ID: Alice, Name: "alice", Account: AliceAccount, Balance: money("3328.78")},
			{ID: Bob, Name: "bob", Account: BobAccount, Balance: money("0.50")},
			{ID: Carol, Name: "carol", Account: AliceAccount},
			{ID: Mallory, Name: "mallory"},
		},
		Channels: []Channel{{ID: Ops, Name: "ops"}, {ID: Random, Name: "random", WithoutBot: true}},
		Servers: []Server{
			{ID: Web, Name: "web-1", Hostname: "vm-web", Account: AliceAccount, PlanID: 5, PlanPrice: money("12.99"), PrimaryIP: "192.168.100.102"},
			{ID: DB, Name: "db-1", Hostname: "vm-db", Account: BobAccount, PlanID: 6, PlanPrice: money("69.99"), PrimaryIP: "192.168.100.103"},
		},
	}
}

// Crowd returns a cast of any size for load and chaos tests. Every person has an
// account with a billion. Server i is rented by person i modulo the number of
// people. The first channel is [Ops]. In addition, there are [Mallory], who is
// the last person and not on the list, and [Random], the last channel, which the
// bot is not a member of.
func Crowd(people, channels, servers int) Cast {
	var c Cast
	first := []string{"alice", "bob", "carol", "dave", "erin"}
	for i := range people {
		name := fmt.Sprintf("user%02d", i)
		if i < len(first) {
			name = first[i]
		}
		c.People = append(c.People, Person{
			ID: "U0" + strings.ToUpper(name), Name: name, Account: "account-" + name, Balance: decimal.New(1, 9),
		})
	}
	for i := range channels {
		number := ""
		if i > 0 {
			number = fmt.Sprintf("%02d", i)
		}
		c.Channels = append(c.Channels, Channel{ID: Ops + number, Name: "ops" + number})
	}
	for i := range servers {
		name := fmt.Sprintf("web-%d", i+1)
		c.Servers = append(c.Servers, Server{ID: "0000-" + name, Name: name, Account: c.People[i%people].Account})
	}
	c.People = append(c.People, Person{ID: Mallory, Name: "mallory"})
	c.Channels = append(c.Channels, Channel{ID: Random, Name: "random", WithoutBot: true})
	return c
}

// AccountOf returns the account that pays for a person's orders, or "".
func (c Cast) AccountOf(userID string) string {
	for _, p := range c.People {
		if p.ID == userID {
			return p.Account
		}
	}
	return ""
}

// Owner returns the person whose account rents the server with this name or id,
// or the zero Person.
func (c Cast) Owner(server string) Person {
	for _, r := range c.Servers {
		if r.Name != server && r.ID != server {
			continue
		}
		return c.holder(r.Account)
	}
	return Person{}
}

// Hostname returns 0xhost's name of the server with this id, or the id itself if
// the server is not in the cast.
func (c Cast) Hostname(id string) string {
	for _, r := range c.Servers {
		if r.ID == id {
			return cmp.Or(r.Hostname, r.Name)
		}
	}
	return id
}

// Payers returns the holders of the accounts.
func (c Cast) Payers() []Person {
	var holders []Person
	for _, p := range c.People {
		if p.Account != "" && c.holder(p.Account).ID == p.ID {
			holders = append(holders, p)
		}
	}
	return holders
}

// holder returns the first person with an account, or the zero Person.
func (c Cast) holder(account string) Person {
	i := slices.IndexFunc(c.People, func(p Person) bool { return p.Account == account })
	if i < 0 {
		return Person{}
	}
	return c.People[i]
}
