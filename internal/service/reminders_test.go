package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// runsOut makes web-1 end some time from now: alice orders an hour, and 0xhost's receipt
// says so. It returns the card of that order.
func runsOut(h *servicetest.Harness, in time.Duration, edit ...func(*oxhostsim.RentedServer)) slacksim.Message {
	h.T.Helper()
	r := oxhostsim.RentedServer{ID: stage.Web, OwnerID: stage.AliceAccount, ExpireDate: time.Now().Add(in - time.Hour)}
	for _, e := range edit {
		e(&r)
	}
	h.Oxhost.AddServer(r)
	return h.Order("web-1 1")
}

// isReminder reports whether a message reminds of a server and has its buttons.
func isReminder(m slacksim.Message) bool {
	_, extends := m.Button("remind_extend_1")
	return extends
}

// waitReminder waits for a reminder with buttons in the channel, other than these.
func waitReminder(h *servicetest.Harness, other ...slacksim.Message) slacksim.Message {
	h.T.Helper()
	return h.WaitMessage(func(m slacksim.Message) bool {
		for _, o := range other {
			if m.TS == o.TS {
				return false
			}
		}
		return isReminder(m)
	})
}

// reminders returns the reminders that appeared so far in a bubble, wherever.
func reminders(h *servicetest.Harness) []servicetest.Sighting {
	return h.Seen(func(s servicetest.Sighting) bool { return !s.Changed && s.Only == "" && s.Buttons >= 4 })
}

// wantReminders fails the test unless reminders appeared at these times, give or take two
// seconds, and nowhere else than in these channels.
func wantReminders(h *servicetest.Harness, channel string, at ...time.Time) []servicetest.Sighting {
	h.T.Helper()
	got := reminders(h)
	text := ""
	for _, s := range got {
		text += fmt.Sprintf("%s in %s: %s\n", s.At.UTC().Format(time.DateTime), s.Channel, s.Text)
	}
	if len(got) != len(at) {
		h.T.Fatalf("%d reminders, want %d:\n%s", len(got), len(at), text)
	}
	for i, s := range got {
		if late := s.At.Sub(at[i]); late < 0 || late > 2*time.Second || s.Channel != channel {
			h.T.Errorf("reminder %d came %s too late, in %s, want %s:\n%s", i+1, late, s.Channel, channel, text)
		}
	}
	return got
}

// A server is reminded of at each time of REMIND_BEFORE in the channel of its last order, with
// what extending it costs and what the account has left. A press extends it, and the next
// reminder follows the new expiry.
func TestReminder_AtEachTime(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		const first, second, next = 24 * time.Hour, 24*time.Hour - time.Minute, 48*time.Hour - 4*time.Minute
		h.Settings.RemindBefore = []time.Duration{next, first, second}
		h.Start()
		runsOut(h, first+2*time.Minute)
		ends, _ := h.Oxhost.Rented(stage.Web)
		at := func(before time.Duration) time.Time { return ends.ExpireDate.Add(-before) }
		servicetest.Pass(time.Until(at(second)) + 10*time.Second)
		seen := wantReminders(h, stage.Ops, at(first), at(second))
		for _, s := range seen {
			if !s.Says("web-1", "0.43", "3328.76") {
				t.Errorf("the reminder does not say what a day costs and what is left:\n%s", s.Text)
			}
		}
		one := waitReminder(h)
		h.Click(stage.Carol, one, "remind_extend_1")
		receipt := h.WaitReply(one, servicetest.Receipt)
		if !servicetest.Contains(receipt, "web-1") {
			t.Errorf("the receipt is\n%s", receipt.Flat())
		}
		h.WantCharges(2, 2)
		servicetest.Pass(5 * time.Second)
		for _, s := range seen {
			if m, _ := h.Slack.Message(stage.Ops, s.TS); isReminder(m) {
				t.Errorf("the reminder still has its buttons:\n%s", m.Flat())
			}
		}
		ends, _ = h.Oxhost.Rented(stage.Web)
		servicetest.Pass(time.Until(at(next)) + time.Minute)
		wantReminders(h, stage.Ops, seen[0].At, seen[1].At, at(next))
		h.Stop()
	})
}

// What had passed when the hours were bought is skipped.
func TestReminder_BoughtLate(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		runsOut(h, 2*time.Hour+2*time.Minute)
		servicetest.Pass(5 * time.Minute)
		ends, _ := h.Oxhost.Rented(stage.Web)
		wantReminders(h, stage.Ops, ends.ExpireDate.Add(-2*time.Hour))
		h.Stop()
	})
}

// What was missed while the bot was down comes once, if the server still runs.
func TestReminder_AfterDowntime(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]struct {
		until time.Duration // before the expiry
		want  int
	}{"it still runs": {50 * time.Minute, 1}, "it does not": {-time.Minute, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Settings.RemindBefore = []time.Duration{3 * time.Hour, 2 * time.Hour, time.Hour}
				h.Start()
				runsOut(h, 3*time.Hour+time.Minute)
				ends, _ := h.Oxhost.Rented(stage.Web)
				h.Stop()
				servicetest.Pass(time.Until(ends.ExpireDate.Add(-down.until)))
				h.Start()
				began := time.Now()
				servicetest.Pass(10 * time.Minute)
				if down.want == 0 {
					began = time.Time{}
				}
				want := []time.Time{began}
				wantReminders(h, stage.Ops, want[:down.want]...)
				h.Stop()
			})
		})
	}
}

// Hours that were bought outside Slack move the reminders, although the list was last read
// before.
func TestReminder_BoughtElsewhere(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		runsOut(h, 24*time.Hour+2*time.Minute)
		servicetest.Pass(time.Minute + 30*time.Second)
		h.Oxhost.AddOrder(oxhostsim.Order{AccountID: stage.AliceAccount, ServerID: stage.Web, Hours: 48})
		servicetest.Pass(10 * time.Minute)
		wantReminders(h, stage.Ops)
		h.Stop()
	})
}

// A reminder whose channel is archived goes to the admins by direct message.
func TestReminder_ChannelIsArchived(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Admins = []string{stage.Bob}
		h.Start()
		runsOut(h, 24*time.Hour+2*time.Minute)
		h.Slack.AddChannel(slacksim.Channel{ID: stage.Ops, Archived: true})
		servicetest.Pass(5 * time.Minute)
		got := reminders(h)
		if len(got) != 1 || got[0].Channel != h.Slack.DirectChannel(stage.Bob) || !got[0].Says("web-1", "<#"+stage.Ops+">") {
			t.Errorf("the admin got %+v", got)
		}
		h.Stop()
	})
}

// Nobody is reminded of a server after somebody stopped that, until it is extended again.
func TestReminder_Stopped(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		const first, second, next = 24 * time.Hour, 24*time.Hour - 2*time.Minute, 25*time.Hour - 5*time.Minute
		h.Settings.RemindBefore = []time.Duration{next, first, second}
		h.Start()
		runsOut(h, first+time.Minute)
		servicetest.Pass(time.Minute)
		one := waitReminder(h)
		if answer := h.AnswerToClick(stage.Mallory, one, "remind_stop"); strings.Contains(answer, "web-1") {
			t.Errorf("a stranger is answered %q", answer)
		}
		h.AnswerToClick(stage.Carol, one, "remind_stop")
		servicetest.Pass(3 * time.Minute)
		if got := reminders(h); len(got) != 1 {
			t.Errorf("%d reminders", len(got))
		}
		h.Order("web-1 1")
		servicetest.Pass(3 * time.Minute)
		if got := reminders(h); len(got) != 2 {
			t.Errorf("%d reminders after it was extended", len(got))
		}
		h.Stop()
	})
}

// A server that 0xhost renews by itself is reminded of only if the balance does not cover that.
func TestReminder_RenewedByHost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		balance int64
		want    int
	}{"covered": {13, 0}, "not covered": {12, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Start()
				runsOut(h, 24*time.Hour+2*time.Minute, func(r *oxhostsim.RentedServer) { r.AutoRenew = true })
				h.Oxhost.SetBalance(stage.AliceAccount, euros(c.balance))
				servicetest.Pass(15 * time.Minute)
				if got := reminders(h); len(got) != c.want {
					t.Errorf("%d reminders: %+v", len(got), got)
				}
				h.Stop()
			})
		})
	}
}

// A reminder says so if the account does not have enough for another day, and who can top it up.
func TestReminder_BalanceIsLow(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Admins = []string{stage.Bob}
		h.Start()
		runsOut(h, 24*time.Hour+15*time.Minute)
		h.Oxhost.SetBalance(stage.AliceAccount, euros(0))
		servicetest.Pass(20 * time.Minute)
		if got := reminders(h); len(got) != 1 || !got[0].Says("<@"+stage.Bob+">") {
			t.Errorf("the reminders are %+v", got)
		}
		h.Stop()
	})
}

// A process that is stopped while Slack takes its time with a reminder records it: the next
// start does not post it again.
func TestReminder_StoppedWhilePosting(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		runsOut(h, 24*time.Hour+2*time.Minute)
		ends, _ := h.Oxhost.Rented(stage.Web)
		due := ends.ExpireDate.Add(-24 * time.Hour)
		h.Slack.Fail("chat.postMessage", slacksim.Fault{Delay: 2 * time.Second}, 1)
		servicetest.Pass(time.Until(due) + time.Second)
		h.Stop()
		servicetest.Pass(10 * time.Minute)
		h.Start()
		servicetest.Pass(5 * time.Minute)
		if got := reminders(h); len(got) != 1 {
			t.Errorf("%d reminders: %+v", len(got), got)
		}
		h.Stop()
	})
}

// A list of orders that hangs makes a reminder 25 seconds late, and delays no stop.
func TestReminder_ListHangs(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.RemindBefore = []time.Duration{24 * time.Hour, 24*time.Hour - 5*time.Minute}
		h.Start()
		runsOut(h, 24*time.Hour+2*time.Minute)
		ends, _ := h.Oxhost.Rented(stage.Web)
		due := ends.ExpireDate.Add(-24 * time.Hour)
		h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, -1)
		servicetest.Pass(time.Until(due) + 10*time.Second)
		if s := h.Service.Reminders.Stats(); s.Known != 1 || s.Expiring != 1 || s.Overdue < 9*time.Second {
			t.Errorf("ten seconds after it was due: %+v", s)
		}
		servicetest.Pass(20 * time.Second)
		if got := reminders(h); len(got) != 1 || got[0].At.Sub(due) > 26*time.Second {
			t.Errorf("%d reminders: %+v", len(got), got)
		}
		if s := h.Service.Reminders.Stats(); s.Overdue != 0 {
			t.Errorf("after it was posted: %+v", s)
		}
		servicetest.Pass(time.Until(due.Add(5*time.Minute + 10*time.Second))) // it hangs again
		began := time.Now()
		h.Stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the stop took %s", took)
		}
		h.Oxhost.Clear(oxhostsim.ListOrder)
	})
}

// When the policy says another expiry, reminders follow that, without a restart.
func TestReminder_PolicyChanges(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		expires := func(in time.Duration) (at time.Time) {
			at = time.Now().Add(in).UTC().Truncate(time.Minute)
			h.UsePolicy(fmt.Sprintf("servers: {web-1: {id: %s, expires: %q}}\npeople: {%s: {account: %s}}\n", stage.Web, at.Format("2006-01-02 15:04"), stage.Alice, stage.AliceAccount))
			return at
		}
		h.Settings.RemindChannel = stage.Ops
		expires(24*time.Hour + 5*time.Minute)
		h.Start()
		servicetest.Pass(time.Minute)
		expires(48 * time.Hour)
		servicetest.Pass(10 * time.Minute)
		wantReminders(h, stage.Ops)
		at := expires(24*time.Hour + 3*time.Minute)
		servicetest.Pass(5 * time.Minute)
		wantReminders(h, stage.Ops, at.Add(-24*time.Hour))
		h.Stop()
	})
}

// Servers that run out together share a message, at most ten of them.
func TestReminder_TwelveServers(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		policy := "people: {" + stage.Alice + ": {account: " + stage.AliceAccount + "}}\nservers:\n"
		at := time.Now().Add(90 * time.Minute).UTC().Format("2006-01-02 15:04")
		for i := range 12 {
			policy += fmt.Sprintf("  web-%d: {id: srv-%d, expires: %q}\n", i, i, at)
		}
		h.UsePolicy(policy)
		h.Settings.RemindChannel = stage.Ops
		h.Start()
		servicetest.Pass(2 * time.Minute)
		got := reminders(h)
		if len(got) != 2 || got[0].Buttons+got[1].Buttons != 12*4 || max(got[0].Buttons, got[1].Buttons) != 10*4 {
			t.Errorf("%d reminders: %+v", len(got), got)
		}
		h.Stop()
	})
}
