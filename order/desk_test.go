package order_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
	"extendbot/order/ordertest"
)

var (
	alice    = order.Person{Team: "T1", User: "UALICE"}
	bob      = order.Person{Team: "T1", User: "UBOB"}
	outsider = order.Person{Team: "T2", User: "UALICE"}
	stranger = order.Person{Team: "T1", User: "USTRANGER"}
)

// aliceAndBob is a policy in which alice and bob may order everything for
// themselves.
func aliceAndBob() ordertest.Rules {
	return ordertest.Rules{People: []string{"UALICE", "UBOB"}, Account: "acc", Admins: []string{"UADMIN"}}
}

// broken is a policy whose every answer is this error.
func broken(code order.Code) ordertest.Rules {
	return ordertest.Rules{Err: &order.Error{Code: code}}
}

// countingHost is a host that counts the orders sent to it.
type countingHost struct {
	mu     sync.Mutex
	sent   []order.Extension
	answer func(ctx context.Context, n int) error // n counts from 1
}

func (h *countingHost) ExtendServer(ctx context.Context, e order.Extension) (order.Receipt, error) {
	h.mu.Lock()
	h.sent = append(h.sent, e)
	n := len(h.sent)
	h.mu.Unlock()
	if h.answer != nil {
		if err := h.answer(ctx, n); err != nil {
			return order.Receipt{}, err
		}
	}
	return order.Receipt{OrderID: "h-" + strconv.Itoa(n), Type: order.RenewServer, Hours: e.Hours}, nil
}

func (h *countingHost) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sent)
}

// desk is a Desk with everything that tests look at.
type desk struct {
	*order.Desk
	t        *testing.T
	ledger   *ordertest.Ledger
	policy   *ordertest.Policy
	host     *countingHost
	hostList *hostList
}

func newDesk(t *testing.T, edit ...func(*order.Config)) *desk {
	t.Helper()
	d := &desk{t: t, ledger: ordertest.NewLedger(time.Now), policy: ordertest.NewPolicy(aliceAndBob()), host: &countingHost{}, hostList: &hostList{}}
	d.Desk = d.process("p1", edit...)
	return d
}

// hostTimeout is how long a call of the host may take in tests.
const hostTimeout = 30 * time.Second

// process returns another Desk on the same ledger.
func (d *desk) process(id string, edit ...func(*order.Config)) *order.Desk {
	config := order.Config{
		Ledger: d.ledger, Policy: d.policy, Host: d.host, ProcessID: id,
		ConfirmTTL: 15 * time.Minute, MaxHours: 720, HostTimeout: hostTimeout, Currency: "EUR",
		HostOrders: d.hostList, Baselines: d.ledger, Leases: ledgerLeases{d.ledger},
	}
	for _, e := range edit {
		e(&config)
	}
	return order.NewDesk(config)
}

// clockAhead sets a process's clock ahead.
func clockAhead(by time.Duration) func(*order.Config) {
	return func(c *order.Config) { c.Now = func() time.Time { return time.Now().Add(by) } }
}

func (d *desk) request() order.Order {
	d.t.Helper()
	o, err := d.Request(d.t.Context(), order.Request{Key: "k", Person: alice, Channel: "C1", Server: "web-1", Hours: 72})
	if err != nil {
		d.t.Fatalf("request: %v", err)
	}
	return o
}

func (d *desk) confirm(id order.ID) {
	d.t.Helper()
	d.confirmSeen(id, "")
}

// confirmSeen confirms an order on a card that shows an extension.
func (d *desk) confirmSeen(id, seen order.ID) {
	d.t.Helper()
	if _, err := d.Decide(d.t.Context(), order.Decision{ID: id, Person: alice, Yes: true, Seen: seen}); err != nil {
		d.t.Fatalf("confirm: %v", err)
	}
}

func (d *desk) wantState(id order.ID, want order.State) order.Order {
	d.t.Helper()
	o, err := d.ledger.Order(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	if o.State != want {
		d.t.Fatalf("order is %s (%s), want %s", o.State, o.Reason, want)
	}
	return o
}

func wantCode(t *testing.T, err error, want order.Code) {
	t.Helper()
	if got := order.CodeOf(err); got != want {
		t.Fatalf("error %v has code %q, want %q", err, got, want)
	}
}

// pass advances the clock of testing/synctest.
func pass(d time.Duration) { time.Sleep(d) }

func wantLater(t *testing.T, err error) time.Time {
	t.Helper()
	later, ok := errors.AsType[*order.Later](err)
	if !ok {
		t.Fatalf("got %v, want a Later", err)
	}
	return later.At
}

// Twenty processes that place an approved order send it once, exactly as it was
// shown.
func TestPlace_TwentyProcessesSendOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		var wg sync.WaitGroup
		for i := range 20 {
			p := d.process("p" + strconv.Itoa(i))
			wg.Go(func() { _ = p.Place(t.Context(), o.ID) })
		}
		wg.Wait()
		// No other process takes over before an answer could arrive.
		want := order.Extension{Account: "acc", ServerID: "srv-web-1", Hours: 72, SendBy: time.Now().Add(order.OwnerGrace)}
		if diff := cmp.Diff([]order.Extension{want}, d.host.sent); diff != "" {
			t.Fatal(diff)
		}
		got := d.wantState(o.ID, order.Placed)
		if got.Receipt == nil || got.Receipt.OrderID != "h-1" || got.Receipt.Currency != "EUR" || !got.OwnerUntil.IsZero() {
			t.Fatalf("order %+v, receipt %+v", got, got.Receipt)
		}
	})
}

// Of twenty clicks at once, one decides. The others get "already decided".
func TestDesk_TwentyClicksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		var (
			wg      sync.WaitGroup
			mu      sync.Mutex
			decided int
		)
		for i := range 20 {
			wg.Go(func() {
				_, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: i%2 == 0})
				if err == nil {
					mu.Lock()
					decided++
					mu.Unlock()
					return
				}
				if code := order.CodeOf(err); code != order.CodeDecided {
					t.Errorf("error %v has code %q", err, code)
				}
			})
		}
		wg.Wait()
		if decided != 1 {
			t.Fatalf("%d clicks decided", decided)
		}
	})
}

// The process that received the approval owns the order, so that others notice
// if it dies before it placed the order.
func TestDecide_ApprovalHasAnOwner(t *testing.T) {
	d := newDesk(t)
	o := d.request()
	got, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: true})
	if err != nil || got.Owner == "" || got.Owner != got.CardOwner || !got.OwnerUntil.IsZero() {
		t.Errorf("owner %q until %s (%v), card owner %q", got.Owner, got.OwnerUntil, err, got.CardOwner)
	}
}

// Only people whom the policy allows can decide, and nobody if it cannot be
// read.
func TestDecide_OnlyAuthorizedPeople(t *testing.T) {
	d := newDesk(t)
	o := d.request()
	for person, want := range map[order.Person]order.Code{bob: order.CodeNotYours, outsider: order.CodeNotFound} {
		_, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: person, Yes: true})
		wantCode(t, err, want)
	}
	d.policy.Set(broken(order.CodeUnavailable))
	_, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: true})
	wantCode(t, err, order.CodeUnavailable)
	d.wantState(o.ID, order.Pending)
}

// The policy is asked before anything is said about a decided order: only people
// who may see it learn that it is decided.
func TestDecide_DecidedHidesFromStrangers(t *testing.T) {
	for code, want := range map[order.Code]order.Code{
		"":                    order.CodeDecided,
		order.CodeStranger:    order.CodeStranger,
		order.CodeNotFound:    order.CodeNotFound,
		order.CodeUnavailable: order.CodeUnavailable,
	} {
		d := newDesk(t)
		o := d.request()
		if _, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice}); err != nil {
			t.Fatal(err)
		}
		if code != "" {
			d.policy.Set(broken(code))
		}
		_, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: true})
		wantCode(t, err, want)
		if e, ok := errors.AsType[*order.Error](err); want != order.CodeDecided && ok && e.Order != nil {
			t.Errorf("%s: the error has the order", code)
		}
	}
}

// A person who may not order learns that first, whatever the hours are.
func TestRequest_PermissionBeforeHours(t *testing.T) {
	d := newDesk(t)
	d.policy.Set(broken(order.CodeStranger))
	_, err := d.Request(t.Context(), order.Request{Key: "k", Person: alice, Server: "web-1", Hours: 721})
	wantCode(t, err, order.CodeStranger)
}

// A request for too few or too many hours is not recorded.
func TestRequest_HoursOutOfRange(t *testing.T) {
	d := newDesk(t)
	for _, hours := range []order.Hours{-1, 0, 721} {
		_, err := d.Request(t.Context(), order.Request{Key: "k", Person: alice, Server: "web-1", Hours: hours})
		wantCode(t, err, order.CodeBadHours)
	}
	if len(d.ledger.Orders()) != 0 {
		t.Fatal("something was recorded")
	}
}

// The policy can allow a person fewer hours, but never more than the Desk allows
// everybody.
func TestRequest_HoursOfThePerson(t *testing.T) {
	d := newDesk(t)
	for limit, most := range map[order.Hours]order.Hours{48: 48, 1000: 720} {
		rules := aliceAndBob()
		rules.MaxHours = limit
		d.policy.Set(rules)
		request := order.Request{Key: "k", Person: alice, Server: "web-1", Hours: most + 1}
		_, err := d.Request(t.Context(), request)
		wantCode(t, err, order.CodeBadHours)
		if e, ok := errors.AsType[*order.Error](err); !ok || e.MaxHours != most {
			t.Errorf("limit %d: got %+v, want at most %d", limit, e, most)
		}
		request.Key, request.Hours = strconv.Itoa(int(limit)), most
		if _, err := d.Request(t.Context(), request); err != nil {
			t.Error(err)
		}
	}
}

// A redelivered request returns the same order.
func TestRequest_DeliveredTwice(t *testing.T) {
	d := newDesk(t)
	first := d.request()
	again, err := d.Request(t.Context(), order.Request{Key: "k", Person: alice, Server: "web-1", Hours: 72})
	wantCode(t, err, order.CodeDuplicate)
	if again.ID != first.ID || len(d.ledger.Orders()) != 1 {
		t.Fatalf("got %s, ledger has %d orders", again.ID, len(d.ledger.Orders()))
	}
}

// A request that was recorded before is compared with its order: whatever people see of it
// has to be the same.
func TestRequest_AsksForItsOrder(t *testing.T) {
	o := order.Order{Person: alice, Channel: "C1", Server: order.Server{Name: "web-1", ID: "srv-1"}, Hours: 72, Typed: "3 days", Purpose: "demo"}
	r := order.Request{Person: alice, Channel: "C1", Server: "WEB-1", Hours: 72, Typed: "3 days", Purpose: "demo"}
	for name, c := range map[string]struct {
		change func(*order.Request, *order.Order)
		same   bool
	}{
		"nothing": {func(*order.Request, *order.Order) {}, true},
		"its id":  {func(r *order.Request, _ *order.Order) { r.Server = "srv-1" }, true},
		"server":  {func(r *order.Request, _ *order.Order) { r.Server = "db-1" }, false},
		"hours":   {func(r *order.Request, _ *order.Order) { r.Hours = 24 }, false},
		"time":    {func(r *order.Request, _ *order.Order) { r.Typed = "72 hours" }, false},
		"reason":  {func(r *order.Request, _ *order.Order) { r.Purpose = "" }, false},
		"channel": {func(r *order.Request, _ *order.Order) { r.Channel = "C2" }, false},
		"person":  {func(r *order.Request, _ *order.Order) { r.Person.User = "U2" }, false},
		"cut": {func(r *order.Request, o *order.Order) {
			r.Purpose, o.Purpose = strings.Repeat("ä", 400), strings.Repeat("ä", 300)
		}, true},
		"until": {func(r *order.Request, o *order.Order) {
			r.Until, r.Hours, r.Typed, o.Typed = time.Now(), 0, "until Fri 18:00", "until Fri 18:00"
		}, true},
	} {
		r, o := r, o
		c.change(&r, &o)
		if got := r.AsksFor(o); got != c.same {
			t.Errorf("another %s: %v, want %v", name, got, c.same)
		}
	}
}

// After its deadline an order cannot be confirmed, and is never sent.
func TestDecide_AfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		if at := wantLater(t, d.Expire(t.Context(), o.ID)); !at.Equal(o.Deadline) {
			t.Fatalf("Later at %s, want the deadline", at)
		}
		time.Sleep(15 * time.Minute)
		_, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: true})
		wantCode(t, err, order.CodeDecided)
		d.wantState(o.ID, order.Expired)
		if err := d.Place(t.Context(), o.ID); err != nil || d.host.count() != 0 {
			t.Fatalf("error %v, %d sent", err, d.host.count())
		}
	})
}

// If a process is started with a clock that was set back since the request, the
// order cannot be confirmed: how much time is left is not known. Processes whose
// clocks differ a little confirm each other's orders.
func TestDecide_ClockSetBackSinceRequest(t *testing.T) {
	for back, want := range map[time.Duration]order.State{30 * time.Second: order.Approved, time.Hour: order.Expired} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			o := d.request()
			other := d.process("p2", clockAhead(-back))
			_, err := other.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: true})
			if want == order.Expired {
				wantCode(t, err, order.CodeDecided)
			}
			d.wantState(o.ID, want)
		})
	}
}

// The verdict of an attempt decides the state of the order; without a verdict
// it is unknown.
func TestPlace_StateAfterEachVerdict(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want order.State
	}{
		{"refused", &order.PlaceError{Verdict: order.RefusedByHost, Reason: "no money"}, order.Refused},
		{"unknown", &order.PlaceError{Verdict: order.UnknownOutcome, Reason: "reset"}, order.Unknown},
		{"an error without a verdict", errors.New("what"), order.Unknown},
		{"done, but an error", &order.PlaceError{Verdict: order.Done}, order.Unknown},
		{"never sent", &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}, order.Approved},
		{"never sent, and not soon", &order.PlaceError{Verdict: order.NeverSent, RetryAfter: time.Hour}, order.Refused},
		{"throttled", &order.PlaceError{Verdict: order.Throttled, Reason: "slow down"}, order.Approved},
		{"throttled, and not soon", &order.PlaceError{Verdict: order.Throttled, RetryAfter: time.Hour}, order.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.host.answer = func(context.Context, int) error { return c.err }
			o := d.request()
			d.confirm(o.ID)
			_ = d.Place(t.Context(), o.ID)
			d.wantState(o.ID, c.want)
		})
	}
}

// An order that was never sent is retried for two minutes and then refused.
func TestPlace_NeverSentForTwoMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.host.answer = func(context.Context, int) error {
			return &order.PlaceError{Verdict: order.NeverSent, Reason: "no route", RetryAfter: 20 * time.Second}
		}
		o := d.request()
		d.confirm(o.ID)
		began := time.Now()
		for {
			err := d.Place(t.Context(), o.ID)
			if err == nil {
				break
			}
			time.Sleep(time.Until(wantLater(t, err)))
		}
		d.wantState(o.ID, order.Refused)
		if took := time.Since(began); took > order.PlaceWindow || d.host.count() != 7 {
			t.Fatalf("%d tries in %s", d.host.count(), took)
		}
	})
}

// An order whose owner died while placing it becomes unknown, and no other
// process sends it.
func TestPlace_OwnerDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		d.ledger.After = func(order.Entry) { panic("the process dies") }
		func() {
			defer func() { _ = recover() }()
			_ = d.Place(t.Context(), o.ID)
		}()
		d.ledger.After = nil
		left := d.wantState(o.ID, order.Placing)
		if want := (order.Due{Work: order.WorkPlace, At: left.OwnerUntil}); !slices.Contains(d.ledger.DueWork(), want) {
			t.Errorf("no due work at %s: %v", left.OwnerUntil, d.ledger.DueWork())
		}

		other := d.process("p2")
		at := wantLater(t, other.Place(t.Context(), o.ID))
		if wait := time.Until(at); wait > hostTimeout+30*time.Second {
			t.Fatalf("the wait for a dead owner is %s", wait)
		}
		time.Sleep(time.Until(at))
		if err := other.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Unknown)
		if d.host.count() != 0 {
			t.Fatal("another process sent it")
		}
	})
}

// An outcome is recorded once the ledger is available again.
func TestRecord_LedgerComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		fails := 0
		d.ledger.Before = func(e order.Entry) error {
			if e.To == order.Placed && fails < 10 {
				fails++
				return &order.Error{Code: order.CodeUnavailable}
			}
			return nil
		}
		o := d.request()
		d.confirm(o.ID)
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Placed)
		if d.host.count() != 1 {
			t.Fatalf("%d sent", d.host.count())
		}
	})
}

// A call to the host has a time limit, and its outcome is recorded even if the
// caller stopped waiting.
func TestPlace_HostTimeoutIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.host.answer = func(ctx context.Context, _ int) error { <-ctx.Done(); return context.Cause(ctx) }
		o := d.request()
		d.confirm(o.ID)
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		go func() { time.Sleep(time.Second); cancel() }()
		_ = d.Place(ctx, o.ID)
		d.wantState(o.ID, order.Unknown)
		if took := time.Since(began); took != 30*time.Second {
			t.Fatalf("the call took %s", took)
		}
	})
}

// An order that could not be placed within an hour of its approval is refused
// and not sent.
func TestPlace_ApprovalTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		time.Sleep(order.ApprovalTTL + time.Second)
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Refused)
		if d.host.count() != 0 {
			t.Fatal("it was sent")
		}
	})
}

// An unknown outcome is never sent again; a person settles it.
func TestSettle_UnknownIsNeverSentAgain(t *testing.T) {
	for placed, want := range map[bool]order.State{true: order.Placed, false: order.NotPlaced} {
		d := newDesk(t)
		d.host.answer = func(context.Context, int) error { return errors.New("lost") }
		o := d.request()
		_, err := d.Settle(t.Context(), order.Settlement{ID: o.ID, Who: "ops", Placed: placed, Why: "looked"})
		wantCode(t, err, order.CodeConflict)
		d.confirm(o.ID)
		for range 3 {
			_ = d.Place(t.Context(), o.ID)
		}
		d.wantState(o.ID, order.Unknown)
		if d.host.count() != 1 {
			t.Fatalf("%d sent", d.host.count())
		}
		if _, err := d.Settle(t.Context(), order.Settlement{ID: o.ID, Who: "ops", Placed: placed, Why: "looked"}); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, want)
	}
}

// An order whose card could not be shown is canceled with the reason.
func TestVoid_CancelsWithTheReason(t *testing.T) {
	d := newDesk(t)
	o := d.request()
	if err := d.Void(t.Context(), o.ID, "the channel is archived"); err != nil {
		t.Fatal(err)
	}
	if got := d.wantState(o.ID, order.Cancelled); got.Reason != "the channel is archived" || got.DecidedBy != "" {
		t.Fatalf("got %+v", got)
	}
}

// While an order for a server is approved and has no outcome, no other order for
// it can be approved.
func TestDecide_ServerHeld(t *testing.T) {
	d := newDesk(t)
	first := d.request()
	second, err := d.Request(t.Context(), order.Request{Key: "k2", Person: alice, Server: "web-1", Hours: 1})
	if err != nil {
		t.Fatal(err)
	}
	d.confirm(first.ID)
	_, err = d.Decide(t.Context(), order.Decision{ID: second.ID, Person: alice, Yes: true})
	wantCode(t, err, order.CodeServerHeld)
	d.wantState(second.ID, order.Pending)
	if err := d.Place(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	d.confirmSeen(second.ID, first.ID)
}

// If an answer arrives after another process recorded the outcome as unknown, it
// settles the order.
func TestRecord_LateAnswerSettlesUnknown(t *testing.T) {
	for verdict, want := range map[order.Verdict]order.State{
		order.Done: order.Placed, order.RefusedByHost: order.NotPlaced, order.NeverSent: order.NotPlaced,
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			var o order.Order
			d.host.answer = func(context.Context, int) error {
				// Another process assumes that this one is dead.
				time.Sleep(20 * time.Second)
				d.wantState(o.ID, order.Placing)
				late := d.process("p2", clockAhead(time.Hour))
				if err := late.Place(t.Context(), o.ID); err != nil {
					t.Error(err)
				}
				d.wantState(o.ID, order.Unknown)
				if verdict == order.Done {
					return nil
				}
				return &order.PlaceError{Verdict: verdict, Reason: "no"}
			}
			o = d.request()
			d.confirm(o.ID)
			if err := d.Place(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			d.wantState(o.ID, want)
		})
	}
}

// A process does not consider itself dead when its clock jumps during a call.
func TestPlace_ClockJumpsDuringTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jump := time.Duration(0)
		d := newDesk(t, func(c *order.Config) { c.Now = func() time.Time { return time.Now().Add(jump) } })
		o := d.request()
		d.host.answer = func(context.Context, int) error {
			jump = time.Hour // the machine slept, or its clock was set
			wantLater(t, d.Place(t.Context(), o.ID))
			return nil
		}
		d.confirm(o.ID)
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Placed)
	})
}

// A process that was paused for too long between its attempt and the call does
// not send.
func TestPlace_HeldUpBeforeSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.ledger.After = func(e order.Entry) {
			if e.To == order.Placing {
				time.Sleep(time.Minute)
			}
		}
		o := d.request()
		d.confirm(o.ID)
		wantLater(t, d.Place(t.Context(), o.ID))
		d.wantState(o.ID, order.Approved)
		if d.host.count() != 0 {
			t.Fatal("it was sent")
		}
	})
}

// A short outage of the ledger does not turn an order that was never sent into
// an unknown one.
func TestRecord_NeverSentWhileLedgerIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.host.answer = func(context.Context, int) error { return &order.PlaceError{Verdict: order.NeverSent} }
		failed := false
		d.ledger.Before = func(e order.Entry) error {
			if e.From == order.Placing && !failed {
				failed = true
				return &order.Error{Code: order.CodeUnavailable}
			}
			return nil
		}
		o := d.request()
		d.confirm(o.ID)
		wantLater(t, d.Place(t.Context(), o.ID))
		d.wantState(o.ID, order.Approved)
	})
}
