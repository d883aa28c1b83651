package stage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// The people, channels, accounts and servers of [Team].
const (
	Alice        = "U0ALICE"   // may order; her account has money
	Bob          = "U0BOB"     // may order; his account has little money
	Carol        = "U0CAROL"   // in Team: may order, alice's account pays; in Company: approves
	Dave         = "U0DAVE"    // only in Company: may order, alice's account pays; approves long orders
	Mallory      = "U0MALLORY" // is not on the list
	Ops          = "C0OPS"     // the bot is a member
	Random       = "C0RANDOM"  // the bot is not a member
	AliceAccount = "user12345-6789-0123-4567-890123456789"
	BobAccount   = "user98765-4321-0123-4567-890123456789"
	Web          = "a6bbde9c-c6df-11f0-8cdf-525400792197" // the id of web-1, rented by alice's account
	DB           = "b7ccef0d-c6df-11f0-8cdf-525400792197" // the id of db-1, rented by bob's account in Team, by alice's in Company
	Leads        = "S0LEADS"                              // the user group of those who approve long orders in Company
)

// Cast lists the people, channels and servers on a stage, who has to approve which
// orders, and how much may be bought.
type Cast struct {
	People    []Person
	Groups    []Group
	Channels  []Channel
	Servers   []Server
	Approvals []Approval
	Limits    []Limit
	Admins    []string // ids of people
}

// Person is a Slack user. If Account is set, the person is on the allowlist, and
// that account at 0xhost pays for their orders. The first person with an account
// is its holder, with its Balance.
type Person struct {
	ID, Name string
	Account  string
	Balance  decimal.Decimal
	TZ       string // the name of the time zone; default UTC

	// What only a policy file can say about a person.

	Servers  []string // names and patterns; nil: every server of the cast
	MaxHours int      // of one order; 0: as many as everybody
}

// Group is a Slack user group.
type Group struct {
	ID, Handle string
	Members    []string // ids of people
}

// Approval is an approval rule: Count approvers have to say yes to each order that
// meets all conditions.
type Approval struct {
	Name      string
	Servers   []string // condition: names and patterns; nil: any server
	HoursOver int      // condition: more hours than this
	Approvers []string // ids of people and groups
	Count     int      // default 1
	// RequesterCounts allows that one of them is the person who asks.
	RequesterCounts bool
}

// Limit is the most that may be bought within some time, as in a policy file. Either
// Hours or Amount is set.
type Limit struct {
	Per    string // whose orders count together: person, server, account, or all
	Within string // such as 24h or 30d
	Hours  int
	Amount string
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
	// Expires is when the rental ends according to the policy file; zero: it says nothing.
	// 0xhost has an expiry of its own.
	Expires time.Time
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

// Company returns a larger cast, which needs a policy file: alice and dave order with
// alice's money, bob only for his own server test-1, which is expensive, up to three days,
// with money for four. Databases need the approval of carol, who orders nothing, and
// more than a week needs one of the leads, who are carol and dave. Nobody may spend more
// than 50 EUR in a day: a month of a database, or five days of test-1, is over that. Mallory
// may do nothing.
func Company() Cast {
	money := decimal.RequireFromString
	alice, bob := Team().People[0], Team().People[1]
	dave := Person{ID: Dave, Name: "dave", Account: AliceAccount}
	alice.Servers, dave.Servers = []string{"web-*", "db-*"}, []string{"web-*", "db-*"}
	bob.Servers, bob.MaxHours, bob.Balance = []string{"test-1"}, 72, money("45.00")
	return Cast{
		People:   []Person{alice, bob, {ID: Carol, Name: "carol"}, dave, {ID: Mallory, Name: "mallory"}},
		Groups:   []Group{{ID: Leads, Handle: "leads", Members: []string{Carol, Dave}}},
		Channels: Team().Channels,
		Servers: []Server{
			Team().Servers[0],
			{ID: "c8ddf01e-c6df-11f0-8cdf-525400792197", Name: "web-2", Hostname: "vm-web-2", Account: AliceAccount, PlanID: 5, PlanPrice: money("12.99"), PrimaryIP: "192.168.100.104"},
			{ID: DB, Name: "db-1", Hostname: "vm-db", Account: AliceAccount, PlanID: 6, PlanPrice: money("69.99"), PrimaryIP: "192.168.100.103"},
			{ID: "d9eef12f-c6df-11f0-8cdf-525400792197", Name: "test-1", Hostname: "vm-test", Account: BobAccount, PlanID: 9, PlanPrice: money("300.00"), PrimaryIP: "192.168.100.105"},
		},
		Approvals: []Approval{
			{Name: "databases", Servers: []string{"db-*"}, Approvers: []string{Carol}},
			{Name: "long", HoursOver: 168, Approvers: []string{Leads}},
		},
		Limits: []Limit{{Per: "person", Within: "24h", Amount: "50.00"}},
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
