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

// books is the ledger, read beside the program. It is not kept open: a program
// that was killed shall find the database as it left it, not one that somebody
// else tidied up.
type books struct {
	*ledger.Ledger

	w *world
}

func (w *world) open(t *testing.T) *books {
	t.Helper()
	var l *ledger.Ledger
	// The program may have just begun to make it.
	err := errors.New("not tried")
	await(w.ctx, patience, func() bool {
		l, err = ledger.Open(w.ctx, ledger.Config{URL: w.url})
		return !errors.Is(err, ledger.ErrNoDatabase) && !errors.Is(err, ledger.ErrOlderSchema)
	})
	if err != nil {
		t.Fatalf("open the ledger: %v", err)
	}
	return &books{Ledger: l, w: w}
}

func (b *books) close(t *testing.T) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("close the ledger: %v", err)
	}
}

// since lists the orders that were asked for since then.
func (b *books) since(t *testing.T, from time.Time) []order.Order {
	t.Helper()
	const most = 1_000_000
	list, err := b.List(b.w.ctx, from, most)
	if err != nil {
		t.Fatalf("read the ledger: %v", err)
	}
	return list
}

// charges gives what 0xhost booked, by hours: no two requests ask for the same.
func (w *world) charges() map[int][]oxhostsim.Charge {
	by := map[int][]oxhostsim.Charge{}
	for _, c := range w.oxhost.Charges() {
		by[c.Hours] = append(by[c.Hours], c)
	}
	return by
}

// arrivals gives what reached 0xhost since then, by hours.
func (w *world) arrivals(from time.Time) map[int][]oxhostsim.Arrival {
	by := map[int][]oxhostsim.Arrival{}
	for _, a := range w.oxhost.Arrivals() {
		if a.At.Before(from) {
			continue
		}
		var body struct{ Hours int }
		_ = json.Unmarshal(a.Body, &body) // half a body counts for no hours
		by[body.Hours] = append(by[body.Hours], a)
	}
	return by
}

// afterthought is longer than 0xhost goes on with a request whose client died:
// no fault of these tests holds one back for longer than heldBack, but on a slow
// machine it may stand still for seconds before it books it.
const afterthought = 4 * time.Second

// quiet says whether everything that was sent for an order is on the books. It is
// if there is a charge: there may be no second one.
func (w *world) quiet(o order.Order) bool {
	if len(w.charges()[int(o.Hours)]) > 0 {
		return true
	}
	last := o.ChangedAt
	for _, a := range w.arrivals(o.ChangedAt.Add(-w.oxhostTimeout - time.Minute))[int(o.Hours)] {
		if a.At.After(last) {
			last = a.At
		}
	}
	return time.Since(last) > afterthought
}

// look settles an unknown outcome as a person does: by what 0xhost's books say.
func (w *world) look(t *testing.T, o order.Order) {
	t.Helper()
	args := []string{"orders", "settle", string(o.ID), "--not-placed", "--why", "0xhost has no such order"}
	if found := w.charges()[int(o.Hours)]; len(found) > 0 {
		args = []string{"orders", "settle", string(o.ID), "--placed", "--order-id", found[0].OrderID, "--why", "0xhost has it"}
	}
	bin, err := mortal()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(w.ctx, bin, args...)
	cmd.Env, cmd.Dir = append(w.env(), w.curse), w.dir
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil || strings.Contains(string(out), "only an unknown outcome"):
	case strings.Contains(string(out), string(order.CodeUnavailable)+": "): // the program kept the ledger for too long; looks again
	case cmd.ProcessState != nil && endedBy(cmd.ProcessState, syscall.SIGKILL):
		w.curse = ""
		w.fallen++ // and looks again
	default:
		t.Fatalf("settle order %s: %v\n%s", o.ID, err, out)
	}
}

// answer settles an unknown outcome in its thread, if people are or will be
// asked there: through whichever process gets the click.
func (w *world) answer(o order.Order) bool {
	if w.admin == "" || int(o.Hours)%2 == 0 || time.Since(o.ChangedAt) > w.patience {
		return false
	}
	button := "order_settle_not_placed"
	if len(w.charges()[int(o.Hours)]) > 0 {
		button = "order_settle_placed"
	}
	for _, m := range w.wall.questionsOf(string(o.ID)) {
		if _, ok := m.Button(button); ok {
			_, _ = w.slack.Click(w.ctx, slacksim.Click{User: w.admin, Channel: m.Channel, TS: m.TS, ActionID: button}) // or again
		}
	}
	return true
}

// settled says whether nothing more will happen to an order.
func settled(o order.Order) bool { return o.State.Final() && !o.CardDue() && !o.ThreadMessageDue() }

// settle waits until nothing more will happen to the orders since then; a
// person looks at those whose outcome is unknown once their thread says so. It
// gives what is not settled in time, or when gone says that the program has ended.
func (w *world) settle(t *testing.T, gone func() bool, from time.Time, within time.Duration) (open []order.Order) {
	t.Helper()
	b := w.open(t)
	defer b.close(t)
	await(w.ctx, within, func() bool {
		open = open[:0]
		for _, o := range b.since(t, from) {
			if settled(o) {
				continue
			}
			open = append(open, o)
			if o.State == order.Unknown && !o.CardDue() && !o.ThreadMessageDue() && w.quiet(o) && !w.leftToTheList(o) && !w.answer(o) {
				w.look(t, o)
			}
		}
		return len(open) == 0 || gone()
	})
	return open
}

// leftToTheList says whether the person waits for what 0xhost's list says: they
// do so for one order in three, or a run would take too long.
func (w *world) leftToTheList(o order.Order) bool {
	return int(o.Hours)%3 == 0 && time.Since(o.ChangedAt) < w.patience
}

func describe(list []order.Order) string {
	var b strings.Builder
	for _, o := range list {
		fmt.Fprintf(&b, "order %s of %d hours is %s, version %d, card %d, word %d, reason %q, tended until %s\n",
			o.ID, o.Hours, o.State, o.Version, o.Card.Version, o.ThreadMessage.Version, o.Reason, o.CardOwnerUntil.Format(time.StampMilli))
	}
	return b.String()
}
