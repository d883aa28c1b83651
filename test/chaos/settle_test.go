//go:build chaos

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/ledger"
	"extendbot/order"
)

// openLedger is the ledger, read while the program runs. It is not kept open,
// because a program that was killed has to find the database as it left it, and
// the last process that closes a SQLite file cleans it up.
type openLedger struct {
	*ledger.Ledger

	w *world
}

func (w *world) open(t *testing.T) *openLedger {
	t.Helper()
	var l *ledger.Ledger
	// The program may still be creating its tables.
	err := errors.New("not tried")
	waitUntil(w.ctx, patience, func() bool {
		l, err = ledger.Open(w.ctx, ledger.Config{URL: w.url})
		return !errors.Is(err, ledger.ErrNoDatabase) && !errors.Is(err, ledger.ErrOlderSchema)
	})
	if err != nil {
		t.Fatalf("open the ledger: %v", err)
	}
	return &openLedger{Ledger: l, w: w}
}

func (b *openLedger) close(t *testing.T) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("close the ledger: %v", err)
	}
}

// since returns the orders that were requested since then.
func (b *openLedger) since(t *testing.T, from time.Time) []order.Order {
	t.Helper()
	const most = 1_000_000
	list, err := b.List(b.w.ctx, from, most)
	if err != nil {
		t.Fatalf("read the ledger: %v", err)
	}
	return list
}

// charges returns the charges of 0xhost by hours.
func (w *world) charges() map[int][]oxhostsim.Charge {
	by := map[int][]oxhostsim.Charge{}
	for _, c := range w.oxhost.Charges() {
		by[c.Hours] = append(by[c.Hours], c)
	}
	return by
}

// arrivals returns the requests that 0xhost has received since then, by hours.
func (w *world) arrivals(from time.Time) map[int][]oxhostsim.Arrival {
	by := map[int][]oxhostsim.Arrival{}
	for _, a := range w.oxhost.Arrivals() {
		if a.At.Before(from) {
			continue
		}
		var body struct{ Hours int }
		_ = json.Unmarshal(a.Body, &body) // half a body has no hours
		by[body.Hours] = append(by[body.Hours], a)
	}
	return by
}

// lateCharge is the longest time after which 0xhost charges for a request whose
// client died. No fault of these tests delays one by more than maxDelay, but a
// slow machine may.
const lateCharge = 4 * time.Second

// chargesAreFinal reports whether 0xhost has charged for everything that was
// sent for an order. After one charge that is certain, because there may be no
// second one.
func (w *world) chargesAreFinal(o order.Order) bool {
	if len(w.charges()[int(o.Hours)]) > 0 {
		return true
	}
	last := o.ChangedAt
	for _, a := range w.arrivals(o.ChangedAt.Add(-w.oxhostTimeout - time.Minute))[int(o.Hours)] {
		if a.At.After(last) {
			last = a.At
		}
	}
	return time.Since(last) > lateCharge
}

// settleByCommand settles an unknown outcome as a person does, according to what
// 0xhost has charged.
func (w *world) settleByCommand(t *testing.T, o order.Order) {
	t.Helper()
	args := []string{"orders", "settle", string(o.ID), "--not-placed", "--why", "0xhost has no such order"}
	if found := w.charges()[int(o.Hours)]; len(found) > 0 {
		args = []string{"orders", "settle", string(o.ID), "--placed", "--order-id", found[0].OrderID, "--why", "0xhost has it"}
	}
	bin, err := crashBinary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(w.ctx, bin, args...)
	cmd.Env, cmd.Dir = append(w.env(), w.crashEnv), w.dir
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil || strings.Contains(string(out), "only an unknown outcome"):
	case strings.Contains(string(out), string(order.CodeUnavailable)+": "): // the program locked the ledger for too long; it will be tried again
	case cmd.ProcessState != nil && endedBy(cmd.ProcessState, syscall.SIGKILL):
		w.crashEnv = ""
		w.crashedCommands++ // it will be tried again
	default:
		t.Fatalf("settle order %s: %v\n%s", o.ID, err, out)
	}
}

// settleInSlack settles an unknown outcome with the buttons of its question, if
// there is one. The process that gets the click settles it. It reports whether
// the outcome is left to that.
func (w *world) settleInSlack(o order.Order) bool {
	if !w.settlesInSlack || int(o.Hours)%2 == 0 || time.Since(o.ChangedAt) > w.patience {
		return false
	}
	button := "order_settle_not_placed"
	if len(w.charges()[int(o.Hours)]) > 0 {
		button = "order_settle_placed"
	}
	for _, m := range w.shown.questionsOf(string(o.ID)) {
		if _, ok := m.Button(button); ok {
			_, _ = w.slack.Click(w.ctx, slacksim.Click{User: admin, Channel: m.Channel, TS: m.TS, ActionID: button}) // it will be tried again
		}
	}
	w.submitReasons()
	return true
}

// submitReasons types a reason into each modal that the admin has open, which asks how
// they know that an order was placed.
func (w *world) submitReasons() {
	for _, v := range w.slack.Views(admin) {
		values := map[string]map[string]any{"reason": {"reason": map[string]any{"type": "plain_text_input", "value": "seen at 0xhost"}}}
		_, _ = w.slack.SubmitView(w.ctx, slacksim.ViewSubmission{User: admin, ViewID: v.ID, Values: values}) // it will be tried again
	}
}

// settled reports whether nothing more will happen to an order. Its card may have been
// overwritten by an older one all the same, which its process then corrects.
func settled(o order.Order) bool {
	return o.State.Final() && !o.CardDue() && !o.ThreadMessageDue() && !o.QuestionDue() && o.SupersededRef == "" &&
		(o.DeclineReason == "" || o.DeclineRef != "")
}

// settle waits until nothing more will happen to the orders since then. People end
// the orders that still wait for approvals. A person settles unknown outcomes after
// card and thread show them. It returns the
// orders that are not settled in time, or when gone reports that the program has
// ended.
func (w *world) settle(t *testing.T, gone func() bool, from time.Time, within time.Duration) (open []order.Order) {
	t.Helper()
	b := w.open(t)
	defer b.close(t)
	waitUntil(w.ctx, within, func() bool {
		open = open[:0]
		for _, o := range b.since(t, from) {
			if settled(o) && !w.shown.isOpen(o.Card.Ref) {
				continue
			}
			open = append(open, o)
			if o.State == order.Pending {
				w.finish(o)
			}
			if o.State == order.Unknown && !o.CardDue() && !o.ThreadMessageDue() && w.chargesAreFinal(o) && !w.leftToLookup(o) && !w.settleInSlack(o) {
				w.settleByCommand(t, o)
			}
		}
		return len(open) == 0 || gone()
	})
	return open
}

// leftToLookup reports whether the person leaves the outcome to the program's
// lookup. That is only one order in three, because a run would take too long
// otherwise.
func (w *world) leftToLookup(o order.Order) bool {
	return int(o.Hours)%3 == 0 && time.Since(o.ChangedAt) < w.patience
}

func describe(list []order.Order) string {
	var b strings.Builder
	for _, o := range list {
		fmt.Fprintf(&b, "order %s of %d hours is %s, version %d, card %d, thread message %d, question %+v, superseded %q, reason %q, card owned until %s\n",
			o.ID, o.Hours, o.State, o.Version, o.Card.Version, o.ThreadMessage.Version, o.Question, o.SupersededRef, o.Reason, clock(o.CardOwnerUntil))
	}
	return b.String()
}
