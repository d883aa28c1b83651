package service_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/stage"
	"extendbot/order"
)

// Only the requester can confirm or cancel a card. Others are told so.
func TestClick_OnlyRequesterDecides(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	for _, action := range []string{"order_confirm", "order_cancel"} {
		h.Click(stage.Bob, card, action)
		h.WaitEphemeral(stage.Bob, "<@"+stage.Alice+">")
		h.Click(stage.Mallory, card, action)
	}
	h.WaitEphemeral(stage.Mallory, stage.Mallory)
	h.WantState(card, order.Pending)
	h.WantCharges(0, 0)
}

// A click on a decided card is answered with the state of its order.
func TestClick_DecidedCard(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Order("web-1 24")
	h.ClickRaw(stage.Alice, card, "order_cancel", string(h.OrderID(card)))
	h.WaitEphemeral(stage.Alice, "went through")
	h.WantCharges(1, 1)
}

// A person who is not on the list learns nothing about an order from its
// buttons, also after it was decided or with an id that does not exist.
func TestClick_StrangerLearnsNothing(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	id := string(h.OrderID(card))
	press := func(actions ...string) {
		for _, action := range actions {
			for _, value := range []string{id, "nobody", ""} {
				h.ClickRaw(stage.Mallory, card, action, value)
			}
		}
	}
	press("order_confirm", "order_cancel")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	press("order_confirm", "order_cancel", "order_settle_placed", "order_settle_not_placed", "what")
	h.WaitEphemerals(stage.Mallory, 21)
	for _, told := range h.Slack.Ephemerals(stage.Mallory) {
		text := told.Text + "\n" + told.Flat()
		for _, fact := range []string{"web-1", stage.Alice, "went through", "decided", "know this order", "receipt", "EUR", id} {
			if strings.Contains(text, fact) {
				t.Errorf("a stranger was told %q:\n%s", fact, text)
			}
		}
		if !strings.Contains(text, "not on the list") && !strings.Contains(text, "Only an admin") {
			t.Errorf("a stranger was told %q", text)
		}
	}
	h.WantCharges(1, 1)
}

// A click whose value is not an order id is acked and answered.
func TestClick_UnknownValue(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	for _, value := range []string{"", "nobody", strings.Repeat("x", 2000), "<!channel>"} {
		h.ClickRaw(stage.Alice, card, "order_confirm", value)
	}
	h.WaitEphemeral(stage.Alice, "do not know this order")
	h.WantCharges(0, 0)
}

// The policy is read again at the click: what it allowed at the request does not
// matter.
func TestClick_PolicyReadAgain(t *testing.T) {
	t.Parallel()
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(policy+".new", []byte(text), 0o600), os.Rename(policy+".new", policy)); err != nil {
			t.Fatal(err)
		}
	}
	const servers = "servers:\n  web-1: " + stage.Web + "\n"
	write(servers + "people:\n  " + stage.Alice + ": {account: " + stage.AliceAccount + "}\n")
	h := servicetest.Start(t, func(s *settings.Settings) { s.Allowlist, s.Servers, s.PolicyFile = nil, nil, policy })
	card := h.Request(stage.Alice, "web-1 24")
	for name, text := range map[string]string{
		"she is not on the list any more": servers + "people:\n  " + stage.Bob + ": {account: " + stage.BobAccount + "}\n",
		"another account would pay":       servers + "people:\n  " + stage.Alice + ": {account: " + stage.BobAccount + "}\n",
		"the list cannot be read":         "people: [",
	} {
		write(text)
		if name == "the list cannot be read" {
			h.WantNoAck(card)
		} else {
			h.Confirm(card)
		}
		if o := h.Recorded(card); o.State != order.Pending {
			t.Errorf("%s: the order is %s", name, o.State)
		}
	}
	h.WantCharges(0, 0)
}

// A decision that cannot be committed gets no ack and changes nothing. A later
// click works.
func TestClick_NoAckWithoutCommit(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	restartWithWriteWait(h)
	card := h.Request(stage.Alice, "web-1 24")
	release := lockDatabase(h)
	h.WantNoAck(card)
	release()
	h.WantState(card, order.Pending)
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
}

// restartWithWriteWait restarts the service with the default limit for waiting
// for the ledger.
func restartWithWriteWait(h *servicetest.Harness) {
	h.T.Helper()
	h.Options = append(h.Options, service.WithWriteWait(0))
	h.Restart()
}

// lockDatabase prevents the service from writing until release is called.
func lockDatabase(h *servicetest.Harness) (release func()) {
	h.T.Helper()
	db, err := sql.Open("sqlite", h.DatabasePath()+"?_txlock=immediate&_pragma=busy_timeout(60000)")
	if err != nil {
		h.T.Fatal(err)
	}
	tx, err := db.BeginTx(context.WithoutCancel(h.Ctx), nil)
	if err != nil {
		h.T.Fatal(err)
	}
	return func() {
		h.T.Helper()
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			h.T.Error(err)
		}
	}
}

// A refusal by 0xhost is shown in the thread, with its reason.
func TestOrder_RefusedByHost(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Bob, "db-1 24") // costs more than bob has
	h.Click(stage.Bob, card, "order_confirm")
	h.WaitReply(card, "balance")
	h.WaitCard(card, "did not go through")
	h.WantCharges(0, 1)
}

// An unknown outcome is reported as such. No order for that server is accepted
// or confirmed until it is settled.
func TestOrder_UnknownHoldsServer(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // otherwise it would be found after five seconds
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge}, 1)
	waiting := h.Request(stage.Alice, "web-1 48")
	card := h.Request(stage.Alice, "web-1 24")
	id := h.OrderID(card)
	h.Confirm(card)
	h.WaitReply(card, "may or may not have been spent")
	h.WaitReply(card, string(id))

	if got := h.Extend(stage.Alice, "web-1 1").AckText(); !strings.Contains(got, string(id)) {
		t.Errorf("a new request was answered %q, want the id of the unknown order", got)
	}
	h.Confirm(waiting)
	h.WaitEphemeral(stage.Alice, string(id))
	h.Request(stage.Bob, "db-1 1") // other servers are free
	h.WantCharges(1, 1)
}

// A receipt that differs from the order points that out and mentions the
// requester.
func TestReceipt_DiffersFromOrder(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Alter, Set: map[string]any{"hours_purchased": "1", "type": "scale_server"}}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	receipt := h.WaitReply(card, "as approved")
	for _, fact := range []string{"24 hours (1 day)", "1 hour", "scale_server", "<@" + stage.Alice + ">"} {
		if !strings.Contains(receipt.Flat(), fact) {
			t.Errorf("%q is missing on the receipt:\n%s", fact, receipt.Flat())
		}
	}
}

// No secret leaves the program, even if answers are broken or receipts contain a
// password.
func TestSecrets_NeverLeave(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) // unknown outcomes stay unknown until they are settled here
	for _, f := range []oxhostsim.Fault{
		{Kind: oxhostsim.Half, Stage: oxhostsim.AfterCharge},
		{Kind: oxhostsim.Status, Code: 500, Body: `{"success":true,"server_status":{"metadata":"password=x"}}`},
	} {
		h.Oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		card := h.Request(stage.Alice, "web-1 24")
		id := h.OrderID(card)
		h.Confirm(card)
		h.WaitReply(card, "may or may not have been spent")
		if _, err := h.Service.Desk.Settle(h.Ctx, order.Settlement{ID: id, Who: "ops", Placed: true, Why: "looked"}); err != nil {
			t.Fatal(err)
		}
	}
	h.Oxhost.SetForm(oxhostsim.Form{Password: true})
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.Stop()
	h.WantNoSecrets()
}
