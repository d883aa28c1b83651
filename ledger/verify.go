package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

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
	missing, err := l.db.missingTriggers(ctx)
	if err != nil {
		return Proof{}, l.db.wrap(err)
	}
	for _, name := range missing {
		if err := report(Difference{What: fmt.Sprintf("history is no longer protected from changes: the trigger %s is missing", name)}); err != nil {
			return Proof{}, err
		}
	}
	var found []Difference
	v := newVerifier(until, func(d Difference) error {
		found = append(found, d)
		return nil
	})
	for more, after := true, order.ID(""); more; {
		found = found[:0]
		err := l.db.snapshot(ctx, func(tx tx) (err error) {
			after, more, err = v.next(ctx, tx, after)
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
	return v.done(), nil
}

// VerifyOrder is Verify for one order. It returns CodeNotFound if nothing of it
// exists.
func (l *Ledger) VerifyOrder(ctx context.Context, id order.ID) (Proof, []Difference, error) {
	var found []storedOrder
	err := l.db.snapshot(ctx, func(tx tx) (err error) {
		found, err = storedOrders(ctx, tx, id, id)
		return err
	})
	switch {
	case err != nil:
		return Proof{}, nil, l.db.wrap(err)
	case len(found) == 0:
		return Proof{}, nil, &order.Error{Code: order.CodeNotFound}
	}
	return Proof{Orders: 1, History: len(found[0].history)}, found[0].audit(), nil
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
	report func(Difference) error
	until  int64
	digest hash.Hash
	proof  Proof
}

func newVerifier(until time.Time, report func(Difference) error) *verifier {
	return &verifier{report: report, until: micros(until), digest: sha256.New()}
}

// done returns the result.
func (v *verifier) done() Proof {
	v.proof.Digest = base64.RawURLEncoding.EncodeToString(v.digest.Sum(nil)[:digestBytes])
	return v.proof
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
		for _, d := range o.audit() {
			if err := v.report(d); err != nil {
				return after, false, err
			}
		}
	}
	return last, len(ids) == verifiedAtOnce, nil
}

// addToDigest adds what happened to an order until the verifier's time.
func (v *verifier) addToDigest(o storedOrder) {
	var newest *HistoryRow
	for i := range o.history {
		if r := &o.history[i]; micros(r.At) <= v.until {
			newest = r
		}
	}
	if newest == nil {
		return
	}
	for _, field := range []string{string(o.id), newest.Chain} {
		_ = binary.Write(v.digest, binary.BigEndian, int64(len(field))) // writing to a hash never fails
		_, _ = v.digest.Write([]byte(field))
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
