package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

const testLimit = order.Hours(720)

// knows returns a Known that knows these servers.
func knows(servers ...string) func(string) bool {
	return func(server string) bool {
		for _, s := range servers {
			if strings.EqualFold(s, server) {
				return true
			}
		}
		return false
	}
}

// anyID is the Known of people who may extend any server by its id.
func anyID(server string) bool { return order.ValidHostID(server) }

func wants(server, typed string, hours order.Hours) Command {
	return Command{Verb: Extend, Server: server, Hours: hours, Typed: typed}
}

func wantsUntil(server string, u Until) Command {
	return Command{Verb: Extend, Server: server, Until: u, Typed: u.String()}
}

func because(c Command, purpose string) Command {
	c.Purpose = purpose
	return c
}

type understood struct {
	text string
	want Command
}

// What people type is understood: each rule of the grammar, and what keyboards and
// copying add to a text. It makes no difference whether nothing is known of the
// servers, every id is one, or the server is on a list.
func TestParse_Understands(t *testing.T) {
	friday := Until{Day: DayWeekday, Weekday: 5, Hour: 18}
	for name, c := range map[string]understood{
		// How long.
		"hours alone":             {"web-1 72", wants("web-1", "72 hours", 72)},
		"one hour":                {"web-1 1", wants("web-1", "1 hour", 1)},
		"h":                       {"web-1 72h", wants("web-1", "72 hours", 72)},
		"hr":                      {"web-1 1hr", wants("web-1", "1 hour", 1)},
		"hrs":                     {"web-1 2 hrs", wants("web-1", "2 hours", 2)},
		"hour":                    {"web-1 1 hour", wants("web-1", "1 hour", 1)},
		"hours":                   {"web-1 72 hours", wants("web-1", "72 hours", 72)},
		"d":                       {"web-1 3d", wants("web-1", "3 days", 72)},
		"day":                     {"web-1 1 day", wants("web-1", "1 day", 24)},
		"days":                    {"web-1 3 days", wants("web-1", "3 days", 72)},
		"days attached":           {"web-1 3days", wants("web-1", "3 days", 72)},
		"w":                       {"web-1 1w", wants("web-1", "1 week", 168)},
		"wk":                      {"web-1 1wk", wants("web-1", "1 week", 168)},
		"wks":                     {"web-1 2 wks", wants("web-1", "2 weeks", 336)},
		"week":                    {"web-1 1 week", wants("web-1", "1 week", 168)},
		"weeks":                   {"web-1 2weeks", wants("web-1", "2 weeks", 336)},
		"units in any case":       {"web-1 1W2D3H", wants("web-1", "1 week 2 days 3 hours", 219)},
		"parts attached":          {"web-1 1d12h", wants("web-1", "1 day 12 hours", 36)},
		"parts apart":             {"web-1 1 day 12 hours", wants("web-1", "1 day 12 hours", 36)},
		"parts half attached":     {"web-1 1d12 hours", wants("web-1", "1 day 12 hours", 36)},
		"parts in another order":  {"web-1 12h 1d", wants("web-1", "1 day 12 hours", 36)},
		"parts rising, attached":  {"web-1 12h1d", wants("web-1", "1 day 12 hours", 36)},
		"parts with and":          {"web-1 1 week and 3 hours", wants("web-1", "1 week 3 hours", 171)},
		"parts with a comma":      {"web-1 1 day, 12 hours", wants("web-1", "1 day 12 hours", 36)},
		"all parts":               {"web-1 1w2d3h", wants("web-1", "1 week 2 days 3 hours", 219)},
		"a part of nothing":       {"web-1 0w1d", wants("web-1", "1 day", 24)},
		"the limit":               {"web-1 720", wants("web-1", "720 hours", 720)},
		"the limit in days":       {"web-1 30d", wants("web-1", "30 days", 720)},
		"leading zeros":           {"web-1 0024", wants("web-1", "24 hours", 24)},
		"a plus":                  {"web-1 +24", wants("web-1", "24 hours", 24)},
		"a plus and a unit":       {"web-1 +1d +12h", wants("web-1", "1 day 12 hours", 36)},
		"for":                     {"web-1 for 24 hours", wants("web-1", "24 hours", 24)},
		"by":                      {"web-1 by 3d", wants("web-1", "3 days", 72)},
		"for, then the server":    {"for web-1 24", wants("web-1", "24 hours", 24)},
		"the time first":          {"24 web-1", wants("web-1", "24 hours", 24)},
		"the time first, parts":   {"1 day 12 hours web-1", wants("web-1", "1 day 12 hours", 36)},
		"the time first, for":     {"3 days for web-1", wants("web-1", "3 days", 72)},
		"a number first, for":     {"24 for web-1", wants("web-1", "24 hours", 24)},
		"for in front of time":    {"for 3 days web-1", wants("web-1", "3 days", 72)},
		"a number as a server":    {"24 for 48", wants("24", "48 hours", 48)},
		"please":                  {"please web-1 24", wants("web-1", "24 hours", 24)},
		"please at the end":       {"web-1 24, please!", wants("web-1", "24 hours", 24)},
		"an id":                   {"a6bbde9c-c6df-11f0-8cdf-525400792197 1", wants("a6bbde9c-c6df-11f0-8cdf-525400792197", "1 hour", 1)},
		"an id like a number":     {"1e3 24", wants("1e3", "24 hours", 24)},
		"case is kept":            {"Web-1 24", wants("Web-1", "24 hours", 24)},
		"a name with a dot":       {"web-1.example.com 24", wants("web-1.example.com", "24 hours", 24)},
		"a name with underscores": {"web__1_ 24", wants("web__1_", "24 hours", 24)},

		// Until when.
		"until a weekday":         {"web-1 until friday 18:00", wantsUntil("web-1", friday)},
		"until, short":            {"web-1 til Fri, 6PM", wantsUntil("web-1", friday)},
		"until, pm apart":         {"web-1 till fri at 6 p.m.", wantsUntil("web-1", friday)},
		"until, the time first":   {"web-1 until 18:00 on friday", wantsUntil("web-1", friday)},
		"until, the server last":  {"until friday 18:00 web-1", wantsUntil("web-1", friday)},
		"until today":             {"web-1 until today 6:30pm", wantsUntil("web-1", Until{Day: DayToday, Hour: 18, Minute: 30})},
		"until tomorrow":          {"web-1 until tomorrow noon", wantsUntil("web-1", Until{Day: DayTomorrow, Hour: 12})},
		"until a time alone":      {"web-1 until 18:00", wantsUntil("web-1", Until{Day: DayAny, Hour: 18})},
		"until midnight":          {"web-1 until midnight", wantsUntil("web-1", Until{Day: DayAny})},
		"until, utc":              {"web-1 until 18:00 UTC", wantsUntil("web-1", Until{Day: DayAny, Hour: 18, UTC: true})},
		"until a date":            {"web-1 until 2026-12-04 18:00", wantsUntil("web-1", Until{Day: DayDate, Year: 2026, Month: 12, Date: 4, Hour: 18})},
		"until 4 dec":             {"web-1 until 4 dec 18:00", wantsUntil("web-1", Until{Day: DayDate, Month: 12, Date: 4, Hour: 18})},
		"until dec 4":             {"web-1 until December 4th, 6pm", wantsUntil("web-1", Until{Day: DayDate, Month: 12, Date: 4, Hour: 18})},
		"until a date and a year": {"web-1 until dec 4 2026 06:30", wantsUntil("web-1", Until{Day: DayDate, Year: 2026, Month: 12, Date: 4, Hour: 6, Minute: 30})},
		"until weekday and date":  {"web-1 until Fri 4 Dec 18:00", wantsUntil("web-1", Until{Day: DayDate, Weekday: 5, Month: 12, Date: 4, Hour: 18})},
		"until 12am":              {"web-1 until 12:30am", wantsUntil("web-1", Until{Day: DayAny, Minute: 30})},
		"until 12pm":              {"web-1 until friday 12pm", wantsUntil("web-1", Until{Day: DayWeekday, Weekday: 5, Hour: 12})},
		"until next friday":       {"web-1 until next friday 18:00", wantsUntil("web-1", Until{Day: DayNextWeekday, Weekday: 5, Hour: 18})}, // refused when the day is known

		// The reason.
		"because":              {"web-1 3d because the demo is on Monday", because(wants("web-1", "3 days", 72), "the demo is on Monday")},
		"because, as typed":    {"web-1 3d, BECAUSE: the *demo*,  is at ７ &lt; 8!", because(wants("web-1", "3 days", 72), "the *demo*, is at ７ < 8!")},
		"because twice":        {"web-1 3d because because", because(wants("web-1", "3 days", 72), "because")},
		"because of an escape": {"web-1 3d because &amp;lt; is &lt;", because(wants("web-1", "3 days", 72), "&lt; is <")},
		"until and because":    {"web-1 until friday 18:00 because 24 more", because(wantsUntil("web-1", friday), "24 more")},
		"a long reason":        {"web-1 3d because " + strings.Repeat("é", 201), because(wants("web-1", "3 days", 72), strings.Repeat("é", 199)+"…")},
		"all of it in bold":    {"*web-1 3d because demo*", because(wants("web-1", "3 days", 72), "demo")},

		// The verbs, and the command's name.
		"nothing":               {"", Command{Verb: Form}},
		"only blanks":           {" \u3000\t", Command{Verb: Form}},
		"only quotes":           {"“” ``", Command{Verb: Form}},
		"the form":              {"form", Command{Verb: Form}},
		"help":                  {"help", Command{Verb: Help}},
		"help in any case":      {" HELP! ", Command{Verb: Help}},
		"help as a flag":        {"--help", Command{Verb: Help}},
		"help as a smart flag":  {"—help", Command{Verb: Help}},
		"help as a short flag":  {"-h", Command{Verb: Help}},
		"a question mark":       {"?", Command{Verb: Help}},
		"list":                  {"list", Command{Verb: List}},
		"List, please":          {"List, please.", Command{Verb: List}},
		"history":               {"history", Command{Verb: History}},
		"history of a server":   {"history web-1", Command{Verb: History, Server: "web-1"}},
		"history for a server":  {"history for web-1", Command{Verb: History, Server: "web-1"}},
		"status":                {"status", Command{Verb: Status}},
		"status of a server":    {"status web-1", Command{Verb: Status, Server: "web-1"}},
		"status of an order":    {"status 06ppv9a8-kx3n7d2q", Command{Verb: Status, Order: "06ppv9a8-kx3n7d2q"}},
		"an order, copied":      {"status `O6PPV9A8–KX3N7D2Q`.", Command{Verb: Status, Order: "06ppv9a8-kx3n7d2q"}},
		"cancel":                {"cancel", Command{Verb: Cancel}},
		"cancel a server's":     {"cancel web-1", Command{Verb: Cancel, Server: "web-1"}},
		"cancel an order":       {"cancel 06ppv9a8-kx3n7d2q", Command{Verb: Cancel, Order: "06ppv9a8-kx3n7d2q"}},
		"the name again":        {"/extend web-1 72", wants("web-1", "72 hours", 72)},
		"the name twice again":  {"/extend /extend web-1 72", wants("web-1", "72 hours", 72)},
		"the name, no slash":    {"extend web-1 72", wants("web-1", "72 hours", 72)},
		"its real name":         {"/rent web-1 72", wants("web-1", "72 hours", 72)},
		"its real name, please": {"please rent web-1 by 3 days", wants("web-1", "3 days", 72)},
		"the name alone":        {"/extend", Command{Verb: Form}},
		"the name and a verb":   {"/extend list", Command{Verb: List}},
		"a server called list":  {"extend list 24", wants("list", "24 hours", 24)},
		"a server called help":  {"extend help for 24", wants("help", "24 hours", 24)},

		// What keyboards, copying, and Slack add.
		"blanks around and between": {"  web-1 \t  24 \n", wants("web-1", "24 hours", 24)},
		"blanks of Unicode":         {"\u3000web-1\u00a0\u202f24\u2003", wants("web-1", "24 hours", 24)},
		"zero width characters":     {"\ufeffweb\u200b-1\u200d 2\u20604\u200e", wants("web-1", "24 hours", 24)},
		"soft hyphen and fillers":   {"web\u00ad-1\u3164 24\ufe0f", wants("web-1", "24 hours", 24)},
		"direction marks":           {"\u202eweb-1\u202c 24", wants("web-1", "24 hours", 24)},
		"full width digits":         {"web-1 ７２", wants("web-1", "72 hours", 72)},
		"full width letters":        {"ｗｅｂ－１ １ｄ１２Ｈ", wants("web-1", "1 day 12 hours", 36)},
		"smart quotes":              {"“web-1” ‘24’", wants("web-1", "24 hours", 24)},
		"low and angle quotes":      {"„web-1“ »24«", wants("web-1", "24 hours", 24)},
		"plain quotes":              {`"web-1" '24'`, wants("web-1", "24 hours", 24)},
		"quotes around both":        {`"web-1 24"`, wants("web-1", "24 hours", 24)},
		"quotes apart":              {`" web-1 " 24`, wants("web-1", "24 hours", 24)},
		"backticks":                 {"`web-1` `24`", wants("web-1", "24 hours", 24)},
		"a code block":              {"```web-1``` 24", wants("web-1", "24 hours", 24)},
		"bold, italic, struck":      {"*web-1* _24_ ~hours~", wants("web-1", "24 hours", 24)},
		"bold over two words":       {"*web-1 24*", wants("web-1", "24 hours", 24)},
		"bold and italic":           {"*_web-1_*, 24", wants("web-1", "24 hours", 24)},
		"a typeset hyphen":          {"web\u20111 24", wants("web-1", "24 hours", 24)},
		"a typeset dash":            {"web–1 24", wants("web-1", "24 hours", 24)},
		"a phone's double space":    {"web-1 72. ", wants("web-1", "72 hours", 72)},
		"a comma":                   {"web-1, 72", wants("web-1", "72 hours", 72)},
		"a colon":                   {"web-1: 72;", wants("web-1", "72 hours", 72)},
		"a question":                {"web-1 24hours?", wants("web-1", "24 hours", 24)},
		"a comma alone":             {"web-1 , 72", wants("web-1", "72 hours", 72)},
		"a link with label":         {"<https://web-1.example.com|web-1> 24", wants("web-1", "24 hours", 24)},
		"a link without label":      {"<https://web-1.example.com/> 24", wants("web-1.example.com", "24 hours", 24)},
		"a quoted link":             {"“<http://a1.example|a1.example>” 24", wants("a1.example", "24 hours", 24)},
		"a mail link":               {"<mailto:web-1|web-1> 24", wants("web-1", "24 hours", 24)},
		"a phone link":              {"web-1 <tel:24|24>", wants("web-1", "24 hours", 24)},
		"an escaped link":           {"&lt;http://web-1.example|web-1&gt; 24", wants("web-1", "24 hours", 24)},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, known := range map[string]func(string) bool{"nothing is known": nil, "any id": anyID, "a list": knows("web-1", "a1.example")} {
				o := Options{Name: "/rent", Limit: testLimit, Known: known}
				got, err := Parse(c.text, o)
				if err != nil {
					t.Fatalf("%s: Parse(%q): %v", kind, c.text, err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s: Parse(%q) (-want +got):\n%s", kind, c.text, diff)
				}
				if again, err := Parse(got.String(), o); err != nil || again != got {
					t.Errorf("%s: %q in its normal form, %q, is %+v, %v", kind, c.text, got, again, err)
				}
			}
		})
	}
}

// A server that is known decides between two meanings, and may be called like a
// word of the grammar.
func TestParse_KnownServers(t *testing.T) {
	for text, want := range map[string]Command{
		"24 24":                    wants("24", "24 hours", 24),
		"24 48":                    wants("24", "48 hours", 48),
		"48 24":                    wants("24", "48 hours", 48),
		"7d 24":                    wants("24", "7 days", 168),
		"24 7d":                    wants("24", "7 days", 168),
		"24 until friday 18:00":    wantsUntil("24", Until{Day: DayWeekday, Weekday: 5, Hour: 18}),
		"list 24":                  wants("list", "24 hours", 24),
		"24 list":                  wants("list", "24 hours", 24),
		"because 24":               wants("because", "24 hours", 24),
		"because 3d because of it": because(wants("because", "3 days", 72), "of it"),
		"please 3d":                wants("please", "3 days", 72),
		"sun 3d":                   wants("sun", "3 days", 72),
		"prod 3d":                  wants("prod", "3 days", 72),
		"3d prod":                  wants("prod", "3 days", 72),
		"extend extend 24":         wants("extend", "24 hours", 24),
		"rent 48":                  wants("rent", "48 hours", 48),
		"status frontend-backend":  {Verb: Status, Server: "frontend-backend"}, // has the form of an order's id
		"history 24":               {Verb: History, Server: "24"},
		"status 24":                {Verb: Status, Server: "24"},
		"list":                     {Verb: List},
	} {
		o := Options{Name: "/rent", Limit: testLimit, Known: knows("24", "list", "because", "please", "sun", "prod", "extend", "rent", "frontend-backend")}
		got, err := Parse(text, o)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := Parse(got.String(), o); err != nil || again != got {
			t.Errorf("%q in its normal form, %q, is %+v, %v", text, got, again, err)
		}
	}
}

// In "X for Y", X is the server, also if both could be.
func TestParse_ForNamesTheServer(t *testing.T) {
	for name, known := range map[string]func(string) bool{"nothing is known": nil, "any id": anyID, "a list": knows("24", "48")} {
		for text, want := range map[string]Command{
			"24 for 48": wants("24", "48 hours", 48), "48 for 24": wants("48", "24 hours", 24), "extend 24 by 48": wants("24", "48 hours", 48),
		} {
			if got, err := Parse(text, Options{Limit: testLimit, Known: known}); err != nil || got != want {
				t.Errorf("%s: Parse(%q) = %+v, %v; want %+v", name, text, got, err, want)
			}
		}
	}
}

// Blanks do not count toward the length of a command.
func TestParse_IgnoresBlanks(t *testing.T) {
	got, err := Parse(strings.Repeat(" ", 10_000)+"web-1 24"+strings.Repeat("\n", 10_000), Options{Limit: testLimit})
	if err != nil || got != wants("web-1", "24 hours", 24) {
		t.Errorf("Parse = %+v, %v", got, err)
	}
}

// In a form, the server is not part of the text. All else means the same as in a command.
func TestParseTime_AsInACommand(t *testing.T) {
	o := Options{Limit: testLimit, Known: knows("web-1")}
	for _, text := range []string{
		"3d", "72", "1d 12h", "for 3 days", "by 24", "please 3d", "*3d*", "until friday 18:00", "until 2027-01-02 18:00 utc", "3d because of a demo",
		"for 24 because 3d because", " 1 week ",
	} {
		want, err := Parse("web-1 "+text, o)
		if err != nil {
			t.Fatal(err)
		}
		want.Server = ""
		if got, err := ParseTime(text, o); err != nil || got != want {
			t.Errorf("ParseTime(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
}
