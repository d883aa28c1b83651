package main

import (
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
)

// The flags select the orders of one server, open orders, and a maximum number.
func TestOrdersList_SelectsByServerAndOpen(t *testing.T) {
	h := servicetest.Start(t)
	old := recordLongAgo(t, h.Service.Ledger) // for another server, and pending
	card := h.Request(stage.Alice, "web-1 24")
	placed := h.Recorded(card)
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	t.Setenv("DATABASE_URL", h.Settings.Database.Reveal())

	for _, c := range []struct {
		args          []string
		first, second bool
	}{
		{nil, true, true},
		{[]string{"--server", placed.Server.ID}, false, true},
		{[]string{"--server", "web-1"}, false, true},
		{[]string{"--server", stage.DB}, true, false},
		{[]string{"--server", stage.DB, "--since", "1m"}, false, false},
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
