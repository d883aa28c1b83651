package slacksim_test

import (
	"testing"

	"extendbot/internal/slacksim"
)

// A watcher hears of a change once, however many there were, and of none after it stopped.
func TestWatch_TellsOfChanges(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{})
	s.AddUser(slacksim.User{ID: "U0ALICE"})
	s.AddChannel(slacksim.Channel{ID: "C0OPS"})
	changed, stop := s.Watch()
	say := func() {
		if _, err := s.Say("C0OPS", "U0ALICE", "hello", ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(changed) != 0 {
		t.Error("it heard of a change before there was one")
	}
	say()
	say()
	if len(changed) != 1 {
		t.Errorf("after two changes, %d values", len(changed))
	}
	<-changed
	stop()
	say()
	if len(changed) != 0 {
		t.Error("it heard of a change after it stopped")
	}
}

// A person sees public channels, and of the private ones and direct messages only their own.
func TestChannels_WhatAPersonSees(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{})
	for _, id := range []string{"U0ALICE", "U0BOB"} {
		s.AddUser(slacksim.User{ID: id})
	}
	s.AddChannel(slacksim.Channel{ID: "C0OPS", Name: "ops"})
	s.AddChannel(slacksim.Channel{ID: "C0LEADS", Name: "leads", Private: true})
	s.Join("C0LEADS", "U0ALICE")
	s.DirectChannel("U0ALICE")
	for user, want := range map[string]int{"U0ALICE": 3, "U0BOB": 1} {
		got := s.Channels(user)
		if len(got) != want {
			t.Errorf("%s sees %v", user, got)
		}
	}
	if got := s.Channels("U0ALICE"); !got[2].IM || got[0].Name != "leads" {
		t.Errorf("in the order %v", got)
	}
	if got := s.Members("C0LEADS"); len(got) != 1 || got[0] != "U0ALICE" {
		t.Errorf("members: %v", got)
	}
}

// A conversations select lists what its filter includes, and no private channel of others.
func TestListed_FilterOfTheMenu(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{})
	s.AddChannel(slacksim.Channel{ID: "C0LEADS", Name: "leads", Private: true})
	s.AddChannel(slacksim.Channel{ID: "C0OLD", Name: "old", Archived: true})
	s.Join("C0LEADS", "U0ALICE")
	s.DirectChannel("U0ALICE")
	channels := map[string]any{"filter": map[string]any{"include": []any{"public", "private"}}}
	for _, c := range []struct {
		user string
		menu map[string]any
		want int
	}{
		{"U0ALICE", channels, 2},
		{"U0ALICE", nil, 3},
		{"U0BOB", channels, 1},
	} {
		if got := s.Listed(c.user, c.menu); len(got) != c.want {
			t.Errorf("%s, %v: %v", c.user, c.menu, got)
		}
	}
}
