package bot

import (
	"strings"
	"testing"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// A command is acked without a text, and a card is posted.
func TestCommand_BecomesACard(t *testing.T) {
	t.Parallel()
	w := start(t)
	d := w.command("U0ALICE", general, "web-1 24")
	if d.Payload != nil {
		t.Errorf("the ack says %s, want nothing", d.Payload)
	}
	card := w.card(general, withButtons)
	for _, action := range []string{message.ActionConfirm, message.ActionCancel} {
		b, ok := card.Button(action)
		o, _ := w.ledger.only()
		if !ok || b.Value != string(o.ID) {
			t.Errorf("button %s is %+v, want the order's id %s", action, b, o.ID)
		}
	}
}

// A redelivered command is acked and changes nothing.
func TestCommand_RedeliveredIsOneOrder(t *testing.T) {
	t.Parallel()
	w := start(t)
	d := w.command("U0ALICE", general, "web-1 24")
	w.card(general, withButtons)
	for _, same := range []bool{true, false} {
		again, err := w.slack.Redeliver(t.Context(), d, same)
		if err != nil || again.Payload != nil {
			t.Errorf("redelivery with the same id %v: %v, said %s", same, err, again.Payload)
		}
	}
	if n := len(w.ledger.Orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// A mistake in a command is answered in its ack; nothing is posted or recorded.
func TestCommand_MistakeIsAnsweredInTheAck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ user, text, part string }{
		{"U0ALICE", "help", "web-1"},
		{"U0ALICE", "web-1", "hours"},
		{"U0ALICE", "web-2 24", "Did you mean"},
		{"U0ALICE", "web-2", "web-1 3d"},
		{"U0ALICE", "web-1 0", "hour"},
		{"U0EVE", "web-1 24", "U0EVE"},
		{"U0EVE", "help", "U0EVE"},
	} {
		t.Run(c.user+" "+c.text, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.command(c.user, general, c.text)
			w.ephemeral(c.user, c.part)
			if got := w.slack.Messages(general); len(got) != 0 || len(w.ledger.Orders()) != 0 {
				t.Errorf("posted %+v, recorded %d", got, len(w.ledger.Orders()))
			}
		})
	}
}

// A command from a person who is not on the list is logged and counted.
func TestCommand_StrangerIsLoggedAndCounted(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0EVE", general, "web-1 24")
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	w.counted("denied stranger", 1)
	if !strings.Contains(w.logs.String(), "U0EVE") {
		t.Errorf("logged %s", w.logs)
	}
}

// Only the requester can cancel an order. Others are told who that is.
func TestCommand_CancelOfAnotherPerson(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	w.card(general, withButtons)
	o, _ := w.ledger.only()
	w.command("U0BOB", general, "cancel "+string(o.ID))
	w.ephemeral("U0BOB", "Only <@U0ALICE>")
	if o, _ := w.ledger.only(); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
}

// If a command cannot be recorded, the answer says so.
func TestCommand_UnrecordedSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.ledger.fail(&order.Error{Code: order.CodeUnavailable})
	w.command("U0ALICE", general, "web-1 24")
	w.ephemeral("U0ALICE", "cannot check or record")
}

// A command from another workspace or app is refused.
func TestCommand_OfAnotherWorkspaceIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []slacksim.SlashCommand{{TeamID: "T0OTHER"}, {AppID: "A0OTHER"}} {
		t.Run(c.TeamID+c.AppID, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			c.User, c.Channel, c.Command, c.Text = "U0ALICE", general, "/extend", "web-1 24"
			if _, err := w.slack.Command(w.ctx(), c); err != nil {
				t.Fatal(err)
			}
			w.ephemeral("U0ALICE", "only take orders")
			w.counted("answered foreign", 1)
			if len(w.ledger.Orders()) != 0 {
				t.Errorf("%d orders", len(w.ledger.Orders()))
			}
		})
	}
}

// What people type is not logged: a word of it can be a secret that was pasted.
func TestCommand_TextIsNotLogged(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, text := range []string{
		"web-1 24 because hunter2", "hunter2", "hunter2 24", "web-1 hunter2", "web-1 until hunter2 18:00", "status hunter2", "cancel hunter2", "list hunter2",
	} {
		w.command("U0ALICE", general, text)
	}
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	if logs := w.logs.String(); logs == "" || strings.Contains(logs, "hunter2") {
		t.Errorf("logged %s", logs)
	}
}
