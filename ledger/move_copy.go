package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
)

// movedTables are copied row by row, in their stored form. Leases are not
// copied: during a move no process is alive that could hold one.
var movedTables = []layout{orderTable.layout, historyTable.layout, baselineTable.layout, sealTable.layout, leaseTable.layout, reminderTable.layout}

// eachRow calls use with a function that returns the rows of a table, one after
// another, with all leases ended, and nil after the last one. A row is valid
// until the next call.
func (l layout) eachRow(ctx context.Context, tx tx, use func(next func() ([]any, error)) error) (err error) {
	found, err := tx.query(ctx, l.selectWhere("ORDER BY "+l.key))
	if err != nil {
		return fmt.Errorf("read %s: %w", l.name, err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	values, into := make([]any, len(l.names)), make([]any, len(l.names))
	for i := range values {
		into[i] = &values[i]
	}
	return use(func() ([]any, error) {
		if !found.Next() {
			if err := found.Err(); err != nil {
				return nil, fmt.Errorf("read %s: %w", l.name, err)
			}
			return nil, nil
		}
		if err := found.Scan(into...); err != nil {
			return nil, fmt.Errorf("read %s: %w", l.name, err)
		}
		for _, i := range l.leases {
			values[i] = int64(0)
		}
		return values, nil
	})
}

// fingerprint is a hash over every column of every row, independent of the order
// of the rows, and the number of rows. It proves that both ends of a move are
// equal. No two rows are equal, so they cannot cancel each other out.
type fingerprint struct {
	hash [sha256.Size]byte
	rows int
}

// add adds a row. Each field is preceded by its length.
func (f *fingerprint) add(t layout, values []any) error {
	buf := append(make([]byte, 0, 1024), t.name...)
	for i, v := range values {
		var text string
		switch v := v.(type) {
		case int64:
			text = strconv.FormatInt(v, 10)
		case string:
			text = v
		default:
			return fmt.Errorf("%s.%s of %v is neither text nor a number", t.name, t.names[i], values[0])
		}
		buf = append(buf, ' ')
		buf = strconv.AppendInt(buf, int64(len(text)), 10)
		buf = append(buf, ':')
		buf = append(buf, text...)
	}
	for i, b := range sha256.Sum256(buf) {
		f.hash[i] ^= b
	}
	f.rows++
	return nil
}

// reportEvery is the number of rows between two progress reports.
const reportEvery = 200

// counted returns the rows of next, and adds them to a fingerprint and to the
// progress.
func (m *move) counted(t layout, next func() ([]any, error), sum *fingerprint, doing string, total int) func() ([]any, error) {
	return func() ([]any, error) {
		values, err := next()
		if err != nil || values == nil {
			return nil, err
		}
		if err := sum.add(t, values); err != nil {
			return nil, err
		}
		if sum.rows%reportEvery == 0 {
			m.progress(Progress{Doing: doing, Done: sum.rows, Total: total})
		}
		return values, nil
	}
}

// copy copies all rows and returns the fingerprint of what was read.
func (m *move) copy(ctx context.Context, src tx, into loader, total int) (sum fingerprint, err error) {
	const doing = "copying"
	m.progress(Progress{Doing: doing, Total: total})
	for _, t := range movedTables {
		err := t.eachRow(ctx, src, func(next func() ([]any, error)) error {
			if err := into.addRows(ctx, t, m.counted(t, next, &sum, doing, total)); err != nil {
				return fmt.Errorf("copy %s: %w", t.name, err)
			}
			return nil
		})
		if err != nil {
			return sum, err
		}
	}
	return sum, into.loaded(ctx)
}

// read returns the fingerprint of all rows.
func (m *move) read(ctx context.Context, from tx, doing string, total int) (sum fingerprint, err error) {
	m.progress(Progress{Doing: doing, Total: total})
	for _, t := range movedTables {
		err := t.eachRow(ctx, from, func(next func() ([]any, error)) error {
			next = m.counted(t, next, &sum, doing, total)
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

// counts is the number of rows to move.
type counts struct{ orders, history, baselines int64 }

func (c counts) notEmpty() error {
	return &NotEmptyError{Orders: int(c.orders), History: int(c.history), Baselines: int(c.baselines)}
}

// changeMark changes with every change of a ledger: each transition adds to
// history, and each shown message raises a version, or shows or tells of another
// extension. What is known of leases is not part of it: each process finds that out anew.
type changeMark struct {
	counts

	versions, changed, asked, baseline int64
	leases, stops, reminders, done     int64
}

// rows returns the number of rows to move, apart from a seal.
func (m changeMark) rows() int {
	return int(m.orders + m.history + m.baselines + m.leases + m.reminders)
}

const selectMark = "SELECT o.n, o.versions, o.changed, o.asked, h.n, n.n, n.noted, l.n, l.stops, r.n, r.done FROM" +
	" (SELECT COUNT(*) AS n, CAST(COALESCE(SUM(version + card_version + word_version + ask_version + told_version" +
	" + LENGTH(card_extended_by) + LENGTH(told_extended_by) + LENGTH(told_user) + LENGTH(finding)), 0) AS BIGINT) AS versions," +
	" COALESCE(MAX(changed_at), 0) AS changed, COALESCE(MAX(asked_at), 0) AS asked FROM orders) AS o," +
	" (SELECT COUNT(*) AS n FROM history) AS h," +
	" (SELECT COUNT(*) AS n, COALESCE(MAX(noted_at), 0) AS noted FROM notes) AS n," +
	" (SELECT COUNT(*) AS n, COALESCE(SUM(LENGTH(stopped_by)), 0) AS stops FROM leases) AS l," +
	" (SELECT COUNT(*) AS n, CAST(COALESCE(SUM(done), 0) AS BIGINT) AS done FROM reminders) AS r"

func markOf(ctx context.Context, tx tx) (m changeMark, err error) {
	err = forEachRow(ctx, tx, selectMark, func(found scanner) error {
		return found.Scan(&m.orders, &m.versions, &m.changed, &m.asked, &m.history, &m.baselines, &m.baseline, &m.leases, &m.stops, &m.reminders, &m.done)
	})
	if err != nil {
		return m, fmt.Errorf("count what is there: %w", err)
	}
	return m, nil
}
