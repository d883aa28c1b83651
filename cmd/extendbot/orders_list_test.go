package main

import (
	"strings"
	"testing"
)

// The flags select the orders of one server, those that are open, and so many.
func TestOrdersList_SelectsByServerAndOpen(t *testing.T) {
	p := newPlay(t)
	old := recordLongAgo(t, p.v.ledger) // for another server, and pending
	card := p.card(stageAlice, "web-1 24")
	placed := p.order(card)
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	t.Setenv("DATABASE_URL", p.settings.Database.Reveal())

	for _, c := range []struct {
		args          []string
		first, second bool
	}{
		{nil, true, true},
		{[]string{"--server", placed.Server.ID}, false, true},
		{[]string{"--server", "web-1"}, false, true},
		{[]string{"--server", stageDB}, true, false},
		{[]string{"--server", stageDB, "--since", "1m"}, false, false},
		{[]string{"--server", "nothing"}, false, false},
		{[]string{"--open"}, true, false},
		{[]string{"--limit", "1"}, false, true},
	} {
		code, out := command(t, append([]string{"orders", "list"}, c.args...)...)
		lines := strings.Split(out, "\n")
		listed := func(id string) bool {
			for _, line := range lines {
				if strings.HasPrefix(line, id+" ") {
					return true
				}
			}
			return false
		}
		if code != exitOK || listed(old) != c.first || listed(string(placed.ID)) != c.second {
			t.Errorf("%v: %d\n%s", c.args, code, out)
		}
	}
	for _, args := range [][]string{{"--limit", "0"}, {"--open", "--server", "web-1"}, {"--open", "--since", "1h"}} {
		if code, out := command(t, append([]string{"orders", "list"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}
