package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
	"extendbot/order/ordertest"
)

// twoOf needs the yes of two of caro, dave and a member of the group leads.
func twoOf() ordertest.Approval {
	return ordertest.Approval{
		Name: "databases", Approvers: []string{"U0CARO", "U0DAVE", "S0LEADS"}, Count: 2,
		Groups: map[string][]string{"S0LEADS": {"U0EVE"}},
	}
}

// withApprovals starts a world whose policy has approval rules, and returns it with
// the policy.
func withApprovals(t *testing.T, rules ...ordertest.Approval) (*world, *ordertest.Policy) {
	t.Helper()
	policy := ordertest.NewPolicy(ordertest.Rules{
		People: []string{"U0ALICE", "U0BOB"}, Servers: []order.Server{{Name: "web-1", ID: "srv-1"}}, Approvals: rules,
	})
	w := newWorld(t, func(w *world, _ *slacksim.Config) {
		w.desk = order.NewDesk(order.Config{
			Ledger: w.ledger, Policy: policy, Host: w.host, ProcessID: "p1",
			ConfirmTTL: 15 * time.Minute, MaxHours: 720, HostTimeout: time.Minute, Currency: "EUR",
		})
		w.cfg.Desk = w.desk
		w.cfg.Known = func(p order.Person) error {
			if err := policy.MaySee(t.Context(), p, order.Order{}); order.CodeOf(err) != order.CodeNotFound {
				return err
			}
			return nil
		}
	})
	for _, u := range []string{"U0CARO", "U0DAVE"} {
		w.slack.AddUser(slacksim.User{ID: u})
		w.slack.Join(general, u)
	}
	w.greet()
	return w, policy
}

// asked types the command and returns the card.
func (w *world) asked() slacksim.Message {
	w.t.Helper()
	w.command("U0ALICE", general, "web-1 24")
	return w.card(general, withButtons)
}

// cardSays waits until a card has a text.
func (w *world) cardSays(card slacksim.Message, part string) slacksim.Message {
	w.t.Helper()
	return w.card(card.Channel, func(m slacksim.Message) bool { return m.TS == card.TS && strings.Contains(m.Text, part) })
}

// direct waits for a direct message of the bot to a person.
func (w *world) direct(user, part string) slacksim.Message {
	w.t.Helper()
	m, err := w.slack.WaitMessage(w.ctx(), w.slack.DirectChannel(user), saying(part))
	if err != nil {
		w.t.Fatalf("%s got no direct message with %q: %v", user, part, err)
	}
	return m
}

// threadSays waits for a message in the thread of a card that has a text.
func (w *world) threadSays(card slacksim.Message, part string) {
	w.t.Helper()
	if _, err := w.slack.WaitMessage(w.ctx(), card.Channel, func(m slacksim.Message) bool {
		return m.ThreadTS == card.TS && m.TS != card.TS && strings.Contains(m.Text, part)
	}); err != nil {
		w.t.Fatalf("the thread does not say %q: %v", part, err)
	}
}

// modal waits for the modal of a person.
func (w *world) modal(user string) {
	w.t.Helper()
	until(w.t, "open", func() bool { return len(w.slack.Views(user)) == 1 })
}

// mustSubmit types a reason into the modal of a person and submits it.
func (w *world) mustSubmit(user, reason string) *slacksim.Delivery {
	w.t.Helper()
	d, err := w.slack.SubmitView(w.ctx(), slacksim.ViewSubmission{User: user, Values: map[string]map[string]any{
		message.BlockReason: {message.BlockReason: map[string]any{"type": "plain_text_input", "value": reason}},
	}})
	if err != nil {
		w.t.Fatalf("%s submits %q: %v", user, reason, err)
	}
	return d
}

// recorded waits for what the ledger has of an order.
func (w *world) recorded(what string, is func(order.Order) bool) order.Order {
	w.t.Helper()
	var o order.Order
	until(w.t, what, func() bool { o, _ = w.ledger.only(); return is(o) })
	return o
}

// A card names its approvers when it appears. Each who is named as a person gets one
// direct message with the card's link; the requester and members of groups get none.
func TestApprovers_ToldOnce(t *testing.T) {
	t.Parallel()
	rule := twoOf()
	rule.Approvers, rule.RequesterCounts = append(rule.Approvers, "U0ALICE"), true
	w, _ := withApprovals(t, rule)
	card := w.asked()
	for _, part := range []string{"<@U0CARO>", "<@U0DAVE>", "<!subteam^S0LEADS>"} {
		if !strings.Contains(card.Text, part) {
			t.Errorf("the card does not mention %s: %s", part, card.Text)
		}
	}
	for _, user := range []string{"U0CARO", "U0DAVE"} {
		if m := w.direct(user, "waits for your approval"); !strings.Contains(m.Text, "<https://") {
			t.Errorf("no link to the card: %s", m.Text)
		}
	}
	o := w.recorded("recorded", func(o order.Order) bool { return len(o.ApproversTold) == 2 })
	for range 2 {
		if err := w.app.Reconcile(w.ctx(), o.ID); !isLater(err) {
			t.Fatal(err)
		}
	}
	for user, want := range map[string]int{"U0CARO": 1, "U0DAVE": 1, "U0ALICE": 0, "U0EVE": 0} {
		if got := len(w.slack.Messages(w.slack.DirectChannel(user))); got != want {
			t.Errorf("%s got %d direct messages, want %d", user, got, want)
		}
	}
}

// A direct message that Slack refuses, or whose record is lost, holds up no other. What
// was delivered is not sent again.
func TestApprovers_OneCannotBeTold(t *testing.T) {
	t.Parallel()
	w, _ := withApprovals(t, twoOf())
	w.slack.AddUser(slacksim.User{ID: "U0CARO", Deleted: true})
	w.asked()
	w.direct("U0DAVE", "waits for your approval")
	w.recorded("both recorded", func(o order.Order) bool {
		return slices.Contains(o.ApproversTold, "U0CARO") && slices.Contains(o.ApproversTold, "U0DAVE")
	})
}

// Each approval changes the card; the last one places the order. A press that does not
// count is answered privately and changes nothing.
func TestApprove_CardFollows(t *testing.T) {
	t.Parallel()
	w, _ := withApprovals(t, twoOf())
	card := w.asked()
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.ephemeral("U0ALICE", "Your own yes does not count")
	w.mustClick("U0BOB", card, message.ActionConfirm)
	w.ephemeral("U0BOB", "You are not asked to approve")
	w.mustClick("U0CARO", card, message.ActionConfirm)
	w.cardSays(card, "✓ <@U0CARO> · still needs <@U0DAVE> or <!subteam^S0LEADS>")
	w.mustClick("U0CARO", card, message.ActionConfirm)
	w.ephemeral("U0CARO", "Your yes is recorded already")
	if o, _ := w.ledger.only(); o.State != order.Pending || w.host.count() != 0 {
		t.Fatalf("it is %s after %d calls", o.State, w.host.count())
	}
	w.mustClick("U0EVE", card, message.ActionConfirm)
	if receipt := w.threadMessage(card); !strings.Contains(receipt.Flat(), "Approved by <@U0CARO> and <@U0EVE>") {
		t.Errorf("the receipt does not say who approved: %s", receipt.Flat())
	}
	if w.host.count() != 1 {
		t.Errorf("%d calls of the host", w.host.count())
	}
}

// A refused press shows that the policy changed: the card is updated.
func TestApprove_PolicyChangedCardFollows(t *testing.T) {
	t.Parallel()
	w, policy := withApprovals(t)
	card := w.asked()
	if !strings.Contains(card.Flat(), "Only <@U0ALICE> can confirm") {
		t.Fatalf("the card says: %s", card.Flat())
	}
	rules := policy.Rules()
	rules.Approvals = []ordertest.Approval{twoOf()}
	policy.Set(rules)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.ephemeral("U0ALICE", "Your own yes does not count")
	w.cardSays(card, "Needs 2 of <@U0CARO>")
	w.direct("U0CARO", "waits for your approval")
}

// A card says which groups cannot be read. A press that depends on one is answered.
func TestApprove_GroupUnread(t *testing.T) {
	t.Parallel()
	rule := twoOf()
	rule.Groups = map[string][]string{"S0LEADS": nil}
	w, policy := withApprovals(t, rule)
	card := w.asked()
	w.cardSays(card, "I cannot read who is in <!subteam^S0LEADS> right now")
	w.mustClick("U0BOB", card, message.ActionConfirm)
	w.ephemeral("U0BOB", "I cannot read who is in <!subteam^S0LEADS>")
	rules := policy.Rules()
	rule.Groups = map[string][]string{"S0LEADS": {"U0BOB"}}
	rules.Approvals = []ordertest.Approval{rule}
	policy.Set(rules)
	w.mustClick("U0BOB", card, message.ActionConfirm)
	got := w.cardSays(card, "✓ <@U0BOB>")
	if strings.Contains(got.Text, "cannot read") {
		t.Errorf("the card still says so: %s", got.Text)
	}
}

// A decline is recorded before its ack. Its modal opens on the press, and what is typed
// there goes to the thread and onto the card.
func TestDecline_ReasonGoesToThread(t *testing.T) {
	t.Parallel()
	w, _ := withApprovals(t, twoOf())
	card := w.asked()
	d := w.mustClick("U0CARO", card, message.ActionCancel)
	if o, _ := w.ledger.only(); o.State != order.Declined || o.DecidedBy != "U0CARO" {
		t.Errorf("after the ack of %s it is %s by %s", d.EnvelopeID, o.State, o.DecidedBy)
	}
	w.cardSays(card, "It was declined by <@U0CARO>")
	if m := w.threadMessage(card); !strings.Contains(m.Text, "<@U0ALICE>: <@U0CARO> declined") {
		t.Errorf("the thread says: %s", m.Text)
	}
	w.modal("U0CARO")
	w.mustSubmit("U0CARO", " ")
	w.mustSubmit("U0CARO", "no budget this week")
	if o, _ := w.ledger.only(); o.DeclineReason != "no budget this week" {
		t.Errorf("the reason after the ack: %q", o.DeclineReason)
	}
	if n := len(w.slack.Views("U0CARO")); n != 0 {
		t.Errorf("%d modals are left", n)
	}
	w.threadSays(card, "Why <@U0CARO> declined")
	w.cardSays(card, "no budget this week")
}

// If Slack does not open the modal, a button that only the person sees does.
func TestDecline_ModalDoesNotOpen(t *testing.T) {
	t.Parallel()
	w, _ := withApprovals(t, twoOf())
	card := w.asked()
	w.slack.Fail("views.open", slacksim.Fault{Error: "expired_trigger_id"}, 1)
	w.mustClick("U0CARO", card, message.ActionCancel)
	offer := w.ephemeral("U0CARO", "If you want to say why")
	if _, err := w.slack.Click(w.ctx(), slacksim.Click{User: "U0CARO", Channel: general, TS: offer.TS, ActionID: message.ActionDeclineReason}); err != nil {
		t.Fatal(err)
	}
	w.modal("U0CARO")
	w.mustSubmit("U0CARO", "later")
	w.threadSays(card, "Why <@U0CARO> declined")
}

// The requester's Decline withdraws: no modal asks why, and nobody else can.
func TestDecline_RequesterWithdraws(t *testing.T) {
	t.Parallel()
	w, _ := withApprovals(t, twoOf())
	card := w.asked()
	w.mustClick("U0BOB", card, message.ActionCancel)
	w.ephemeral("U0BOB", "approve this order")
	w.mustClick("U0ALICE", card, message.ActionCancel)
	w.cardSays(card, "It was canceled by <@U0ALICE>")
	if n := len(w.slack.Calls("views.open")); n != 0 {
		t.Errorf("%d modals were opened", n)
	}
}

// What orders need approvals cannot be asked for in a direct message.
func TestApprovals_NotInDirectMessage(t *testing.T) {
	t.Parallel()
	w, _ := withApprovals(t, twoOf())
	w.command("U0ALICE", w.slack.DirectChannel("U0ALICE"), "web-1 24")
	w.ephemeral("U0ALICE", "so ask in a channel where they can see it: `/extend web-1 24 hours`")
	if orders := w.ledger.Orders(); len(orders) != 0 {
		t.Errorf("recorded: %+v", orders)
	}
}

// "approvals" lists what waits for a person and what they wait for.
func TestVerbApprovals_MineAndOthers(t *testing.T) {
	t.Parallel()
	w, _ := withApprovals(t, twoOf())
	w.asked()
	for user, want := range map[string]string{
		"U0CARO": "Waiting for your approval:", "U0EVE": "Waiting for your approval:",
		"U0ALICE": "You asked for these, and they wait for others:",
		"U0BOB":   "Nothing waits for your approval",
	} {
		w.command(user, general, "approvals")
		e := w.ephemeral(user, want)
		if has := strings.Contains(e.Text, "<https://"); has != (user != "U0BOB") {
			t.Errorf("%s: %s", user, e.Text)
		}
	}
}
