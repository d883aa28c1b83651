package service_test

import (
	"fmt"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// long is a rule by which carol or mallory has to approve what is longer than a day.
func long() string {
	return fmt.Sprintf("{name: long, when: {hours_over: 24}, approvers: [%s, %s]}", stage.Carol, stage.Mallory)
}

// What a modal says about which order it is for is not trusted: a reason is recorded
// only for an order that this person declined, and once.
func TestModal_ForgedDeclineReason(t *testing.T) {
	approvals(t, policyWith(long())+"admins: ["+stage.Bob+"]\n", func(h *servicetest.Harness) {
		decline := func(user string, hours int) slacksim.Message {
			card := h.Request(stage.Alice, fmt.Sprintf("web-1 %d", hours))
			h.Click(user, card, "order_cancel")
			h.WantState(card, order.Declined)
			return card
		}
		mine, others := decline(stage.Carol, 25), decline(stage.Mallory, 26)
		pending, withdrawn := h.Request(stage.Alice, "web-1 27"), h.Request(stage.Alice, "web-1 28")
		h.Click(stage.Alice, withdrawn, "order_cancel")
		for _, forged := range []slacksim.ViewSubmission{
			{PrivateMetadata: string(h.OrderID(others))},
			{PrivateMetadata: string(h.OrderID(pending))},
			{PrivateMetadata: string(h.OrderID(withdrawn))},
			{PrivateMetadata: "nobody"},
			{PrivateMetadata: strings.Repeat("0", 3000)},
			{PrivateMetadata: slacksim.Nothing},
			{CallbackID: "settle_placed"}, // carol is no admin
		} {
			forged.User = stage.Carol
			want := "You cannot give a reason for this order."
			if forged.CallbackID != "" {
				want = "Only an admin of this bot may settle this."
			}
			if got := h.SubmitForged(forged, "forged"); got != want {
				h.T.Errorf("%+v is answered %q", forged, got)
			}
		}
		other := slacksim.ViewSubmission{User: stage.Mallory, PrivateMetadata: string(h.OrderID(mine))}
		if got := h.SubmitForged(other, "forged"); got != "You cannot give a reason for this order." {
			h.T.Errorf("another person is answered %q", got)
		}
		h.SubmitReason(stage.Carol, "no budget")
		h.ClickRaw(stage.Carol, mine, "order_decline_reason", string(h.OrderID(mine))) // once more
		if got := h.SubmitForged(slacksim.ViewSubmission{User: stage.Carol}, "second"); got != "Somebody was faster, or you gave a reason already." {
			h.T.Errorf("the second reason is answered %q", got)
		}
		h.SubmitReason(stage.Carol, "no budget") // as if the ack of the first one was lost
		h.WaitReply(mine, "no budget")
		for _, card := range []slacksim.Message{others, pending, withdrawn} {
			if o := h.Recorded(card); o.DeclineReason != "" {
				h.T.Errorf("%s has the reason %q", o.State, o.DeclineReason)
			}
		}
		h.WantState(pending, order.Pending)
		if got := h.Recorded(mine).DeclineReason; got != "no budget" {
			h.T.Errorf("the reason is %q", got)
		}
	})
}

// The same with the modal in which an admin says how they know that an order went
// through.
func TestModal_ForgedSettlement(t *testing.T) {
	t.Parallel()
	admins := policyWith(long()) + "admins: [" + stage.Bob + ", " + stage.Mallory + "]\n"
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(admins)
		hidden(h)
		h.Options = append(h.Options, servicetest.FastLookups)
		h.Start()
		declined, pending := h.Request(stage.Alice, "web-1 25"), h.Request(stage.Alice, "web-1 26")
		h.Click(stage.Carol, declined, "order_cancel")
		card := h.LoseAnswer(oxhostsim.AfterCharge)
		question := h.WaitQuestion(card)
		h.Click(stage.Bob, question, "order_settle_placed")
		faster := "Somebody was faster, or you gave a reason already."
		for id, want := range map[string]string{
			string(h.OrderID(declined)): faster, // its outcome is known
			string(h.OrderID(pending)):  faster,
			"nobody":                    "You cannot give a reason for this order.",
			slacksim.Nothing:            "You cannot give a reason for this order.",
		} {
			if got := h.SubmitForged(slacksim.ViewSubmission{User: stage.Bob, PrivateMetadata: id}, "forged"); got != want {
				h.T.Errorf("%.20q is answered %q", id, got)
			}
		}
		h.SubmitReason(stage.Carol, "too long") // her modal is for another order
		forged := slacksim.ViewSubmission{User: stage.Bob, CallbackID: "decline_reason"}
		if got := h.SubmitForged(forged, "forged"); got != "You cannot give a reason for this order." {
			h.T.Errorf("a reason for a decline is answered %q", got)
		}
		h.UsePolicy(strings.Replace(admins, "["+stage.Bob+", ", "[", 1))
		if got := h.SubmitForged(slacksim.ViewSubmission{User: stage.Bob}, "seen"); got != "Only an admin of this bot may settle this." {
			h.T.Errorf("a former admin is answered %q", got)
		}
		if o := h.Recorded(card); o.State != order.Unknown || !o.Finding.At.IsZero() {
			h.T.Errorf("it is %s, with the finding %+v", o.State, o.Finding)
		}
		h.UsePolicy(admins)
		h.Click(stage.Mallory, question, "order_settle_placed")
		h.WaitUntil(func() bool { return len(h.Slack.Views(stage.Mallory)) == 1 }, func() string { return "no modal" })
		h.SubmitReason(stage.Bob, "seen in the client area")
		if got := h.SubmitForged(slacksim.ViewSubmission{User: stage.Mallory}, "me too"); got != faster {
			h.T.Errorf("the second admin is answered %q", got)
		}
		h.WaitReply(card, "seen in the client area")
		h.WantState(card, order.Placed)
		h.WantState(pending, order.Pending)
		h.WantState(declined, order.Declined)
		h.WantCharges(1, 1)
	})
}
