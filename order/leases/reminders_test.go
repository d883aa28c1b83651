package leases_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/order"
	"extendbot/order/leases"
)

// said returns what was posted: where, and of which servers and thresholds.
func (w *world) said() (list []string) {
	for _, p := range w.slack.posts {
		list = append(list, fmt.Sprintf("%s %s %s", p.to, p.server, p.before))
	}
	return list
}

func wantSaid(t *testing.T, w *world, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.said()); diff != "" {
		t.Errorf("what was posted (-want +got):\n%s", diff)
	}
	w.slack.posts = nil
}

// rented returns a world with one process, in which web-1 runs for some hours.
func rented(t *testing.T, hours order.Hours) *world {
	t.Helper()
	w := newWorld(t, 1)
	w.place("web-1", hours, time.Time{}, "", true)
	w.settle()
	return w
}

// to moves the clock to a time before the lease of web-1 ends, and lets everything happen
// that is due.
func (w *world) to(before time.Duration) {
	w.now = w.expiry("web-1").Add(-before)
	w.settle()
}

// Each threshold gets one reminder, and an extension starts anew.
func TestReminders_EachThreshold(t *testing.T) {
	t.Parallel()
	w := rented(t, 72)
	wantSaid(t, w)
	w.to(24*time.Hour + 5*time.Minute)
	wantSaid(t, w)
	w.to(24 * time.Hour)
	w.to(20 * time.Hour)
	wantSaid(t, w, "C1 web-1 24h0m0s")
	w.to(2 * time.Hour)
	w.to(time.Minute)
	wantSaid(t, w, "C1 web-1 2h0m0s")
	w.place("web-1", 24, time.Time{}, "", true)
	w.settle()
	wantSaid(t, w)
	w.to(2 * time.Hour)
	w.to(-time.Hour)
	wantSaid(t, w, "C1 web-1 2h0m0s")
}

// What was missed while no process ran comes once. After the end of the lease, nothing does.
func TestReminders_Downtime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back time.Duration // before the end
		want []string
	}{
		"before the end": {time.Hour, []string{"C1 web-1 2h0m0s"}},
		"after the end":  {-time.Hour, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rented(t, 72)
			w.procs[0].die()
			w.to(24 * time.Hour)
			w.start()
			w.to(c.back)
			wantSaid(t, w, c.want...)
		})
	}
}

// Nobody is reminded of a lease after somebody stopped that, until the server is extended.
func TestReminders_Stopped(t *testing.T) {
	t.Parallel()
	w := rented(t, 72)
	w.to(24 * time.Hour)
	w.stop("web-1")
	w.to(2 * time.Hour)
	wantSaid(t, w, "C1 web-1 24h0m0s")
	w.place("web-1", 72, time.Time{}, "", true)
	w.to(24 * time.Hour)
	wantSaid(t, w, "C1 web-1 24h0m0s")
	w.stop("web-1")
	w.to(-time.Hour)
	if n := w.slack.lines[fmt.Sprintf("web-1 %d", w.expiry("web-1").Unix())]; n != 0 {
		t.Errorf("%d lines say that the server that nobody wanted has run out", n)
	}
}

// A reminder that was posted and could not be recorded is recorded later, and not posted
// again. The same is true of the line that follows.
func TestReminders_RecordFails(t *testing.T) {
	t.Parallel()
	w := rented(t, 72)
	w.procs[0].awayNext = true
	w.to(24 * time.Hour)
	w.procs[0].away = false
	w.to(23 * time.Hour)
	wantSaid(t, w, "C1 web-1 24h0m0s")
	key := fmt.Sprintf("web-1 %d", w.expiry("web-1").Unix())
	w.place("web-1", 24, time.Time{}, "", true)
	w.procs[0].awayNext = true
	w.settle()
	w.procs[0].away = false
	w.settle()
	open, _ := w.ledger.OpenReminders(t.Context())
	if w.slack.lines[key] != 1 || len(open) != 0 {
		t.Errorf("%d lines follow; open are %+v", w.slack.lines[key], open)
	}
}

// One line follows the last reminder of a lease, in its thread, unless the receipt is there.
func TestReminders_LineFollowsLast(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(w *world)
		want int
		of   string
	}{
		"extended":               {func(w *world) { w.place("web-1", 24, time.Time{}, "", true) }, 1, "C1:2"},
		"passed":                 {func(w *world) { w.now = w.expiry("web-1") }, 1, "C1:2"},
		"pressed on the last":    {func(w *world) { w.place("web-1", 24, w.expiry("web-1"), "C1:2", true) }, 0, ""},
		"pressed on the first":   {func(w *world) { w.place("web-1", 24, w.expiry("web-1"), "C1:1", true) }, 1, "C1:2"},
		"bought elsewhere":       {func(w *world) { w.elsewhere("web-1", 24) }, 1, "C1:2"},
		"settled without a time": {func(w *world) { w.place("web-1", 24, time.Time{}, "", false) }, 1, "C1:2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rented(t, 72)
			w.to(24 * time.Hour)
			w.to(2 * time.Hour)
			key := fmt.Sprintf("web-1 %d", w.expiry("web-1").Unix())
			c.end(w)
			w.settle()
			if w.slack.lines[key] != c.want || w.slack.lineOf != c.of {
				t.Errorf("%d lines follow, the last one in the thread of %q", w.slack.lines[key], w.slack.lineOf)
			}
			for ref, v := range w.slack.shown {
				if got := v.Rows[0].State; got == leases.StateOpen {
					t.Errorf("%s still has buttons", ref)
				}
			}
		})
	}
}

// elsewhere buys hours outside of the program.
func (w *world) elsewhere(server string, hours order.Hours) {
	w.orders++
	w.now = w.now.Add(2 * time.Second)
	w.lines = append(w.lines, order.HostOrder{ID: fmt.Sprint("h", w.orders), AccountID: "other", ServerID: server, Status: order.HostCompleted, Hours: hours, CreatedAt: w.now})
}

// Of several processes, one reminds. When it dies, another one does when its claim has ended.
func TestReminders_OneProcess(t *testing.T) {
	t.Parallel()
	w := rented(t, 72)
	w.start()
	w.start()
	w.to(24 * time.Hour)
	wantSaid(t, w, "C1 web-1 24h0m0s")
	w.place("web-1", 24, time.Time{}, "", true)
	w.slack.during = func() { w.procs[1].WakeStep(t.Context()) }
	w.to(23 * time.Hour)
	wantSaid(t, w, "C1 web-1 24h0m0s")
	w.procs[0].die()
	w.now = w.expiry("web-1").Add(-2 * time.Hour)
	for range 14 {
		w.now = w.now.Add(5 * time.Second)
		w.procs[1].Step(t.Context())
		w.procs[2].Step(t.Context())
	}
	wantSaid(t, w, "C1 web-1 2h0m0s")
}

// The buttons of a reminder disappear while somebody's press is an order, and come back when
// that ends without having been placed.
func TestReminders_ButtonsReturn(t *testing.T) {
	t.Parallel()
	w := rented(t, 72)
	w.to(24 * time.Hour)
	o := order.Order{ID: "o9", RequestKey: "o9", Version: 1, State: order.Pending, Server: order.Server{ID: "web-1"}, Account: "acc", Hours: 24, Lease: w.expiry("web-1"), Thread: "C1:1"}
	for _, c := range []struct {
		state order.State
		want  leases.State
	}{
		{order.Pending, leases.StateOrdered}, {order.Placing, leases.StateOrdered}, {order.Unknown, leases.StateOrdered},
		{order.Refused, leases.StateOpen}, {order.Pending, leases.StateOrdered}, {order.Declined, leases.StateOpen},
		{order.Placed, leases.StateOrdered}, // and its receipt states the old expiry
	} {
		o.State = c.state
		w.ledger.Put(o)
		w.settle()
		if got := w.slack.shown["C1:1"].Rows[0].State; got != c.want {
			t.Errorf("%s: the reminder shows %s, want %s", c.state, got, c.want)
		}
	}
}

// What is due together goes into messages of at most ten servers, one for each channel.
func TestReminders_Together(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.channel = ""
	for i := range 12 {
		w.place(fmt.Sprintf("srv-%02d", i), 30, time.Time{}, "", true)
	}
	w.place("web-1", 30, time.Time{}, "", true)
	w.ledger.Edit("o13", func(o *order.Order) { o.Channel = "C2" })
	w.start()
	w.to(23 * time.Hour)
	var sizes []string
	for ref, v := range w.slack.shown {
		sizes = append(sizes, fmt.Sprintf("%s %d", ref[:2], len(v.Rows)))
	}
	slices.Sort(sizes)
	if diff := cmp.Diff([]string{"C1 10", "C1 2", "C2 1"}, sizes); diff != "" {
		t.Error(diff)
	}
}

// A channel that fails for a while holds up no other, and gets its reminder later. One that is
// gone has its reminders sent to the admins, and so has a server without a channel.
func TestReminders_ChannelFails(t *testing.T) {
	t.Parallel()
	two := func(fails string, admins ...string) *world {
		w := newWorld(t, 0)
		w.channel, w.admins, w.slack.fails = "", admins, fails
		w.place("web-1", 30, time.Time{}, "", true)
		w.place("db-1", 30, time.Time{}, "", true)
		w.ledger.Edit("o2", func(o *order.Order) { o.Channel = "C2" })
		w.start()
		w.to(23 * time.Hour)
		return w
	}
	w := two("temporary C2", "UADMIN")
	wantSaid(t, w, "C1 web-1 24h0m0s")
	if w.slack.tries > 8 {
		t.Errorf("%d tries in two minutes", w.slack.tries)
	}
	w.slack.fails = ""
	w.settle()
	wantSaid(t, w, "C2 db-1 24h0m0s")

	w = two("unpostable", "UADMIN", "UOTHER")
	said := w.said()
	slices.Sort(said)
	if diff := cmp.Diff([]string{"UADMIN db-1 24h0m0s", "UADMIN web-1 24h0m0s", "UOTHER db-1 24h0m0s", "UOTHER web-1 24h0m0s"}, said); diff != "" {
		t.Error(diff)
	}
	for ref, v := range w.slack.shown {
		if v.Unposted == "" || v.NoChannel {
			t.Errorf("%s does not say where it belongs: %+v", ref, v)
		}
	}

	w = two("unpostable")
	wantSaid(t, w)
	if s := w.procs[0].Stats(); s.Overdue < time.Hour-time.Minute || !slices.Contains(w.results, leases.Failed) {
		t.Errorf("a reminder that nobody gets: %+v, results %v", s, w.results)
	}
	w.admins, w.slack.fails = []string{"UADMIN"}, ""
	w.now = w.now.Add(11 * time.Minute)
	w.settle()
	if n := len(w.slack.posts); n != 2 || w.procs[0].Stats().Overdue != 0 {
		t.Errorf("%d posts, %+v", n, w.procs[0].Stats())
	}

	w = newWorld(t, 0)
	w.channel = ""
	w.policy["web-1"] = w.now.Add(time.Hour)
	w.start()
	w.settle()
	wantSaid(t, w, "UADMIN web-1 2h0m0s")
	if v := w.slack.shown["UADMIN:1"]; !v.NoChannel {
		t.Errorf("it does not say that no channel is known: %+v", v)
	}
}

// amount returns an amount of money; null for "".
func amount(s string) decimal.NullDecimal {
	if s == "" {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(decimal.RequireFromString(s))
}

// A server that 0xhost renews by itself, as it said lately, is no reason for a reminder, unless
// the balance does not cover the next period or one of the two is not known. If it said so
// longer ago, the last threshold gets one.
func TestReminders_AutoRenew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hours          order.Hours
		price, balance string
		want           []string
	}{
		"the balance covers it":     {30, "12.99", "12.99", nil},
		"the balance is too low":    {30, "12.99", "12.98", []string{"C1 web-1 24h0m0s", "C1 web-1 2h0m0s"}},
		"the balance is not known":  {30, "12.99", "", []string{"C1 web-1 24h0m0s", "C1 web-1 2h0m0s"}},
		"the price is not known":    {30, "", "100", []string{"C1 web-1 24h0m0s", "C1 web-1 2h0m0s"}},
		"it was said long ago":      {9 * 24, "12.99", "12.99", []string{"C1 web-1 2h0m0s"}},
		"long ago, and too low":     {9 * 24, "12.99", "1", []string{"C1 web-1 2h0m0s"}},
		"it becomes long ago later": {7*24 + 10, "12.99", "12.99", []string{"C1 web-1 2h0m0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rented(t, c.hours)
			w.ledger.Edit("o1", func(o *order.Order) { o.Receipt.AutoRenew, o.Receipt.PlanPrice = true, amount(c.price) })
			w.balance = order.Balance{Amount: amount(c.balance), At: w.now}
			w.to(24 * time.Hour)
			w.to(2 * time.Hour)
			wantSaid(t, w, c.want...)
		})
	}
}

// A reminder says when the balance does not cover one more day of the servers of an account that
// will run out. A balance that was read more than an hour ago says nothing.
func TestReminders_Needs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		balance string
		age     time.Duration
		want    string
	}{
		"covered":     {"0.48", 0, ""},
		"not covered": {"0.47", 0, "acc 0.48 for 2"},
		"too old":     {"0.47", 61 * time.Minute, ""},
		"nothing":     {"0", 0, "acc 0.48 for 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rented(t, 30)
			w.place("db-1", 30, time.Time{}, "", true)
			w.now = w.expiry("web-1").Add(-23 * time.Hour)
			w.balance = order.Balance{Amount: decimal.NewNullDecimal(decimal.RequireFromString(c.balance)), At: w.now.Add(-c.age)}
			w.settle()
			got := ""
			for _, n := range w.slack.shown["C1:1"].Needs {
				got += fmt.Sprintf("%s %s for %d", n.Account, n.Amount, n.Servers)
			}
			if got != c.want {
				t.Errorf("it needs %q, want %q", got, c.want)
			}
		})
	}
}

// Stats count the leases that are known, and how long a reminder waits, in each process.
func TestReminders_Stats(t *testing.T) {
	t.Parallel()
	w := rented(t, 72)
	w.place("db-1", 20, time.Time{}, "", true)
	w.start()
	w.settle()
	if diff := cmp.Diff(leases.Stats{Known: 2, Expiring: 1}, w.procs[1].Stats()); diff != "" {
		t.Error(diff)
	}
	w.slack.fails = "temporary"
	w.to(24*time.Hour - 10*time.Minute)
	for _, p := range w.procs {
		if late := p.Stats().Overdue; late < 10*time.Minute || late > 15*time.Minute {
			t.Errorf("the oldest reminder waits for %s", late)
		}
	}
}

// An open reminder, which is looked at each two seconds, does not make the leases of all
// servers be read.
func TestReminders_FollowReadsFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.place("db-1", 720, time.Time{}, "", true)
	w.place("web-1", 72, time.Time{}, "", true)
	w.settle()
	w.to(24 * time.Hour)
	wantSaid(t, w, "C1 web-1 24h0m0s")
	w.procs[0].Step(t.Context()) // looks at all leases
	w.now = w.now.Add(3 * time.Second)
	w.procs[0].reads = map[string]int{}
	w.procs[0].Step(t.Context())
	if diff := cmp.Diff(map[string]int{"web-1": 1}, w.procs[0].reads); diff != "" {
		t.Errorf("leases that were read (-want +got):\n%s", diff)
	}
}

// A process that was cut off from the ledger after a post records it late. By then another
// process has reminded of the next lease, and that is not repeated.
func TestReminders_RecordedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.place("web-1", 48, time.Time{}, "", true)
	w.procs[0].awayNext = true
	w.next(1)
	w.settle()
	w.place("web-1", 48, time.Time{}, "", true)
	w.next(1)
	w.settle()
	posts := len(w.slack.posts)
	w.procs[0].away = false
	w.now = w.now.Add(time.Hour)
	w.settle()
	w.check()
	if again := len(w.slack.posts) - posts; posts != 3 || again != 0 {
		t.Errorf("%d posts, and %d after the process was back: %+v", posts, again, w.slack.posts)
	}
}
