package ledger

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// column is a column of a table and the field of T that it stores.
type column[T any] struct {
	name  string
	use   columnUse
	field func(*T) any // returns a pointer: rows are written from it and read into it
}

// columnUse says what happens to a column after its row was added. Those that are
// leases or shown are not part of the facts, so [Ledger.Verified] cannot check them.
type columnUse int

const (
	fixed    columnUse = iota // it never changes
	changing                  // each transition of an order writes it
	lease                     // likewise: the time until which a process owns the order
	shown                     // likewise: how the order is shown
)

// table writes and reads the rows of one table.
type table[T any] struct {
	layout
	columns []column[T]
}

// layout is a table without the Go type of its rows.
type layout struct {
	name, key string   // key: the columns that identify a row
	names     []string // names of all columns
	leases    []int    // indexes of leases in names
}

func newTable[T any](name, key string, columns []column[T]) table[T] {
	t := table[T]{layout: layout{name: name, key: key}, columns: columns}
	for i, c := range columns {
		t.names = append(t.names, c.name)
		if c.use == lease {
			t.leases = append(t.leases, i)
		}
	}
	return t
}

// only returns the table with some of its columns.
func (t table[T]) only(is func(c column[T]) bool) table[T] {
	return newTable(t.name, t.key, slices.DeleteFunc(slices.Clone(t.columns), func(c column[T]) bool { return !is(c) }))
}

// selectWhere returns a query for whole rows. rest follows the table's name.
func (l layout) selectWhere(rest string) string {
	return "SELECT " + strings.Join(l.names, ", ") + " FROM " + l.name + " " + rest
}

// namesOf returns the names of the columns, each with the name of its table in a
// query.
func (l layout) namesOf(table string) string {
	return table + "." + strings.Join(l.names, ", "+table+".")
}

// insert returns the statement that adds a row.
func (l layout) insert() string {
	marks := make([]string, len(l.names))
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	return "INSERT INTO " + l.name + " (" + strings.Join(l.names, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

// update returns the statement that writes the columns that may change; see
// updateValues.
func (t table[T]) update() string {
	var sets []string
	for _, c := range t.columns {
		if c.use != fixed {
			sets = append(sets, c.name+" = $"+strconv.Itoa(len(sets)+2))
		}
	}
	return "UPDATE " + t.name + " SET " + strings.Join(sets, ", ") + " WHERE " + t.key + " = $1"
}

// updateValues returns the parameters of update.
func (t table[T]) updateValues(key any, row *T) []any {
	list := []any{key}
	for _, c := range t.columns {
		if c.use != fixed {
			list = append(list, storedValue(c.field(row)))
		}
	}
	return list
}

// values returns a row's columns in their order, as text and 64-bit numbers.
func (t table[T]) values(row *T) []any {
	list := make([]any, len(t.columns))
	for i, c := range t.columns {
		list[i] = storedValue(c.field(row))
	}
	return list
}

// scanner is the current row of a query.
type scanner interface{ Scan(dest ...any) error }

// scan reads a row that has all columns in their order.
func (t table[T]) scan(from scanner, row *T) error { return from.Scan(t.fields(row)...) }

// fields returns what reads all columns into the fields of a row.
func (t table[T]) fields(row *T) []any {
	into := make([]any, len(t.columns))
	for i, c := range t.columns {
		into[i] = c.field(row)
		if v := reflect.ValueOf(into[i]).Elem(); v.CanInt() {
			into[i] = number{v}
		}
	}
	return into
}

// notANumber is read from a column for numbers in which somebody has stored something
// else, which SQLite allows. The program never writes it, so the order can be read and
// does not verify.
const notANumber = -1

// number is a field for whole numbers that can be read from a database.
type number struct{ field reflect.Value }

// Scan implements sql.Scanner.
func (n number) Scan(v any) error {
	n.field.SetInt(wholeNumber(v))
	return nil
}

func wholeNumber(v any) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return notANumber
}

// storedValue returns the value behind a pointer to a field, in its stored form.
func storedValue(field any) any {
	switch f := field.(type) {
	case *storedTime:
		return micros(time.Time(*f))
	case *storedWords:
		return f.text()
	}
	v := reflect.ValueOf(field).Elem()
	if v.Kind() == reflect.String {
		return v.String()
	}
	return v.Int()
}

// cleanText returns a text from outside in a form that every database can store:
// without invalid UTF-8 and without zero bytes.
func cleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// micros returns the stored form of a time: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros returns the time whose stored form is n.
func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// storedWords is a list of words that can be read from a database, where a blank
// follows each.
type storedWords []string

func (s *storedWords) text() string {
	var b strings.Builder
	for _, word := range *s {
		b.WriteString(word + " ")
	}
	return b.String()
}

// Scan implements sql.Scanner. What is no text has no words.
func (s *storedWords) Scan(v any) error {
	text, _ := v.(string)
	*s = nil
	if words := strings.Fields(text); len(words) > 0 {
		*s = words
	}
	return nil
}

// storedTime is a time that can be read from a database.
type storedTime time.Time

// Scan implements sql.Scanner.
func (s *storedTime) Scan(v any) error {
	*s = storedTime(fromMicros(wholeNumber(v)))
	return nil
}
