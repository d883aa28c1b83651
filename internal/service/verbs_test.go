package service_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// wantParts fails the test unless an answer contains each of these texts.
func wantParts(t *testing.T, answer string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(answer, part) {
			t.Errorf("%q is missing in the answer:\n%s", part, answer)
		}
	}
}

// wantNone fails the test if an answer contains one of these texts.
func wantNone(t *testing.T, answer string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(answer, part) {
			t.Errorf("%q is in the answer:\n%s", part, answer)
		}
	}
}

// list shows the servers of the person, with what their last receipts say; without
// SERVERS, those of their latest orders.
func TestVerbs_List(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	wantParts(t, h.Answer(stage.Alice, "list"), "web-1", "db-1")
	h.Order("web-1 24")
	rented, _ := h.Oxhost.Rented(stage.Web)
	list := h.Answer(stage.Alice, "list")
	wantParts(t, list, "web-1", "db-1", rented.ExpireDate.UTC().Format("2 Jan"))
	if strings.Index(list, "web-1") > strings.Index(list, "db-1") {
		t.Errorf("the first to expire is not the first:\n%s", list)
	}

	h.Stop()
	h.Settings.Servers = nil
	h.Start()
	list = h.Answer(stage.Alice, "list")
	wantParts(t, list, stage.Web)
	wantNone(t, list, stage.DB)
}

// history shows the latest orders of a person, or those of a server to people who
// may use it, and links each to its card.
func TestVerbs_History(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	first := h.Order("web-1 24")
	second := h.Request(stage.Alice, "db-1 48 because the demo is on Monday")
	wantParts(t, h.Answer(stage.Alice, "history"), servicetest.Link(first), servicetest.Link(second), "web-1", "db-1", "the demo is on Monday")
	of := h.Answer(stage.Bob, "history web-1")
	wantParts(t, of, servicetest.Link(first), stage.Alice)
	wantNone(t, of, servicetest.Link(second))
	wantNone(t, h.Answer(stage.Bob, "history"), servicetest.Link(first), servicetest.Link(second))
	wantParts(t, h.Answer(stage.Bob, "history wbe-1"), "web-1")
}

// history lists no more than fits on a phone, the newest first.
func TestVerbs_HistoryIsCut(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	var cards []slacksim.Message
	for hours := range 20 {
		cards = append(cards, h.Request(stage.Alice, fmt.Sprintf("web-1 %d", hours+1)))
	}
	answer := h.Answer(stage.Alice, "history")
	wantParts(t, answer, servicetest.Link(cards[19]), servicetest.Link(cards[5]))
	wantNone(t, answer, servicetest.Link(cards[4]), servicetest.Link(cards[0]))
}

// status shows an order by its id, in any spelling, or the person's newest one for
// a server, or all that are not final.
func TestVerbs_Status(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	wantNone(t, h.Answer(stage.Alice, "status"), "https://")
	placed := h.Order("web-1 24")
	id := string(h.Recorded(placed).ID)
	older := h.Request(stage.Alice, "web-1 48")
	newer := h.Request(stage.Alice, "web-1 36")
	other := h.Request(stage.Bob, "web-1 12")

	all := h.Answer(stage.Alice, "status")
	wantParts(t, all, servicetest.Link(older), servicetest.Link(newer))
	wantNone(t, all, servicetest.Link(placed), servicetest.Link(other))
	one := h.Answer(stage.Alice, "status web-1")
	wantParts(t, one, servicetest.Link(newer))
	wantNone(t, one, servicetest.Link(older), servicetest.Link(other))
	for _, spelled := range []string{id, strings.ToUpper(id), "`" + id + "`", strings.NewReplacer("0", "O", "1", "l").Replace(id)} {
		wantParts(t, h.Answer(stage.Bob, "status "+spelled), servicetest.Link(placed), "web-1")
	}
	wantNone(t, h.Answer(stage.Alice, "status 00000000-00000000"), "https://")
}

// cancel withdraws the only pending order of the person, the only one for a server,
// or the one that is named. If several can be meant, it lists them.
func TestVerbs_Cancel(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	wantNone(t, h.Answer(stage.Alice, "cancel"), "https://")
	only := h.Request(stage.Alice, "web-1 24")
	others := h.Request(stage.Bob, "web-1 24")
	d := h.Extend(stage.Alice, "cancel")
	if len(d.Payload) == 0 {
		t.Error("the answer is not in the ack")
	}
	h.WantState(only, order.Cancelled)
	h.WaitCard(only, "anceled")
	h.WantState(others, order.Pending)

	older, newer := h.Request(stage.Alice, "web-1 48"), h.Request(stage.Alice, "web-1 36")
	db := h.Request(stage.Alice, "db-1 36")
	wantParts(t, h.Answer(stage.Alice, "cancel"), servicetest.Link(older), servicetest.Link(newer), servicetest.Link(db))
	for _, m := range []slacksim.Message{older, newer, db} {
		h.WantState(m, order.Pending)
	}
	which := h.Answer(stage.Alice, "cancel web-1")
	wantParts(t, which, servicetest.Link(older), servicetest.Link(newer))
	wantNone(t, which, servicetest.Link(db))
	h.WantState(newer, order.Pending)
	h.WantState(older, order.Pending)
	h.Answer(stage.Alice, "cancel "+string(h.OrderID(newer)))
	h.WantState(newer, order.Cancelled)
	h.Answer(stage.Alice, "cancel web-1")
	h.WantState(older, order.Cancelled)
	id := h.OrderID(db)
	wantParts(t, h.Answer(stage.Bob, "cancel "+string(id)), stage.Alice)
	h.WantState(db, order.Pending)
	h.Answer(stage.Alice, "cancel `"+strings.ToUpper(string(id))+"`")
	h.WantState(db, order.Cancelled)
	h.WaitCard(db, "anceled")
	if again := h.Answer(stage.Alice, "cancel "+string(id)); !strings.Contains(again, "anceled") {
		t.Errorf("canceled twice: %s", again)
	}
	h.WantCharges(0, 0)
}

// A person who is not on the list gets the same answer to every verb: nothing
// about orders or servers.
func TestVerbs_Stranger(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	id := string(h.OrderID(card))
	want := h.Answer(stage.Mallory, "web-1 24")
	wantParts(t, want, stage.Mallory)
	for _, text := range []string{
		"help", "list", "history", "history web-1", "status", "status " + id, "status web-1", "cancel", "cancel " + id, "cancel web-1", "web-1 until tomorrow 18:00",
	} {
		if got := h.Answer(stage.Mallory, text); got != want {
			t.Errorf("%s was answered\n%s\nwant\n%s", text, got, want)
		}
	}
	h.WantState(card, order.Pending)
	if n := len(h.Slack.Calls("users.info")) + len(h.Slack.Calls("chat.getPermalink")); n != 0 {
		t.Errorf("Slack was asked %d times", n)
	}
}

// Without links, the answers have ids, and they do not wait long for Slack.
func TestVerbs_WithoutLinks(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slacksim.Fault{
		"hangs": {Before: slacksim.Hang}, "429": {RetryAfter: time.Hour}, "503": {Status: 503}, "refused": {Error: "message_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.Start(t)
			card := h.Request(stage.Alice, "web-1 24")
			h.Slack.Fail("chat.getPermalink", fault, -1)
			began := time.Now()
			answer := h.Answer(stage.Alice, "history")
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("answered after %s", took)
			}
			wantParts(t, answer, string(h.OrderID(card)))
			wantNone(t, answer, "https://")
			h.Slack.Clear("chat.getPermalink")
		})
	}
}

// If a response_url does not work, the answer comes in the channel, or else as a
// direct message.
func TestVerbs_AnsweredAnyway(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	h.Slack.Fail("response_url", slacksim.Fault{Status: 404}, -1)
	wantParts(t, h.Answer(stage.Alice, "history"), servicetest.Link(card))
	h.Slack.Fail("chat.postEphemeral", slacksim.Fault{Error: "user_not_in_channel"}, -1)
	h.Extend(stage.Alice, "history")
	ctx := h.Ctx
	if _, err := h.Slack.WaitMessage(ctx, h.Slack.DirectChannel(stage.Alice), func(m slacksim.Message) bool {
		return servicetest.Contains(m, servicetest.Link(card))
	}); err != nil {
		t.Error(err)
	}
}

// While the ledger cannot be read, each verb says so.
func TestVerbs_LedgerAway(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	h.Exec("ALTER TABLE orders RENAME TO elsewhere")
	for _, text := range []string{"list", "history", "history web-1", "status", "status web-1", "status " + string(h.OrderID(card)), "cancel", "cancel web-1"} {
		if d := h.Extend(stage.Alice, text); len(d.Payload) == 0 || strings.Contains(d.AckText(), "elsewhere") {
			t.Errorf("%s was answered %q", text, d.AckText())
		}
	}
	h.Exec("ALTER TABLE elsewhere RENAME TO orders")
	h.Answer(stage.Alice, "cancel")
	h.WantState(card, order.Cancelled)
}

// Answers in acks are small, however many servers there are.
func TestVerbs_SmallAcks(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, func(s *settings.Settings) {
		for i := range 500 {
			s.Servers = append(s.Servers, order.Server{Name: fmt.Sprintf("a-server-with-a-long-name-%03d", i), ID: fmt.Sprintf("srv-%03d", i)})
		}
	})
	for _, text := range []string{"help", "list", "web", "a-server-with 24", "nothing"} {
		d := h.Extend(stage.Alice, text)
		if n := len(d.Payload); n == 0 || n > 20_000 {
			t.Errorf("%q was answered with %d bytes", text, n)
		}
	}
}

// Hints use the name that the command has, also where no command is answered.
func TestCommand_OtherName(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	rent := func(text string) slacksim.SlashCommand {
		return slacksim.SlashCommand{User: stage.Alice, Channel: stage.Ops, Command: "/rent", Text: text}
	}
	for _, text := range []string{"help", "list", "history", "status", "cancel", "web-1", "wbe-1 24", "web-1 9999", "24", "web-1 1mo"} {
		wantNone(t, h.AnswerTo(rent(text)), "/extend")
	}
	wantParts(t, h.AnswerTo(rent("help")), "/rent")
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 402, Body: `{"success":false,"message":"no"}`}, 1)
	if _, err := h.Slack.Command(h.Ctx, rent("/rent web-1 24")); err != nil {
		t.Fatal(err)
	}
	card := h.WaitMessage(func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	h.Confirm(card)
	h.WaitMessage(func(m slacksim.Message) bool { return servicetest.IsReply(m, card) })
	if _, err := h.Slack.OpenHome(h.Ctx, stage.Alice); err != nil {
		t.Fatal(err)
	}
	h.WaitCall("views.publish", func(c slacksim.Call) bool { return c.Done })
	wantNone(t, h.ChannelText(stage.Ops)+string(h.Slack.Home(stage.Alice)), "/extend")
}

// An admin who may not order sees the order that they ask about, and nothing else
// that orders.
func TestVerbs_Admin(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.Settings.Admins = []string{stage.Mallory}
	h.Start()
	card := h.Request(stage.Alice, "web-1 24")
	id := string(h.OrderID(card))
	wantParts(t, h.Answer(stage.Mallory, "status "+id), servicetest.Link(card))
	for _, text := range []string{"list", "history web-1", "web-1 24"} {
		wantParts(t, h.Answer(stage.Mallory, text), stage.Mallory)
	}
	wantParts(t, h.Answer(stage.Mallory, "cancel "+id), "Only <@"+stage.Alice+">, who asked")
	h.WantState(card, order.Pending)
}

// To a person who may use other servers only, an order is one that does not exist,
// and its server one that has no name.
func TestVerbs_OtherServers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	policy := fmt.Sprintf("servers: {web-1: %s, db-1: %s}\npeople:\n  %s: {account: %s}\n  %s: {account: %s, servers: [db-1]}\n",
		stage.Web, stage.DB, stage.Alice, stage.AliceAccount, stage.Bob, stage.BobAccount)
	if err := os.WriteFile(path, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	h := servicetest.Start(t, func(s *settings.Settings) { s.Allowlist, s.Servers, s.PolicyFile = nil, nil, path })
	card := h.Request(stage.Alice, "web-1 24 because the demo is secret")
	for _, verb := range []string{"status ", "cancel "} {
		unknown := h.Answer(stage.Bob, verb+"00000000-00000000")
		if got := h.Answer(stage.Bob, verb+string(h.OrderID(card))); got != unknown {
			t.Errorf("%s was answered\n%s\nbut of no order\n%s", verb, got, unknown)
		}
	}
	for _, text := range []string{"list", "history", "history web-1", "status", "status web-1", "cancel", "cancel web-1"} {
		wantNone(t, h.Answer(stage.Bob, text), "24 hours", "secret", servicetest.Link(card), stage.Alice)
	}
	for _, text := range []string{"web-", "web- 24", "eb-1 24", "wb-1"} {
		wantNone(t, h.Answer(stage.Bob, text), "web-1")
	}
	h.WantState(card, order.Pending)
}
