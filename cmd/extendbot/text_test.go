package main

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/shopspring/decimal"

	"extendbot/ledger"
	"extendbot/order"
)

// hostile are texts that attack a terminal or a spreadsheet.
var hostile = []string{
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "\"=1", "＝1", "a;=1", "a; \"-1", "a,=1", "a\n=1",
	"=HYPERLINK(\"http://x\",\"y\")", "=cmd|' /C calc'!A0", "\ufeff=1", "\u200b=1", "\u202egnp.exe", "\u2066x\u2069",
	"\x1b[2J", "\x1b]8;;http://x\x07y", "\x9b2J", "a\bb", "a\x00b", "\xff\xfe", "\\n", "\\x1b", `\`, "\u2028", "\u00a0x", "\u3164", "ok", "",
}

// recovered undoes cell.
func recovered(t *testing.T, s string) string {
	t.Helper()
	if strings.HasPrefix(s, "'") && formula.MatchString(s[1:]) {
		s = s[1:]
	}
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%q cannot be recovered: %v", s, err)
	}
	return text
}

// checkPrintable fails the test if s contains something that cannot be seen.
func checkPrintable(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if r != ' ' && (!unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%q contains %U", s, r)
		}
	}
}

// In the export, no cell begins with what a spreadsheet evaluates, whatever the
// text is; it has as many fields as its header, nothing hidden, and every text
// can be recovered.
func FuzzExportCSV(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := order.Order{
			ID: order.ID(text), State: order.State(text), Person: order.Person{User: text}, DecidedBy: text, Account: text,
			Server: order.Server{Name: text, ID: text}, Hours: -1, Reason: text, Typed: text, Purpose: text,
			DeclineReason: text, Approvals: []order.Approval{{User: text}},
			Receipt: &order.Receipt{OrderID: text, Currency: text, Amount: decimal.NewNullDecimal(decimal.New(-5, 0))},
		}
		var out bytes.Buffer
		if err := exportCSV(&out, []order.Order{o, o}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll() // fails if a row has another number of fields than the first
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d rows, error %v", len(rows), err)
		}
		texts := 0
		for i, value := range rows[1] {
			if value != rows[2][i] {
				t.Errorf("%q and %q for the same", value, rows[2][i])
			}
			if strings.IndexAny(strings.TrimLeft(value, " \""), "=+-@＝＋－＠\t\r\n") == 0 {
				t.Errorf("a cell begins with %q", value)
			}
			for _, part := range strings.Split(value, ";")[1:] {
				if formula.MatchString(part) {
					t.Errorf("a cell of a program that separates by semicolons begins with %q", part)
				}
			}
			checkPrintable(t, value)
			if recovered(t, value) == text {
				texts++
			}
		}
		if want := 13; texts < want {
			t.Errorf("%d of %d texts can be recovered from %q", texts, want, rows[1])
		}
	})
}

// What the commands print contains nothing that a terminal interprets.
func TestOrders_HostileText(t *testing.T) {
	t.Parallel()
	for _, text := range hostile {
		o := order.Order{
			ID: order.ID(text), State: order.State(text), Person: order.Person{Team: text, User: text}, Channel: text, DecidedBy: text,
			Account: text, Server: order.Server{Name: text, ID: text}, Reason: text, Typed: text, Purpose: text,
			DeclineReason: text, Approvals: []order.Approval{{User: text}},
			Receipt: &order.Receipt{OrderID: text, Type: text, ServerID: text, OwnerID: text, Currency: text},
		}
		var list, show bytes.Buffer
		if err := printList(&list, []order.Order{o}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(list.String(), "\n"); n != 2 {
			t.Errorf("%q makes %d lines", text, n)
		}
		if err := printOrder(&show, o, nil, []ledger.Difference{{Order: o.ID, What: text}}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(list.String()+show.String(), "\n") {
			checkPrintable(t, line)
		}
	}
}

// An error can contain text from outside, such as an argument or 0xhost's answer.
func TestExecute_HostileError(t *testing.T) {
	t.Setenv("DATABASE_URL", "sqlite:"+t.TempDir()+"/x.db")
	for _, args := range [][]string{{"orders", "show", "\x1b[2J\u202e"}, {"\x1b[2J"}, {"orders", "list", "--limit", "\x1b"}, {"--\x1b[2J"}} {
		_, out := command(t, args...)
		for line := range strings.SplitSeq(out, "\n") {
			checkPrintable(t, line)
		}
	}
}
