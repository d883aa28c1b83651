package main

import (
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
)

// The flags select the orders of one server, of one person, in some states, open orders, and
// a maximum number, in upper or lower case.
func TestOrdersList_Selects(t *testing.T) {
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
		{[]string{"--server", "WEB-1"}, false, true},
		{[]string{"--server", strings.ToUpper(stage.DB)}, true, false},
		{[]string{"--server", "web-1", "--state", "Placed"}, false, true},
		{[]string{"--state", "placed,PENDING,not-placed,canceled", "--since", "1d12h"}, true, true},
		{[]string{"--state", "pending", "--state", "refused"}, true, false},
		{[]string{"--user", strings.ToLower(stage.Alice)}, false, true},
		{[]string{"--user", "<@" + stage.Bob + ">", "--since", "3D"}, true, false},
		{[]string{"--open"}, true, false},
		{[]string{"--open", "--server", stage.DB}, true, false},
		{[]string{"--limit", "1"}, false, true},
		{[]string{"--state", "pending,placed", "--limit", "1"}, false, true},
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
	for limit, more := range map[string]bool{"1": true, "2": false, "9223372036854775807": false} {
		if code, out := command(t, "orders", "list", "--limit", limit); code != exitOK || strings.Contains(out, "extendbot: there are older ones, too; --limit is 1\n") != more {
			t.Errorf("--limit %s: %d\n%s", limit, code, out)
		}
	}
	for _, args := range [][]string{{"--limit", "0"}, {"--open", "--since", "1h"}} {
		if code, out := command(t, append([]string{"orders", "list"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}

// A server, a person, and a state that do not exist are mistakes, and the answer says which
// there are. Without orders, the answer says when the newest one was.
func TestOrdersList_NothingFound(t *testing.T) {
	h := servicetest.Start(t)
	t.Setenv("DATABASE_URL", h.Settings.Database.Reveal())
	wantList := func(exit int, want string, args ...string) {
		t.Helper()
		for _, name := range []string{"list", "export"} {
			code, out := command(t, append([]string{"orders", name}, args...)...)
			if code != exit || !strings.Contains(out, want) || strings.Contains(out, "ORDER") || exit == exitOK && name == "export" && !strings.Contains(out, "\norder,state,") {
				t.Errorf("%s %v: exit code %d, %q is missing:\n%s", name, args, code, want, out)
			}
		}
	}
	wantList(exitOK, "No order was asked for since ")
	wantList(exitOK, " UTC. There is none before, either.\n")
	wantList(exitOK, "No order for web-1 was asked for since ", "--server", "web-1")

	recordLongAgo(t, h.Service.Ledger)
	placed := h.Recorded(h.Request(stage.Alice, "web-1 24"))
	today := placed.CreatedAt.UTC().Format("2006-01-02")
	wantList(exitOK, ": --since "+today+" shows it.\n", "--since", "0s")
	wantList(exitOK, "No order for WEB-1 by "+stage.Alice+" in state expired or not_placed was asked for since ", "--server", "WEB-1", "--state", "expired,not-placed", "--user", stage.Alice)
	wantList(exitUsage, `--server: no order is for "wbe-1"; did you mean web-1?`, "--server", "wbe-1")
	wantList(exitUsage, `--server: no order is for "mail"; there are orders for `+stage.DB+", web-1\n", "--server", "mail")
	wantList(exitUsage, "--user: U0EVE asked for no order; orders were asked for by "+stage.Alice+", "+stage.Bob, "--user", "u0eve", "--server", "web-1")
	wantList(exitUsage, "--user must be a Slack user id", "--user", "alice")
	wantList(exitUsage, "--user must be a Slack user id", "--user", "")
	wantList(exitUsage, "--server must be the name or id", "--server", " ")
	wantList(exitUsage, ", expired; did you mean placed?\n", "--state", "pending,plcaed")
	wantList(exitUsage, `there is no state "done", only pending, `, "--state", "done")
	wantList(exitUsage, "--state must be one of pending, ", "--state", "")
	for want, args := range map[string][]string{
		"No order in state placed is unfinished.\n": {"--state", "placed"},
		"did you mean web-1?":                       {"--server", "web-11"},
	} {
		if _, out := command(t, append([]string{"orders", "list", "--open"}, args...)...); !strings.Contains(out, want) {
			t.Errorf("open, %v: %s", args, out)
		}
	}
}
