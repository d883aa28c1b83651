package command

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/bot/message"
	"extendbot/order"
)

type refused struct {
	text    string
	problem message.ProblemCode
	arg     string
	try     []string
}

var huge = strings.Repeat("9", 400)

// refusals are the mistakes of each rule, and what is suggested.
var refusals = map[string]refused{
	// How long.
	"zero":                     {"web-1 0", message.ProblemTooFew, "0", try("web-1 1h")},
	"zero of a unit":           {"web-1 0d", message.ProblemTooFew, "0d", try("web-1 1h")},
	"negative":                 {"web-1 -3", message.ProblemTooFew, "-3", try("web-1 3h")},
	"negative with a minus":    {"web-1 −3d", message.ProblemTooFew, "-3d", try("web-1 3d")},
	"above the limit":          {"web-1 721", message.ProblemTooMany, "721", try("web-1 30d")},
	"above the limit in parts": {"web-1 30 days 1 hour", message.ProblemTooMany, "30 days 1 hour", try("web-1 30d")},
	"beyond every integer":     {"web-1 99999999999999999999", message.ProblemTooMany, "99999999999999999999", try("web-1 30d")},
	"far beyond":               {"web-1 " + huge, message.ProblemTooMany, huge, try("web-1 30d")},
	"wrapping to a small sum":  {"web-1 109802048057794951w", message.ProblemTooMany, "109802048057794951w", try("web-1 30d")},
	"a fraction":               {"web-1 1.5", message.ProblemNotWhole, "1.5", try("web-1 1h", "web-1 2h")},
	"a fraction with comma":    {"web-1 1,5", message.ProblemNotWhole, "1,5", try("web-1 1h", "web-1 2h")},
	"a fraction of a day":      {"web-1 1.5d", message.ProblemNotWhole, "1.5d", try("web-1 36h")},
	"a fraction, time first":   {"1.5d web-1", message.ProblemNotWhole, "1.5d", try("web-1 36h")},
	"a fraction, for":          {"1.5 days for web-1", message.ProblemNotWhole, "1.5 days", try("web-1 36h")},
	"a fraction of days":       {"web-1 1.3 days", message.ProblemNotWhole, "1.3 days", try("web-1 31h", "web-1 32h")},
	"a fraction of parts":      {"web-1 1d 1,5h", message.ProblemNotWhole, "1d 1,5h", try("web-1 25h", "web-1 26h")},
	"half a day":               {"web-1 ½d", message.ProblemNotWhole, "½d", try("web-1 12h")},
	"one and a half":           {"web-1 1½ days", message.ProblemNotWhole, "1½ days", try("web-1 36h")},
	"thousands with a comma":   {"web-1 1,000", message.ProblemNotWhole, "1,000", try("web-1 30d", "web-1 1h")},
	"thousands with a point":   {"web-1 1.000", message.ProblemNotWhole, "1.000", try("web-1 30d", "web-1 1h")},
	"a day in words":           {"web-1 a day", message.ProblemInWords, "a day", try("web-1 24h")},
	"weeks in words":           {"web-1 two weeks", message.ProblemInWords, "two weeks", try("web-1 14d")},
	"months":                   {"web-1 1mo", message.ProblemUnit, "1mo", try("web-1 30d")},
	"months apart":             {"web-1 2 months", message.ProblemUnit, "2 months", try("web-1 30d")},
	"m":                        {"web-1 30m", message.ProblemUnit, "30m", try("web-1 30d", "web-1 1h")},
	"one m":                    {"web-1 1m", message.ProblemUnit, "1m", try("web-1 30d", "web-1 1h")},
	"minutes":                  {"web-1 90 min", message.ProblemUnit, "90 min", try("web-1 2h")},
	"seconds":                  {"web-1 30secs", message.ProblemUnit, "30secs", try("web-1 1h")},
	"years":                    {"web-1 1 year", message.ProblemUnit, "1 year", try("web-1 30d")},
	"a number without unit":    {"web-1 1d 12", message.ProblemNoUnit, "1d 12", try("web-1 36h")},
	"the same attached":        {"web-1 1d12", message.ProblemNoUnit, "1d12", try("web-1 36h")},
	"the same in front":        {"web-1 1 12h", message.ProblemNoUnit, "1 12h", try("web-1 36h", "web-1 180h")},
	"an hour and minutes":      {"web-1 1h30", message.ProblemNoUnit, "1h30", try("web-1 2h")},
	"parts and a comma":        {"web-1 1d,12h", message.ProblemUnknown, "web-1 1d,12h", try("web-1 1 day 12 hours")},
	"a unit twice":             {"web-1 1d 2d", message.ProblemTwice, "1d 2d", try("web-1 3d")},
	"a unit twice, in words":   {"web-1 1d 2 days", message.ProblemTwice, "1d 2 days", try("web-1 3d")},
	"two numbers":              {"web-1 24 48", message.ProblemTwoTimes, "24 48", try("web-1 24h", "web-1 2d")},
	"a range":                  {"web-1 24-48", message.ProblemTwoTimes, "24-48", try("web-1 24h", "web-1 2d")},
	"a range of two units":     {"web-1 1d-2h", message.ProblemTwoTimes, "1d-2h", try("web-1 24h", "web-1 2h")},
	"a range, one unit":        {"web-1 1d-2", message.ProblemTwoTimes, "1d-2", try("web-1 24h", "web-1 2d")},
	"a range of days":          {"web-1 1-2 days", message.ProblemTwoTimes, "1-2 days", try("web-1 24h", "web-1 2d")},
	"times on both sides":      {"24h web-1 48h", message.ProblemAmbiguous, "24h web-1 48h", try("web-1 48 hours", "web-1 24 hours")},
	"how long and until":       {"web-1 3d until friday 18:00", message.ProblemTwoTimes, "3d until friday 18:00", try("web-1 3 days", "web-1 until friday 18:00")},
	"exponent":                 {"web-1 1e3", message.ProblemNotHours, "1e3", try("web-1 3d")},
	"hexadecimal":              {"web-1 0x10", message.ProblemNotHours, "0x10", try("web-1 3d")},
	"underscore":               {"web-1 1_000", message.ProblemNotHours, "1_000", try("web-1 3d")},
	"superscript":              {"web-1 7²", message.ProblemNotHours, "7²", try("web-1 3d")},
	"Arabic digits":            {"web-1 ٧٢", message.ProblemNotHours, "٧٢", try("web-1 3d")},
	"always":                   {"web-1 24/7", message.ProblemNotHours, "24/7", try("web-1 3d")},
	"a unit only":              {"web-1 d", message.ProblemNotHours, "d", try("web-1 3d")},
	"two pluses":               {"web-1 ++3", message.ProblemUnknown, "web-1 ++3", try("web-1 3 hours")},
	"more than":                {"web-1 &gt;24", message.ProblemUnknown, "web-1 >24", try("web-1 24 hours")},
	"about":                    {"web-1 ~24h", message.ProblemUnknown, "web-1 ~24h", try("web-1 24 hours")},
	"a placeholder":            {"web-1 &lt;24&gt;", message.ProblemUnknown, "web-1 <24>", try("web-1 24 hours")},
	"markup":                   {"web-1 <!channel>", message.ProblemNotHours, "<!channel>", try("web-1 3d")},

	// Until when.
	"no day, no time":     {"web-1 until", message.ProblemNoClock, "", try("web-1 until tomorrow 18:00")},
	"no time":             {"web-1 until friday", message.ProblemNoClock, "friday", try("web-1 until friday 18:00")},
	"no time, next":       {"web-1 until next friday", message.ProblemNoClock, "next friday", try("web-1 until friday 18:00")},
	"no until":            {"web-1 friday 18:00", message.ProblemNotHours, "friday 18:00", try("web-1 until friday 18:00")},
	"no until, next":      {"web-1 next friday 18:00", message.ProblemNotHours, "next friday 18:00", nil},
	"no until, no time":   {"web-1 tomorrow", message.ProblemNotHours, "tomorrow", try("web-1 until tomorrow 18:00")},
	"no until, a date":    {"web-1 4 dec 18:00", message.ProblemNotHours, "4 dec 18:00", try("web-1 until 4 dec 18:00")},
	"to, not until":       {"extend web-1 to friday 18:00", message.ProblemNotHours, "to friday 18:00", try("web-1 until friday 18:00")},
	"only an hour":        {"web-1 until friday 18", message.ProblemClock, "18", try("web-1 until friday 18:00")},
	"only an early hour":  {"web-1 until friday 6", message.ProblemClock, "6", try("web-1 until friday 06:00", "web-1 until friday 18:00")},
	"am or pm":            {"web-1 until 6:30", message.ProblemClock, "6:30", try("web-1 until 06:30", "web-1 until 18:30")},
	"another notation":    {"web-1 until 18h30", message.ProblemClock, "18h30", try("web-1 until 18:30")},
	"a point":             {"web-1 until 18.30", message.ProblemClock, "18.30", try("web-1 until 18:30")},
	"no such time":        {"web-1 until 25:00", message.ProblemClock, "25:00", try("web-1 until tomorrow 18:00")},
	"13pm":                {"web-1 until friday 13pm", message.ProblemNotTime, "13pm", try("web-1 until friday 18:00")},
	"24:00":               {"web-1 until friday 24:00", message.ProblemClock, "24:00", try("web-1 until friday 23:59")},
	"midnight of a day":   {"web-1 until friday midnight", message.ProblemClock, "friday midnight", try("web-1 until friday 00:00", "web-1 until friday 23:59")},
	"midnight of today":   {"web-1 until today 12am", message.ProblemClock, "today 12am", try("web-1 until today 23:59")},
	"a date in digits":    {"web-1 until 12/01 6pm", message.ProblemWhichDate, "12/01", try("web-1 until 12 jan 18:00", "web-1 until 1 dec 18:00")},
	"a date and no time":  {"web-1 until 12/01", message.ProblemWhichDate, "12/01", try("web-1 until 12 jan 18:00", "web-1 until 1 dec 18:00")},
	"a date, one meaning": {"web-1 until 25/12/26 18:00", message.ProblemWhichDate, "25/12/26", try("web-1 until 2026-12-25 18:00")},
	"a German date":       {"web-1 until 4.12. 18:00", message.ProblemWhichDate, "4.12", try("web-1 until 4 dec 18:00", "web-1 until 12 apr 18:00")},
	"a date and a T":      {"web-1 until 2026-12-04T18:00", message.ProblemNotTime, "2026-12-04t18:00", try("web-1 until 2026-12-04 18:00")},
	"a date, a T, UTC":    {"web-1 until 2026-12-04T18:00:00Z", message.ProblemNotTime, "2026-12-04t18:00:00z", try("web-1 until 2026-12-04 18:00 utc")},
	"no such date":        {"web-1 until 31 nov 18:00", message.ProblemNoDate, "31 nov", try("web-1 3d")},
	"no such month":       {"web-1 until 2026-13-01 18:00", message.ProblemNoDate, "2026-13-01", try("web-1 3d")},
	"no leap year":        {"web-1 until 2027-02-29 18:00", message.ProblemNoDate, "2027-02-29", try("web-1 3d")},
	"another time zone":   {"web-1 until 18:00 CET", message.ProblemZone, "cet", try("web-1 until 18:00", "web-1 until 18:00 utc")},
	"an offset":           {"web-1 until 18:00 utc+2", message.ProblemZone, "utc+2", try("web-1 until 18:00", "web-1 until 18:00 utc")},
	"this friday":         {"web-1 until this friday 18:00", message.ProblemNotTime, "this", try("web-1 until friday 18:00")},
	"two days":            {"web-1 until friday monday 18:00", message.ProblemNotTime, "monday", try("web-1 until friday 18:00")},
	"two times of day":    {"web-1 until 18:00 19:00", message.ProblemClock, "19:00", try("web-1 until 18:00")},
	"until in words":      {"web-1 until the end of the demo on friday", message.ProblemNotTime, "the", try("web-1 until friday 18:00")},
	"until in many words": {"web-1 until the end of the demo that is on friday", message.ProblemNotTime, "the end of the demo that is on friday", try("web-1 3d")},

	// The server.
	"no server":           {"24", message.ProblemNoServer, "24 hours", nil},
	"no server, days":     {"3 days", message.ProblemNoServer, "3 days", nil},
	"no server, until":    {"until friday 18:00", message.ProblemNoServer, "until friday 18:00", nil},
	"no server, bad time": {"until 24", message.ProblemNoServer, "", nil},
	"no server, fraction": {"1.5d", message.ProblemNoServer, "", nil},
	"no server, for":      {"for 24", message.ProblemNoServer, "", nil},
	"no server, because":  {"24 because web-1 has a demo", message.ProblemNoServer, "24 hours", nil},
	"no server, name":     {"extend 24", message.ProblemNoServer, "24 hours", nil},
	"no server, twice":    {"extend extend 24", message.ProblemNoServer, "24 hours", nil},
	"because first":       {"because 24", message.ProblemNoServer, "", nil},
	"no server, a time":   {"18:00", message.ProblemNoServer, "", nil},
	"no server, now":      {"24 now", message.ProblemNoServer, "", nil},
	"two servers":         {"web-1 db-1 24", message.ProblemAmbiguous, "web-1 db-1 24", try("db-1 24 hours", "web-1 24 hours")},
	"two servers around":  {"web-1 24 db-1", message.ProblemAmbiguous, "web-1 24 db-1", try("db-1 24 hours", "web-1 24 hours")},
	"no hours":            {"web-1", message.ProblemNoHours, "web-1", try("web-1 3d")},
	"a server in angles":  {"&lt;web-1&gt; 24", message.ProblemUnknown, "<web-1>", try("web-1 24 hours")},
	"a server with an at": {"@web-1 24", message.ProblemUnknown, "@web-1", try("web-1 24 hours")},
	"half bold":           {"*web-1 24", message.ProblemUnknown, "*web-1", try("web-1 24 hours")},
	"a long name":         {strings.Repeat("a", 200) + " 24", message.ProblemServer, strings.Repeat("a", 200), nil},
	"a mention":           {"<@U123|web-1> 24", message.ProblemUnknown, "<@U123|web-1>", nil},
	"an emoji":            {"24 🙏", message.ProblemUnknown, "🙏", nil},

	// Words too many.
	"a word too many":    {"web-1 24 hours now", message.ProblemExtra, "now", try("web-1 24 hours")},
	"a word between":     {"web-1 24 more hours", message.ProblemExtra, "more", try("web-1 24 hours")},
	"two words too many": {"web-1 3 days right now", message.ProblemExtra, "right now", try("web-1 3 days")},
	"for twice":          {"web-1 for for 24", message.ProblemExtra, "for", try("web-1 24 hours")},
	"and twice":          {"web-1 1d and and 2h", message.ProblemExtra, "and", try("web-1 1 day 2 hours")},
	"and in front":       {"web-1 and 24", message.ProblemExtra, "and", try("web-1 24 hours")},
	"an emoji too many":  {"web-1 24 🙏", message.ProblemExtra, "🙏", try("web-1 24 hours")},
	"a mark alone":       {"web-1 24 *please", message.ProblemExtra, "*please", try("web-1 24 hours")},
	"no blank":           {"web-1,72", message.ProblemUnknown, "web-1,72", try("web-1 72 hours")},
	"a long story":       {"web-1 24 " + strings.Repeat("and then ", 20), message.ProblemNotHours, "24 " + strings.TrimSpace(strings.Repeat("and then ", 20)), try("web-1 3d")},
	"no reason":          {"web-1 72 because", message.ProblemNoReason, "", try("web-1 72 hours")},
	"the reason stays":   {"web-1 1.5d because of it", message.ProblemNotWhole, "1.5d", try("web-1 36h because of it")},
	"10 kB":              {strings.Repeat("a", 10_000), message.ProblemTooLong, "", nil},
	"10 kB of words":     {strings.Repeat("a ", 5_000), message.ProblemTooLong, "", nil},

	// The verbs.
	"list with a word":       {"list all", message.ProblemArgument, "all", try("list")},
	"list with a number":     {"list 24", message.ProblemArgument, "24", try("list")},
	"list with a reason":     {"list because I can", message.ProblemArgument, "because", try("list")},
	"help with a number":     {"help 24", message.ProblemArgument, "24", try("help")},
	"status with a number":   {"status 24", message.ProblemArgument, "24", try("status")},
	"cancel with words":      {"cancel my order", message.ProblemArgument, "my order", try("cancel")},
	"cancel with more":       {"cancel 06ppv9a8-kx3n7d2q now", message.ProblemArgument, "06ppv9a8-kx3n7d2q now", try("cancel 06ppv9a8-kx3n7d2q")},
	"cancel with hours":      {"cancel web-1 24", message.ProblemArgument, "web-1 24", try("cancel web-1")},
	"history of an order":    {"history 06ppv9a8-kx3n7d2q", message.ProblemArgument, "06ppv9a8-kx3n7d2q", try("history")},
	"history with hours":     {"history web-1 24", message.ProblemArgument, "web-1 24", try("web-1 24 hours", "history web-1")},
	"a verb at the end":      {"web-1 history", message.ProblemUnknown, "web-1 history", try("history web-1")},
	"a verb and a number":    {"24 list", message.ProblemNoServer, "", nil},
	"a verb as a server":     {"list for 24", message.ProblemArgument, "for 24", try("list")},
	"a verb among the words": {"show status web-1", message.ProblemExtra, "show", try("status web-1")},
}

func try(texts ...string) []string { return texts }

// Each mistake has its problem, what is wrong, and the nearest that works.
func TestParse_SaysWhatIsWrong(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			for kind, o := range map[string]Options{
				"nothing is known": {Limit: testLimit},
				"any id":           {Limit: testLimit, Known: anyID},
				"a list":           {Limit: testLimit, Known: knows("web-1", "db-1")},
			} {
				got, err := Parse(c.text, o)
				usage, ok := errors.AsType[*message.UsageError](err)
				if !ok || got != (Command{}) {
					t.Fatalf("%s: Parse(%.80q) = %+v, %v; want a UsageError", kind, c.text, got, err)
				}
				if usage.Problem != c.problem || usage.Arg != c.arg || usage.Limit != testLimit {
					t.Errorf("%s: Parse(%.80q): %+v, want problem %s of %.80q", kind, c.text, usage, c.problem, c.arg)
				}
				if diff := cmp.Diff(c.try, usage.Try); diff != "" {
					t.Errorf("%s: what is suggested for %.80q (-want +got):\n%s", kind, c.text, diff)
				}
			}
		})
	}
}

// What is suggested works, with the server and within the limit, whatever the
// limit is.
func TestUsageError_TriesWork(t *testing.T) {
	tries := 0
	for name, c := range refusals {
		for _, limit := range []order.Hours{1, 12, 24, 36, 72, 100, 720, 10_000} {
			o := Options{Limit: limit, Known: knows("web-1", "db-1")}
			_, err := Parse(c.text, o)
			usage, ok := errors.AsType[*message.UsageError](err)
			if !ok {
				continue // more is within a higher limit
			}
			for _, text := range usage.Try {
				got, err := Parse(text, o)
				if err != nil || got.Hours > limit || got.Verb == Extend && !o.Known(got.Server) {
					t.Errorf("%s, limit %d: %q is %+v, %v", name, limit, text, got, err)
				}
				tries++
			}
		}
	}
	if tries < 500 {
		t.Errorf("only %d suggestions were tried", tries)
	}
}

// Two meanings that both make sense are refused, with both.
func TestParse_AmbiguousServers(t *testing.T) {
	for _, c := range []struct {
		text  string
		known func(string) bool
		try   []string
	}{
		{"24 48", knows("24", "48"), try("24 for 48 hours", "48 for 24 hours")},
		{"24 48", nil, try("24 for 48 hours", "48 for 24 hours")},
		{"24 48", anyID, try("24 for 48 hours", "48 for 24 hours")},
		{"24 48", knows("web-1"), nil},
		{"24 24", nil, try("24 for 24 hours")},
		{"7d 24", nil, try("7d for 24 hours", "24 for 7 days")},
		{"7d 24", knows("7d", "24"), try("7d for 24 hours", "24 for 7 days")},
		{"7d 24h", knows("7d"), try("7d for 24 hours")}, // or 8 days for a server that is missing
		{"3 days", knows("days"), try("days for 3 hours")},
		{"list 48", knows("48"), try("list")},
		{"wbe-1 1.5d", knows("web-1"), nil},
		{"wbe-1", knows("web-1"), nil},
		{"foo", nil, try("foo 3d")},
		{"server web-1 24", nil, try("web-1 24 hours", "server 24 hours")},
		{"server web-1 24", knows("web-1"), try("web-1 24 hours")},
		{"24 prod", nil, nil},
	} {
		got, err := Parse(c.text, Options{Limit: testLimit, Known: c.known})
		usage, ok := errors.AsType[*message.UsageError](err)
		if !ok {
			t.Errorf("Parse(%q) = %+v, want a UsageError", c.text, got)
			continue
		}
		if diff := cmp.Diff(c.try, usage.Try); diff != "" {
			t.Errorf("what is suggested for %q, %s (-want +got):\n%s", c.text, usage.Problem, diff)
		}
	}
}

// The error of a command does not repeat what was typed, because it is logged.
func TestUsageError_RepeatsNothing(t *testing.T) {
	_, err := Parse("web-1 secret\nlevel=fatal", Options{Limit: testLimit})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error for logs is %q", err)
	}
}

// In a sentence, the words that are known count: no other server is suggested than
// the one that was named.
func TestParse_SuggestsOfASentence(t *testing.T) {
	o := Options{Limit: testLimit, Known: knows("db-1", "web-1")}
	for text, want := range map[string]string{
		"add 24 hours to web-1":                  "web-1 24 hours",
		"could you give web-1 some 3 more days?": "web-1 3 days",
		"--server web-1 --hours 24":              "web-1 24 hours",
	} {
		_, err := Parse(text, o)
		usage, ok := errors.AsType[*message.UsageError](err)
		if !ok || !slices.Equal(usage.Try, []string{want}) {
			t.Errorf("Parse(%q): %+v, want %q", text, err, want)
		}
	}
}

// A misspelled verb is taken for that verb, unless it may be a server.
func TestParse_MisspelledVerb(t *testing.T) {
	for text, want := range map[string][]string{
		"staus": try("status"), "cancle": try("cancel"), "histroy": try("history"), "lst": try("list"), "hlep": nil, "test": nil,
	} {
		_, err := Parse(text, Options{Limit: testLimit, Known: knows("web-1", "db-1")})
		usage, ok := errors.AsType[*message.UsageError](err)
		if !ok || usage.Problem != message.ProblemUnknown {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, usage.Try); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// What is no time is a mistake, and what is suggested instead is one.
func TestParseTime_SaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]refused{
		"nothing":     {"", message.ProblemNotHours, "", nil},
		"a word":      {"soon", message.ProblemNotHours, "soon", nil},
		"a server":    {"web-1 3d", message.ProblemNotHours, "web-1", nil},
		"a verb":      {"cancel", message.ProblemNotHours, "cancel", nil},
		"a fraction":  {"1.5d", message.ProblemNotWhole, "1.5d", []string{"36h"}},
		"too much":    {"721", message.ProblemTooMany, "721", []string{"30d"}},
		"no clock":    {"until tomorrow", message.ProblemNoClock, "tomorrow", []string{"until tomorrow 18:00"}},
		"no reason":   {"3d because", message.ProblemNoReason, "", nil},
		"two times":   {"3d until friday 18:00", message.ProblemTwoTimes, "3d until friday 18:00", []string{"3 days", "until friday 18:00"}},
		"a long text": {strings.Repeat("x", 2001), message.ProblemTooLong, "", nil},
	} {
		c, err := ParseTime(want.text, Options{Limit: testLimit})
		usage, ok := errors.AsType[*message.UsageError](err)
		if !ok || c != (Command{}) || usage.Problem != want.problem || usage.Arg != want.arg || !slices.Equal(usage.Try, want.try) {
			t.Errorf("%s: got %+v, %+v; want %+v", text, c, usage, want)
		}
		if usage == nil {
			continue
		}
		for _, try := range usage.Try {
			if _, err := ParseTime(try, Options{Limit: testLimit}); err != nil {
				t.Errorf("%s: %q is suggested, and refused: %v", text, try, err)
			}
		}
	}
}
