package servicetest

import (
	"encoding/json"
	"slices"
	"strings"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// Answer types /extend in the channel, and returns what only that person then
// sees: in the ack, or in an answer after it.
func (h *Harness) Answer(user, text string) string {
	h.T.Helper()
	return h.AnswerTo(slacksim.SlashCommand{User: user, Channel: stage.Ops, Command: "/extend", Text: text})
}

// AnswerTo types a command, and returns what only that person then sees.
func (h *Harness) AnswerTo(c slacksim.SlashCommand) string {
	h.T.Helper()
	return h.answerAfter(c.User, func() {
		d, err := h.Slack.Command(h.Ctx, c)
		if err != nil {
			h.T.Fatalf("%s %s: %v", c.Command, c.Text, err)
		}
		h.secrets = append(h.secrets, d.TriggerID, d.ResponseURL)
	})
}

// AnswerToClick clicks a button of a message, and returns what only that person
// then sees.
func (h *Harness) AnswerToClick(user string, m slacksim.Message, action string) string {
	h.T.Helper()
	return h.answerAfter(user, func() { h.Click(user, m, action) })
}

// AnswerToRaw clicks a button that a card had, and returns what only that person then
// sees.
func (h *Harness) AnswerToRaw(user string, card slacksim.Message, action string) string {
	h.T.Helper()
	return h.answerAfter(user, func() { h.ClickRaw(user, card, action, string(h.OrderID(card))) })
}

// SubmitReason waits for the modal of a person, types a reason into it, and submits
// it.
func (h *Harness) SubmitReason(user, reason string) {
	h.T.Helper()
	if problem := h.SubmitForged(slacksim.ViewSubmission{User: user}, reason); problem != "" {
		h.T.Errorf("%s submits %q, and is told %q", user, reason, problem)
	}
}

// SubmitForged is SubmitReason with a payload as v says. It returns what the modal then
// says about the reason; "" if it was taken.
func (h *Harness) SubmitForged(v slacksim.ViewSubmission, reason string) (problem string) {
	h.T.Helper()
	h.WaitUntil(func() bool { return len(h.Slack.Views(v.User)) > 0 }, func() string { return "no modal was opened for " + v.User })
	v.Values = map[string]map[string]any{"reason": {"reason": map[string]any{"type": "plain_text_input", "value": reason}}}
	d, err := h.Slack.SubmitView(h.Ctx, v)
	if err != nil {
		h.T.Fatalf("%s submits %q: %v", v.User, reason, err)
	}
	var ack struct {
		Errors map[string]string `json:"errors"`
	}
	if len(d.Payload) > 0 {
		if err := json.Unmarshal(d.Payload, &ack); err != nil {
			h.T.Fatal(err)
		}
	}
	return ack.Errors["reason"]
}

// SettlePlaced answers a question: the order was placed, for a reason.
func (h *Harness) SettlePlaced(user string, question slacksim.Message, reason string) {
	h.T.Helper()
	h.Click(user, question, "order_settle_placed")
	h.SubmitReason(user, reason)
}

func (h *Harness) answerAfter(user string, act func()) string {
	h.T.Helper()
	before := len(h.answers(user))
	act()
	h.WaitEphemerals(user, before+1)
	e := h.answers(user)[before]
	return e.Text + "\n" + e.Flat()
}

// answers returns what only one person sees, but for the notice that a card is
// late, which comes by itself when the machine is slow.
func (h *Harness) answers(user string) []slacksim.Ephemeral {
	return slices.DeleteFunc(h.Slack.Ephemerals(user), func(e slacksim.Ephemeral) bool {
		return strings.HasPrefix(e.Text, "The card for ") && strings.Contains(e.Text, " is on its way: ")
	})
}

// Link returns the link to a message, as Slack names it.
func Link(m slacksim.Message) string {
	return "https://acme.slack.com/archives/" + m.Channel + "/p" + strings.Replace(m.TS, ".", "", 1)
}
