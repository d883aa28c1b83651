package main

import (
	"html"
	"os/exec"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// settleEnv sets what the command needs: the database, and 0xhost.
func settleEnv(t *testing.T, h *servicetest.Harness) {
	t.Helper()
	t.Setenv("DATABASE_URL", h.Settings.Database.Reveal())
	t.Setenv("OXHOST_API_URL", h.Settings.OxhostAPIURL)
	t.Setenv("OXHOST_API_KEY", h.Settings.OxhostAPIKey.Reveal())
}

// An unknown outcome is settled from the command line, once: the thread shows
// it, the commands list it, and the server can be extended again.
func TestOrdersSettle_ReachesThread(t *testing.T) {
	h := servicetest.Start(t)
	h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // otherwise it would be found after five seconds
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.AfterCharge}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	id := string(h.OrderID(card))
	h.Confirm(card)
	h.WaitReply(card, "may or may not have been spent")

	settleEnv(t, h)
	if code, out := command(t, "orders", "settle", id, "--placed", "--order-id", h.Oxhost.Charges()[0].OrderID, "--why", "seen at 0xhost"); code != exitOK {
		t.Fatalf("settle: %d %s", code, out)
	}
	if code, _ := command(t, "orders", "settle", id, "--not-placed", "--why", "no"); code != exitFailure {
		t.Errorf("settled twice: %d", code)
	}
	for _, args := range [][]string{{"orders", "list"}, {"orders", "show", id}, {"orders", "export"}} {
		if code, out := command(t, args...); code != exitOK || !strings.Contains(out, id) {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	h.WaitReply(card, "seen at 0xhost")
	h.Request(stage.Alice, "web-1 1")
	h.WantCharges(1, 1)
}

// Without admins, the question names the command. After the command settled the
// order, the question shows that.
func TestOrdersSettle_ClosesQuestion(t *testing.T) {
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) { h.Settings.Admins = nil })
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	id := string(h.OrderID(card))
	question := h.WaitReply(card, "Please look at 0xhost")
	if len(question.Buttons()) != 0 || !strings.Contains(question.Flat(), "extendbot orders settle "+id) {
		t.Errorf("without admins the question is:\n%s", question.Flat())
	}
	h.ClickRaw(stage.Alice, question, "order_settle_placed", id)
	h.WaitEphemeral(stage.Alice, "Only an admin")
	settleEnv(t, h)
	code, out := command(t, "orders", "settle", id, "--placed", "--order-id", "hx-77", "--why", "seen in the client area")
	if code != exitOK || !strings.Contains(out, "placed") {
		t.Errorf("exit code %d: %s", code, out)
	}
	h.WaitReply(card, "seen in the client area")
	h.WaitReply(card, "hx-77")
	h.WaitCard(card, "went through")
	h.WaitMessage(func(m slacksim.Message) bool { return m.TS == question.TS && strings.Contains(m.Text, "is settled") })
	h.WantCharges(0, 1)
}

// The command reads 0xhost's list first: what it lists was placed, unless a person says
// that this is another order. Without the list, only what a person insists on is
// recorded. The history has the name that was given.
func TestOrdersSettle_ReadsTheList(t *testing.T) {
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) { h.Settings.Admins = nil })
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	id := string(h.OrderID(card))
	settleEnv(t, h)
	h.WaitReply(card, "Please look at 0xhost") // the lookups are over
	listed := h.Oxhost.AddOrder(oxhostsim.Order{AccountID: stage.AliceAccount, ServerID: stage.Web, Type: oxhostsim.TypeRenew, Hours: 24})
	notPlaced := []string{"orders", "settle", id, "--not-placed", "--why", "not there", "--by", "Caro"}
	if code, out := command(t, notPlaced...); code != exitFailure || !strings.Contains(out, listed) || !strings.Contains(out, "--unchecked") {
		t.Errorf("exit code %d although it is listed: %s", code, out)
	}
	h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 500}, 9)
	if code, out := command(t, notPlaced...); code != exitFailure || !strings.Contains(out, "cannot be read") {
		t.Errorf("exit code %d without a list: %s", code, out)
	}
	t.Setenv("OXHOST_API_KEY", "")
	if code, out := command(t, append(notPlaced, "--unchecked")...); code != exitUsage || !strings.Contains(out, "APPROVAL_KEY: this or OXHOST_API_KEY is required") {
		t.Errorf("exit code %d without a key for what is recorded: %s", code, out)
	}
	t.Setenv("APPROVAL_KEY", strings.Repeat("k", 32))
	if code, out := command(t, notPlaced...); code != exitUsage || !strings.Contains(out, "OXHOST_API_KEY") || !strings.Contains(out, "--unchecked") {
		t.Errorf("exit code %d without a key for 0xhost: %s", code, out)
	}
	if code, out := command(t, append(notPlaced, "--unchecked")...); code != exitFailure || !strings.Contains(out, "must have the value that extendbot serve has") {
		t.Errorf("exit code %d with another key than the one that authenticates the order: %s", code, out)
	}
	t.Setenv("APPROVAL_KEY", "")
	h.WantState(card, order.Unknown)
	settleEnv(t, h)
	if code, out := command(t, append(notPlaced, "--unchecked")...); code != exitOK {
		t.Errorf("exit code %d: %s", code, out)
	}
	h.WaitReply(card, "operator Caro")
	h.WaitReply(card, "list of orders was not read")
}

// The two commands that the thread suggests run as they are pasted into a shell,
// and record what the message says about them.
func TestOrdersSettle_AsSlackSuggests(t *testing.T) {
	for i, want := range []order.State{order.Placed, order.NotPlaced} {
		t.Run(string(want), func(t *testing.T) {
			h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) { h.Settings.Admins = nil })
			card := h.LoseAnswer(oxhostsim.BeforeCharge)
			question := h.WaitReply(card, "Please look at 0xhost")
			var suggested []string
			for span := range strings.SplitSeq(question.Text, "`") {
				if strings.HasPrefix(span, "extendbot ") {
					suggested = append(suggested, html.UnescapeString(span))
				}
			}
			if len(suggested) != 2 {
				t.Fatalf("%d commands in %q", len(suggested), question.Text)
			}
			settleEnv(t, h)
			args := shellWords(t, suggested[i])
			if code, out := command(t, args[1:]...); code != exitOK {
				t.Fatalf("%s: %d %s", suggested[i], code, out)
			}
			h.WantState(card, want)
		})
	}
}

// shellWords returns the words of a command as a shell splits it.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\0' `+line).Output() //nolint:gosec // the bot's own text
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// An order of 0xhost that belongs to one order cannot settle another one.
func TestOrdersSettle_HostOrderTaken(t *testing.T) {
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups)
	first := h.Order("web-1 24")
	taken := h.WantCharges(1, 1)[0].OrderID
	lost := h.LoseAnswer(oxhostsim.BeforeCharge)
	id := string(h.OrderID(lost))
	settleEnv(t, h)
	code, out := command(t, "orders", "settle", id, "--placed", "--order-id", taken, "--why", "seen in the client area")
	if owner := string(h.OrderID(first)); code != exitFailure || !strings.Contains(out, taken) || !strings.Contains(out, owner) {
		t.Errorf("exit code %d: %s; want order %s named", code, out, owner)
	}
	h.WantState(lost, order.Unknown)
	code, out = command(t, "orders", "settle", id, "--not-placed", "--why", "0xhost has no other order")
	if code != exitOK {
		t.Errorf("exit code %d: %s", code, out)
	}
	h.WaitReply(lost, "never went through")
}
