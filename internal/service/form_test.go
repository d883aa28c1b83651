package service_test

import (
	"encoding/json"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
	"extendbot/order"
)

// openForm types the command alone, and returns the form that opens.
func openForm(h *servicetest.Harness, user string) slacksim.View {
	h.T.Helper()
	if d := h.Extend(user, ""); len(d.Payload) > 0 {
		h.T.Fatalf("answered %q", d.AckText())
	}
	return waitForm(h, user, "")
}

// waitForm waits until a person has a form open that says a text.
func waitForm(h *servicetest.Harness, user, text string) (form slacksim.View) {
	h.T.Helper()
	h.WaitUntil(func() bool {
		for _, v := range h.Slack.Views(user) {
			form = v
		}
		return form.CallbackID == "extend_request" && strings.Contains(blockkit.FlattenText(form.Blocks), text)
	}, func() string { return "no such form: " + blockkit.FlattenText(form.Blocks) })
	return form
}

// choose makes choices in the form of a person: pairs of a field and a value.
func choose(h *servicetest.Harness, user string, pairs ...string) {
	h.T.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if _, err := h.Slack.Choose(h.Ctx, user, "", pairs[i], pairs[i+1]); err != nil {
			h.T.Fatalf("%s chooses %s: %v", user, pairs[i+1], err)
		}
	}
}

// submit submits the form of a person. It returns what the form then says is wrong, by
// field.
func submit(h *servicetest.Harness, v slacksim.ViewSubmission) map[string]string {
	h.T.Helper()
	d, err := h.Slack.SubmitView(h.Ctx, v)
	if err != nil {
		h.T.Fatalf("%s submits: %v", v.User, err)
	}
	var ack struct {
		Errors map[string]string `json:"errors"`
	}
	if len(d.Payload) > 0 {
		if err := json.Unmarshal(d.Payload, &ack); err != nil {
			h.T.Fatal(err)
		}
	}
	return ack.Errors
}

// The command alone opens the form. It shows price, balance and expiry as soon as server
// and time are chosen; its submission becomes a card, and that an order.
func TestForm_FromTheCommandToTheReceipt(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Order("web-1 24") // so that its price and expiry are known
	form := openForm(h, stage.Alice)
	wantNone(t, blockkit.FlattenText(form.Blocks), "balance", "channel")
	choose(h, stage.Alice, "reason", "the demo", "server", "web-1", "duration", "72")
	form = waitForm(h, stage.Alice, "balance")
	wantParts(t, blockkit.FlattenText(form.Blocks), "`web-1` by 3 days", "EUR", "→", "Runs until")
	if problems := submit(h, slacksim.ViewSubmission{User: stage.Alice}); problems != nil {
		t.Fatalf("the form says %v", problems)
	}
	card := h.WaitMessage(func(m slacksim.Message) bool { return servicetest.IsOpen(m) && servicetest.Contains(m, "3 days") })
	wantParts(t, card.Flat(), "the demo")
	if open := h.Slack.Views(stage.Alice); len(open) > 0 {
		t.Errorf("the form is still open: %+v", open)
	}
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WantState(card, order.Placed)
	h.WantCharges(2, 2)
}
