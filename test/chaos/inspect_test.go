package chaos

import (
	"testing"
	"time"

	"extendbot/order"
)

// inspect gathers the lives of the orders since then and holds them against
// the promises. From is the first of the hours that were asked for since.
func (w *world) inspect(t *testing.T, since time.Time, from int) ([]life, []string) {
	t.Helper()
	b := w.open(t)
	defer b.close(t)
	charges, arrivals := w.charges(), w.arrivals(since)
	var lives []life
	for _, o := range b.since(t, since) {
		records, err := b.History(w.ctx, o.ID)
		if err != nil {
			t.Fatalf("read the ledger: %v", err)
		}
		l := life{
			Order: o, charges: charges[int(o.Hours)], arrivals: arrivals[int(o.Hours)],
			cards: w.wall.cardsOf(string(o.ID)), words: w.wall.wordsOf(string(o.ID)),
		}
		for _, r := range records {
			l.history = append(l.history, r.Entry)
		}
		w.note(func() { l.clicks, l.request = w.clicks[string(o.ID)], w.requests[int(o.Hours)] })
		lives = append(lives, l)
	}
	var f findings
	for _, l := range lives {
		w.check(&f, l, lives)
	}
	w.checkRequests(&f, lives, from)
	return lives, f.list
}

// tally counts what a run did.
type tally struct {
	rounds, kills, atPoints, terms        int
	orders, approvals, charges            int
	unknowns, byLookUp, byPerson          int
	duplicateWords, duplicateCards, empty int
}

func (y *tally) count(lives []life) {
	if len(lives) == 0 {
		y.empty++
	}
	for _, l := range lives {
		y.orders++
		y.approvals += l.steps(order.Pending, order.Approved)
		y.charges += len(l.charges)
		y.duplicateWords += l.duplicateWords()
		y.duplicateCards += max(0, len(l.cards)-1)
		for _, e := range l.history {
			switch {
			case e.To == order.Unknown:
				y.unknowns++
			case e.From == order.Unknown && e.Who == order.Bot:
				y.byLookUp++
			case e.From == order.Unknown:
				y.byPerson++
			}
		}
	}
}
