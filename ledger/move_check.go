package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"extendbot/order"
)

// stock is how much there is to move.
type stock struct{ orders, history, notes int64 }

func (s stock) rows() int { return int(s.orders + s.history + s.notes) }

// stockStamp tells a ledger from itself after a change: each change adds to
// history, and whatever is shown adds to the versions.
type stockStamp struct {
	stock

	versions, changed, asked, noted int64
}

func (s stockStamp) notEmpty() error {
	return &NotEmptyError{Orders: int(s.orders), History: int(s.history), Baselines: int(s.notes)}
}

const selectStamp = "SELECT o.n, o.versions, o.changed, o.asked, h.n, n.n, n.noted FROM" +
	" (SELECT COUNT(*) AS n, CAST(COALESCE(SUM(version + card_version + word_version + ask_version), 0) AS BIGINT) AS versions," +
	" COALESCE(MAX(changed_at), 0) AS changed, COALESCE(MAX(asked_at), 0) AS asked FROM orders) AS o," +
	" (SELECT COUNT(*) AS n FROM history) AS h," +
	" (SELECT COUNT(*) AS n, COALESCE(MAX(noted_at), 0) AS noted FROM notes) AS n"

func stampOf(ctx context.Context, tx tx) (s stockStamp, err error) {
	err = forEachRow(ctx, tx, selectStamp, func(found rows) error {
		return found.Scan(&s.orders, &s.versions, &s.changed, &s.asked, &s.history, &s.notes, &s.noted)
	})
	if err != nil {
		return s, fmt.Errorf("count what is there: %w", err)
	}
	return s, nil
}

// maxNamed is how many differences an error lists.
const maxNamed = 5

// TamperedError says that a ledger is not as the program wrote it.
type TamperedError struct {
	First []Difference // a few of them
	Total int
}

// Error lists the first ones.
func (e *TamperedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "it is not as extendbot wrote it, see extendbot orders verify (differences: %d)", e.Total)
	for _, d := range e.First {
		fmt.Fprintf(&b, "\n  %s", d)
	}
	if more := e.Total - len(e.First); more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

func (e *TamperedError) add(d Difference) error {
	if e.Total++; len(e.First) < maxNamed {
		e.First = append(e.First, d)
	}
	return nil
}

// prove is Verify inside a transaction; any difference is an error.
func (m *move) prove(ctx context.Context, tx tx, doing string, s stock) (Proof, error) {
	var found TamperedError
	v := newVerifier(m.moved.Until, found.add)
	for more, after := true, order.ID(""); more; {
		var err error
		if after, more, err = v.next(ctx, tx, after); err != nil {
			return Proof{}, err
		}
		m.progress(Progress{Doing: doing, Done: v.proof.Orders + v.proof.History, Total: int(s.orders + s.history)})
	}
	if found.Total > 0 {
		return Proof{}, &found
	}
	return v.done(), nil
}

var errDiffers = errors.New("what arrived is not what was sent")

// compare sees that the destination holds the same as the source.
func (m *move) compare(ctx context.Context, into tx, s sent) error {
	want := s.stamp.stock
	there, err := stampOf(ctx, into)
	if err != nil {
		return err
	}
	if there.stock != want {
		return fmt.Errorf("%w: sent %+v, arrived %+v", errDiffers, want, there.stock)
	}
	arrived, err := m.read(ctx, into, "reading the copy", want)
	switch {
	case err != nil:
		return err
	case arrived != s.sum && m.moved.AlreadyThere:
		return there.notEmpty()
	case arrived != s.sum:
		return errDiffers
	}
	if m.moved.Proof, err = m.prove(ctx, into, "checking the copy", want); err != nil {
		return err
	}
	if m.moved.Proof != s.proof {
		return fmt.Errorf("%w: sent %+v, arrived %+v", errDiffers, s.proof, m.moved.Proof)
	}
	m.moved.Baselines = int(want.notes)
	return nil
}
