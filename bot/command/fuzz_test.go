package command

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"extendbot/bot/message"
	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// fuzzOptions returns options of each kind: what is known of the servers differs.
func fuzzOptions(kind uint8, limit order.Hours) Options {
	o := Options{Name: "/rent", Limit: limit}
	switch kind % 4 {
	case 1:
		o.Known = anyID
	case 2:
		o.Known = knows("web-1", "db-1", "prod")
	case 3:
		o.Known = knows("24", "48", "7d", "list", "days", "because", "for", "extend", "rent", "web-1", "sun", "until", "please", "a")
	}
	return o
}

// FuzzParse parses any text. No text leads to an order whose hours the rules do
// not explain, every command means the same in its normal form, and what is
// suggested works.
func FuzzParse(f *testing.F) {
	for _, c := range refusals {
		f.Add(c.text, uint8(2), 720)
	}
	for i, s := range []string{
		"", "help", "web-1 72", "web-1 1w2d3h", "“web-1” ７２", "<http://a.b|a.b> 1", "24 web-1", "a b c", "\xff\xfe 1", "`<!channel>` 1e3",
		"<http://|> 1", "<<http://a|b>> 2", "web-1 72. ", "web-1, 72", "web-1 72 hours", "web-1 3 days", "web-1 1 day 12 hours", "web-1 for 24 hours",
		"/extend web-1 72", "web-1 3days", "web-1 +24", "list", "status", "history web-1", "cancel", "<https://web-1.example.com|web-1> 24",
		"24 24", "24 48", "7d 24", "list 24", "extend extend 24", "extend list for 24", "because 24 because 24", "please 24", "days for 3 days", "3 days",
		"web-1 until friday 18:00", "until 6 pm web-1", "24 for until 18:00", "status 06PPV9A8-KX3N7D2Q", "*web-1 24 because _a &amp;lt; b_*",
		"“web-1 24 because ”x“”", "rent rent 24", "a 1 a", "web-1 ½d", "1- 2 - 3", "web-1 1d2h3w", "web_ _24_ 1", "web-1 24 & 3",
	} {
		f.Add(s, uint8(i), 720)
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8, most int) {
		o := fuzzOptions(kind, order.Hours(most))
		got, err := Parse(text, o)
		if kind%4 == 1 { // who may extend any server is no better known
			if other, _ := Parse(text, fuzzOptions(0, o.Limit)); other != got {
				t.Fatalf("%+v, but without Known %+v", got, other)
			}
		}
		if err != nil {
			checkUsageError(t, err, got, o)
			return
		}
		if again, err := Parse(got.String(), o); err != nil || again != got {
			t.Fatalf("%+v in its normal form, %q, is %+v, %v", got, got.String(), again, err)
		}
		if n := utf8.RuneCountInString(got.Purpose); n > 200 || mrkdwn.Visible(got.Purpose) != got.Purpose || got.Purpose != "" && got.Verb != Extend {
			t.Fatalf("a reason of %d characters: %q", n, got.Purpose)
		}
		if got.Server != "" && (len(got.Server) > 128 || !utf8.ValidString(got.Server) || strings.ContainsFunc(got.Server, unicode.IsSpace) || mrkdwn.Visible(got.Server) != got.Server) {
			t.Fatalf("server %q", got.Server)
		}
		checkVerb(t, text, got, o)
		if got.Verb == Extend { // a form reads the time alone
			if c, err := ParseTime(got.Typed, o); err != nil || c.Hours != got.Hours || c.Until != got.Until || c.Typed != got.Typed {
				t.Fatalf("the time of %+v alone is %+v, %v", got, c, err)
			}
		}
		if c, err := ParseTime(text, o); err == nil && (c.Until.IsZero() && (c.Hours < 1 || c.Hours > o.Limit) || c.Server != "") {
			t.Fatalf("as a time, it is %+v", c)
		}
	})
}

// checkVerb checks that the fields of a command fit its verb.
func checkVerb(t *testing.T, text string, got Command, o Options) {
	t.Helper()
	switch got.Verb {
	case Form, Help, List, Approvals:
		if got != (Command{Verb: got.Verb}) {
			t.Fatalf("%s with more: %+v", got.Verb, got)
		}
	case History, Status, Cancel:
		want := Command{Verb: got.Verb, Server: got.Server, Order: got.Order}
		if got != want || got.Server != "" && got.Order != "" {
			t.Fatalf("%s with more: %+v", got.Verb, got)
		}
	case Extend:
		if got.Server == "" {
			t.Fatalf("an order without a server: %+v", got)
		}
		if got.Until.IsZero() {
			explainHours(t, text, got, o)
		} else if got.Hours != 0 || got.Typed != got.Until.String() {
			t.Fatalf("until with hours: %+v", got)
		}
	default:
		t.Fatalf("the verb is %q", got.Verb)
	}
}

var (
	naiveLink   = regexp.MustCompile(`(?i)<(?:https?://|mailto:|tel:)([^<>|]*)(?:\|([^<>]*))?>`)
	naiveReason = regexp.MustCompile(`because`)
	naiveToken  = regexp.MustCompile(`[\p{L}]+|[0-9]+|[^\p{L}0-9\s]+`)
)

// explainHours fails unless the hours of an order are what a much simpler reader
// finds: apart from the server and a few words, the text has only numbers with
// units, each unit once, which add up to the hours, or one number, which is the
// hours.
func explainHours(t *testing.T, text string, got Command, o Options) {
	t.Helper()
	if got.Hours < 1 || got.Hours > o.Limit {
		t.Fatalf("%d hours, limit %d", got.Hours, o.Limit)
	}
	plain := strings.ToLower(width.Fold.String(mrkdwn.Visible(text)))
	plain = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(plain)
	for range 3 { // a link in the label of a link
		plain = naiveLink.ReplaceAllStringFunc(plain, func(l string) string {
			m := naiveLink.FindStringSubmatch(l)
			if strings.Contains(l, "|") {
				return m[2]
			}
			return strings.TrimSuffix(m[1], "/")
		})
	}
	plain = strings.Map(func(r rune) rune {
		if r >= '\u2010' && r <= '\u2015' || r == '\u2212' {
			return '-'
		}
		return r
	}, plain)
	ends := []int{len(plain)}
	if got.Purpose != "" {
		ends = nil
		for _, at := range naiveReason.FindAllStringIndex(plain, -1) {
			ends = append(ends, at[0])
		}
	}
	server := strings.ToLower(got.Server)
	for _, end := range ends {
		for at := range end {
			if strings.HasPrefix(plain[at:end], server) && explains(plain[:at], plain[at+len(server):end], got.Hours) {
				return
			}
		}
	}
	t.Fatalf("%q became %d hours for %s", text, got.Hours, got.Server)
}

// explains reports whether the text before and behind a server adds up to hours.
func explains(before, behind string, hours order.Hours) bool {
	tokens := append(naiveToken.FindAllString(before, -1), "|")
	tokens = append(tokens, naiveToken.FindAllString(behind, -1)...)
	tokens = slices.DeleteFunc(tokens, func(token string) bool {
		return strings.Trim(token, ".,;:!?\"'`´‚„“”‘’‹›«»*_~") == ""
	})
	parts := map[string]int{} // by the first letter of the unit
	numbers := 0
	for i, token := range tokens {
		number, err := strconv.Atoi(token)
		switch {
		case err != nil && token[0] >= '0' && token[0] <= '9':
			return false
		case err != nil:
			continue
		}
		unit := ""
		if i+1 < len(tokens) {
			unit = tokens[i+1]
		}
		if !slices.Contains(strings.Fields("h hr hrs hour hours d day days w wk wks week weeks"), unit) {
			unit = " "
		}
		if _, twice := parts[unit[:1]]; twice {
			return false
		}
		parts[unit[:1]] = number
		numbers++
	}
	for _, token := range tokens {
		if strings.IndexFunc(token, unicode.IsLetter) == 0 && !slices.Contains(strings.Fields("h hr hrs hour hours d day days w wk wks week weeks for by and please extend rent"), token) {
			return false
		}
	}
	if strings.Contains(before+" "+behind, "½") || regexp.MustCompile(`[0-9][.,:/-][0-9]|(^|\s)-[0-9]`).MatchString(before+" "+behind) {
		return false
	}
	if bare, ok := parts[" "]; ok {
		return numbers == 1 && order.Hours(bare) == hours
	}
	return numbers > 0 && order.Hours(parts["h"]+24*parts["d"]+168*parts["w"]) == hours
}

// checkUsageError checks that a mistake has an answer of a few lines, and that what
// it suggests works.
func checkUsageError(t *testing.T, err error, got Command, o Options) {
	t.Helper()
	usage, ok := errors.AsType[*message.UsageError](err)
	if !ok || got != (Command{}) {
		t.Fatalf("%v together with %+v", err, got)
	}
	m := message.Refusal(usage, message.RefusalView{Limit: usage.Limit, Command: o.Name})
	if n := utf8.RuneCountInString(m.Text); n > 400+len(usage.Try)*700 {
		t.Fatalf("the answer has %d characters", n)
	}
	if len(usage.Try) > 3 {
		t.Fatalf("%d suggestions: %q", len(usage.Try), usage.Try)
	}
	for _, text := range usage.Try {
		c, err := Parse(text, o)
		if err != nil || c.Hours > o.Limit {
			t.Fatalf("what is suggested, %q, is %+v, %v", text, c, err)
		}
	}
}

// The simple reader that the fuzz tests trust finds wrong hours.
func TestExplains_FindsWrongHours(t *testing.T) {
	for _, c := range []struct {
		before, behind string
		hours          order.Hours
		want           bool
	}{
		{"", " 24", 24, true}, {"", " 1 day 12 hours", 36, true}, {"2d for ", "", 48, true}, {"", " 1d12h", 36, true},
		{"", " 24", 25, false}, {"", " 1 day 12", 36, false}, {"", " 1.5d", 5 * 24, false}, {"", " 24 48", 24, false},
		{"", " 1d 2d", 72, false}, {"", " -3", 3, false}, {"", " 24 now", 24, false}, {"", " 30m", 30, false}, {"", "", 0, false},
	} {
		if got := explains(c.before, c.behind, c.hours); got != c.want {
			t.Errorf("%s server %s, %d hours: %t", c.before, c.behind, c.hours, got)
		}
	}
}

// Weeks, days and hours add up, within the limit, in any order and spelling.
func TestParse_AddsUpUnits(t *testing.T) {
	spelled := map[int64][]string{1: {"h", " hr", " Hours"}, 24: {"d", " DAY", "days"}, 168: {"w", "wks", " week"}}
	for w := range int64(6) {
		for d := range int64(9) {
			for h := range int64(30) {
				sum := order.Hours(168*w + 24*d + h)
				i := int(w + d + h)
				parts := []string{fmt.Sprint(w, spelled[168][i%3]), fmt.Sprint(d, spelled[24][(i+1)%3]), fmt.Sprint(h, spelled[1][(i+2)%3])}
				parts[0], parts[i%3] = parts[i%3], parts[0]
				text := "web-1 " + strings.Join(parts, " ")
				got, err := Parse(text, Options{Limit: testLimit})
				if fits := sum >= 1 && sum <= testLimit; fits != (err == nil) || fits && got.Hours != sum {
					t.Fatalf("%q is %d hours, got %v, %v", text, sum, got, err)
				}
			}
		}
	}
}
