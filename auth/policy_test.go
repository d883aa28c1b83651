package auth

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

const team = "T0TEAM"

func person(user string) order.Person { return order.Person{Team: team, User: user} }

// envPolicy returns a policy from the short form.
func envPolicy(t *testing.T, allowlist, servers string) *Policy {
	t.Helper()
	people, err := ParseAllowlist(allowlist)
	if err != nil {
		t.Fatal(err)
	}
	named, err := ParseServers(servers)
	if err != nil {
		t.Fatal(err)
	}
	return NewRules(people, named).ForTeam(team, nil)
}

// A server is found by its name in any case or by its id, and the person's
// account pays for it.
func TestGrant_ServerAndAccount(t *testing.T) {
	p := envPolicy(t, "U0ALICE:acc-a,U0BOB:acc-b", "web-1:S1,db-1:S2")
	tests := []struct {
		user, word string
		want       order.Grant
	}{
		{"U0ALICE", "web-1", order.Grant{Account: "acc-a", Server: order.Server{Name: "web-1", ID: "S1"}}},
		{"U0BOB", "WEB-1", order.Grant{Account: "acc-b", Server: order.Server{Name: "web-1", ID: "S1"}}},
		{"U0BOB", "S2", order.Grant{Account: "acc-b", Server: order.Server{Name: "db-1", ID: "S2"}}},
	}
	for _, tt := range tests {
		got, err := p.Grant(t.Context(), person(tt.user), tt.word)
		if err != nil {
			t.Errorf("%s %s: %v", tt.user, tt.word, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// What is typed exactly comes first: an id is never taken for another server's
// name in other case, and two ids can differ only in case.
func TestGrant_ExactBeforeOtherCase(t *testing.T) {
	p := NewRules([]AllowlistEntry{{"U0ALICE", "a"}}, []order.Server{
		{Name: "web-1", ID: "S1"}, {Name: "s1", ID: "S2"}, {Name: "db-1", ID: "s2"},
	}).ForTeam(team, nil)
	for word, want := range map[string]string{"S1": "S1", "s1": "S2", "S2": "S2", "s2": "s2", "WEB-1": "S1", "web-1": "S1"} {
		got, err := p.Grant(t.Context(), person("U0ALICE"), word)
		if err != nil || got.Server.ID != want {
			t.Errorf("%s: got %v, %v; want %s", word, got.Server, err, want)
		}
	}
}

// Only people of this workspace who are on the allowlist are granted a server,
// and only existing servers.
func TestGrant_Refuses(t *testing.T) {
	p := envPolicy(t, "U0ALICE:acc-a", "web-1:S1,db-1:S2")
	tests := []struct {
		name string
		p    *Policy
		who  order.Person
		word string
		want order.Code
	}{
		{"a person who is not on the allowlist", p, person("U0EVE"), "web-1", order.CodeStranger},
		{"an empty user id", p, person(""), "web-1", order.CodeStranger},
		{"the same user of another workspace", p, order.Person{Team: "T0OTHER", User: "U0ALICE"}, "web-1", order.CodeStranger},
		{"a user without a workspace", p, order.Person{User: "U0ALICE"}, "web-1", order.CodeStranger},
		{"a workspace that is not known yet", NewRules([]AllowlistEntry{{"U0ALICE", "a"}}, nil).ForTeam("", nil), order.Person{User: "U0ALICE"}, "S1", order.CodeStranger},
		{"the zero policy", &Policy{}, order.Person{User: "U0ALICE"}, "S1", order.CodeStranger},
		{"a server that is not there", p, person("U0ALICE"), "mail-1", order.CodeUnknownServer},
		{"an id in another case", p, person("U0ALICE"), "s1", order.CodeUnknownServer},
		{"no server", p, person("U0ALICE"), "", order.CodeUnknownServer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.p.Grant(t.Context(), tt.who, tt.word)
			if order.CodeOf(err) != tt.want || got != (order.Grant{}) {
				t.Errorf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// If the rules list no servers, any valid server id is granted.
func TestGrant_AnyIDWithoutServers(t *testing.T) {
	p := envPolicy(t, "U0ALICE:acc-a", "")
	got, err := p.Grant(t.Context(), person("U0ALICE"), "Some-Id-1")
	if want := (order.Grant{Account: "acc-a", Server: order.Server{ID: "Some-Id-1"}}); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := p.Grant(t.Context(), person("U0ALICE"), "some id"); order.CodeOf(err) != order.CodeUnknownServer {
		t.Errorf("got %v for an invalid id", err)
	}
	if servers, err := p.Servers(person("U0ALICE")); len(servers) != 0 || err != nil {
		t.Errorf("got %v, want none by name", servers)
	}
}

// Only the requester may decide, and only while the rules still grant what
// the card shows.
func TestMayApprove_OnlyRequesterForSameCard(t *testing.T) {
	p := envPolicy(t, "U0ALICE:acc-a,U0BOB:acc-b", "web-1:S1,db-1:S2")
	asked := order.Order{Person: person("U0ALICE"), Account: "acc-a", Server: order.Server{Name: "web-1", ID: "S1"}}
	with := func(edit func(*order.Order)) order.Order {
		o := asked
		edit(&o)
		return o
	}
	tests := []struct {
		name string
		who  order.Person
		o    order.Order
		want order.Code
	}{
		{"the requester may", person("U0ALICE"), asked, ""},
		{"another person on the allowlist may not", person("U0BOB"), asked, order.CodeNotYours},
		{"a person off the allowlist may not", person("U0EVE"), asked, order.CodeStranger},
		{"not even for their own order", person("U0EVE"), with(func(o *order.Order) { o.Person = person("U0EVE") }), order.CodeStranger},
		{"the same user of another workspace may not", order.Person{Team: "T0OTHER", User: "U0ALICE"}, asked, order.CodeStranger},
		{"an order of another workspace is not theirs", person("U0ALICE"), with(func(o *order.Order) { o.Person.Team = "T0OTHER" }), order.CodeNotYours},
		{"not if another account would pay", person("U0ALICE"), with(func(o *order.Order) { o.Account = "acc-old" }), order.CodeBarred},
		{"not if the server is gone", person("U0ALICE"), with(func(o *order.Order) { o.Server.ID = "S3" }), order.CodeUnknownServer},
		{"another person must not learn of a server that they may not use", person("U0BOB"), with(func(o *order.Order) { o.Server.ID = "S3" }), order.CodeUnknownServer},
		{"not for an order without a server", person("U0ALICE"), with(func(o *order.Order) { o.Server = order.Server{} }), order.CodeUnknownServer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := p.MayApprove(t.Context(), tt.who, tt.o); order.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// If the rules list no servers, the requester may decide for the server id of
// the order.
func TestMayApprove_AnyIDWithoutServers(t *testing.T) {
	p := envPolicy(t, "U0ALICE:acc-a", "")
	o := order.Order{Person: person("U0ALICE"), Account: "acc-a", Server: order.Server{ID: "S9"}}
	if _, err := p.MayApprove(t.Context(), person("U0ALICE"), o); err != nil {
		t.Error(err)
	}
}

// The servers of a person are sorted by name, ignoring case. A stranger sees
// none.
func TestServers_SortedByName(t *testing.T) {
	p := envPolicy(t, "U0ALICE:acc-a", "web-2:S3,DB-1:S2,web-1:S1")
	want := []order.Server{{Name: "DB-1", ID: "S2"}, {Name: "web-1", ID: "S1"}, {Name: "web-2", ID: "S3"}}
	if diff := cmp.Diff(want, serversOf(t, p, "U0ALICE")); diff != "" {
		t.Error(diff)
	}
	if got, err := p.Servers(person("U0EVE")); got != nil || order.CodeOf(err) != order.CodeStranger {
		t.Errorf("a stranger got %v", got)
	}
}

// A Policy implements order.Policy.
func TestPolicy_ImplementsOrderPolicy(t *testing.T) {
	var p order.Policy = envPolicy(t, "U0ALICE:acc-a", "web-1:S1")
	if _, err := p.Grant(context.Background(), person("U0ALICE"), "web-1"); err != nil {
		t.Error(err)
	}
}

// serversOf returns the servers of a person on the allowlist.
func serversOf(t *testing.T, p *Policy, user string) []order.Server {
	t.Helper()
	list, err := p.Servers(person(user))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
