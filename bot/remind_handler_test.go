package bot

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
	"extendbot/order/leases"
	"extendbot/order/ordertest"
)

// ending is a lease that a test moves. All servers have it.
type ending struct {
	mu sync.Mutex
	at time.Time
}

func (l *ending) set(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = at
}

func (l *ending) end() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at
}

func (l *ending) Lease(_ context.Context, s order.Server) (order.Lease, error) {
	return order.Lease{Server: s, ExpiresAt: l.end(), From: order.LeaseFromPolicy}, nil
}

// reminding is a world with a reminder of web-1 in a channel. A day costs 0.43 EUR.
type reminding struct {
	*world

	prices   *prices
	lease    *ending
	reminder slacksim.Message
	changed  atomic.Int32 // how often Config.RemindersChanged was called
	stopped  atomic.Value // what Config.StopReminders was called with last
	stopErr  error        // what it returns
}

// withReminder starts such a world under a policy with more rules than who may order what.
func withReminder(t *testing.T, to string, rules ordertest.Rules) *reminding {
	t.Helper()
	rules.People, rules.Servers = []string{"U0ALICE", "U0BOB"}, []order.Server{{Name: "web-1", ID: "srv-1"}, {Name: "db-1", ID: "srv-2"}}
	r := &reminding{prices: &prices{policy: ordertest.NewPolicy(rules)}, lease: &ending{at: time.Now().Add(24 * time.Hour).Truncate(time.Second)}}
	r.prices.set("0.43")
	r.world = newWorld(t, func(w *world, _ *slacksim.Config) {
		r.prices.Desk = order.NewDesk(order.Config{
			Ledger: w.ledger, Policy: r.prices.policy, Host: w.host, ProcessID: "p1", Prices: r.prices, Leases: r.lease,
			ConfirmTTL: 15 * time.Minute, MaxHours: 720, HostTimeout: time.Minute, Currency: "EUR",
		})
		w.cfg.Desk = r.prices
		w.cfg.Admins = func() []string { return []string{"U0CARO"} }
		w.cfg.Known = func(p order.Person) error {
			if err := r.prices.policy.MaySee(t.Context(), p, order.Order{}); order.CodeOf(err) != order.CodeNotFound {
				return err
			}
			return nil
		}
		w.cfg.RemindersChanged = func() { r.changed.Add(1) }
		w.cfg.StopReminders = func(_ context.Context, server string, lease time.Time, user string) error {
			r.stopped.Store(fmt.Sprint(server, lease.Unix(), user))
			return r.stopErr
		}
	})
	for _, u := range []string{"U0CARO", "U0DAVE"} {
		r.slack.AddUser(slacksim.User{ID: u})
		r.slack.Join(general, u)
	}
	r.greet()
	ref, err := r.app.PostReminder(t.Context(), to, r.view())
	if err != nil {
		t.Fatal(err)
	}
	channel, ts, _ := strings.Cut(ref, "/")
	r.reminder, _ = r.slack.Message(channel, ts)
	return r
}

// view is what the reminder says: a day costs 0.43 EUR, and any other time is not priced.
func (r *reminding) view() leases.View {
	row := leases.Row{
		Entry: leases.Entry{Server: order.Server{Name: "web-1", ID: "srv-1"}, Lease: r.lease.end()}, State: leases.StateOpen,
		Lease:  order.Lease{ExpiresAt: r.lease.end(), From: order.LeaseFromPolicy},
		Offers: []leases.Offer{{Hours: 24, Estimate: order.Estimate{Amount: euros("0.43")}}, {Hours: 72}, {Hours: 168}},
	}
	return leases.View{Rows: []leases.Row{row}, Now: time.Now()}
}

// pressRaw presses a button of the reminder whose value is made up.
func (r *reminding) pressRaw(user, action, value string) {
	r.t.Helper()
	if _, err := r.slack.ClickRaw(r.ctx(), slacksim.Click{User: user, Channel: r.reminder.Channel, TS: r.reminder.TS, ActionID: action}, value); err != nil {
		r.t.Fatal(err)
	}
}

// value is what a button of the reminder says.
func (r *reminding) value(server, cost string) string {
	return fmt.Sprintf("%s|%d|%s", server, r.lease.end().Unix(), cost)
}

// inThread waits for a message in the reminder's thread that match accepts.
func (r *reminding) inThread(match func(slacksim.Message) bool) slacksim.Message {
	r.t.Helper()
	m, err := r.slack.WaitMessage(r.ctx(), r.reminder.Channel, func(m slacksim.Message) bool {
		return m.ThreadTS == r.reminder.TS && m.TS != r.reminder.TS && match(m)
	})
	if err != nil {
		r.t.Fatalf("not in the thread: %v; there are %+v", err, r.slack.Messages(r.reminder.Channel))
	}
	return m
}

// wantOneRoot checks that nothing but the reminder is outside of its thread.
func (r *reminding) wantOneRoot() {
	r.t.Helper()
	for _, m := range r.slack.Messages(r.reminder.Channel) {
		if m.TS != r.reminder.TS && m.ThreadTS != r.reminder.TS {
			r.t.Errorf("outside of the thread: %s", m.Flat())
		}
	}
}

func isReceipt(m slacksim.Message) bool {
	_, ok := m.Button(message.ActionDetails)
	return ok
}

// Each button to extend orders its hours, and the press approves that. Card and receipt
// are in the reminder's thread; the card has no buttons.
func TestRemind_EachButtonOrders(t *testing.T) {
	t.Parallel()
	for i, hours := range leases.OfferedHours() {
		t.Run(fmt.Sprint(hours), func(t *testing.T) {
			t.Parallel()
			r := withReminder(t, general, ordertest.Rules{})
			r.mustClick("U0ALICE", r.reminder, fmt.Sprint(message.ActionRemindExtend, i+1))
			r.inThread(isReceipt)
			card := r.inThread(func(m slacksim.Message) bool { return !isReceipt(m) && strings.Contains(m.Text, "web-1") })
			o := r.recorded("shown", func(o order.Order) bool { return o.Card.Ref == general+"/"+card.TS && o.ThreadMessage.Ref != "" })
			if o.State != order.Placed || o.Hours != hours || !o.Lease.Equal(r.lease.end()) || o.Thread != general+"/"+r.reminder.TS || r.host.count() != 1 {
				t.Errorf("%d calls of the host, and the order %+v", r.host.count(), o)
			}
			if len(card.Buttons()) > 0 || r.changed.Load() != 1 {
				t.Errorf("the card has %d buttons, and reminders changed %d times", len(card.Buttons()), r.changed.Load())
			}
			r.wantOneRoot()
		})
	}
}

// The card and the receipt are posted into the reminder's thread also if it is in a direct
// message.
func TestRemind_InDirectMessage(t *testing.T) {
	t.Parallel()
	r := withReminder(t, "U0ALICE", ordertest.Rules{})
	if !strings.HasPrefix(r.reminder.Channel, "D") {
		t.Errorf("it is in %s", r.reminder.Channel)
	}
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	r.inThread(isReceipt)
	r.wantOneRoot()
}

// A card that cannot be posted does not delay the order.
func TestRemind_CardDoesNotDelay(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	r.host.hold = make(chan struct{})
	r.slack.Fail("chat.postMessage", slacksim.Fault{Error: "internal_error"}, 2)
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	<-r.host.began
	close(r.host.hold)
	r.inThread(isReceipt)
}

// A press that is delivered again, with the same envelope id or a new one, is the same
// order.
func TestRemind_RedeliveredIsOneOrder(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	press := r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	r.inThread(isReceipt)
	r.lease.set(r.lease.end().Add(24 * time.Hour))
	for _, same := range []bool{true, false} {
		if _, err := r.slack.Redeliver(r.ctx(), press, same); err != nil {
			t.Fatal(err)
		}
	}
	r.counted("answered repeated", 2)
	if n := len(r.ledger.Orders()); n != 1 || r.host.count() != 1 || len(r.slack.Ephemerals("U0ALICE")) > 0 {
		t.Errorf("%d orders, %d calls of the host, %d answers", n, r.host.count(), len(r.slack.Ephemerals("U0ALICE")))
	}
}

// A press that cannot be committed is not acked, whether it extends or stops.
func TestRemind_UncommittedIsNotAcked(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	r.ledger.fail(&order.Error{Code: order.CodeUnavailable})
	r.stopErr = &order.Error{Code: order.CodeUnavailable}
	for _, action := range []string{"remind_extend_1", message.ActionRemindStop} {
		r.unacked("answered unacked", func(ctx context.Context) error { return r.clickUntil(ctx, "U0ALICE", r.reminder, action) })
	}
	if n := len(r.ledger.Orders()); n != 0 || r.changed.Load() != 0 {
		t.Errorf("%d orders, and reminders changed %d times", n, r.changed.Load())
	}
	r.ledger.fail(nil)
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	r.inThread(isReceipt)
}

// Somebody who is second is told who was first, with a link, and orders nothing.
func TestRemind_SecondIsToldWhoWasFirst(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	r.inThread(isReceipt)
	r.mustClick("U0BOB", r.reminder, "remind_extend_3")
	if e := r.ephemeral("U0BOB", "<@U0ALICE> already extended `web-1` by 1 day"); !strings.Contains(e.Text, "|"+string(r.ledger.Orders()[0].ID)+">") {
		t.Errorf("no link: %s", e.Text)
	}
	if n := len(r.ledger.Orders()); n != 1 || r.host.count() != 1 {
		t.Errorf("%d orders, %d calls of the host", n, r.host.count())
	}
}

// As long as the order has no card, the link leads to the reminder, in whose thread the card
// comes.
func TestRemind_LinkBeforeTheCard(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	r.slack.Fail("chat.postMessage", slacksim.Fault{Error: "internal_error"}, -1)
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	r.mustClick("U0BOB", r.reminder, "remind_extend_1")
	if e := r.ephemeral("U0BOB", "<@U0ALICE>"); !strings.Contains(e.Text, "/p"+strings.ReplaceAll(r.reminder.TS, ".", "")) {
		t.Errorf("no link to the reminder: %s", e.Text)
	}
}

// A press that may not be, or is of no use anymore, is refused in words and records
// nothing, also with a value that is made up.
func TestRemind_Refused(t *testing.T) {
	t.Parallel()
	limit := order.Limit{Per: order.PerAll, Within: 24 * time.Hour, Hours: 12}
	approval := ordertest.Approval{Approvers: []string{"U0CARO"}, Count: 1}
	for name, c := range map[string]struct {
		rules ordertest.Rules
		to    string
		user  string
		value func(*reminding) string // nil: the button's own
		says  string
		stale bool // the reminder shows what is no longer true
	}{
		"a stranger":                             {user: "U0EVE", says: "not on the list"},
		"more hours than the person may":         {rules: ordertest.Rules{MaxHours: 12}, says: "at most 12 hours. Try `/extend web-1 12h`"},
		"over a limit":                           {rules: ordertest.Rules{Limits: []order.Limit{limit}}, says: "more than the limit of 12 hours"},
		"needs approvals, in a direct message":   {rules: ordertest.Rules{Approvals: []ordertest.Approval{approval}}, to: "U0ALICE", says: "ask in a channel where they can see it: `/extend web-1 1 day`"},
		"the lease is over":                      {value: extendMeanwhile, says: "`web-1` was extended meanwhile and runs until", stale: true},
		"the price is higher":                    {value: func(r *reminding) string { r.prices.set("0.90"); return r.value("srv-1", "0.43") }, says: "0.90 EUR now, not 0.43 EUR. The reminder shows it", stale: true},
		"forged: a server that nobody may use":   {value: func(r *reminding) string { return r.value("srv-9", "0.43") }, says: "You may not extend this server"},
		"forged: another lease":                  {value: func(r *reminding) string { return "srv-2|1|0.43" }, says: "`db-1` was extended meanwhile", stale: true},
		"forged: not readable":                   {value: func(r *reminding) string { return "srv-1|x|0.43" }, says: "I do not know this"},
		"forged: a stranger and another server":  {user: "U0EVE", value: func(r *reminding) string { return r.value("srv-9", "-") }, says: "not on the list"},
		"forged: an order's id instead of those": {value: func(*reminding) string { return "06ppv9a8-kx3n7d2q" }, says: "I do not know this"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, user := general, "U0ALICE"
			if c.to != "" {
				to = c.to
			}
			if c.user != "" {
				user = c.user
			}
			r := withReminder(t, to, c.rules)
			if c.value == nil {
				r.mustClick(user, r.reminder, "remind_extend_1")
			} else {
				r.pressRaw(user, "remind_extend_1", c.value(r))
			}
			r.ephemeral(user, c.says)
			if n := len(r.ledger.Orders()); n != 0 || r.host.count() != 0 || (r.changed.Load() > 0) != c.stale {
				t.Errorf("%d orders, %d calls of the host, reminders changed %d times", n, r.host.count(), r.changed.Load())
			}
		})
	}
}

func extendMeanwhile(r *reminding) string {
	value := r.value("srv-1", "0.43")
	r.lease.set(r.lease.end().Add(time.Hour))
	return value
}

// A press of another workspace or organization records nothing.
func TestRemind_OfAnotherWorkspace(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	for _, action := range []string{"remind_extend_1", message.ActionRemindStop} {
		for _, c := range []slacksim.Click{{TeamID: "T0OTHER"}, {UserTeamID: "T0OTHER"}, {AppID: "A0OTHER"}} {
			c.User, c.Channel, c.TS, c.ActionID = "U0ALICE", general, r.reminder.TS, action
			if _, err := r.slack.ClickRaw(r.ctx(), c, r.value("srv-1", "-")); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.counted("answered foreign", 6)
	if n := len(r.ledger.Orders()); n != 0 || r.stopped.Load() != nil {
		t.Errorf("%d orders, stopped %v", n, r.stopped.Load())
	}
}

// A made-up price is no permission: the order has the estimate that is expected. A message
// that is no reminder of that lease gets no thread.
func TestRemind_ForgedPriceAndMessage(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	r.command("U0BOB", general, "db-1 24")
	other := r.card(general, withButtons)
	if _, err := r.slack.ClickRaw(r.ctx(), slacksim.Click{User: "U0ALICE", Channel: general, TS: other.TS, ActionID: "remind_extend_1"}, r.value("srv-1", "999999999999.00")); err != nil {
		t.Fatal(err)
	}
	var o order.Order
	until(t, "placed", func() bool {
		for _, o = range r.ledger.Orders() {
			if o.State == order.Placed && o.ThreadMessage.Ref != "" {
				return true
			}
		}
		return false
	})
	if order.FormatAmount(o.Estimate.Amount) != "0.43" || o.Thread != "" {
		t.Errorf("the order %+v", o)
	}
	if n := len(r.slack.Thread(general, other.TS)); n > 1 {
		t.Errorf("the other card has %d messages in its thread", n-1)
	}
}

// Where the policy asks for approvals, the press makes a card that waits for them in the
// reminder's thread. Approvers are mentioned, and told with a link; the receipt comes in
// the same thread.
func TestRemind_NeedsApproval(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{Approvals: []ordertest.Approval{{Name: "all", Approvers: []string{"U0CARO", "U0ALICE"}, Count: 1, RequesterCounts: true}}})
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	card := r.inThread(withButtons)
	if !strings.Contains(card.Text, "<@U0CARO>") || r.host.count() > 0 {
		t.Errorf("%d calls of the host, and the card %s", r.host.count(), card.Text)
	}
	if m := r.direct("U0CARO", "waits for your approval"); !strings.Contains(m.Text, "thread_ts="+r.reminder.TS) {
		t.Errorf("the link is not to the card in the thread: %s", m.Text)
	}
	r.mustClick("U0BOB", r.reminder, "remind_extend_1")
	r.ephemeral("U0BOB", "<@U0ALICE> already asks")
	r.mustClick("U0CARO", card, message.ActionConfirm)
	r.inThread(isReceipt)
	r.wantOneRoot()
}

// A card that waits in a thread can be declined there, and the reason comes there, too.
func TestRemind_Declined(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{Approvals: []ordertest.Approval{{Approvers: []string{"U0CARO"}, Count: 1}}})
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	card := r.inThread(withButtons)
	r.mustClick("U0CARO", card, message.ActionCancel)
	r.inThread(saying("<@U0CARO> declined"))
	r.modal("U0CARO")
	r.mustSubmit("U0CARO", "not needed")
	r.inThread(saying("not needed"))
	r.wantOneRoot()
}

// If Slack does not have the reminder anymore, card and receipt come in the channel.
func TestRemind_ThreadIsGone(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{})
	r.slack.Fail("chat.postMessage", slacksim.Fault{Error: "thread_not_found", InThread: true}, -1)
	r.mustClick("U0ALICE", r.reminder, "remind_extend_1")
	r.card(general, isReceipt)
	r.card(general, func(m slacksim.Message) bool { return m.TS != r.reminder.TS && !isReceipt(m) })
}

// People who may extend a server, and admins, stop its reminders. They are told privately.
func TestRemindStop_IsRecorded(t *testing.T) {
	t.Parallel()
	for user, says := range map[string]string{"U0ALICE": "No more reminders of `web-1`", "U0CARO": "No more reminders of `srv-1`"} {
		r := withReminder(t, general, ordertest.Rules{Admins: []string{"U0CARO"}})
		r.mustClick(user, r.reminder, message.ActionRemindStop)
		r.ephemeral(user, says)
		if got, want := r.stopped.Load(), fmt.Sprint("srv-1", r.lease.end().Unix(), user); got != want || r.changed.Load() != 1 {
			t.Errorf("stopped %v, want %s; reminders changed %d times", got, want, r.changed.Load())
		}
	}
}

// Nobody else can stop reminders, and nobody can stop those of a lease that is over.
func TestRemindStop_Refused(t *testing.T) {
	t.Parallel()
	r := withReminder(t, general, ordertest.Rules{Admins: []string{"U0CARO"}})
	r.mustClick("U0EVE", r.reminder, message.ActionRemindStop)
	r.ephemeral("U0EVE", "not on the list")
	r.pressRaw("U0ALICE", message.ActionRemindStop, r.value("srv-9", "-"))
	r.ephemeral("U0ALICE", "You may not extend this server")
	r.pressRaw("U0BOB", message.ActionRemindStop, "nonsense")
	r.ephemeral("U0BOB", "I do not know this")
	if r.stopped.Load() != nil || r.changed.Load() != 0 {
		t.Errorf("stopped %v; reminders changed %d times", r.stopped.Load(), r.changed.Load())
	}
	r.stopErr = &order.Error{Code: order.CodeLeaseOver, Expiry: r.lease.end().Add(time.Hour)}
	r.mustClick("U0CARO", r.reminder, message.ActionRemindStop)
	r.ephemeral("U0CARO", "was extended meanwhile")
}
