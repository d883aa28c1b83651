package order_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// throttled is the answer of a host that gets too many requests.
func throttled(retryAfter time.Duration) error {
	return &order.PlaceError{Verdict: order.Throttled, Reason: "slow down", RetryAfter: retryAfter}
}

// steady makes a Desk's pauses exact.
func steady(c *order.Config) { c.Jitter = func() float64 { return 0 } }

// sends records when the host gets the order, and answers the n-th time, from 1,
// with answers[n-1], or the last of them.
func (d *desk) sends(answers ...error) *[]time.Duration {
	began, at := time.Now(), &[]time.Duration{}
	d.host.answer = func(_ context.Context, n int) error {
		*at = append(*at, time.Since(began))
		return answers[min(n, len(answers))-1]
	}
	return at
}

// approved returns an order with a baseline that is confirmed.
func (d *desk) approved() order.Order {
	d.t.Helper()
	o := d.request()
	d.baseline(o.ID)
	d.confirm(o.ID)
	return o
}

// work calls Place of these processes in turn when it is due, until there is
// nothing more to do.
func (d *desk) work(id order.ID, processes ...*order.Desk) {
	d.t.Helper()
	for i := range 1000 {
		err := processes[i%len(processes)].Place(d.t.Context(), id)
		if err == nil {
			return
		}
		pass(time.Until(wantLater(d.t, err)))
	}
	d.t.Fatal("it does not end")
}

// An order that the host throttles is sent again after growing pauses, six times
// in all. Each further send is permitted by the ledger first, with the evidence.
func TestResend_SixSendsWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, steady)
		at := d.sends(throttled(0))
		o := d.approved()
		d.work(o.ID, d.Desk)
		got := d.wantState(o.ID, order.Unknown)
		want := []time.Duration{0, 10 * time.Second, 25 * time.Second, 45 * time.Second, 70 * time.Second, 100 * time.Second}
		for i := range *at {
			(*at)[i] = (*at)[i].Round(time.Millisecond)
		}
		if diff := cmp.Diff(want, *at); diff != "" {
			t.Error(diff)
		}
		permits := 0
		for _, e := range d.ledger.History(o.ID) {
			if e.To == order.Placing && strings.Contains(e.Why, "show nothing new") {
				permits++
			}
		}
		if permits != 5 || got.ThrottledAt.IsZero() || !strings.Contains(got.Reason, "slow down") {
			t.Errorf("%d of 5 further sends were permitted; order %+v", permits, got)
		}
	})
}

// An order that was throttled for a minute is placed once. It is not sent before
// two complete lists, ten seconds apart, show nothing new; the second one is
// read just before.
func TestResend_ListsBeforeEachSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, steady)
		var reads []time.Time
		d.hostList.read = func() { reads = append(reads, time.Now()) }
		o := d.approved()
		reads = nil
		last := 0
		d.host.answer = func(_ context.Context, n int) error {
			if n == 1 {
				return throttled(0)
			}
			fresh := reads[last:]
			last = len(reads)
			if len(fresh) != 2 || fresh[1].Sub(fresh[0]) < 10*time.Second || time.Since(fresh[1]) > 0 {
				t.Errorf("send %d after the lists %v", n, fresh)
			}
			if n < 5 {
				return throttled(0)
			}
			return nil
		}
		d.work(o.ID, d.Desk)
		if got := d.wantState(o.ID, order.Placed); got.Receipt.OrderID != "h-5" {
			t.Errorf("receipt %+v", got.Receipt)
		}
	})
}

// A list that shows anything that may be the order ends it as unknown after one
// send, whatever the line says about hours, type, status, account and time.
func TestResend_NothingNewIsStrict(t *testing.T) {
	for name, edit := range map[string]func(*order.HostOrder){
		"the order itself": func(*order.HostOrder) {},
		"no server":        func(l *order.HostOrder) { l.ServerID = "" },
		"other hours":      func(l *order.HostOrder) { l.Hours = 1 },
		"no hours":         func(l *order.HostOrder) { l.Hours = 0 },
		"another type":     func(l *order.HostOrder) { l.Type = "scale_server" },
		"failed":           func(l *order.HostOrder) { l.Status = "failed" },
		"another account":  func(l *order.HostOrder) { l.AccountID = "other" },
		"long ago":         func(l *order.HostOrder) { l.CreatedAt = l.CreatedAt.Add(-240 * time.Hour) },
	} {
		for _, later := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDesk(t)
					d.sends(throttled(0))
					d.list(line("old"), line("older", func(l *order.HostOrder) { l.ServerID = "" }))
					o := d.approved()
					_ = d.Place(t.Context(), o.ID)
					if later { // only the second list shows it
						wantLater(t, d.Place(t.Context(), o.ID))
						pass(10 * time.Second)
					}
					d.list(line("new", edit))
					d.work(o.ID, d.Desk)
					got := d.wantState(o.ID, order.Unknown)
					if d.host.count() != 1 || !strings.Contains(got.Reason, "new") {
						t.Errorf("%d sent, reason %q", d.host.count(), got.Reason)
					}
				})
			})
		}
	}
}

// Orders for other servers, older ones and those of other receipts in the list
// do not stop an order from being sent again.
func TestResend_OtherOrdersInTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.sends(throttled(0), nil)
		d.list(line("old"))
		o := d.approved()
		d.list(line("elsewhere", func(l *order.HostOrder) { l.ServerID = "srv-2" }), line("ours"))
		d.ledger.Put(order.Order{ID: "other", State: order.Placed, Receipt: &order.Receipt{OrderID: "ours"}})
		d.work(o.ID, d.Desk)
		d.wantState(o.ID, order.Placed)
		if d.host.count() != 2 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

// A charge behind a 429 that the list shows within the time of the two checks
// never leads to a second send; the lookup finds it.
func TestResend_ChargedBehindThe429(t *testing.T) {
	for _, lag := range []time.Duration{0, time.Second, 10*time.Second - time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, steady)
			o := d.approved()
			d.host.answer = func(context.Context, int) error {
				made := line("new")
				time.AfterFunc(lag, func() { d.list(made) })
				return throttled(0)
			}
			d.work(o.ID, d.Desk)
			d.wantState(o.ID, order.Unknown)
			d.follow(o.ID)
			if got := d.wantState(o.ID, order.Placed); got.Receipt.OrderID != "new" || d.host.count() != 1 {
				t.Errorf("lag %s: %d sent, receipt %+v", lag, d.host.count(), got.Receipt)
			}
		})
	}
}

// Without a complete baseline, a host's list, or a complete list within two
// minutes, a throttled order is sent once and becomes unknown. A Retry-After that
// leads beyond the two minutes ends it at once.
func TestResend_OnlyWithLists(t *testing.T) {
	for name, c := range map[string]struct {
		edit       func(*desk, order.ID)
		retryAfter time.Duration
		noBaseline bool
		waits      bool // for a list
	}{
		"no baseline": {noBaseline: true},
		"an incomplete baseline": {edit: func(d *desk, id order.ID) {
			d.ledger.PutBaseline(id, order.Baseline{At: time.Now()})
		}},
		"lists are not read":        {edit: func(d *desk, _ order.ID) { d.Desk = d.process("p1", func(c *order.Config) { c.HostOrders = nil }) }},
		"no list":                   {waits: true, edit: func(d *desk, _ order.ID) { d.hostList.err = errors.New("404") }},
		"incomplete lists":          {waits: true, edit: func(d *desk, _ order.ID) { d.hostList.part = true }},
		"lists do not come":         {waits: true, edit: func(d *desk, _ order.ID) { d.hostList.hang = true }},
		"Retry-After is too long":   {retryAfter: 111 * time.Second},
		"Retry-After is a day long": {retryAfter: 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.sends(throttled(c.retryAfter))
				o := d.request()
				if !c.noBaseline {
					d.baseline(o.ID)
				}
				if c.edit != nil {
					c.edit(d, o.ID)
				}
				d.confirm(o.ID)
				began := time.Now()
				d.work(o.ID, d.Desk)
				d.wantState(o.ID, order.Unknown)
				took := time.Since(began)
				if d.host.count() != 1 || took > order.PlaceWindow || c.waits != (took > time.Minute) {
					t.Errorf("%d sent, it took %s", d.host.count(), took)
				}
				if c.waits && d.hostList.reads > 14 {
					t.Errorf("%d lists were read", d.hostList.reads)
				}
			})
		})
	}
}

// The host's Retry-After is honored, for the lists too.
func TestResend_RetryAfterIsHonored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		at := d.sends(throttled(60*time.Second), nil)
		o := d.approved()
		d.hostList.read = func() {
			if now := (*at)[0]; len(*at) == 1 && now != 0 {
				t.Error("unexpected")
			}
			if waited := time.Since(o.CreatedAt); waited < 60*time.Second {
				t.Errorf("a list was read after %s", waited)
			}
		}
		d.work(o.ID, d.Desk)
		d.wantState(o.ID, order.Placed)
		if len(*at) != 2 || (*at)[1] < 70*time.Second {
			t.Errorf("sent at %v", *at)
		}
	})
}

// Another process, or a restarted one, starts the checks over. A first list of
// its own, at least ten seconds old, is enough for each process.
func TestResend_ChecksStartOverElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, steady)
		at := d.sends(throttled(0), nil)
		o := d.approved()
		_ = d.Place(t.Context(), o.ID)
		wantLater(t, d.Place(t.Context(), o.ID)) // its first list
		pass(10 * time.Second)
		d.work(o.ID, d.process("p2", steady))
		d.wantState(o.ID, order.Placed)
		if len(*at) != 2 || (*at)[1] < 20*time.Second {
			t.Errorf("sent at %v", *at)
		}

		d = newDesk(t, steady)
		at = d.sends(throttled(0), nil)
		o = d.approved()
		_ = d.Place(t.Context(), o.ID)
		d.work(o.ID, d.Desk, d.process("p2", steady), d.process("p3", steady)) // they take turns
		d.wantState(o.ID, order.Placed)
		if len(*at) != 2 || (*at)[1] < 10*time.Second || (*at)[1] > 40*time.Second {
			t.Errorf("sent at %v", *at)
		}
	})
}

// Of many processes that check a throttled order at once, one sends it.
func TestResend_ManyProcessesSendOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.sends(throttled(0), nil)
		o := d.approved()
		_ = d.Place(t.Context(), o.ID)
		var wg sync.WaitGroup
		for i := range 10 {
			p := d.process("p" + string(rune('a'+i)))
			wg.Go(func() {
				d.work(o.ID, p)
			})
		}
		wg.Wait()
		d.wantState(o.ID, order.Placed)
		if d.host.count() != 2 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

// An order that was throttled once never ends as refused, whatever happens to
// its later attempts: nobody may be told that nothing was charged.
func TestResend_NeverRefused(t *testing.T) {
	neverSent := &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
	for name, c := range map[string]struct {
		answers []error
		want    order.State
	}{
		"then never sent":             {[]error{throttled(0), neverSent}, order.Unknown},
		"then refused":                {[]error{throttled(0), &order.PlaceError{Verdict: order.RefusedByHost, Reason: "no money"}}, order.Unknown},
		"then lost":                   {[]error{throttled(0), errors.New("lost")}, order.Unknown},
		"then never sent for a while": {[]error{throttled(0), neverSent, neverSent, nil}, order.Placed},
		"never sent before":           {[]error{neverSent, neverSent, throttled(0), nil}, order.Placed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				at := d.sends(c.answers...)
				o := d.approved()
				d.work(o.ID, d.Desk)
				got := d.wantState(o.ID, c.want)
				if len(*at) > 6 || got.ThrottledAt.IsZero() {
					t.Errorf("sent at %v, throttled at %s", *at, got.ThrottledAt)
				}
				if c.want == order.Unknown && name != "then lost" && !strings.Contains(got.Reason, "may have charged") {
					t.Errorf("reason %q", got.Reason)
				}
			})
		})
	}
}

// A throttled order that is found hours later becomes unknown and is not sent.
func TestResend_FoundHoursLater(t *testing.T) {
	for _, later := range []time.Duration{3 * time.Minute, 3 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			d.sends(throttled(0))
			o := d.approved()
			_ = d.Place(t.Context(), o.ID)
			pass(later)
			d.work(o.ID, d.process("p2"))
			d.wantState(o.ID, order.Unknown)
			if d.host.count() != 1 {
				t.Errorf("%d sent", d.host.count())
			}
		})
	}
}

// What a sender knows about a throttled attempt settles nothing: another process
// made the order unknown, and it stays unknown.
func TestResend_LateThrottledSettlesNothing(t *testing.T) {
	neverSent := &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
	for name, answers := range map[string][]error{"throttled": {throttled(0)}, "never sent": {throttled(0), neverSent}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, observer := observedDesk(t)
				o := d.approved()
				d.host.answer = func(_ context.Context, n int) error {
					if n == len(answers) {
						pass(20 * time.Second)
						late := d.process("p2", clockAhead(time.Hour)) // it assumes that this one is dead
						if err := late.Place(t.Context(), o.ID); err != nil {
							t.Error(err)
						}
					}
					return answers[n-1]
				}
				d.work(o.ID, d.Desk)
				d.wantState(o.ID, order.Unknown)
				observer.want(t)
			})
		})
	}
}

// A further attempt that the ledger did not confirm is withdrawn, not sent, and
// the checks start over.
func TestResend_UnconfirmedAttempt(t *testing.T) {
	for _, committed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, steady)
			at := d.sends(throttled(0), nil)
			o := d.approved()
			_ = d.Place(t.Context(), o.ID)
			if committed {
				d.loseCommit()
			} else {
				d.ledger.Before = func(e order.Entry) error {
					if e.To == order.Placing {
						d.ledger.Before = nil
						return &order.Error{Code: order.CodeUnavailable}
					}
					return nil
				}
			}
			d.work(o.ID, d.Desk)
			d.wantState(o.ID, order.Placed)
			if len(*at) != 2 || (*at)[1] < 20*time.Second {
				t.Errorf("sent at %v", *at)
			}
		})
	}
}

// While an order waits for its checks, a call of Place returns at once.
func TestResend_WaitingBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.sends(throttled(0))
		o := d.approved()
		for range 50 {
			began := time.Now()
			err := d.Place(t.Context(), o.ID)
			if time.Since(began) > 0 {
				t.Fatalf("it took %s", time.Since(began))
			}
			if err == nil {
				break
			}
			pass(time.Until(wantLater(t, err)))
		}
		d.wantState(o.ID, order.Unknown)
	})
}

// A jump of the clock does not shorten the time between the two lists, and does
// not make an order wait for as long as the clock was set back.
func TestResend_ClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{15 * time.Second, -15 * time.Second, time.Hour, -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			var ahead time.Duration
			d := newDesk(t, steady, func(c *order.Config) {
				c.Now = func() time.Time { return time.Now().Round(0).Add(ahead) }
			})
			at := d.sends(throttled(0), nil)
			o := d.approved()
			_ = d.Place(t.Context(), o.ID)
			_ = d.Place(t.Context(), o.ID) // the first list
			ahead = jump
			began := time.Now()
			for range 1000 {
				if d.Place(t.Context(), o.ID) == nil {
					break
				}
				pass(time.Second)
			}
			got, err := d.ledger.Order(t.Context(), o.ID)
			if err != nil || got.State != order.Placed && got.State != order.Unknown || time.Since(began) > order.PlaceWindow {
				t.Errorf("jump %s: it is %s after %s", jump, got.State, time.Since(began))
			}
			if len(*at) > 1 && (*at)[1] < 10*time.Second {
				t.Errorf("jump %s: sent at %v", jump, *at)
			}
		})
	}
}

// The pauses of an order that is never sent grow: 2, 4, 8 and then 15 seconds.
func TestPlace_NeverSentPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, steady)
		at := d.sends(&order.PlaceError{Verdict: order.NeverSent, Reason: "no route"})
		o := d.approved()
		d.work(o.ID, d.Desk)
		d.wantState(o.ID, order.Refused)
		var pauses []time.Duration
		for i := range len(*at) - 1 {
			pauses = append(pauses, (*at)[i+1]-(*at)[i])
		}
		want := append([]time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second}, slices.Repeat([]time.Duration{15 * time.Second}, 7)...)
		if diff := cmp.Diff(want, pauses); diff != "" {
			t.Error(diff)
		}
	})
}
