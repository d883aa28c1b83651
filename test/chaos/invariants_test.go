package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// life is an order with all that is known of it, when it is settled.
type life struct {
	order.Order

	history  []order.Entry
	charges  []oxhostsim.Charge
	arrivals []oxhostsim.Arrival
	clicks   []*click
	request  *request
	cards    []slacksim.Message
	words    []slacksim.Message
}

// entered gives the first row of history with which the order entered a state.
func (l life) entered(s order.State) (order.Entry, bool) {
	i := slices.IndexFunc(l.history, func(e order.Entry) bool { return e.To == s })
	if i < 0 {
		return order.Entry{}, false
	}
	return l.history[i], true
}

func (l life) wasUnknown() bool {
	_, ok := l.entered(order.Unknown)
	return ok
}

// steps counts the rows of history that lead from one state to another.
func (l life) steps(from, to order.State) int {
	n := 0
	for _, e := range l.history {
		if e.From == from && e.To == to {
			n++
		}
	}
	return n
}

// wordsDue is how many messages the order owed its thread.
func (l life) wordsDue() int {
	n := 0
	for _, e := range l.history {
		if e.To.NeedsThreadMessage() {
			n++
		}
	}
	return n
}

// findings collects what is wrong.
type findings struct{ list []string }

func (f *findings) add(l life, format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf("order %s (%d hours, %s): ", l.ID, l.Hours, l.State)+fmt.Sprintf(format, args...))
}

// check holds one life against the promises.
func (w *world) check(f *findings, l life, all []life) {
	checkPath(f, l)
	checkMoney(f, l)
	w.checkWords(f, l)
	w.checkClicks(f, l, all)
	if w.pg == nil {
		w.checkInherited(f, l)
	} else {
		w.checkOrphaned(f, l)
	}
	w.checkRepeated(f, l)
}

// checkPath wants a history that is a path of the state table.
func checkPath(f *findings, l life) {
	at := order.State("")
	for i, e := range l.history {
		if e.Version != i+1 || e.From != at || !e.From.CanBecome(e.To) {
			f.add(l, "row %d of its history, version %d from %q to %q, does not follow %q", i+1, e.Version, e.From, e.To, at)
		}
		at = e.To
	}
	if at != l.State || l.Version != len(l.history) {
		f.add(l, "version %d, but its history ends with %q and version %d", l.Version, at, len(l.history))
	}
	if !l.State.Final() {
		f.add(l, "not settled")
	}
}

// checkMoney wants no charge without an approval, no second one, and books that
// agree save where the outcome was unknown.
func checkMoney(f *findings, l life) {
	approvals, unsent := l.steps(order.Pending, order.Approved), l.steps(order.Placing, order.Approved)
	if len(l.charges) > approvals {
		f.add(l, "%d charges for %d approvals", len(l.charges), approvals)
	}
	if len(l.arrivals) > 0 && len(l.arrivals) > approvals+unsent {
		f.add(l, "%d requests for %d approvals and %d attempts that were never sent", len(l.arrivals), approvals, unsent)
	}
	for _, c := range l.charges {
		if c.Type != oxhostsim.TypeRenew || c.AccountID != l.Account || c.ServerID != l.Server.ID {
			f.add(l, "0xhost sold something else: %+v", c)
		}
		if l.State != order.Placed {
			f.add(l, "it was charged")
		}
	}
	if l.State == order.Placed && len(l.charges) == 0 {
		f.add(l, "0xhost knows nothing of it")
	}
	if l.State == order.Placed && len(l.charges) == 1 && (l.Receipt == nil || l.Receipt.OrderID != l.charges[0].OrderID) {
		f.add(l, "its receipt %+v is not for the charge %+v", l.Receipt, l.charges[0])
	}
	if l.State == order.NotPlaced && !l.wasUnknown() {
		f.add(l, "nobody could know that it was not placed")
	}
}

// checkWords wants that the thread says what became of the order, and the card too.
func (w *world) checkWords(f *findings, l life) {
	if _, approved := l.entered(order.Approved); approved && l.wordsDue() == 0 {
		f.add(l, "approved, and no word is due")
	}
	if len(l.words) < l.wordsDue()-w.overtaken(l) {
		f.add(l, "its thread has %d words, want %d", len(l.words), l.wordsDue())
	}
	if l.CardDue() || l.ThreadMessageDue() {
		f.add(l, "card %d and word %d are behind version %d", l.Card.Version, l.ThreadMessage.Version, l.Version)
	}
	shown := slices.ContainsFunc(l.cards, func(m slacksim.Message) bool {
		return l.Card.Ref == m.Channel+"/"+m.TS && len(m.Buttons()) == 0
	})
	if !shown && (l.Card.Ref != "" || l.wordsDue() > 0) {
		f.add(l, "its card %q does not show that it is decided", l.Card.Ref)
	}
}

// overtaken counts the words that the thread may do without: who was to say that
// the outcome is unknown died, was frozen, or was without a database, and before
// another replica may say it in its place, the look-up by one of them had settled
// the order. Then the thread has the receipt.
func (w *world) overtaken(l life) (n int) {
	if w.pg == nil {
		return 0
	}
	for i, e := range l.history[:max(0, len(l.history)-1)] {
		if e.To == order.Unknown && w.troubled(e.At, l.history[i+1].At) && l.history[i+1].At.Sub(e.At) < order.ReconcileGrace+settling {
			n++
		}
	}
	return n
}

// troubled says whether a replica died, or was frozen or without a database,
// between two times, or just before.
func (w *world) troubled(from, to time.Time) bool {
	from = from.Add(-onTheWire)
	return w.away(from, to) > 0 || slices.ContainsFunc(w.deaths, func(d time.Time) bool { return d.After(from) && d.Before(to) })
}

// checkClicks wants a decision for each click that was acked, and a click for
// each decision.
func (w *world) checkClicks(f *findings, l life, all []life) {
	decision := order.Entry{}
	for _, e := range l.history {
		if e.From == order.Pending {
			decision = e
		}
	}
	for _, c := range l.clicks {
		mayDecide := c.user == l.Person.User
		if c.acked.IsZero() || !mayDecide || !decision.At.After(c.acked) && !decision.At.IsZero() || c.yes && w.held(l, c, all) {
			continue
		}
		f.add(l, "the click of %s (yes: %t) acked at %s was lost; the decision is %+v", c.user, c.yes, c.acked.Format(time.StampMicro), decision)
	}
	if decision.Who == order.Bot || decision.Who == "" {
		return
	}
	if !slices.ContainsFunc(l.clicks, func(c *click) bool {
		return c.user == decision.Who && c.yes == (decision.To == order.Approved) && c.sent.Before(decision.At.Add(time.Millisecond))
	}) || decision.Who != l.Person.User {
		f.add(l, "nobody clicked for the decision %+v", decision)
	}
}

// held says whether a yes was refused because another order of the server was
// approved and not settled: the program says so, and there was such an order.
// Then the order still waits.
func (w *world) held(l life, c *click, all []life) bool {
	return w.refused(l.ID, order.CodeServerHeld) && slices.ContainsFunc(all, func(other life) bool {
		if other.ID == l.ID || other.Server.ID != l.Server.ID {
			return false
		}
		from, was := other.entered(order.Approved)
		return was && from.At.Before(c.acked) && other.ChangedAt.Add(w.unseen(other.ChangedAt)).After(c.sent)
	})
}

// refused says whether the program wrote that it refused a click.
func (w *world) refused(id order.ID, code order.Code) bool {
	lines := slices.Clone(w.refusals)
	logs, _ := filepath.Glob(filepath.Join(w.dir, "run-*.log"))
	for _, name := range logs {
		lines = append(lines, refusalsIn(name)...)
	}
	return slices.ContainsFunc(lines, func(line string) bool {
		return strings.Contains(line, " code="+string(code)+" ") && strings.Contains(line, " order_id="+string(id)+" ")
	})
}

// refusalsIn gives the lines of a log that tell of clicks that were refused.
func refusalsIn(log string) (lines []string) {
	text, _ := os.ReadFile(log)
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `msg="a click was refused"`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// unseen is how long after the time of a change others may not see it yet: until
// it is committed, which takes a sync of a disk that others use too, and a
// database that is there.
func (w *world) unseen(at time.Time) time.Duration {
	const sync = 5 * time.Second
	for _, s := range w.outages {
		if s.database && s.within(at, at.Add(sync)) > 0 {
			return sync + s.to.Sub(at)
		}
	}
	return sync
}

// atOnce is how soon after a start the program says of an order that a dead one
// was placing that its outcome is unknown. Most of it is for the start of a process
// on a slow machine; it is less than the time for which the dead one would be
// taken for alive if nobody looked at the start.
const atOnce = 15 * time.Second

// checkInherited wants that an order whose owner died is unknown at once after
// the next start.
func (w *world) checkInherited(f *findings, l life) {
	for i, e := range l.history {
		if e.To != order.Unknown || i == 0 {
			continue
		}
		placing := l.history[i-1].At
		for _, start := range slices.Backward(w.starts) {
			if start.Before(e.At) && start.After(placing) && e.At.Sub(start) > atOnce {
				f.add(l, "the outcome was unknown only %s after the start", e.At.Sub(start))
			}
			if start.Before(e.At) {
				break
			}
		}
	}
}

// checkRepeated wants that nothing was said twice save where a death, or an
// answer of Slack that was lost, lies between; or where a process was frozen or
// could not reach its database.
func (w *world) checkRepeated(f *findings, l life) {
	if l.duplicateWords() == 0 {
		return
	}
	first, last := l.words[0].PostedAt, l.words[len(l.words)-1].PostedAt
	if w.lostAnswers || w.troubled(first, last) {
		return
	}
	f.add(l, "its thread has %d words, want %d, and nobody died between %s and %s", len(l.words), l.wordsDue(), first, last)
}

// onTheWire is how much later than its sender's death a post may be there: on a
// busy machine it waits until it is read.
const onTheWire = 5 * time.Second

func (l life) duplicateWords() int { return max(0, len(l.words)-l.wordsDue()) }

// checkRequests wants an order for each request that was taken, one at most for
// each that was made, and none that nobody made.
func (w *world) checkRequests(f *findings, lives []life, from int) {
	seen := map[int]bool{}
	for _, l := range lives {
		hours := int(l.Hours)
		if seen[hours] {
			f.add(l, "a second order of one request")
		}
		seen[hours] = true
		if l.request == nil || l.request.user != l.Person.User || idOf(l.request.server) != l.Server.ID {
			f.add(l, "nobody asked for it: %+v", l.request)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for hours := from; hours <= w.hours; hours++ {
		if r := w.requests[hours]; r.accepted && !seen[hours] {
			f.list = append(f.list, fmt.Sprintf("the request of %s for %d hours was taken and lost", r.user, hours))
		}
	}
	for hours := range w.charges() {
		if hours >= from && !seen[hours] {
			f.list = append(f.list, fmt.Sprintf("0xhost was paid for %d hours that no order is about", hours))
		}
	}
}
