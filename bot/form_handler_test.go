package bot

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/slack-go/slack"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/internal/secret"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

// openForm types the command alone and waits for the form.
func (w *world) openForm(user string) slacksim.View {
	w.t.Helper()
	w.command(user, general, "")
	until(w.t, "opened", func() bool { return len(w.slack.Views(user)) == 1 })
	return w.slack.Views(user)[0]
}

// choose chooses a value in the form of a person.
func (w *world) choose(user, field, value string) {
	w.t.Helper()
	if _, err := w.slack.Choose(w.ctx(), user, "", field, value); err != nil {
		w.t.Fatalf("%s chooses %s: %v", user, value, err)
	}
}

// submit submits the form of a person, and returns the errors in its ack as JSON.
func (w *world) submit(user string) string {
	w.t.Helper()
	d, err := w.slack.SubmitView(w.ctx(), slacksim.ViewSubmission{User: user})
	if err != nil {
		w.t.Fatalf("%s submits: %v", user, err)
	}
	return string(d.Payload)
}

// formShows waits until the form of a person says a text.
func (w *world) formShows(user, text string) {
	w.t.Helper()
	until(w.t, "shown: "+text, func() bool {
		open := w.slack.Views(user)
		return len(open) == 1 && strings.Contains(blockkit.FlattenText(open[0].Blocks), text)
	})
}

// updating waits until the form of a person is being updated, and no change waits for that.
func (w *world) updating(user string) {
	w.t.Helper()
	changes, id := w.app.handlers.changes, user+" "+w.slack.Views(user)[0].ID
	until(w.t, "updating", func() bool {
		changes.mu.Lock()
		defer changes.mu.Unlock()
		c := changes.by[id]
		return c != nil && c.showing && !c.waits
	})
}

// If the request cannot be recorded, the form says so and keeps what is in it. Submitted
// again, it is one order.
func TestForm_UnrecordedKeepsTheForm(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.openForm("U0ALICE")
	w.choose("U0ALICE", message.FieldDuration, "72")
	w.choose("U0ALICE", message.FieldReason, "the demo")
	w.ledger.fail(&order.Error{Code: order.CodeUnavailable})
	if got := w.submit("U0ALICE"); !strings.Contains(got, "cannot record anything right now") {
		t.Errorf("the form says %s", got)
	}
	w.counted("denied unavailable", 1)
	w.ledger.fail(nil)
	if got := w.submit("U0ALICE"); got != "" {
		t.Errorf("the form says %s", got)
	}
	w.card(general, withButtons)
	if o, one := w.ledger.only(); !one || o.Hours != 72 || o.Purpose != "the demo" {
		t.Errorf("recorded %+v", w.ledger.Orders())
	}
}

// Without a free worker, the form says that the bot is busy and keeps what is in it.
func TestForm_BusyKeepsTheForm(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.cfg.Workers = 1 })
	w.openForm("U0BOB")
	w.choose("U0BOB", message.FieldDuration, "24")
	w.idle()
	free := w.ledger.hold(t)
	first := w.later("web-1 24")
	<-w.ledger.entered
	if got := w.submit("U0BOB"); !strings.Contains(got, "too busy") {
		t.Errorf("the form says %s", got)
	}
	free()
	if err := <-first; err != nil {
		t.Errorf("the command: %v", err)
	}
	w.idle()
	if got := w.submit("U0BOB"); got != "" || len(w.ledger.Orders()) != 2 {
		t.Errorf("the form says %s, %d orders", got, len(w.ledger.Orders()))
	}
	if told := w.slack.Ephemerals("U0BOB"); len(told) > 0 {
		t.Errorf("told as well %+v", told)
	}
}

// While a form is updated, its changes wait, and only the newest is shown after that.
func TestForm_ShowsTheNewestChange(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.openForm("U0ALICE")
	goOn := make(chan struct{})
	w.slack.Fail("views.update", slacksim.Fault{Until: goOn}, 1)
	w.choose("U0ALICE", message.FieldDuration, "24")
	w.updating("U0ALICE")
	for _, hours := range []string{"72", "720", "168"} {
		w.choose("U0ALICE", message.FieldDuration, hours)
	}
	close(goOn)
	w.formShows("U0ALICE", "by 1 week")
	w.counted("called views.update ok", 2)
}

// A form that is closed meanwhile is nothing to warn of.
func TestForm_ClosedBeforeItsUpdate(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.openForm("U0ALICE")
	goOn := make(chan struct{})
	w.slack.Fail("views.update", slacksim.Fault{Until: goOn}, 1)
	w.choose("U0ALICE", message.FieldDuration, "24")
	w.updating("U0ALICE")
	if _, err := w.slack.CloseView(w.ctx(), "U0ALICE", ""); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	w.counted("called views.update other", 1)
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(w.logs.String(), "does not show") {
		t.Errorf("logged %s", w.logs)
	}
}

// A change that comes late, over another connection, does not replace a newer one, and few
// are remembered.
func TestFormChanges_OlderOnesAreIgnored(t *testing.T) {
	t.Parallel()
	changes := &formChanges{by: map[string]*formChange{}}
	at := func(when string) form {
		return form{typed: typed{by: order.Person{User: "U1"}}, view: slack.View{ID: "V1"}, at: when}
	}
	if !changes.put(at("2")) || changes.put(at("1")) || changes.put(at("3")) {
		t.Error("the first is to be shown by its caller, and no other")
	}
	if f, ok := changes.next("U1 V1"); !ok || f.at != "3" {
		t.Errorf("shown is %q, %v", f.at, ok)
	}
	if f, ok := changes.next("U1 V1"); ok || changes.put(at("2")) || !changes.put(at("4")) {
		t.Errorf("shown again: %q; or an older one, or a newer one not", f.at)
	}
	for i := range 2 * maxForms {
		changes.put(form{view: slack.View{ID: strconv.Itoa(i)}})
		changes.next(" " + strconv.Itoa(i))
		changes.next(" " + strconv.Itoa(i))
	}
	if n := len(changes.by); n > maxForms {
		t.Errorf("%d are remembered", n)
	}
	if f, ok := changes.next("U1 V1"); !ok || f.at != "4" {
		t.Error("a change that is still to be shown was forgotten")
	}
}

// FuzzFormSubmission sends arbitrary payloads of forms: submissions, choices, and what is
// typed. An order is recorded only for a submission by somebody of the workspace, for the
// person whom Slack names, and only as the policy grants it: that server, for the hours that
// the form says, in a conversation.
func FuzzFormSubmission(f *testing.F) {
	const head = `"team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1","team_id":"T1"}`
	view := func(metadata, server, duration, custom, rest string) string {
		return `"view":{"id":"V1","callback_id":"extend_request","private_metadata":` + strconv.Quote(metadata) + `,"state":{"values":{` +
			`"server":{"server":{"type":"static_select","selected_option":{"value":` + strconv.Quote(server) + `}}},` +
			`"duration":{"duration":{"type":"static_select","selected_option":{"value":` + strconv.Quote(duration) + `}}},` +
			`"custom":{"custom":{"type":"plain_text_input","value":` + strconv.Quote(custom) + `}}` + rest + `}}}`
	}
	for _, seed := range []string{
		`{"type":"view_submission",` + head + `,` + view(`{"channel":"C1"}`, "web-1", "72", "", `,"reason":{"reason":{"value":"demo"}}`) + `}`,
		`{"type":"view_submission",` + head + `,` + view(`{"channel":"C1"}`, "srv-1", "other", "1d 12h because one", "") + `}`,
		`{"type":"view_submission",` + head + `,` + view(`{"ask":true}`, "web-1", "24", "", `,"channel":{"channel":{"selected_conversation":"G1"}}`) + `}`,
		`{"type":"view_submission",` + head + `,` + view(`x`, "web-1", "24", "", "") + `}`,
		`{"type":"view_submission",` + head + `,` + view(`{"channel":"D1"}`, "web-2", "999999999999", "until friday 18:00 utc", "") + `}`,
		`{"type":"view_submission",` + head + `,` + view(`{"channel":"C1"}`, "web-1", "48", "", "") + `}`,
		`{"type":"view_submission",` + head + `,` + view(`{"channel":"U0BOB"}`, "web-1", "24", "", "") + `}`,
		`{"type":"view_submission",` + head + `,` + view(`{"channel":"C1","ask":true}`, "web-1", "24", "", `,"channel":{"channel":{"selected_conversation":"D1"}}`) + `}`,
		`{"type":"view_submission",` + head + `,` + view(`{"channel":"C1"}`, "web-1", "24", "5d", "") + `}`,
		`{"type":"view_submission","team":{"id":"T2"},"api_app_id":"A1","user":{"id":"U1"},` + view(`{"channel":"C1"}`, "web-1", "24", "", "") + `}`,
		`{"type":"view_submission","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U2"},` + view(`{"channel":"C1"}`, "web-1", "24", "", "") + `}`,
		`{"type":"view_submission","team":{"id":"T1"},"api_app_id":"A1","user":{"id":"U1","team_id":"TX"},` + view(`{"channel":"C1"}`, "web-1", "24", "", "") + `}`,
		`{"type":"block_actions",` + head + `,` + view(`{"channel":"D1"}`, "web-1", "72", "", "") + `,"actions":[{"block_id":"duration","action_id":"duration","action_ts":"1.2"}]}`,
		`{"type":"block_suggestion",` + head + `,"action_id":"server","block_id":"server","value":"w",` + view(``, "", "", "", "") + `}`,
		`{"type":"shortcut",` + head + `,"callback_id":"extend_server","trigger_id":"1.2"}`,
		`{"type":"view_submission",` + head + `,"view":{"callback_id":"extend_request","state":{"values":{"server":null}}}}`,
	} {
		f.Add([]byte(seed))
	}
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c slack.InteractionCallback
		if json.Unmarshal(payload, &c) != nil || c.Type == slack.InteractionTypeBlockActions && c.View.CallbackID != message.CallbackForm {
			return // the first, slack-go would not deliver; the others are for FuzzClick
		}
		orders, people := newLedger(time.Now), rules{people: []string{"U1"}}
		desk := order.NewDesk(order.Config{Ledger: orders, Policy: people.policy(), Host: &host{}, ProcessID: "p1", ConfirmTTL: time.Minute, MaxHours: 720, HostTimeout: time.Minute})
		a, err := New(Config{
			AppToken: secret.New("xapp-1"), BotToken: secret.New("xoxb-1"), APIURL: "http://127.0.0.1:1/", Connections: 1,
			Desk: desk, Orders: orders, Servers: people.servers, MaxHours: 720, ProcessID: "p1", Log: quiet,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		a.workspace.Connected(slackapi.Identity{TeamID: "T1", EnterpriseID: "E1", UserID: "UBOT", BotID: "B1"})
		a.workspace.SawApp("A1")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond) // nobody answers the calls of Slack
		defer cancel()
		a.handlers.interaction(ctx, &envelope{socket: a.connections.sockets[0], id: "e", kind: "interactive", at: time.Now()}, c)
		recorded := orders.Orders()
		if len(recorded) > 1 || len(recorded) == 1 && !isGranted(c, recorded[0]) {
			t.Errorf("recorded %+v for %s", recorded, payload)
		}
	})
}

// isGranted reports whether an order is what a submission asks for, and what the policy of
// FuzzFormSubmission grants: U1 may extend web-1.
func isGranted(c slack.InteractionCallback, o order.Order) bool {
	v, fill := message.ReadForm(c.View), message.ParseFill(c.View.PrivateMetadata)
	home := c.User.TeamID
	ours := home == "" || home == "T1" || home == "E1" || strings.HasPrefix(home, "T") && c.Enterprise.ID == "E1"
	team := teamOfClick(c)
	here := c.Type == slack.InteractionTypeViewSubmission && c.View.CallbackID == message.CallbackForm && c.APIAppID == "A1" && ours && (team == "T1" || team == "E1")
	person := c.User.ID == "U1" && o.Person == order.Person{Team: "T1", User: "U1"}
	server := o.Server == order.Server{Name: "web-1", ID: "srv-1"} && (strings.EqualFold(v.Server, "web-1") || v.Server == "srv-1")
	channel := fill.Channel
	if fill.Ask {
		channel = v.Conversation
	}
	where := o.Channel == channel && channel != "" && (channel[0] == 'C' || channel[0] == 'G') || !fill.Ask && o.Channel == channel && strings.HasPrefix(channel, "D")
	hours := o.Hours >= 1 && o.Hours <= 720
	if v.Duration == message.FormOther {
		t, err := command.ParseTime(v.Custom, command.Options{Limit: 720})
		hours = hours && err == nil && t.Hours == o.Hours
	} else {
		hours = hours && v.Custom == "" && slices.Contains([]string{"24", "72", "168", "720"}, v.Duration) && strconv.Itoa(int(o.Hours)) == v.Duration
	}
	return here && person && server && where && hours && o.State == order.Pending
}
