package ledger_test

import (
	"database/sql"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/ledgerfill"
	"extendbot/ledger"
)

// No query slows down as the number of orders grows: each uses its indexes.
func TestQueries_UseIndexes(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		few := ledgerfill.Years(1000, time.Now())
		few.Servers, few.People = 5, 5
		if err := ledgerfill.Fill(t.Context(), url, few); err != nil {
			t.Fatal(err)
		}
		db := d.raw(t, url)
		db.SetMaxOpenConns(1)
		explain := "EXPLAIN QUERY PLAN "
		if d.shared {
			// Without these, a small table is read as a whole, whatever indexes it has, and
			// rows are looked at because they are new.
			exec(t, db, "SET enable_seqscan = off", "VACUUM ANALYZE orders")
			explain = "EXPLAIN "
		}
		own := ledger.SQLitePlans
		if d.shared {
			own = ledger.PGPlans
		}
		for _, p := range slices.Concat(ledger.Plans, own) {
			plan := planOf(t, db, explain+p.Query, p.Args...)
			var used []string
			for _, m := range access.FindAllStringSubmatch(plan, -1) {
				used = append(used, m[1])
			}
			slices.Sort(used)
			want := slices.Sorted(slices.Values(p.Indexes))
			if diff := cmp.Diff(want, used); diff != "" {
				t.Errorf("%s: wrong indexes (-want +got)\n%s%s", p.Name, diff, plan)
			}
			if strings.HasPrefix(p.Query, ledger.SumSpent) && !indexOnly.MatchString(plan) {
				t.Errorf("%s: it reads more than the index\n%s", p.Name, plan)
			}
		}
	})
}

// A write on SQLite fills no table for a list of values in the condition of an index.
// That took most of its time, and all other writes wait for it.
func TestWrites_NoTableForLists(t *testing.T) {
	t.Parallel()
	d := databases[0]
	db := d.raw(t, d.url(t))
	for _, query := range ledger.Writes {
		args := make([]any, strings.Count(query, "$"))
		steps, err := db.QueryContext(t.Context(), "EXPLAIN "+query, args...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		for _, step := range columnOf(t, steps, "opcode") {
			if step == "OpenEphemeral" {
				t.Errorf("it fills a table: %s", query)
			}
		}
	}
}

// access matches each access to the orders, to the reminders, and to the queue, with the index.
var access = regexp.MustCompile(`(?:(?:SCAN|SEARCH) (?:orders|reminders)(?: USING (?:COVERING )?INDEX)?|Seq Scan on|Scan(?: Backward)? using|Bitmap Index Scan on) ?((?:orders|reminders|river_job)\w*|$)`)

// indexOnly matches an access to the orders that reads an index and nothing else.
var indexOnly = regexp.MustCompile(`COVERING INDEX|Index Only Scan`)

func planOf(t *testing.T, db *sql.DB, query string, args ...any) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(columnOf(t, rows, ""), "\n")
}

// columnOf returns a column of all rows, as text: the last one, if it has no name.
func columnOf(t *testing.T, rows *sql.Rows, name string) (lines []string) {
	t.Helper()
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	at := len(names) - 1
	if name != "" {
		at = slices.Index(names, name)
	}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line, _ := values[at].(string)
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
