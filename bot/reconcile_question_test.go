package bot

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// lost returns an order whose outcome is unknown, with its card and thread
// message.
func (w *world) lost() (order.ID, slacksim.Message) {
	w.t.Helper()
	w.host.err = errors.New("lost")
	id := w.order(nil)
	if err := w.app.Reconcile(w.ctx(), id); !isLater(err) {
		w.t.Fatal(err)
	}
	card := w.card(general, func(m slacksim.Message) bool { return withButtons(m) && m.Buttons()[0].Value == string(id) })
	alice := order.Person{Team: w.slack.TeamID(), User: "U0ALICE"}
	if _, err := w.desk.Decide(w.ctx(), order.Decision{ID: id, Person: alice, Yes: true}); err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(w.desk.Place(w.ctx(), id), w.app.Reconcile(w.ctx(), id)); err != nil {
		w.t.Fatal(err)
	}
	return id, card
}

func bobIsAdmin(w *world, _ *slacksim.Config) {
	w.cfg.Admins = func() []string { return []string{"U0BOB"} }
}

// questions returns the messages that have the buttons of a question.
func (w *world) questions() []slacksim.Message {
	var list []slacksim.Message
	for _, m := range w.slack.Messages(general) {
		if _, ok := m.Button(message.ActionSettlePlaced); ok {
			list = append(list, m)
		}
	}
	return list
}

// People are asked once a day, and only the last question has buttons.
func TestQuestion_OnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, bobIsAdmin)
	id, card := w.lost()
	for range 3 {
		if err := w.app.AskPeople(w.ctx(), id); !isLater(err) {
			t.Fatal(err)
		}
	}
	first := w.questions()
	if len(first) != 1 || first[0].ThreadTS != card.TS {
		t.Fatalf("questions: %+v", first)
	}
	w.ledger.Edit(id, func(o *order.Order) { o.AskedAt = o.AskedAt.Add(-23 * time.Hour) })
	if err := w.app.AskPeople(w.ctx(), id); !isLater(err) || len(w.questions()) != 1 || w.questions()[0].TS != first[0].TS {
		t.Errorf("after 23 hours: %v, questions %+v", err, w.questions())
	}
	w.ledger.Edit(id, func(o *order.Order) { o.AskedAt = o.AskedAt.Add(-time.Hour) })
	if err := w.app.AskPeople(w.ctx(), id); !isLater(err) {
		t.Fatal(err)
	}
	second := w.questions()
	if len(second) != 1 || second[0].TS == first[0].TS {
		t.Errorf("after a day the questions with buttons are %+v", second)
	}
}

// Nobody is asked about an order that is settled.
func TestQuestion_NotAskedWhenSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, bobIsAdmin)
	id, _ := w.lost()
	if _, err := w.desk.Settle(w.ctx(), order.Settlement{ID: id, Who: "operator", Why: "looked"}); err != nil {
		t.Fatal(err)
	}
	if err := w.app.AskPeople(w.ctx(), id); err != nil || len(w.questions()) != 0 {
		t.Errorf("%v, %d questions", err, len(w.questions()))
	}
}

// When an order is settled elsewhere, its question loses its buttons.
func TestQuestion_SettledElsewhereLosesButtons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, bobIsAdmin)
	id, card := w.lost()
	_ = w.app.AskPeople(w.ctx(), id)
	if _, err := w.desk.Settle(w.ctx(), order.Settlement{ID: id, Who: "operator", Why: "looked"}); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Reconcile(w.ctx(), id); err != nil {
		t.Fatal(err)
	}
	if n := len(w.questions()); n != 0 {
		t.Errorf("%d questions keep their buttons", n)
	}
	o, _ := w.ledger.Order(w.ctx(), id)
	if o.QuestionDue() || !strings.Contains(w.card(general, func(m slacksim.Message) bool { return m.TS == card.TS }).Text, "never went through") {
		t.Error("the card or the question was not updated")
	}
}

// settling is a Desk and a ledger that settle an order while people are asked
// about it.
type settling struct {
	Desk
	*ledger

	before, after func() // before the question is posted, before it is recorded
}

func (s *settling) FindCandidates(context.Context, order.Order) order.Candidates {
	s.before()
	return order.Candidates{}
}

func (s *settling) RecordShown(ctx context.Context, shown order.Shown) error {
	if shown.Question.Ref != "" {
		s.after()
	}
	return s.ledger.RecordShown(ctx, shown)
}

// If an order is settled while people are asked about it, no question keeps its
// buttons, even if everything else was shown before the question was recorded.
func TestQuestion_SettledMeanwhile(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			s := &settling{before: func() {}, after: func() {}}
			w := newWorld(t, bobIsAdmin, func(w *world, _ *slacksim.Config) {
				s.Desk, s.ledger = w.desk, w.ledger
				w.cfg.Desk, w.cfg.Orders = s, s
			})
			id, _ := w.lost()
			settle := sync.OnceFunc(func() {
				w.ledger.Edit(id, func(o *order.Order) {
					o.State, o.Version = order.NotPlaced, o.Version+1
					o.Card.Version, o.ThreadMessage.Version = o.Version, o.Version
				})
			})
			if when == "before" {
				s.before = settle
			} else {
				s.after = settle
			}
			_ = w.app.AskPeople(w.ctx(), id)
			until(t, "no question has buttons", func() bool {
				o, _ := w.ledger.Order(t.Context(), id)
				return len(w.questions()) == 0 && !o.QuestionDue()
			})
			if posts := len(w.slack.Calls("chat.postMessage")); when == "before" && posts > 2 {
				t.Error("people were asked about an order that was settled")
			}
			if err := w.app.AskPeople(w.ctx(), id); err != nil {
				t.Errorf("AskPeople: %v", err)
			}
		})
	}
}

// A deleted question does not stop the order from being reconciled.
func TestQuestion_DeletedDoesNotBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, bobIsAdmin)
	id, _ := w.lost()
	_ = w.app.AskPeople(w.ctx(), id)
	if err := w.slack.DeleteMessage(general, w.questions()[0].TS); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Settle(w.ctx(), order.Settlement{ID: id, Who: "operator", Why: "looked"}); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Reconcile(w.ctx(), id); err != nil {
		t.Error(err)
	}
}

// until waits for a message anywhere in the channel.
func (w *world) until(match func(slacksim.Message) bool) {
	w.t.Helper()
	if _, err := w.slack.WaitMessage(w.ctx(), general, match); err != nil {
		w.t.Fatalf("no such message: %v", err)
	}
}
