package service_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// policyWith is a policy in which alice and bob may extend web-1, and these approval
// rules.
func policyWith(rules ...string) string {
	text := "servers: {web-1: " + stage.Web + "}\npeople:\n  " +
		stage.Alice + ": {account: " + stage.AliceAccount + "}\n  " + stage.Bob + ": {account: " + stage.AliceAccount + "}\n"
	for i, rule := range rules {
		if i == 0 {
			text += "approvals:\n"
		}
		text += "  - " + rule + "\n"
	}
	return text
}

// twoOf asks for two of bob, carol and mallory. The latter two may not order.
func twoOf() string {
	return fmt.Sprintf("{name: leads, approvers: [%s, %s, %s], count: 2}", stage.Bob, stage.Carol, stage.Mallory)
}

// approvals runs a test on each database, with a policy.
func approvals(t *testing.T, policy string, test func(h *servicetest.Harness)) {
	t.Helper()
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(policy)
		h.Start()
		test(h)
	})
}

// history returns the steps of an order, such as "pending>approved U0CAROL".
func history(h *servicetest.Harness, id order.ID) (steps []string) {
	h.T.Helper()
	entries, err := h.Service.Ledger.History(h.Ctx, id)
	if err != nil {
		h.T.Fatal(err)
	}
	for _, e := range entries {
		steps = append(steps, fmt.Sprintf("%s>%s %s", e.From, e.To, e.Who))
	}
	return steps
}

// Three approvers press many times at once, and two of them are enough: one order is
// placed, and nobody is told that it is decided while it is pending.
func TestApprovals_Racing(t *testing.T) {
	approvals(t, policyWith(twoOf()), race)
}

// The same with two processes, which share the presses.
func TestApprovals_RacingReplicas(t *testing.T) {
	t.Parallel()
	servicetest.OnPostgres(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(policyWith(twoOf()))
		h.Start()
		startReplica(h)
		h.WaitConnections(4)
		race(h)
	})
}

// race makes three approvers press many times at once.
func race(h *servicetest.Harness) {
	h.T.Helper()
	card := h.Request(stage.Alice, "web-1 24")
	id := h.OrderID(card)
	var presses sync.WaitGroup
	for _, user := range []string{stage.Bob, stage.Carol, stage.Mallory} {
		for range 3 {
			presses.Go(func() { h.ClickRaw(user, card, "order_confirm", string(id)) })
		}
	}
	presses.Wait()
	receipt := h.WaitReply(card, servicetest.Receipt)
	if !strings.Contains(receipt.Flat(), "Approved by ") {
		h.T.Errorf("the receipt does not say who approved: %s", receipt.Flat())
	}
	h.WantCharges(1, 1)
	o, err := h.Service.Ledger.Order(h.Ctx, id)
	if err != nil || len(o.Approvals) != 2 || o.Approvals[0].User == o.Approvals[1].User {
		h.T.Errorf("the approvals are %+v; %v", o.Approvals, err)
	}
	steps := strings.Join(history(h, id), "\n")
	if strings.Count(steps, "pending>pending ") != 1 || strings.Count(steps, "pending>approved ") != 1 {
		h.T.Errorf("the history:\n%s", steps)
	}
}

// One person counts once, however often they press, or Slack delivers it.
func TestApprovals_SamePersonTwice(t *testing.T) {
	approvals(t, policyWith(twoOf()), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		d := h.Click(stage.Carol, card, "order_confirm")
		for _, sameEnvelope := range []bool{true, false} {
			if _, err := h.Slack.Redeliver(h.Ctx, d, sameEnvelope); err != nil {
				h.T.Errorf("the redelivery got no ack: %v", err)
			}
		}
		waitApprovals(h, card, stage.Carol)
		for range 3 {
			if got := h.AnswerToClick(stage.Carol, card, "order_confirm"); !strings.Contains(got, "Your yes is recorded already") {
				h.T.Errorf("the second press is answered: %s", got)
			}
		}
		h.WantState(card, order.Pending)
		h.WantCharges(0, 0)
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// One press counts in each rule that lists the person, once in each.
func TestApprovals_OnePersonTwoRules(t *testing.T) {
	one, two := fmt.Sprintf("{name: one, approvers: [%s]}", stage.Carol), fmt.Sprintf("{name: two, approvers: [%s, %s], count: 2}", stage.Carol, stage.Mallory)
	approvals(t, policyWith(one, two), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.AnswerToClick(stage.Carol, card, "order_confirm")
		waitApprovals(h, card, stage.Carol)
		h.WaitMessage(func(m slacksim.Message) bool {
			return m.TS == card.TS && servicetest.Contains(m, "✓ <@"+stage.Carol+"> · still needs <@"+stage.Mallory+"> (`two`)")
		})
		h.Click(stage.Mallory, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// Asking is no approval. The requester's own yes counts only if the rule says so.
func TestApprovals_RequesterAlone(t *testing.T) {
	approvals(t, policyWith(fmt.Sprintf("{name: own, approvers: [%s, %s]}", stage.Alice, stage.Carol)), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		if got := h.AnswerToClick(stage.Alice, card, "order_confirm"); !strings.Contains(got, "Your own yes does not count") || !strings.Contains(got, stage.Carol) {
			h.T.Errorf("the requester's press is answered: %s", got)
		}
		h.WantState(card, order.Pending)
		h.UsePolicy(policyWith(fmt.Sprintf("{name: own, approvers: [%s, %s], requester_counts: true}", stage.Alice, stage.Carol)))
		h.WantState(card, order.Pending)
		h.Click(stage.Alice, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// The policy counts as it is at each press: a card that needed nobody comes to need
// someone, and the yes of somebody who is no approver anymore does not count.
func TestApprovals_PolicyChangesBeforePress(t *testing.T) {
	approvals(t, policyWith(), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		h.UsePolicy(policyWith(twoOf()))
		if got := h.AnswerToClick(stage.Alice, card, "order_confirm"); !strings.Contains(got, "Your own yes does not count") {
			h.T.Errorf("the requester's press is answered: %s", got)
		}
		h.WaitMessage(func(m slacksim.Message) bool { return m.TS == card.TS && servicetest.Contains(m, "Needs 2 of ") })
		h.Click(stage.Carol, card, "order_confirm")
		h.UsePolicy(policyWith(fmt.Sprintf("{name: leads, approvers: [%s, %s], count: 2}", stage.Bob, stage.Mallory)))
		h.Click(stage.Bob, card, "order_confirm")
		h.WantState(card, order.Pending)
		h.WaitMessage(func(m slacksim.Message) bool {
			return m.TS == card.TS && servicetest.Contains(m, "still needs <@"+stage.Mallory+">")
		})
		h.WantCharges(0, 0)
		h.Click(stage.Mallory, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// While the file is broken, a request is refused, and a press gets no ack and changes
// nothing. Afterward the approvals that were recorded before count.
func TestApprovals_BrokenFile(t *testing.T) {
	approvals(t, policyWith(twoOf()), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.UsePolicy("people: [")
		if got := h.Answer(stage.Alice, "web-1 48"); !strings.Contains(got, "I cannot check or record anything right now") {
			h.T.Errorf("a request is answered: %s", got)
		}
		h.WantNoAck(card)
		if o := h.Recorded(card); o.State != order.Pending || len(o.Approvals) != 1 {
			h.T.Errorf("it is %s with %d approvals", o.State, len(o.Approvals))
		}
		h.UsePolicy(policyWith(twoOf()))
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// While the file is broken, an approved order waits, and the thread says so. It is sent
// when the file can be read again.
func TestApprovals_BrokenFileBeforeSend(t *testing.T) {
	t.Parallel()
	one := policyWith(fmt.Sprintf("{name: leads, approvers: [%s]}", stage.Carol))
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(one)
		host := newHostSwitch(h)
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.WaitUntil(func() bool { return h.Recorded(card).Attempts > 0 }, func() string { return "no attempt" })
		h.UsePolicy("people: [")
		h.WaitReply(card, "cannot read the rules for who must approve")
		host.on.Store(true)
		h.WantState(card, order.Approved)
		h.WantCharges(0, 0)
		h.UsePolicy(one)
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// The program ends between two approvals, and starts again on the same ledger: the
// first one still counts, and nobody is asked twice.
func TestApprovals_RestartBetween(t *testing.T) {
	approvals(t, policyWith(twoOf()), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.WaitMessage(func(m slacksim.Message) bool {
			return m.TS == card.TS && servicetest.Contains(m, "✓ <@"+stage.Carol+"> · still needs")
		})
		h.WaitUntil(func() bool { return len(h.Recorded(card).ApproversTold) >= 2 }, func() string { return "approvers were not asked" })
		h.Restart()
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
		for _, user := range []string{stage.Bob, stage.Mallory} {
			if n := len(h.Slack.Messages(h.Slack.DirectChannel(user))); n != 1 {
				h.T.Errorf("%s got %d direct messages", user, n)
			}
		}
	})
}

// What the policy says that a server is for is on the card and in the direct message to
// approvers, who may not know its name, and in the list of servers.
func TestApprovals_SayWhatServerIsFor(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(strings.Replace(policyWith(twoOf()), "web-1: "+stage.Web, "web-1: {id: "+stage.Web+", about: the shop}", 1))
	h.Start()
	card := h.Request(stage.Alice, "web-1 24")
	const first = "asks to extend `web-1` (`the shop`) by 24 hours"
	wantParts(t, card.Flat(), first)
	h.WaitUntil(func() bool { return len(h.Slack.Messages(h.Slack.DirectChannel(stage.Carol))) == 1 }, func() string { return "carol was not asked" })
	wantParts(t, h.Slack.Messages(h.Slack.DirectChannel(stage.Carol))[0].Flat(), first)
	wantParts(t, h.Answer(stage.Alice, "list"), "`the shop`")
}

// A decline ends the order, whoever said yes before. Its reason, from the modal that
// opened on the press, goes to the thread and onto the card.
func TestApprovals_DeclineWithReason(t *testing.T) {
	approvals(t, policyWith(twoOf()), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.Click(stage.Mallory, card, "order_cancel")
		h.WantState(card, order.Declined)
		h.WaitCard(card, "It was declined by <@"+stage.Mallory+">")
		h.WaitReply(card, "declined to extend")
		h.WaitUntil(func() bool { return len(h.Slack.Views(stage.Mallory)) == 1 }, func() string { return "no modal" })
		if view := h.Slack.Views(stage.Mallory)[0]; view.CallbackID != "decline_reason" {
			h.T.Errorf("the modal is %q", view.CallbackID)
		}
		h.SubmitReason(stage.Mallory, "too <!channel> expensive")
		h.WaitReply(card, "too &lt;!channel&gt; expensive")
		h.WaitCard(card, "too &lt;!channel&gt; expensive")
		if got := h.AnswerToRaw(stage.Bob, card, "order_confirm"); !strings.Contains(got, "already decided") {
			h.T.Errorf("a press on the declined card is answered: %s", got)
		}
		h.WantCharges(0, 0)
	})
}

// Without its modal, whatever keeps Slack from opening it, a decline is recorded all the
// same, and a private button opens it. To others, that button opens nothing.
func TestApprovals_DeclineWithoutModal(t *testing.T) {
	approvals(t, policyWith(twoOf()), func(h *servicetest.Harness) {
		for i, fault := range []slacksim.Fault{
			{Error: "expired_trigger_id"}, {Status: http.StatusInternalServerError}, {Error: "missing_scope"}, {Before: slacksim.Hang},
		} {
			h.Slack.Fail("views.open", fault, -1)
			card := h.Request(stage.Alice, fmt.Sprintf("web-1 %d", 24+i))
			before := len(h.Slack.Ephemerals(stage.Carol))
			h.Click(stage.Carol, card, "order_cancel")
			h.WantState(card, order.Declined)
			h.WaitEphemerals(stage.Carol, before+1)
			offer := h.Slack.Ephemerals(stage.Carol)[before]
			if !strings.Contains(offer.Text, "If you want to say why") {
				h.T.Errorf("%+v: the offer is %s", fault, offer.Text)
			}
			h.Slack.Clear("views.open")
			for _, user := range []string{stage.Bob, stage.Alice} {
				h.ClickRaw(user, card, "order_decline_reason", string(h.OrderID(card)))
				h.WaitEphemeral(user, "do not know this order")
			}
			if _, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Carol, Channel: stage.Ops, TS: offer.TS, ActionID: "order_decline_reason"}); err != nil {
				h.T.Fatal(err)
			}
			h.SubmitReason(stage.Carol, fmt.Sprintf("reason %d", i))
			h.WaitReply(card, fmt.Sprintf("reason %d", i))
		}
	})
}

// The requester's Decline withdraws, also after somebody approved.
func TestApprovals_Withdraw(t *testing.T) {
	approvals(t, policyWith(twoOf()), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.Click(stage.Alice, card, "order_cancel")
		h.WantState(card, order.Cancelled)
		h.WaitCard(card, "It was canceled by <@"+stage.Alice+">")
		if n := len(h.Slack.Calls("views.open")); n != 0 {
			h.T.Errorf("%d modals", n)
		}
		h.WantCharges(0, 0)
	})
}

// Half of the approvals in time is not a yes, and not a no. At half time, those who are
// missing are reminded in the thread, once.
// Hours pass in it, which takes minutes while other tests run, so it runs alone.
func TestApprovals_ExpireWithHalf(t *testing.T) {
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.UsePolicy(policyWith(twoOf()))
		h.Settings.ApproveTTL = 2 * time.Hour
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		id := h.OrderID(card)
		h.Click(stage.Carol, card, "order_confirm")
		servicetest.Pass(30 * time.Minute)
		h.Restart()
		servicetest.Pass(90*time.Minute + time.Minute)
		reminders := h.Seen(func(s servicetest.Sighting) bool {
			return s.Thread == card.TS && s.Says("Extending `web-1`", "still needs")
		})
		if len(reminders) != 1 {
			t.Fatalf("%d reminders: %+v", len(reminders), reminders)
		}
		r := reminders[0]
		if r.Says(stage.Carol) || !r.Says(stage.Bob, stage.Mallory) {
			t.Errorf("the reminder is: %s", r.Text)
		}
		if o, _ := h.Service.Ledger.Order(h.Ctx, id); o.State != order.Expired || r.At.Sub(o.CreatedAt) < time.Hour || r.At.Sub(o.CreatedAt) > time.Hour+time.Minute {
			t.Errorf("it is %s; reminded after %s", o.State, r.At.Sub(o.CreatedAt))
		}
		h.WaitCard(card, "Not enough people said yes in time")
		h.WantCharges(0, 0)
		h.Stop()
	})
}

// A yes that comes too late is told so, and changes nothing.
func TestApprovals_YesTooLate(t *testing.T) {
	approvals(t, policyWith(twoOf()), func(h *servicetest.Harness) {
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		waitApprovals(h, card, stage.Carol)
		later := h.Settings.ApproveTTL + time.Minute
		h.Options = append(h.Options, service.WithWallClock(func() time.Time { return time.Now().Add(later) }))
		h.Restart()
		if got := h.AnswerToRaw(stage.Bob, card, "order_confirm"); !strings.Contains(got, "already decided. It expired") {
			h.T.Errorf("a late yes is answered: %s", got)
		}
		h.WaitCard(card, "Not enough people said yes in time")
		h.WantState(card, order.Expired)
		h.WantCharges(0, 0)
	})
}

// A pending order is changed in the database. The next press is told so, the card loses
// its buttons, the thread and the log say it, and nothing is sent.
func TestTampered_PressIsRefused(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(policyWith(twoOf()))
	h.Start()
	card := h.Request(stage.Alice, "web-1 24")
	h.Click(stage.Carol, card, "order_confirm")
	h.WaitUntil(func() bool { return len(h.Recorded(card).Approvals) == 1 }, func() string { return "no approval" })
	h.Exec("UPDATE orders SET hours = 700")
	if got := h.AnswerToClick(stage.Bob, card, "order_confirm"); !strings.Contains(got, "changed in the database") {
		t.Errorf("the press is answered: %s", got)
	}
	h.WaitReply(card, "it was tampered with: ")
	h.WaitCard(card, "it was tampered with: ")
	h.WaitLogged("the order was tampered with")
	h.WantState(card, order.Cancelled)
	h.WantCharges(0, 0)
}

// An order is changed in the database before its card could be posted: nobody is asked
// to approve it.
func TestTampered_CardIsNotShown(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(policyWith(twoOf()))
	h.Start()
	h.Slack.Fail("chat.postMessage", slacksim.Fault{Error: "internal_error"}, -1)
	h.Extend(stage.Alice, "web-1 24")
	h.WaitLogged("a task for an order failed")
	h.Exec("UPDATE orders SET hours = 700")
	h.Slack.Clear("chat.postMessage")
	h.WaitLogged("the order was tampered with")
	h.WaitEphemeral(stage.Alice, "it was tampered with: ")
	for _, m := range h.Slack.Messages(stage.Ops) {
		if servicetest.IsOpen(m) {
			t.Errorf("a card was posted: %s", m.Flat())
		}
	}
	h.WantCharges(0, 0)
}
