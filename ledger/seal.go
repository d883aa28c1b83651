package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"strconv"
	"time"

	"extendbot/ledger/mac"
)

// sealRow is the seal of the history that versions wrote that did not authenticate
// it: a digest over all its rows, with a MAC. The first start of a version that
// authenticates makes it, once.
type sealRow struct {
	at         time.Time
	rows       int
	digest     string
	keyID, mac string
}

var sealTable = newTable("seal", "at", []column[sealRow]{
	{"at", fixed, func(r *sealRow) any { return (*storedTime)(&r.at) }},
	{"history_rows", fixed, func(r *sealRow) any { return &r.rows }},
	{"digest", fixed, func(r *sealRow) any { return &r.digest }},
	{"key_id", fixed, func(r *sealRow) any { return &r.keyID }},
	{"mac", fixed, func(r *sealRow) any { return &r.mac }},
})

const (
	sealFormat = "extendbot/1 seal"
	// A ledger whose seal was removed is not sealed again: it has rows with a MAC.
	selectUnsealed = "SELECT NOT EXISTS (SELECT 1 FROM seal) AND NOT EXISTS (SELECT 1 FROM history WHERE mac <> '')"
	selectUnkeyed  = "SELECT order_id, version, chain FROM history WHERE mac = '' ORDER BY order_id, version"
)

var (
	selectSeals = sealTable.selectWhere("")
	insertSeal  = sealTable.insert()
)

// authenticated returns what the MAC of a seal authenticates.
func (r sealRow) authenticated() []string {
	return []string{strconv.FormatInt(micros(r.at), 10), strconv.Itoa(r.rows), r.digest}
}

// seal makes the seal if there is none yet. Without Serve it fails: no row that is
// authenticated may be older than the seal.
func (l *Ledger) seal(ctx context.Context) error {
	unsealed, err := isUnsealed(ctx, l.db.read())
	switch {
	case err != nil:
		return l.db.wrap(err)
	case !unsealed:
		return nil
	case !l.config.Serve:
		return errUnsealed
	}
	return l.db.alone(ctx, func(ctx context.Context, tx tx) error {
		if unsealed, err := isUnsealed(ctx, tx); err != nil || !unsealed {
			return err
		}
		var old unkeyedRows
		err := forEachRow(ctx, tx, selectUnkeyed, func(found scanner) error {
			var r HistoryRow
			err := found.Scan(&r.Order, &r.Version, &r.Chain)
			old.add(r)
			return err
		})
		if err != nil {
			return fmt.Errorf("seal the history: %w", err)
		}
		r := sealRow{at: l.now(), rows: old.n, digest: old.digest()}
		r.keyID, r.mac = l.config.Keys.Sign(sealFormat, r.authenticated()...)
		if _, err = tx.exec(ctx, insertSeal, sealTable.values(&r)...); err == nil && old.n > 0 {
			l.config.Log.WithField("rows", old.n).Warn("the history has rows that are not authenticated, as earlier versions wrote them; they are sealed as they are now")
		}
		return err
	})
}

func isUnsealed(ctx context.Context, tx tx) (unsealed bool, err error) {
	err = forEachRow(ctx, tx, selectUnsealed, func(found scanner) error { return found.Scan(&unsealed) })
	return unsealed, err
}

// unkeyedRows is a digest over rows of history that have no MAC, in the order of
// order and version. Their chains cover all else.
type unkeyedRows struct {
	hash hash.Hash // nil before the first one
	n    int
}

func (u *unkeyedRows) add(r HistoryRow) {
	if u.hash == nil {
		u.hash = sha256.New()
	}
	u.n++
	for _, field := range []string{string(r.Order), strconv.Itoa(r.Version), r.Chain} {
		addField(u.hash, field)
	}
}

// digest returns the digest, or "" without rows.
func (u *unkeyedRows) digest() string {
	if u.hash == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(u.hash.Sum(nil))
}

// addField adds a text, preceded by its length, to a hash.
func addField(to hash.Hash, field string) {
	_ = binary.Write(to, binary.BigEndian, int64(len(field))) // writing to a hash never fails
	_, _ = to.Write([]byte(field))
}

// differences compares the rows that have no MAC with the seals, of which there has
// to be one, unless all rows of history are such rows: then no version that seals has
// served the ledger. It returns the id of the seal's key if that is not known.
func (u *unkeyedRows) differences(keys mac.Keys, seals []sealRow, history int) (found []Difference, unknown string) {
	differ := func(format string, args ...any) {
		found = append(found, Difference{What: fmt.Sprintf(format, args...)})
	}
	switch {
	case len(seals) == 0 && history == u.n:
		return nil, ""
	case len(seals) != 1:
		differ("there are %d seals of the history that earlier versions wrote, not one", len(seals))
		return found, ""
	}
	s := seals[0]
	switch keys.Verify(s.keyID, s.mac, sealFormat, s.authenticated()...) {
	case mac.Valid:
	case mac.UnknownKey:
		unknown = s.keyID
	case mac.Invalid:
		differ("the seal of the history that earlier versions wrote was not made with the key %s", s.keyID)
	}
	switch {
	case u.n != s.rows:
		differ("%d rows of history are not authenticated, but %d were when earlier versions last wrote", u.n, s.rows)
	case u.digest() != s.digest:
		differ("the rows of history that are not authenticated are not those that earlier versions wrote")
	}
	return found, unknown
}

// sealsOf reads the seals.
func sealsOf(ctx context.Context, tx tx) (list []sealRow, err error) {
	err = forEachRow(ctx, tx, selectSeals, func(found scanner) error {
		var r sealRow
		err := sealTable.scan(found, &r)
		list = append(list, r)
		return err
	})
	return list, err
}
