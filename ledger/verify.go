package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
	"time"

	"extendbot/ledger/mac"
	"extendbot/order"
)

// Proof is the result of Verify.
type Proof struct {
	Orders  int // number of orders, including incomplete ones
	History int // number of rows of history
	// Digest is a hash over the newest row of history of each order, as of the time
	// passed to Verify. It stays the same as long as nothing that happened until
	// then is changed or removed.
	Digest string
	// Unkeyed is the number of rows of history that are not authenticated, because an
	// earlier version wrote them. The seal covers them.
	Unkeyed int
	// UnknownKeys is the number of rows of history, and the seal, by the id of the key
	// that authenticates them, if Config.Keys does not have it. Nothing but their hashes
	// could be checked: somebody else may have written them.
	UnknownKeys map[string]int
}

// Verify checks that the ledger is as the program wrote it, and reports the
// differences as it finds them. An error from report ends it. It reads a few
// orders at a time, each in a consistent state, so it may run while other
// processes serve the ledger. It holds no locks while report runs, so report may
// take any time.
//
// It finds changes in history, and differences between an order and its history.
// It cannot find changes that leave nothing to compare with: an order that was
// removed with all its history; the newest rows of history removed together with
// an order reset to the row before; changes after which all hashes were
// recomputed. Comparing with a Digest that was stored elsewhere finds those too.
// How an order is shown (which message is its card, which process is its card
// owner) is not part of its history.
func (l *Ledger) Verify(ctx context.Context, until time.Time, report func(Difference) error) (Proof, error) {
	broken, err := l.db.brokenTriggers(ctx)
	if err != nil {
		return Proof{}, l.db.wrap(err)
	}
	for _, what := range broken {
		if err := report(Difference{What: "history is no longer protected: " + what}); err != nil {
			return Proof{}, err
		}
	}
	var found []Difference
	v := newVerifier(l.config.Keys, until, func(d Difference) error {
		found = append(found, d)
		return nil
	})
	for more, after := true, order.ID(""); more; {
		found = found[:0]
		err := l.db.snapshot(ctx, func(tx tx) (err error) {
			if after, more, err = v.next(ctx, tx, after); err == nil && !more {
				err = v.last(ctx, tx)
			}
			return err
		})
		if err != nil {
			return Proof{}, l.db.wrap(err)
		}
		for _, d := range found {
			if err := report(d); err != nil {
				return Proof{}, err
			}
		}
	}
	return v.proof, nil
}

// VerifyOrder is Verify for one order. It returns CodeNotFound if nothing of it
// exists.
func (l *Ledger) VerifyOrder(ctx context.Context, id order.ID) (Proof, []Difference, error) {
	s, err := l.storedOrder(ctx, id)
	if err != nil {
		return Proof{}, nil, l.db.wrap(err)
	}
	a := s.audit(l.config.Keys)
	return Proof{Orders: 1, History: len(s.history), Unkeyed: a.unkeyed, UnknownKeys: a.unknown}, a.differences, nil
}

// storedOrder returns everything about one order, or CodeNotFound if nothing of it
// exists.
func (l *Ledger) storedOrder(ctx context.Context, id order.ID) (s storedOrder, err error) {
	err = l.db.snapshot(ctx, func(tx tx) error {
		list, err := storedOrders(ctx, tx, id, id)
		if err == nil && len(list) == 0 {
			err = &order.Error{Code: order.CodeNotFound}
		}
		if err == nil {
			s = list[0]
		}
		return err
	})
	return s, err
}

const (
	// verifiedAtOnce is how many orders are read at a time.
	verifiedAtOnce = 200
	// digestBytes is long enough that no two ledgers can be made to have the same
	// digest, and short enough to write down.
	digestBytes = 16
)

// Each half has its own limit, so that neither reads its whole table.
const selectIDs = "SELECT id FROM (SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT $2) AS o" +
	" UNION SELECT order_id FROM (SELECT DISTINCT order_id FROM history WHERE order_id > $1 ORDER BY order_id LIMIT $2) AS h" +
	" ORDER BY 1 LIMIT $2"

// verifier goes through the ledger by id.
type verifier struct {
	keys    mac.Keys
	report  func(Difference) error
	until   int64
	digest  hash.Hash
	unkeyed unkeyedRows
	proof   Proof
}

func newVerifier(keys mac.Keys, until time.Time, report func(Difference) error) *verifier {
	return &verifier{keys: keys, report: report, until: micros(until), digest: sha256.New(), proof: Proof{UnknownKeys: map[string]int{}}}
}

// last checks the seal, after all orders, and completes the proof.
func (v *verifier) last(ctx context.Context, tx tx) error {
	seals, err := sealsOf(ctx, tx)
	if err != nil {
		return err
	}
	found, unknown := v.unkeyed.differences(v.keys, seals, v.proof.History)
	if unknown != "" {
		v.proof.UnknownKeys[unknown]++
	}
	v.proof.Unkeyed = v.unkeyed.n
	v.proof.Digest = base64.RawURLEncoding.EncodeToString(v.digest.Sum(nil)[:digestBytes])
	return v.reportAll(found)
}

func (v *verifier) reportAll(list []Difference) error {
	for _, d := range list {
		if err := v.report(d); err != nil {
			return err
		}
	}
	return nil
}

// next checks the orders after an id. It returns the last id and whether there
// may be more.
func (v *verifier) next(ctx context.Context, tx tx, after order.ID) (last order.ID, more bool, err error) {
	ids, err := idsAfter(ctx, tx, after)
	if err != nil || len(ids) == 0 {
		return after, false, err
	}
	last = ids[len(ids)-1]
	list, err := storedOrders(ctx, tx, ids[0], last)
	if err != nil {
		return after, false, err
	}
	for _, o := range list {
		v.proof.Orders++
		v.proof.History += len(o.history)
		v.addToDigest(o)
		a := o.audit(v.keys)
		for key, rows := range a.unknown {
			v.proof.UnknownKeys[key] += rows
		}
		if err := v.reportAll(a.differences); err != nil {
			return after, false, err
		}
	}
	return last, len(ids) == verifiedAtOnce, nil
}

// addToDigest adds what happened to an order until the verifier's time, and what is
// not authenticated.
func (v *verifier) addToDigest(o storedOrder) {
	var newest *HistoryRow
	for i := range o.history {
		r := &o.history[i]
		if micros(r.At) <= v.until {
			newest = r
		}
		if r.MAC == "" {
			v.unkeyed.add(*r)
		}
	}
	if newest == nil {
		return
	}
	for _, field := range []string{string(o.id), newest.Chain} {
		addField(v.digest, field)
	}
}

// idsAfter returns the next ids of orders, and of history without an order.
func idsAfter(ctx context.Context, tx tx, after order.ID) (ids []order.ID, err error) {
	err = forEachRow(ctx, tx, selectIDs, func(found scanner) error {
		var id order.ID
		err := found.Scan(&id)
		ids = append(ids, id)
		return err
	}, string(after), verifiedAtOnce)
	return ids, err
}

// Mark is the digest of everything that happened until a time. Stored where nobody who
// can write the database can change it, it proves later that nothing of that was
// changed or removed. The zero value is none.
type Mark struct {
	Until  time.Time
	Digest string
}

const markTime = "20060102T150405Z"

// String returns the mark's text, which [ParseMark] parses: the time, a dot, and the
// digest.
func (m Mark) String() string { return m.Until.UTC().Format(markTime) + "." + m.Digest }

// ParseMark parses what [Mark.String] returned.
func ParseMark(text string) (Mark, error) {
	at, digest, ok := strings.Cut(text, ".")
	until, err := time.Parse(markTime, at)
	if !ok || err != nil || digest == "" {
		return Mark{}, errors.New("it is not a mark that was printed or logged")
	}
	return Mark{Until: until, Digest: digest}, nil
}
