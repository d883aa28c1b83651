package service_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
	"extendbot/order"
)

// openForm types the command alone, and returns the form that opens. By then the bot has
// Slack's answer, so it knows how to answer the person about this form.
func openForm(h *servicetest.Harness, user string) slacksim.View {
	h.T.Helper()
	opened := func() int { return strings.Count(h.Log.String(), `msg="a form was opened"`) }
	before, count := formOf(h, user), opened()
	if d := h.Extend(user, ""); len(d.Payload) > 0 {
		h.T.Fatalf("answered %q", d.AckText())
	}
	h.WaitUntil(func() bool { v := formOf(h, user); return v.ID != "" && v.ID != before.ID && opened() > count }, func() string { return "no form was opened" })
	return waitForm(h, user, "")
}

// formOf returns the form that a person has open, or the zero value.
func formOf(h *servicetest.Harness, user string) (form slacksim.View) {
	for _, v := range h.Slack.Views(user) {
		form = v
	}
	return form
}

// waitForm waits until a person has a form open that says a text.
func waitForm(h *servicetest.Harness, user, text string) (form slacksim.View) {
	h.T.Helper()
	h.WaitUntil(func() bool {
		form = formOf(h, user)
		return form.CallbackID == "extend_request" && strings.Contains(blockkit.FlattenText(form.Blocks), text)
	}, func() string { return fmt.Sprintf("no form says %q: %s", text, blockkit.FlattenText(form.Blocks)) })
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
	return problems(h, d)
}

// problems returns what an ack of a submission says is wrong, by field.
func problems(h *servicetest.Harness, d *slacksim.Delivery) map[string]string {
	h.T.Helper()
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

// option is the state of a select with this value.
func option(value string) map[string]any {
	return map[string]any{"type": "static_select", "selected_option": map[string]any{"value": value, "text": map[string]any{"type": "plain_text", "text": value}}}
}

// wantProblem fails the test unless only this field is wrong, and says so.
func wantProblem(t *testing.T, got map[string]string, field, part string) {
	t.Helper()
	if len(got) != 1 || !strings.Contains(got[field], part) {
		t.Errorf("the form says %q, want %q on %s", got, part, field)
	}
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

// A mistake is said on its field, and nothing is asked for. What was typed stays, and can
// be corrected.
func TestForm_MistakesOnTheirFields(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	openForm(h, stage.Alice)
	choose(h, stage.Alice, "server", "web-1")
	for _, c := range []struct{ duration, custom, reason, field, part string }{
		{"other", "", "", "custom", "Write for how long"},
		{"72", "5d", "", "custom", "a time above as well"},
		{"other", "soonish", "", "custom", "do not understand soonish"},
		{"other", "web-1 5d", "", "custom", "do not understand web-1"},
		{"other", "0", "", "custom", "at least 1 hour"},
		{"other", "9w", "", "custom", "at most 720 hours"},
		{"other", "1.5d", "", "custom", "Try 36h"},
		{"other", "until friday", "", "custom", "The time of day is missing"},
		{"other", "until tomorrow 18:00", "", "custom", "do not know when web-1 expires"},
		{"other", "2d because", "", "custom", "The reason is missing"},
		{"other", "2d because one", "another", "reason", "Write it only here"},
	} {
		choose(h, stage.Alice, "duration", c.duration, "custom", c.custom, "reason", c.reason)
		wantProblem(t, submit(h, slacksim.ViewSubmission{User: stage.Alice}), c.field, c.part)
	}
	wantNothingHappened(h)
	choose(h, stage.Alice, "duration", "other", "custom", "for 1d 12h because one", "reason", "")
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	card := h.WaitMessage(servicetest.IsOpen)
	wantParts(t, card.Flat(), "1 day 12 hours (36 h)", "Because `one`")
}

// The form says at once why a choice cannot be ordered, and forgets that when it can.
func TestForm_SaysWhatCannotBeOrdered(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(policyWith() + "limits:\n  - {per: person, hours: 48, within: 7d}\n")
	h.Start()
	openForm(h, stage.Alice) // web-1 is the only server, so it is chosen
	choose(h, stage.Alice, "duration", "72")
	waitForm(h, stage.Alice, "more than the limit of 48 h")
	wantProblem(t, submit(h, slacksim.ViewSubmission{User: stage.Alice}), "duration", "2d would fit")
	choose(h, stage.Alice, "duration", "24")
	wantNone(t, blockkit.FlattenText(waitForm(h, stage.Alice, "`web-1` by 1 day").Blocks), "limit")
	choose(h, stage.Alice, "duration", "other", "custom", "soon")
	waitForm(h, stage.Alice, "do not understand soon")
}

// What the form carries counts like what anybody could send: only what the person may
// order becomes a card, and only in a conversation.
func TestForm_ForgedSubmission(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(strings.Replace(policyWith(), "{account: "+stage.AliceAccount+"}", "{account: "+stage.AliceAccount+", servers: [web-1]}", 1))
	h.Settings.MaxHours = 100
	h.Start()
	openForm(h, stage.Alice)
	values := func(server, duration string) map[string]map[string]any {
		return map[string]map[string]any{"server": {"server": option(server)}, "duration": {"duration": option(duration)}}
	}
	for _, c := range []struct {
		v           slacksim.ViewSubmission
		field, part string
	}{
		{slacksim.ViewSubmission{ForgedValues: values("db-1", "24")}, "server", "no server db-1"},
		{slacksim.ViewSubmission{ForgedValues: values(stage.DB, "24")}, "server", "no server"},
		{slacksim.ViewSubmission{ForgedValues: values("web-1", "720")}, "duration", "at most 100 hours"},
		{slacksim.ViewSubmission{ForgedValues: values("web-1", "-24")}, "duration", "Choose how long"},
		{slacksim.ViewSubmission{ForgedValues: values("web-1", "99999999999999999999")}, "duration", "Choose how long"},
	} {
		c.v.User = stage.Alice
		wantProblem(t, submit(h, c.v), c.field, c.part)
	}
	wantNothingHappened(h)
	// Where the card is to come is not known: the form asks.
	for _, metadata := range []string{"x", `{"channel":"<!channel>"}`, `{"channel":"U0BOB"}`, `{"ask":true}`, slacksim.Nothing} {
		if got := submit(h, slacksim.ViewSubmission{User: stage.Alice, PrivateMetadata: metadata, ForgedValues: values("web-1", "24")}); got != nil {
			t.Errorf("%s: the form says %v", metadata, got)
		}
		waitForm(h, stage.Alice, "Channel for the card")
		wantNothingHappened(h)
		openForm(h, stage.Alice)
	}
	// A conversation of others is refused by Slack, as it is for a command.
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice, PrivateMetadata: `{"channel":"D0OTHERS"}`, ForgedValues: values("web-1", "24")}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	h.WaitEphemeral(stage.Alice, "I am not in this conversation")
	h.WantCharges(0, 0)
}

// However often a form is submitted, it asks for one order. If something else is in it then,
// the form says what was asked for.
func TestForm_OneOrderForEachForm(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	form := openForm(h, stage.Alice)
	choose(h, stage.Alice, "server", "web-1", "duration", "72", "reason", "the demo")
	d, err := h.Slack.SubmitView(h.Ctx, slacksim.ViewSubmission{User: stage.Alice})
	if err != nil {
		t.Fatal(err)
	}
	card := h.WaitMessage(servicetest.IsOpen)
	for _, same := range []bool{true, false} {
		again, err := h.Slack.Redeliver(h.Ctx, d, same)
		if err != nil || len(again.Payload) > 0 {
			t.Errorf("redelivered with the same id %v: %v, %s", same, err, again.Payload)
		}
	}
	// The person saw no ack, and submits again: the same, and something else.
	submitAs := func(user, server, duration, reason string) map[string]string {
		payload := map[string]any{
			"type": "view_submission", "api_app_id": h.Slack.AppID(), "team": map[string]any{"id": h.Slack.TeamID()}, "user": map[string]any{"id": user},
			"view": map[string]any{"id": form.ID, "type": "modal", "callback_id": form.CallbackID, "private_metadata": form.PrivateMetadata, "state": map[string]any{"values": map[string]any{
				"server": map[string]any{"server": option(server)}, "duration": map[string]any{"duration": option(duration)},
				"reason": map[string]any{"reason": map[string]any{"type": "plain_text_input", "value": reason}},
			}}},
		}
		again, err := h.Slack.Deliver(h.Ctx, slacksim.Interactive, payload, true)
		if err != nil {
			t.Fatal(err)
		}
		return problems(h, again)
	}
	submitAgain := func(server, duration, reason string) map[string]string {
		t.Helper()
		return submitAs(stage.Alice, server, duration, reason)
	}
	if got := submitAgain("web-1", "72", "the demo"); got != nil {
		t.Errorf("the same is answered %v", got)
	}
	for _, other := range [][3]string{{"db-1", "72", "the demo"}, {"web-1", "24", "the demo"}, {"web-1", "72", "another"}} {
		wantProblem(t, submitAgain(other[0], other[1], other[2]), "server", "already asked to extend web-1 by 3 days with this form")
	}
	// Somebody else who names this form asks for something of their own.
	if got := submitAs(stage.Bob, "web-1", "72", "the demo"); got != nil {
		t.Errorf("bob is answered %v", got)
	}
	if got := h.Answer(stage.Bob, "history"); !strings.Contains(got, "`web-1`") {
		t.Errorf("bob has no order: %s", got)
	}
	// Another form that asks for the same is told so.
	openForm(h, stage.Alice)
	choose(h, stage.Alice, "server", "web-1", "duration", "72")
	wantProblem(t, submit(h, slacksim.ViewSubmission{User: stage.Alice}), "server", "its card still waits")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
	if got := h.Answer(stage.Alice, "history"); strings.Count(got, "`web-1`") > 2 || strings.Contains(got, "db-1") {
		t.Errorf("there are other orders: %s", got)
	}
}

// Who may no longer order is told so by the form, and asks for nothing.
func TestForm_PersonRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(policyWith())
	h.Start()
	openForm(h, stage.Alice)
	h.UsePolicy(strings.Replace(policyWith(), stage.Alice, stage.Dave, 1))
	h.WaitUntil(func() bool { return strings.Contains(h.Answer(stage.Alice, "list"), "not on the list") }, func() string { return "the policy still has alice" })
	choose(h, stage.Alice, "duration", "24")
	wantProblem(t, submit(h, slacksim.ViewSubmission{User: stage.Alice}), "server", "not on the list")
	wantNothingHappened(h)
}

// An order that needs approvals is asked for in a channel. A form that was opened in a
// direct message asks for it; the estimate says who has to approve.
func TestForm_ApprovalsNeedAChannel(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(policyWith("{name: leads, approvers: [" + stage.Bob + "], when: {hours_over: 24}}"))
	h.Start()
	direct := h.Slack.DirectChannel(stage.Alice)
	if _, err := h.Slack.Command(h.Ctx, slacksim.SlashCommand{User: stage.Alice, Channel: direct, Command: "/extend"}); err != nil {
		t.Fatal(err)
	}
	wantNone(t, blockkit.FlattenText(waitForm(h, stage.Alice, "").Blocks), "Channel for the card")
	// The submission comes before the form could ask.
	three := map[string]map[string]any{"duration": {"duration": option("72")}}
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice, Values: three}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	waitForm(h, stage.Alice, "Others have to approve this. Choose a channel")
	choose(h, stage.Alice, "channel", stage.Ops, "duration", "168")
	wantParts(t, blockkit.FlattenText(waitForm(h, stage.Alice, "Needs").Blocks), "<@"+stage.Bob+">", "leads")
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	card := h.WaitMessage(servicetest.IsOpen)
	wantParts(t, card.Flat(), "asks to extend", "1 week")
	h.Click(stage.Bob, card, "order_confirm")
	h.WaitReply(card, servicetest.Receipt)
}

// The form asks for the channel as soon as the choices need approvals.
func TestForm_AsksForTheChannelAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(policyWith("{name: leads, approvers: [" + stage.Bob + "], when: {hours_over: 24}}"))
	h.Start()
	direct := h.Slack.DirectChannel(stage.Alice)
	if _, err := h.Slack.Command(h.Ctx, slacksim.SlashCommand{User: stage.Alice, Channel: direct, Command: "/extend"}); err != nil {
		t.Fatal(err)
	}
	waitForm(h, stage.Alice, "")
	choose(h, stage.Alice, "duration", "72")
	waitForm(h, stage.Alice, "Channel for the card")
}

// With more than 100 servers, the form suggests those that match what is typed.
func TestForm_SuggestsServers(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, func(s *settings.Settings) {
		for i := range 150 {
			s.Servers = append(s.Servers, order.Server{Name: fmt.Sprintf("worker-%03d", i), ID: fmt.Sprintf("srv-%03d", i)})
		}
	})
	form := openForm(h, stage.Alice)
	for text, want := range map[string]int{"": 50, "worker-14": 10, "web": 1, "nothing": 0} {
		d, err := h.Slack.BlockSuggestion(h.Ctx, stage.Alice, form.ID, "server", text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if n := strings.Count(string(d.Payload), `"value"`); n != want {
			t.Errorf("%q: %d are suggested, want %d: %s", text, n, want, d.Payload)
		}
	}
	if _, err := h.Slack.BlockSuggestion(h.Ctx, stage.Alice, form.ID, "server", "EB-1"); err != nil {
		t.Fatal(err)
	}
	choose(h, stage.Alice, "server", "web-1", "duration", "24")
	waitForm(h, stage.Alice, "`web-1` by 1 day")
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	h.WaitMessage(servicetest.IsOpen)
}

// Who may extend any server types its id, or finds one that was ordered before.
func TestForm_AnyServer(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, servicetest.AnyServer)
	h.Order(stage.Web + " 24")
	form := openForm(h, stage.Alice)
	suggested := func(text string) string {
		t.Helper()
		d, err := h.Slack.BlockSuggestion(h.Ctx, stage.Alice, form.ID, "server", text)
		if err != nil {
			t.Fatal(err)
		}
		return string(d.Payload)
	}
	wantParts(t, suggested(""), stage.Web)
	wantNone(t, suggested("no id"), "value")
	wantParts(t, suggested(stage.DB), stage.DB)
	forged, err := h.Slack.Deliver(h.Ctx, slacksim.Interactive, map[string]any{
		"type": "block_suggestion", "api_app_id": h.Slack.AppID(), "team": map[string]any{"id": h.Slack.TeamID()}, "user": map[string]any{"id": stage.Mallory},
		"block_id": "server", "action_id": "server", "value": stage.DB, "view": map[string]any{"id": form.ID, "callback_id": form.CallbackID},
	}, true)
	if err != nil || strings.Contains(string(forged.Payload), stage.DB) {
		t.Errorf("who may not order is suggested %s, %v", forged.Payload, err)
	}
	choose(h, stage.Alice, "server", stage.DB, "duration", "24")
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	wantParts(t, h.WaitMessage(servicetest.IsOpen).Flat(), stage.DB)
}
