package auth

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// The short form of the allowlist is a list of people and their accounts.
func TestParseAllowlist_PeopleAndAccounts(t *testing.T) {
	got, err := ParseAllowlist(" U0ALICE:acc-1, U0BOB : 42 ,\nW0CARO:acc-1")
	if err != nil {
		t.Fatal(err)
	}
	want := []AllowlistEntry{{"U0ALICE", "acc-1"}, {"U0BOB", "42"}, {"W0CARO", "acc-1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every mistake in the allowlist is reported, with its entry.
func TestParseAllowlist_MistakesHavePlaces(t *testing.T) {
	tests := []struct{ name, list, want string }{
		{"nothing", "", "the list is empty"},
		{"blanks", " \n", "the list is empty"},
		{"a comma at the end", "U0ALICE:a,", "entry 2: is empty; remove the extra comma"},
		{"no colon", "U0ALICE", "entry 1: has no colon; write a Slack user id, a colon and a 0xhost account id"},
		{"a name for a person", "alice:a", "entry 1: " + wrongUser},
		{"small letters", "u0alice:a", "entry 1: " + wrongUser},
		{"too short", "U0:a", "entry 1: " + wrongUser},
		{"a bot id", "B0ALICE:a", "entry 1: " + wrongUser},
		{"no person", ":a", "entry 1: " + wrongUser},
		{"no account", "U0ALICE:", "entry 1: " + wrongAccount},
		{"a blank in the account", "U0ALICE:a b", "entry 1: " + wrongAccount},
		{"a second colon", "U0ALICE:a:b", "entry 1: " + wrongAccount},
		{"an account too long", "U0ALICE:" + strings.Repeat("a", 65), "entry 1: " + wrongAccount},
		{"a person twice", "U0ALICE:a,U0BOB:b,U0ALICE:c", "entry 3: the same person as entry 1"},
		{
			"all at once", "alice:a,,U0BOB:", "entry 1: " + wrongUser +
				"\nentry 2: is empty; remove the extra comma\nentry 3: " + wrongAccount,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseAllowlist(tt.list)
			if err == nil || got != nil {
				t.Fatalf("got %v and %v, want only an error", got, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The short form of the servers is a list of names and ids.
func TestParseServers_NamesAndIDs(t *testing.T) {
	got, err := ParseServers("web-1:S1, DB_1.eu : s1-b")
	if err != nil {
		t.Fatal(err)
	}
	want := []order.Server{{Name: "web-1", ID: "S1"}, {Name: "DB_1.eu", ID: "s1-b"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An empty list of servers is valid.
func TestParseServers_Empty(t *testing.T) {
	if got, err := ParseServers(" "); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

// Every mistake in the list of servers is reported, with its entry.
func TestParseServers_MistakesHavePlaces(t *testing.T) {
	tests := []struct{ name, list, want string }{
		{"a comma too many", "web-1:a,,db-1:b", "entry 2: is empty; remove the extra comma"},
		{"no colon", "web-1", "entry 1: has no colon; write a name, a colon and a 0xhost server id"},
		{"no name", ":a", "entry 1: " + wrongName},
		{"a blank in the name", "web 1:a", "entry 1: " + wrongName},
		{"a name that begins with a hyphen", "-web:a", "entry 1: " + wrongName},
		{"a name too long", strings.Repeat("a", 65) + ":a", "entry 1: " + wrongName},
		{"a letter that looks like another", "wеb-1:a", "entry 1: " + wrongName},
		{"no id", "web-1:", "entry 1: " + wrongServer},
		{"a bad id", "web-1:a/b", "entry 1: " + wrongServer},
		{"a name twice", "web-1:a,WEB-1:b", "entry 2: the same name as entry 1"},
		{"an id twice", "web-1:a,web-2:a", "entry 2: the same server id as entry 1"},
		{"a name that is another server's id in other case", "web-1:S1,s1:s1", "entry 2: the name is the server id of entry 1"},
		{"a name that is another server's id", "web-1:DB-1,db-1:b", "entry 2: the name is the server id of entry 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseServers(tt.list)
			if err == nil || got != nil {
				t.Fatalf("got %v and %v, want only an error", got, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A server may have its id as its name.
func TestParseServers_NameIsItsOwnID(t *testing.T) {
	if _, err := ParseServers("web-1:web-1"); err != nil {
		t.Error(err)
	}
}

// No mistake quotes the lists, which may contain a token by accident.
func TestEnvList_MistakesQuoteNothing(t *testing.T) {
	const token = "xoxb-12345-hunter2"
	for _, list := range []string{token, token + ":" + token, "U0ALICE:" + token + "!", token + ":a," + token + ":a"} {
		_, people := ParseAllowlist(list)
		_, servers := ParseServers(list)
		if text := errors.Join(people, servers).Error(); strings.Contains(text, "hunter2") {
			t.Errorf("%q: got %q", list, text)
		}
	}
}

// Any text is either a list of valid, distinct people or an error.
func FuzzParseAllowlist(f *testing.F) {
	for _, s := range []string{"U0ALICE:a,U0BOB:b", "", ",", ":", "U0ALICE:a,U0ALICE:b", "\xff:\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		people, err := ParseAllowlist(s)
		if err != nil {
			if people != nil {
				t.Fatal("people and an error")
			}
			return
		}
		seen := map[string]bool{}
		for _, m := range people {
			if seen[m.User] || checkUser(m.User) != "" || !order.ValidHostID(m.Account) {
				t.Fatalf("%q: got %v", s, people)
			}
			seen[m.User] = true
		}
		if len(people) == 0 {
			t.Fatal("no people and no error")
		}
	})
}
