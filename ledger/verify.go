package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"

	"extendbot/order"
)

// Proof is what a look at the whole ledger found to be there.
type Proof struct {
	Orders  int // how many orders, also those of which only a part is left
	History int // how many rows of history
	// Digest is a hash over the newest row of history of each order as of the
	// time that was asked for. It stays the same for ever as long as nothing
	// is changed or taken away that had happened until then.
	Digest string
}

// Verify looks whether the ledger is as the program wrote it, and reports the
// differences as they are found; an error of report ends the look. It reads a
// few orders at a time, and each as it stands at one moment, so it may run
// beside a process that serves. Nothing of the database is held during report,
// which may take as long as it likes.
//
// It finds what was changed in history, or in an order against its history.
// Where nothing is left to compare with it finds nothing: an order that was
// removed with all its history, the newest rows of history that were removed
// together with an order set back to the row before, a change by somebody who
// computed all hashes anew. A Digest that was noted elsewhere finds those too.
// What belongs to showing an order (which message is its card, who tends it)
// is not part of its history.
func (l *Ledger) Verify(ctx context.Context, until time.Time, report func(Difference) error) (Proof, error) {
	missing, err := l.db.unguarded(ctx)
	if err != nil {
		return Proof{}, l.db.wrap(err)
	}
	for _, name := range missing {
		if err := report(Difference{What: fmt.Sprintf("history is not protected from changes any more: the trigger %s is missing", name)}); err != nil {
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

// VerifyOrder is Verify for one order; CodeNotFound if nothing of it is there.
func (l *Ledger) VerifyOrder(ctx context.Context, id order.ID) (Proof, []Difference, error) {
	var f []storedOrder
	err := l.db.snapshot(ctx, func(tx tx) (err error) {
		f, err = storedOrders(ctx, tx, id, id)
		return err
	})
	switch {
	case err != nil:
		return Proof{}, nil, l.db.wrap(err)
	case len(f) == 0:
		return Proof{}, nil, &order.Error{Code: order.CodeNotFound}
	}
	return Proof{Orders: 1, History: len(f[0].history)}, f[0].audit(), nil
}

const (
	// filesAtOnce is how many orders are read at a time.
	filesAtOnce = 200
	// digestBytes is more than anybody can search through, and short enough
	// to be written down.
	digestBytes = 16
)

// Each side is limited by itself, so that neither is ever read to its end.
const selectIDs = "SELECT id FROM (SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT $2) AS o" +
	" UNION SELECT order_id FROM (SELECT DISTINCT order_id FROM history WHERE order_id > $1 ORDER BY order_id LIMIT $2) AS h" +
	" ORDER BY 1 LIMIT $2"

// verifier goes through the ledger in the order of the ids.
type verifier struct {
	report func(Difference) error
	until  int64
	digest  hash.Hash
	proof  Proof
}

func newVerifier(until time.Time, report func(Difference) error) *verifier {
	return &verifier{report: report, until: micros(until), digest: sha256.New()}
}

// done gives what was found to be there.
func (v *verifier) done() Proof {
	v.proof.Digest = base64.RawURLEncoding.EncodeToString(v.digest.Sum(nil)[:digestBytes])
	return v.proof
}

// next looks at the orders that come after an id. It gives the last of them,
// and whether there may be more.
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
	for _, f := range list {
		v.proof.Orders++
		v.proof.History += len(f.history)
		v.addToDigest(f)
		for _, d := range f.audit() {
			if err := v.report(d); err != nil {
				return after, false, err
			}
		}
	}
	return last, len(ids) == filesAtOnce, nil
}

// head adds what had happened to an order until then to the digest.
func (v *verifier) addToDigest(f storedOrder) {
	var newest *HistoryRow
	for i := range f.history {
		if r := &f.history[i]; micros(r.At) <= v.until {
			newest = r
		}
	}
	if newest == nil {
		return
	}
	for _, field := range []string{string(f.id), newest.Chain} {
		_ = binary.Write(v.digest, binary.BigEndian, int64(len(field))) // a hash takes everything
		_, _ = v.digest.Write([]byte(field))
	}
}

func idsAfter(ctx context.Context, tx tx, after order.ID) (ids []order.ID, err error) {
	found, err := tx.query(ctx, selectIDs, string(after), filesAtOnce)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		var id order.ID
		if err := found.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, found.Err()
}
