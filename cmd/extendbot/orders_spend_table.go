package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// tableWidth is how many columns the table of orders spend has at most, as long as the
// numbers leave room for the keys.
const tableWidth = 80

// writeTable prints the sums, of at least one order, as a table.
func (r spendReport) writeTable(out io.Writer) error {
	only := filter{server: r.Server, user: r.User}
	fmt.Fprintf(out, "Orders%s that were approved since %s\n", only.selected(), inZone(r.Since))
	if r.By == byMonth {
		fmt.Fprintf(out, "Months are those of %s (OXHOST_TIMEZONE).\n", r.TimeZone)
	}
	columns := r.columns()
	lines := [][]string{{strings.ToUpper(r.By)}}
	for _, c := range columns {
		lines[0] = append(lines[0], c.title)
	}
	for _, row := range r.Rows {
		lines = append(lines, row.lines(row.label(), columns)...)
	}
	fmt.Fprintln(out)
	printColumns(out, append(lines, r.Total.lines("total", columns)...))
	return r.printNotes(out, columns)
}

// spendColumn is a column with numbers of a row: of one currency, or for all of them.
type spendColumn struct {
	title    string
	note     string // explains it under the table
	all      func(r spendRow) string
	currency func(a spendMoney) string
}

// columns returns the columns of the table. Some are left out if they have nothing.
func (r spendReport) columns() []spendColumn {
	columns := []spendColumn{
		{title: "ORDERS", all: func(r spendRow) string { return strconv.Itoa(r.Orders) }},
		{title: "HOURS", all: func(r spendRow) string { return strconv.Itoa(int(r.Hours)) }},
		{title: "SPENT", currency: func(a spendMoney) string { return a.Spent }},
	}
	if slices.ContainsFunc(r.Total.Amounts, func(a spendMoney) bool { return a.Estimated != noAmount }) {
		columns = append(columns, spendColumn{title: "ESTIMATED", currency: func(a spendMoney) string { return a.Estimated },
			note: "the part of SPENT whose charge is not known, only its estimate"})
	}
	if slices.ContainsFunc(r.Total.Amounts, func(a spendMoney) bool { return a.Reserved != noAmount }) {
		columns = append(columns, spendColumn{title: "RESERVED", currency: func(a spendMoney) string { return a.Reserved },
			note: "the estimates of approved orders that are not finished"})
	}
	if r.Total.Unpriced > 0 {
		columns = append(columns, spendColumn{title: "NO PRICE", all: func(r spendRow) string { return strconv.Itoa(r.Unpriced) },
			note: "orders with neither a charge nor an estimate; they count hours only"})
	}
	return columns
}

// printNotes explains the columns that need it.
func (r spendReport) printNotes(out io.Writer, columns []spendColumn) error {
	var text string
	for _, c := range columns {
		if c.note != "" {
			text += fmt.Sprintf("\n%s: %s.", c.title, c.note)
		}
	}
	if text == "" {
		return nil
	}
	_, err := fmt.Fprintln(out, text)
	return err
}

// label returns what a row is about: of a server, its name and id.
func (r spendRow) label() string {
	if r.Name == "" {
		return r.Key
	}
	return r.Name + " " + r.Key
}

const noAmount = "0.00"

// lines returns the cells of a row: a line for each currency, which comes last.
func (r spendRow) lines(label string, columns []spendColumn) [][]string {
	lines := make([][]string, max(1, len(r.Amounts)))
	for i := range lines {
		var a spendMoney
		if i < len(r.Amounts) {
			a = r.Amounts[i]
		}
		line := []string{""}
		if i == 0 {
			line[0] = visible(label)
		}
		for _, c := range columns {
			var cell string
			switch {
			case c.currency != nil:
				cell = dash(c.currency(a))
			case i == 0:
				cell = dash(c.all(r))
			}
			line = append(line, cell)
		}
		lines[i] = append(line, visible(a.Currency))
	}
	return lines
}

// dash returns a number, or a dash for none.
func dash(number string) string {
	if number == "" || number == "0" || number == noAmount {
		return "-"
	}
	return number
}

// printColumns prints lines whose first cell is text, which is shortened if it has to
// be. The cells of the first line are those above numbers; what follows them is text.
func printColumns(out io.Writer, lines [][]string) {
	numbers := len(lines[0])
	var widths []int
	for _, line := range lines {
		for i, cell := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	rest := 0
	for _, width := range widths[1:] {
		rest += 2 + width
	}
	widths[0] = min(widths[0], max(tableWidth-rest, narrowest))
	for _, line := range lines {
		first := shorten(line[0], widths[0])
		text := first + strings.Repeat(" ", widths[0]-ansi.StringWidth(first))
		for i, cell := range line[1:numbers] {
			text += strings.Repeat(" ", 2+widths[1+i]-ansi.StringWidth(cell)) + cell
		}
		text += "  " + strings.Join(line[numbers:], "")
		fmt.Fprintln(out, strings.TrimRight(text, " "))
	}
}

// narrowest is how many columns a key has at least.
const narrowest = 12

// shorten returns a text with an ellipsis in its middle if it is wider than that. The
// ids of a host often differ only at one of their ends.
func shorten(text string, width int) string {
	full := ansi.StringWidth(text)
	if full <= width {
		return text
	}
	end := width / 3
	return ansi.Truncate(text, width-1-end, "") + "…" + ansi.TruncateLeft(text, full-end, "")
}
