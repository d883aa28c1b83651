package main

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
	"extendbot/ledger"
	"extendbot/order"
)

// A change of the database is found, for all orders and for one, also when it is shown.
// The help lists what cannot be found.
func TestOrdersVerify_FindsAChange(t *testing.T) {
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	id := string(h.Recorded(card).ID)
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	settleEnv(t, h)

	for _, args := range [][]string{{"orders", "verify"}, {"orders", "verify", id}} {
		if code, out := command(t, args...); code != exitOK || !strings.Contains(out, "no differences (orders: 1, rows of history: 4;") {
			t.Errorf("%v while serving: %d %s", args, code, out)
		}
	}
	t.Setenv("OXHOST_API_KEY", "")
	unknown := "key unknown: rows that were written with the key " + h.Settings.ApprovalKeys.ID() + ", which is not set here, so that anybody may have written them: 5\n" // and the seal
	if code, out := command(t, "orders", "verify"); code != exitOK || !strings.Contains(out, unknown+"to verify them, too, add that key at the end of APPROVAL_KEY") {
		t.Errorf("without the key: %d %s", code, out)
	}
	if _, out := command(t, "orders", "verify", "--help"); !strings.Contains(out, "It cannot find") {
		t.Errorf("the help does not list what cannot be found: %s", out)
	}
	h.Exec("UPDATE orders SET hours = 1")
	for _, args := range [][]string{{"orders", "verify"}, {"orders", "verify", id}} {
		code, out := command(t, args...)
		if code != exitFailure || !strings.Contains(out, "order "+id+": hours is 1, but 24 in its history") {
			t.Errorf("%v after a change: %d %s", args, code, out)
		}
	}
	if _, out := command(t, "orders", "show", id); !strings.HasPrefix(out, "CHANGED") || !strings.Contains(out, "hours is 1, but 24 in its history") {
		t.Errorf("orders show: %s", out)
	}
}

// A mark that was printed earlier reveals that an order was deleted with all its
// history. New orders do not affect the mark.
func TestOrdersVerify_MarkFindsADeletedOrder(t *testing.T) {
	h := servicetest.Start(t)
	old := recordLongAgo(t, h.Service.Ledger)
	settleEnv(t, h)
	code, out := command(t, "orders", "verify")
	_, printed, ok := strings.Cut(strings.TrimSpace(out), "--expect: ")
	if code != exitOK || !ok {
		t.Fatalf("no mark: %d %s", code, out)
	}
	h.Request(stage.Alice, "web-1 24") // a later order does not matter
	if code, out := command(t, "orders", "verify", "--expect", printed); code != exitOK || !strings.Contains(out, printed) {
		t.Errorf("the mark does not match: %d %s", code, out)
	}
	h.Exec("DROP TRIGGER history_no_delete", "DELETE FROM history WHERE order_id = '"+old+"'",
		"DELETE FROM orders WHERE id = '"+old+"'",
		"CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END")
	if code, out := command(t, "orders", "verify"); code != exitOK {
		t.Errorf("verify found it without a mark; its help says it cannot: %d %s", code, out)
	}
	if code, out := command(t, "orders", "verify", "--expect", printed); code != exitFailure || !strings.Contains(out, "has been changed since") {
		t.Errorf("verify with the mark did not find it: %d %s", code, out)
	}
}

// recordLongAgo records an order that is old enough to be covered by a mark.
func recordLongAgo(t *testing.T, l *ledger.Ledger) (id string) {
	t.Helper()
	at := time.Now().Add(-time.Hour)
	o := order.Order{
		ID: "old", RequestKey: "old", Version: 1, State: order.Pending, Person: order.Person{Team: "T0TEAM", User: stage.Bob}, Channel: stage.Ops,
		Account: stage.BobAccount, Server: order.Server{ID: stage.DB}, Hours: 1, CreatedAt: at, ChangedAt: at, Deadline: at.Add(24 * time.Hour),
	}
	if _, err := l.Create(t.Context(), o, order.Entry{Version: 1, At: at, Who: stage.Bob, To: order.Pending}); err != nil {
		t.Fatal(err)
	}
	return string(o.ID)
}

// Mistakes in the arguments are exit code 2; differences are 1.
func TestOrdersVerify_MistakesOfUsage(t *testing.T) {
	h := servicetest.Start(t)
	settleEnv(t, h)
	for _, args := range [][]string{{"nobody"}, {"a", "b"}, {"a", "--expect", "x"}, {"--expect", "x"}, {"--expect", "20260101T000000Z."}} {
		if code, out := command(t, append([]string{"orders", "verify"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}
