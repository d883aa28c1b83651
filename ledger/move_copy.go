package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// table is a table that a move copies, row by row and as it is stored.
type table struct {
	name    string
	key     string // the columns that name a row
	columns []string
	// leases say for how long a process had something to itself. None is alive,
	// so they are not copied.
	leases []string
}

var movedTables = []table{
	{name: "orders", key: "id", columns: columns, leases: []string{"owner_until", "tend_until"}},
	{
		name: "history", key: "order_id, version",
		columns: []string{"order_id", "version", "at", "who", "from_state", "to_state", "why", "facts", "chain"},
	},
	{name: "notes", key: "order_id", columns: []string{"order_id", "noted_at", "complete", "ids"}},
}

func (t table) selectAll() string {
	return "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name + " ORDER BY " + t.key
}

func (t table) insert() string {
	return "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES (" + placeholders(1, len(t.columns)) + ")"
}

// each gives the rows of a table, one after the other, without leases. next
// gives nil after the last one; a row is good until the next one is asked for.
func (t table) each(ctx context.Context, tx tx, use func(next func() ([]any, error)) error) (err error) {
	found, err := tx.query(ctx, t.selectAll())
	if err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		into[i] = &values[i]
	}
	var ended []int
	for _, lease := range t.leases {
		ended = append(ended, slices.Index(t.columns, lease))
	}
	return use(func() ([]any, error) {
		if !found.Next() {
			if err := found.Err(); err != nil {
				return nil, fmt.Errorf("read %s: %w", t.name, err)
			}
			return nil, nil
		}
		if err := found.Scan(into...); err != nil {
			return nil, fmt.Errorf("read %s: %w", t.name, err)
		}
		for _, i := range ended {
			values[i] = int64(0)
		}
		return values, nil
	})
}

// fingerprint is a hash over all rows, in whichever order they come: no two
// rows are equal, so none hides another.
type fingerprint [sha256.Size]byte

// add takes a row in. Each field is preceded by its length.
func (f *fingerprint) add(t table, values []any) error {
	buf := append(make([]byte, 0, 1024), t.name...)
	for i, v := range values {
		var text string
		switch v := v.(type) {
		case int64:
			text = strconv.FormatInt(v, 10)
		case string:
			text = v
		default:
			return fmt.Errorf("%s.%s of %v is neither text nor a number", t.name, t.columns[i], values[0])
		}
		buf = append(buf, ' ')
		buf = strconv.AppendInt(buf, int64(len(text)), 10)
		buf = append(buf, ':')
		buf = append(buf, text...)
	}
	for i, b := range sha256.Sum256(buf) {
		f[i] ^= b
	}
	return nil
}

// counting reports every so many rows.
const counting = 1000

// summed gives the rows of next, takes them into the fingerprint and counts them.
func (m *move) summed(t table, next func() ([]any, error), sum *fingerprint, p *Progress) func() ([]any, error) {
	return func() ([]any, error) {
		values, err := next()
		if err != nil || values == nil {
			return nil, err
		}
		if err := sum.add(t, values); err != nil {
			return nil, err
		}
		if p.Done++; p.Done%counting == 0 {
			m.progress(*p)
		}
		return values, nil
	}
}

// copy brings all rows over, and gives the fingerprint of what was read.
func (m *move) copy(ctx context.Context, src tx, into filling, s stock) (sum fingerprint, err error) {
	p := Progress{Doing: "copying", Total: s.rows()}
	for _, t := range movedTables {
		err := t.each(ctx, src, func(next func() ([]any, error)) error {
			if err := into.take(ctx, t, m.summed(t, next, &sum, &p)); err != nil {
				return fmt.Errorf("copy %s: %w", t.name, err)
			}
			return nil
		})
		if err != nil {
			return sum, err
		}
	}
	return sum, into.settle(ctx)
}

// read gives the fingerprint of what is there.
func (m *move) read(ctx context.Context, from tx, doing string, s stock) (sum fingerprint, err error) {
	p := Progress{Doing: doing, Total: s.rows()}
	for _, t := range movedTables {
		err := t.each(ctx, from, func(next func() ([]any, error)) error {
			next = m.summed(t, next, &sum, &p)
			for {
				if values, err := next(); err != nil || values == nil {
					return err
				}
			}
		})
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}
