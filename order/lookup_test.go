package order_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// hostList is a host's list of orders that a test can edit.
type hostList struct {
	mu    sync.Mutex
	lines []order.HostOrder
	part  bool // the list is not complete
	err   error
	hang  bool
	reads int
	read  func() // called with each reading; may be nil
}

func (b *hostList) Orders(ctx context.Context, _ string) (order.HostOrderList, error) {
	b.mu.Lock()
	b.reads++
	list := order.HostOrderList{Orders: append([]order.HostOrder(nil), b.lines...), Complete: !b.part}
	err, hang := b.err, b.hang
	b.mu.Unlock()
	if b.read != nil {
		b.read()
	}
	if hang {
		<-ctx.Done()
		return order.HostOrderList{}, context.Cause(ctx)
	}
	return list, err
}

// count returns how often the list was read.
func (b *hostList) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads
}

func (b *hostList) edit(f func(*hostList)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b)
}

// line returns the host's line for the order that [desk.request] makes.
func line(id string, edit ...func(*order.HostOrder)) order.HostOrder {
	l := order.HostOrder{
		ID: id, AccountID: "acc", ServerID: "srv-web-1", Type: "extend", Status: "completed", Hours: 72,
		Currency: "USD", CreatedAt: time.Now().Truncate(time.Second),
	}
	for _, e := range edit {
		e(&l)
	}
	return l
}

func (d *desk) list(lines ...order.HostOrder) {
	d.hostList.edit(func(b *hostList) { b.lines = append(b.lines, lines...) })
}

func (d *desk) baseline(id order.ID) {
	d.t.Helper()
	if _, err := d.RecordBaseline(d.t.Context(), id); err != nil {
		d.t.Fatalf("baseline: %v", err)
	}
}

// lose places an order whose answer is lost. meanwhile runs during the call.
func (d *desk) lose(id order.ID, meanwhile func()) {
	d.t.Helper()
	d.host.answer = func(context.Context, int) error {
		if meanwhile != nil {
			meanwhile()
		}
		return errors.New("lost")
	}
	d.confirm(id)
	if err := d.Place(d.t.Context(), id); err != nil {
		d.t.Fatal(err)
	}
	d.wantState(id, order.Unknown)
}

// follow makes the due lookups until there are no more, and returns their times.
func (d *desk) follow(id order.ID) (at []time.Duration) {
	d.t.Helper()
	o, err := d.ledger.Order(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	for range 100 {
		reads := d.hostList.count()
		err := d.Lookup(d.t.Context(), id)
		if d.hostList.count() > reads {
			at = append(at, time.Since(o.ChangedAt))
		}
		if err == nil {
			return at
		}
		time.Sleep(time.Until(wantLater(d.t, err)))
	}
	d.t.Fatal("the lookups do not end")
	return nil
}

// A lost answer is found in the host's list and settles the order, with the
// evidence.
func TestLookup_LostAnswerIsListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.list(line("old"), line("elsewhere", func(l *order.HostOrder) { l.ServerID = "srv-2" }))
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, func() { d.list(line("new")) })
		if at := d.follow(o.ID); len(at) != 1 || at[0] != 5*time.Second {
			t.Errorf("looked up after %v", at)
		}
		got := d.wantState(o.ID, order.Placed)
		want := &order.Receipt{
			OrderID: "new", Type: "extend", Currency: "USD", Hours: 72, ServerID: "srv-web-1", OwnerID: "acc", Listed: true,
		}
		if diff := cmp.Diff(want, got.Receipt); diff != "" || got.SettledBy != order.Bot || got.Receipt.Mismatches(got) != nil {
			t.Errorf("settled by %q, mismatches %v; %s", got.SettledBy, got.Receipt.Mismatches(got), diff)
		}
		history := d.ledger.History(o.ID)
		if last := history[len(history)-1]; last.Who != order.Bot || last.Why != "found in 0xhost's list of orders as new" {
			t.Errorf("the last row of the history is %+v", last)
		}
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

// An order that is not listed is looked up on the schedule, and then left to
// people.
func TestLookup_NotListedFollowsSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, nil)
		if diff := cmp.Diff(order.LookupSchedule(), d.follow(o.ID)); diff != "" {
			t.Error(diff)
		}
		d.wantState(o.ID, order.Unknown)
	})
}

// After a restart the schedule continues. If it ended meanwhile, there is one
// last lookup.
func TestLookup_ScheduleSurvivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, nil)
		time.Sleep(100 * time.Second) // the first three were missed
		d.Desk = d.process("p2")
		want := []time.Duration{100 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}
		if diff := cmp.Diff(want, d.follow(o.ID)); diff != "" {
			t.Error(diff)
		}

		late := newDesk(t)
		o = late.request()
		late.baseline(o.ID)
		late.lose(o.ID, func() { late.list(line("new")) })
		time.Sleep(3 * time.Hour)
		late.follow(o.ID)
		late.wantState(o.ID, order.Placed)
	})
}

// An order that the host lists late is found at a later lookup.
func TestLookup_ListedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, nil)
		made := line("new")
		go func() {
			time.Sleep(4 * time.Minute)
			d.list(made)
		}()
		if at := d.follow(o.ID); at[len(at)-1] != 5*time.Minute {
			t.Errorf("looked up after %v", at)
		}
		d.wantState(o.ID, order.Placed)
	})
}

// A lookup that is not certain settles nothing.
func TestLookup_UncertainSettlesNothing(t *testing.T) {
	type world struct {
		before     []order.HostOrder // listed when the card is made
		during     []order.HostOrder // listed when the answer is lost
		edit       func(d *desk)     // what else happens then
		noBaseline bool
	}
	for name, w := range map[string]func() world{
		"nothing listed":         func() world { return world{} },
		"an identical older one": func() world { return world{before: []order.HostOrder{line("old")}} },
		"two that could be it":   func() world { return world{during: []order.HostOrder{line("a"), line("b")}} },
		"no baseline":            func() world { return world{during: []order.HostOrder{line("new")}, noBaseline: true} },
		"of another account": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.AccountID = "other" })}}
		},
		"of no account": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.AccountID = "" })}}
		},
		"for another server": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.ServerID = "srv-2" })}}
		},
		"for other hours": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.Hours = 71 })}}
		},
		"another kind": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.Type = "scale_server" })}}
		},
		"one that failed": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.Status = "failed" })}}
		},
		"made before it was sent": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.CreatedAt = l.CreatedAt.Add(-5 * time.Minute) })}}
		},
		"made long after": func() world {
			return world{during: []order.HostOrder{line("new", func(l *order.HostOrder) { l.CreatedAt = l.CreatedAt.Add(5 * time.Minute) })}}
		},
		"an incomplete list": func() world {
			return world{during: []order.HostOrder{line("new")}, edit: func(d *desk) { d.hostList.edit(func(b *hostList) { b.part = true }) }}
		},
		"an incomplete baseline": func() world {
			return world{during: []order.HostOrder{line("new")}, edit: func(d *desk) {
				for id, b := range d.ledger.Baselines() {
					b.Complete = false
					d.ledger.PutBaseline(id, b)
				}
			}}
		},
		"no list": func() world {
			return world{during: []order.HostOrder{line("new")}, edit: func(d *desk) { d.hostList.edit(func(b *hostList) { b.err = errors.New("404") }) }}
		},
		"a list that does not come": func() world {
			return world{during: []order.HostOrder{line("new")}, edit: func(d *desk) { d.hostList.edit(func(b *hostList) { b.hang = true }) }}
		},
		"the order of another order": func() world {
			return world{during: []order.HostOrder{line("new")}, edit: func(d *desk) {
				d.ledger.Put(order.Order{ID: "other", State: order.Placed, Receipt: &order.Receipt{OrderID: "new"}})
			}}
		},
		"an order that was settled as not placed": func() world {
			return world{during: []order.HostOrder{line("new")}, edit: func(d *desk) { d.rival(order.NotPlaced) }}
		},
		"an order without the host's id": func() world {
			return world{during: []order.HostOrder{line("new")}, edit: func(d *desk) { d.rival(order.Placed) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w := newDesk(t), w()
				d.list(w.before...)
				o := d.request()
				if !w.noBaseline {
					d.baseline(o.ID)
				}
				d.lose(o.ID, func() { d.list(w.during...) })
				if w.edit != nil {
					w.edit(d)
				}
				d.follow(o.ID)
				d.wantState(o.ID, order.Unknown)
				if d.host.count() != 1 {
					t.Errorf("%d sent", d.host.count())
				}
			})
		})
	}
}

// FindCandidates returns what could be the order, and settles nothing.
func TestFindCandidates_SettlesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		baseline bool
		listed   []string // while the answer is lost
		edit     func(b *hostList)
		want     order.Candidates
	}{
		"none":    {baseline: true, want: order.Candidates{Match: order.MatchNone}},
		"one":     {baseline: true, listed: []string{"a"}, want: order.Candidates{Match: order.MatchOne, IDs: []string{"a"}}},
		"several": {baseline: true, listed: []string{"a", "b"}, want: order.Candidates{Match: order.MatchSeveral, IDs: []string{"a", "b"}}},
		"part": {
			baseline: true, listed: []string{"a"}, edit: func(b *hostList) { b.part = true },
			want: order.Candidates{Match: order.MatchPartialList, IDs: []string{"a"}},
		},
		"no baseline": {listed: []string{"a"}, want: order.Candidates{Match: order.MatchNoBaseline, IDs: []string{"old", "a"}}},
		"no list":     {baseline: true, listed: []string{"a"}, edit: func(b *hostList) { b.err = errors.New("404") }, want: order.Candidates{Match: order.MatchNoList}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.list(line("old"))
			o := d.request()
			if got := d.FindCandidates(t.Context(), o); got.Match != "" || got.IDs != nil {
				t.Errorf("for an order that is not unknown it returns %+v", got)
			}
			if c.baseline {
				d.baseline(o.ID)
			}
			d.lose(o.ID, func() {
				for _, id := range c.listed {
					d.list(line(id))
				}
			})
			if c.edit != nil {
				d.hostList.edit(c.edit)
			}
			if diff := cmp.Diff(c.want, d.FindCandidates(t.Context(), d.wantState(o.ID, order.Unknown))); diff != "" {
				t.Error(diff)
			}
			d.wantState(o.ID, order.Unknown)
		})
	}
}

// rival makes another order that the listed one may belong to.
func (d *desk) rival(s order.State) {
	for _, o := range d.ledger.Orders() {
		o.ID, o.State, o.Receipt = "rival", s, &order.Receipt{}
		d.ledger.Put(o)
		return
	}
}

// A match does not depend on the time zone of the host's times.
func TestLookup_WrongTimeZone(t *testing.T) {
	for _, off := range []time.Duration{-11 * time.Hour, -15 * time.Minute, 2 * time.Hour, 345 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			o := d.request()
			d.baseline(o.ID)
			d.lose(o.ID, func() { d.list(line("new", func(l *order.HostOrder) { l.CreatedAt = l.CreatedAt.Add(off) })) })
			d.follow(o.ID)
			d.wantState(o.ID, order.Placed)
		})
	}
}

// If the list has no times, a match counts only if the baseline was recent when
// the order was sent.
func TestLookup_NoTimesOldBaseline(t *testing.T) {
	for age, want := range map[time.Duration]order.State{15 * time.Minute: order.Placed, 15*time.Minute + time.Second: order.Unknown} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, func(c *order.Config) { c.ConfirmTTL = time.Hour })
			o := d.request()
			d.baseline(o.ID)
			pass(age)
			d.lose(o.ID, func() { d.list(line("new", func(l *order.HostOrder) { l.CreatedAt = time.Time{} })) })
			d.follow(o.ID)
			d.wantState(o.ID, want)
		})
	}
}

// Without a baseline nothing is looked up, and people are asked at once.
func TestLookup_NoBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.lose(o.ID, nil)
		began := time.Now()
		if at := d.follow(o.ID); len(at) != 0 || time.Since(began) > 5*time.Second {
			t.Errorf("looked up after %v, ended after %s", at, time.Since(began))
		}
	})
}

// After people were asked, there are no more lookups.
func TestLookup_OverWhenPeopleAreAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.baseline(o.ID)
		d.lose(o.ID, func() { d.list(line("new")) })
		d.ledger.Edit(o.ID, func(o *order.Order) { o.AskedAt = time.Now() })
		time.Sleep(time.Hour)
		if at := d.follow(o.ID); len(at) != 0 {
			t.Errorf("looked up after %v", at)
		}
	})
}

// A baseline is recorded once, and only before the decision.
func TestRecordBaseline_OnceBeforeDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.list(line("old"), line("elsewhere", func(l *order.HostOrder) { l.ServerID = "srv-2" }), line("nowhere", func(l *order.HostOrder) { l.ServerID = "" }))
		o := d.request()
		d.baseline(o.ID)
		d.list(line("newer"))
		d.baseline(o.ID)
		if diff := cmp.Diff([]string{"old", "nowhere"}, d.ledger.Baselines()[o.ID].IDs); diff != "" || d.hostList.reads != 1 {
			t.Errorf("%d reads; %s", d.hostList.reads, diff)
		}

		late := newDesk(t)
		o = late.request()
		late.confirm(o.ID)
		late.baseline(o.ID)
		if len(late.ledger.Baselines()) != 0 || late.hostList.reads != 0 {
			t.Error("recorded after the decision")
		}

		// A list that arrives after the decision is not recorded.
		slow := newDesk(t)
		o = slow.request()
		slow.hostList.hang = true
		go func() {
			time.Sleep(time.Second)
			if _, err := slow.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: true}); err != nil {
				t.Errorf("confirm: %v", err)
			}
		}()
		if _, err := slow.RecordBaseline(t.Context(), o.ID); err == nil {
			t.Error("a missing list is not reported as an error")
		}
		if len(slow.ledger.Baselines()) != 0 {
			t.Error("something was recorded")
		}
	})
}

// A baseline that cannot be recorded does not stop an order.
func TestRecordBaseline_FailureStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.hostList.hang = true
		o := d.request()
		began := time.Now()
		if _, err := d.RecordBaseline(t.Context(), o.ID); err == nil || time.Since(began) > 30*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		d.confirm(o.ID)
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Placed)
	})
}

// An order that becomes unknown is due to be looked up.
func TestPlace_UnknownIsDueForLookup(t *testing.T) {
	d := newDesk(t)
	o := d.request()
	d.lose(o.ID, nil)
	for _, due := range d.ledger.DueWork() {
		if due.Work == order.WorkLookup {
			return
		}
	}
	t.Error("it is not due to be looked up")
}
