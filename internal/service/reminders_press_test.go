package service_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// expiring is a policy in which web-1 ends an hour and a half from now, and alice, bob, and
// carol may extend it with alice's account. more is added to it.
func expiring(more ...string) string {
	text := fmt.Sprintf("servers: {web-1: {id: %s, price: \"12.99\", expires: %q}}\npeople:\n", stage.Web, time.Now().Add(90*time.Minute).UTC().Format("2006-01-02 15:04"))
	for _, who := range []string{stage.Alice, stage.Bob, stage.Carol} {
		text += "  " + who + ": {account: " + stage.AliceAccount + "}\n"
	}
	return text + strings.Join(more, "\n") + "\n"
}

// reminded starts a service that reminds of web-1 at once, and returns the reminder.
func reminded(h *servicetest.Harness, more ...string) slacksim.Message {
	h.T.Helper()
	return remindedWith(h, expiring(more...))
}

// remindedWith is reminded with a policy that contains web-1 and its expiry.
func remindedWith(h *servicetest.Harness, policy string) slacksim.Message {
	h.T.Helper()
	h.UsePolicy(policy)
	h.Settings.RemindChannel, h.Settings.RemindBefore = stage.Ops, []time.Duration{24 * time.Hour}
	h.Start()
	return waitReminder(h)
}

// theOrder returns the only order in the ledger.
func theOrder(h *servicetest.Harness) order.Order {
	h.T.Helper()
	list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 10)
	if err != nil || len(list) != 1 {
		h.T.Fatalf("%d orders, want 1: %v", len(list), err)
	}
	return list[0]
}

// waitChanged waits until a message contains a text, and no or all buttons to extend.
func waitChanged(h *servicetest.Harness, m slacksim.Message, text string, extends bool) slacksim.Message {
	h.T.Helper()
	return h.WaitMessage(func(now slacksim.Message) bool {
		return now.TS == m.TS && isReminder(now) == extends && servicetest.Contains(now, text)
	})
}

// One press on a reminder is request, approval, and order: its card and receipt are in the
// reminder's thread, and the reminder says who extended the server.
func TestReminderPress_OneClick(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		m := reminded(h)
		h.WaitMetric(`extendbot_reminders_total{result="posted"}`, "1")
		for series, want := range map[string]string{
			"extendbot_leases_known": "1", "extendbot_leases_expiring": "1", "extendbot_reminder_overdue_seconds": "0",
			"extendbot_reminders_late_total": "1", // it was due at 24 h, and nothing ran then
		} {
			h.WaitMetric(series, want)
		}
		h.Click(stage.Carol, m, "remind_extend_2")
		h.WaitReply(m, servicetest.Receipt)
		h.WaitReply(m, "Extended `web-1` by 3 days")
		waitChanged(h, m, "<@"+stage.Carol+">", false)
		o := theOrder(h)
		want := []string{">pending " + stage.Carol, "pending>approved " + stage.Carol, "approved>placing extendbot", "placing>placed extendbot"}
		if steps := history(h, o.ID); !slices.Equal(steps, want) || o.Hours != 72 || o.Channel != stage.Ops {
			h.T.Errorf("history %q of %d hours in %s, want %q", steps, o.Hours, o.Channel, want)
		}
		h.WantCharges(1, 1)
	})
}

// Twenty presses at once by three people on the reminders of two times are one charge. The
// others are told who was first.
func TestReminderPress_TwentyAtOnce(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		one := reminded(h)
		h.Stop()
		h.Settings.RemindBefore = []time.Duration{24 * time.Hour, 2 * time.Hour}
		h.Start()
		two := waitReminder(h, one)
		var presses sync.WaitGroup
		for i := range 20 {
			presses.Go(func() {
				m := []slacksim.Message{one, two}[i%2]
				action := fmt.Sprintf("remind_extend_%d", i%3+1)
				b, _ := m.Button(action)
				h.ClickRaw([]string{stage.Alice, stage.Bob, stage.Carol}[i%3], m, action, b.Value)
			})
		}
		presses.Wait()
		waitChanged(h, one, "<@", false)
		waitChanged(h, two, "<@", false)
		o := theOrder(h)
		by := "<@" + o.Person.User + ">"
		for _, who := range []string{stage.Alice, stage.Bob, stage.Carol} {
			if who != o.Person.User {
				h.WaitEphemeral(who, by)
			}
		}
		h.WaitUntil(func() bool { return theOrder(h).State == order.Placed }, func() string { return "the order was not placed" })
		h.WantCharges(1, 1)
	})
}

// If the policy asks for approvals, a press makes a card that waits for them in the reminder's
// thread, and the last one places the order.
func TestReminderPress_NeedsApproval(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		m := reminded(h, "approvals: [{name: all, approvers: ["+stage.Bob+"], requester_counts: true}]")
		h.Click(stage.Alice, m, "remind_extend_1")
		card := h.WaitMessage(func(now slacksim.Message) bool { return servicetest.IsReply(now, m) && servicetest.IsOpen(now) })
		waitChanged(h, m, "<@"+stage.Alice+">", false)
		h.WantCharges(0, 0)
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitReply(m, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// What a press on a reminder may not do is refused in words, nothing is recorded, and the
// buttons stay.
func TestReminderPress_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy, user, says string
	}{
		"over a limit": {"limits: [{per: all, within: 24h, hours: 12}]", stage.Alice, "limit"},
		"a stranger":   {"", stage.Mallory, "not on the list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t, slacksim.Config{})
			m := reminded(h, c.policy)
			wantParts(t, h.AnswerToClick(c.user, m, "remind_extend_1"), c.says)
			if now, _ := h.Slack.Message(stage.Ops, m.TS); !isReminder(now) {
				t.Errorf("the reminder is now\n%s", now.Flat())
			}
			if list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 10); err != nil || len(list) != 0 {
				t.Errorf("%d orders: %v", len(list), err)
			}
			h.WantCharges(0, 0)
		})
	}
}

// If 0xhost refuses the order of a press, the thread says why, the buttons return, and the next
// press can extend the server.
func TestReminderPress_RefusedByHost(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	m := reminded(h)
	h.Oxhost.SetBalance(stage.AliceAccount, euros(0))
	h.Click(stage.Alice, m, "remind_extend_1")
	h.WaitReply(m, "balance")
	m = waitChanged(h, m, "web-1", true)
	h.Oxhost.SetBalance(stage.AliceAccount, euros(100))
	h.Click(stage.Bob, m, "remind_extend_1")
	h.WaitReply(m, servicetest.Receipt)
	waitChanged(h, m, "<@"+stage.Bob+">", false)
	h.WantCharges(1, 2)
}

// If the answer to the order of a press is lost, nobody can press again until it is found, with
// the list that was read for the reminder as its baseline, or settled.
func TestReminderPress_UnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]oxhostsim.Stage{"found": oxhostsim.AfterCharge, "not placed": oxhostsim.BeforeCharge} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t, slacksim.Config{})
			h.Options = append(h.Options, servicetest.FastLookups)
			m := reminded(h, "admins: ["+stage.Carol+"]")
			h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: when}, 1)
			button, _ := m.Button("remind_extend_1")
			h.Click(stage.Alice, m, "remind_extend_1")
			h.WaitReply(m, "may or may not have been spent")
			h.ClickRaw(stage.Bob, m, "remind_extend_1", button.Value)
			h.WaitEphemeral(stage.Bob, "<@"+stage.Alice+">")
			if when == oxhostsim.AfterCharge {
				h.WaitReply(m, "It went through after all")
				waitChanged(h, m, "<@"+stage.Alice+">", false)
				h.WantCharges(1, 1)
				return
			}
			question := h.WaitMessage(func(now slacksim.Message) bool {
				_, asks := now.Button("order_settle_not_placed")
				return asks && servicetest.IsReply(now, m)
			})
			h.Click(stage.Carol, question, "order_settle_not_placed")
			m = waitChanged(h, m, "web-1", true)
			h.Click(stage.Bob, m, "remind_extend_1")
			h.WaitReply(m, servicetest.Receipt)
			h.WantCharges(1, 2)
		})
	}
}

// Two replicas remind once, and both take presses.
func TestReminderPress_TwoReplicas(t *testing.T) {
	t.Parallel()
	servicetest.OnPostgres(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Settings.SlackConnections = 1
		h.Options = append(h.Options, service.WithPollEvery(200*time.Millisecond))
		h.UsePolicy(expiring())
		h.Settings.RemindChannel = stage.Ops
		h.Start()
		startReplica(h)
		h.WaitConnections(2)
		m := waitReminder(h)
		b, _ := m.Button("remind_extend_1")
		for _, who := range []string{stage.Alice, stage.Bob} { // one for each replica
			h.ClickRaw(who, m, "remind_extend_1", b.Value)
		}
		h.WaitReply(m, servicetest.Receipt)
		waitChanged(h, m, "<@", false)
		h.WantCharges(1, 1)
		count := 0
		for _, m := range h.Slack.Messages(stage.Ops) {
			if m.ThreadTS == "" || m.ThreadTS == m.TS {
				count++
			}
		}
		if count != 1 {
			t.Errorf("%d reminders:\n%s", count, h.ChannelText(stage.Ops))
		}
	})
}

// If the price rises after the reminder was posted, a press on what it showed then orders
// nothing. The reminder shows the new price, and a press on that orders.
func TestReminderPress_PriceRises(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	policy := expiring()
	m := remindedWith(h, policy)
	old, _ := m.Button("remind_extend_1")
	h.UsePolicy(strings.Replace(policy, "12.99", "99.99", 1))
	h.ClickRaw(stage.Alice, m, "remind_extend_1", old.Value)
	h.WaitEphemeral(stage.Alice, "3.33")
	m = waitChanged(h, m, "3.33", true)
	h.WantCharges(0, 0)
	h.Click(stage.Alice, m, "remind_extend_1")
	h.WaitReply(m, servicetest.Receipt)
	h.WantCharges(1, 1)
}

// The buttons of a reminder work after reminders were switched off, it follows what becomes of
// them, and nobody is reminded.
func TestReminderPress_SwitchedOff(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	m := reminded(h)
	h.Stop()
	h.Settings.RemindBefore = nil
	h.Start()
	h.Click(stage.Alice, m, "remind_extend_1")
	h.WaitReply(m, servicetest.Receipt)
	h.WaitMessage(func(now slacksim.Message) bool { return now.TS == m.TS && !isReminder(now) })
	h.WantCharges(1, 1)
}
