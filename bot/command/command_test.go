package command

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"extendbot/bot/message"
	"extendbot/order"
)

const testLimit = order.Hours(720)

// What people type is understood, including what keyboards and copying add to
// it.
func TestParse_Understands(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Command
	}{
		"hours alone":                {"web-1 72", extend("web-1", 72)},
		"hours with unit":            {"web-1 72h", extend("web-1", 72)},
		"days":                       {"web-1 3d", extend("web-1", 72)},
		"a week":                     {"web-1 1w", extend("web-1", 168)},
		"days and hours":             {"web-1 1d12h", extend("web-1", 36)},
		"weeks, days and hours":      {"web-1 1w2d3h", extend("web-1", 219)},
		"weeks and hours":            {"web-1 1w3h", extend("web-1", 171)},
		"units in any case":          {"web-1 1W2D3H", extend("web-1", 219)},
		"one hour":                   {"web-1 1", extend("web-1", 1)},
		"the limit":                  {"web-1 720", extend("web-1", 720)},
		"the limit in days":          {"web-1 30d", extend("web-1", 720)},
		"leading zeros":              {"web-1 0024", extend("web-1", 24)},
		"a part of nothing":          {"web-1 0w1d", extend("web-1", 24)},
		"blanks around and between":  {"  web-1 \t  24 \n", extend("web-1", 24)},
		"blanks of Unicode":          {"\u3000web-1\u00a0\u202f24\u2003", extend("web-1", 24)},
		"zero width characters":      {"\ufeffweb\u200b-1\u200d 2\u20604\u200e", extend("web-1", 24)},
		"soft hyphen and fillers":    {"web\u00ad-1\u3164 24\ufe0f", extend("web-1", 24)},
		"direction marks":            {"\u202eweb-1\u202c 24", extend("web-1", 24)},
		"full width digits":          {"web-1 ７２", extend("web-1", 72)},
		"full width letters":         {"ｗｅｂ－１ １ｄ１２Ｈ", extend("web-1", 36)},
		"smart quotes":               {"“web-1” ‘24’", extend("web-1", 24)},
		"low and angle quotes":       {"„web-1“ »24«", extend("web-1", 24)},
		"plain quotes":               {`"web-1" '24'`, extend("web-1", 24)},
		"quotes around both":         {`"web-1 24"`, extend("web-1", 24)},
		"quotes apart":               {`" web-1 " 24`, extend("web-1", 24)},
		"backticks":                  {"`web-1` `24`", extend("web-1", 24)},
		"a code block":               {"```web-1``` 24", extend("web-1", 24)},
		"a typeset hyphen":           {"web\u20111 24", extend("web-1", 24)},
		"a typeset dash":             {"web–1 24", extend("web-1", 24)},
		"a link with label":          {"<http://web-1.example.com|web-1.example.com> 24", extend("web-1.example.com", 24)},
		"a link without label":       {"<https://web-1.example.com/> 24", extend("web-1.example.com", 24)},
		"a quoted link":              {"“<http://a.example|a.example>” 24", extend("a.example", 24)},
		"case is kept":               {"Web-1 24", extend("Web-1", 24)},
		"an id":                      {"a6bbde9c-c6df-11f0-8cdf-525400792197 1", extend("a6bbde9c-c6df-11f0-8cdf-525400792197", 1)},
		"a mention is only a name":   {"<@U123|web-1> 24", extend("<@U123|web-1>", 24)},
		"a server that is a number":  {"24 24", extend("24", 24)},
		"a server called help":       {"help 24", extend("help", 24)},
		"nothing":                    {"", Command{Verb: Help}},
		"only blanks":                {" \u3000\t", Command{Verb: Help}},
		"only quotes":                {"“” ``", Command{Verb: Help}},
		"help":                       {"help", Command{Verb: Help}},
		"help in any case":           {" HELP ", Command{Verb: Help}},
		"help as a flag":             {"--help", Command{Verb: Help}},
		"help as a flag, smart dash": {"—help", Command{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.text, Options{Limit: testLimit})
			if c.want == (Command{}) {
				if err == nil {
					t.Fatalf("Parse(%q) = %+v, want an error", c.text, got)
				}
				return
			}
			if err != nil {
				t.Fatalf("Parse(%q): %v", c.text, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

// Each mistake leads to its problem and the wrong word.
func TestParse_SaysWhatIsWrong(t *testing.T) {
	huge := strings.Repeat("9", 400)
	for name, c := range map[string]struct {
		text    string
		problem message.ProblemCode
		arg     string
	}{
		"zero":                    {"web-1 0", message.ProblemTooFew, "0"},
		"zero of a unit":          {"web-1 0d", message.ProblemTooFew, "0d"},
		"negative":                {"web-1 -3", message.ProblemTooFew, "-3"},
		"negative with a minus":   {"web-1 −3d", message.ProblemTooFew, "-3d"},
		"fraction":                {"web-1 1.5", message.ProblemNotWhole, "1.5"},
		"fraction with comma":     {"web-1 1,5", message.ProblemNotWhole, "1,5"},
		"fraction of a day":       {"web-1 1.5d", message.ProblemNotWhole, "1.5d"},
		"exponent":                {"web-1 1e3", message.ProblemNotHours, "1e3"},
		"plus":                    {"web-1 +3", message.ProblemNotHours, "+3"},
		"hexadecimal":             {"web-1 0x10", message.ProblemNotHours, "0x10"},
		"underscore":              {"web-1 1_000", message.ProblemNotHours, "1_000"},
		"superscript":             {"web-1 7²", message.ProblemNotHours, "7²"},
		"Arabic digits":           {"web-1 ٧٢", message.ProblemNotHours, "٧٢"},
		"beyond every integer":    {"web-1 99999999999999999999", message.ProblemTooMany, "99999999999999999999"},
		"far beyond":              {"web-1 " + huge, message.ProblemTooMany, huge},
		"overflowing weeks":       {"web-1 9223372036854775807w9223372036854775807d1h", message.ProblemTooMany, "9223372036854775807w9223372036854775807d1h"},
		"wrapping to a small sum": {"web-1 109802048057794951w", message.ProblemTooMany, "109802048057794951w"},
		"above the limit":         {"web-1 721", message.ProblemTooMany, "721"},
		"above the limit in days": {"web-1 30d1h", message.ProblemTooMany, "30d1h"},
		"words":                   {"web-1 24hours?", message.ProblemNotHours, "24hours?"},
		"months":                  {"web-1 1m", message.ProblemNotHours, "1m"},
		"a last number only":      {"web-1 1d12", message.ProblemNotHours, "1d12"},
		"a unit only":             {"web-1 d", message.ProblemNotHours, "d"},
		"a unit twice":            {"web-1 1d2d", message.ProblemUnits, "1d2d"},
		"units rising":            {"web-1 12h1d", message.ProblemUnits, "12h1d"},
		"no hours":                {"web-1", message.ProblemNoHours, "web-1"},
		"no server":               {"24", message.ProblemNoServer, "24"},
		"no server but days":      {"3d", message.ProblemNoServer, "3d"},
		"a third word":            {"web-1 3 days", message.ProblemExtra, "days"},
		"many words":              {"web-1 3 days please now", message.ProblemExtra, "days please now"},
		"swapped":                 {"24 web-1", message.ProblemSwapped, "web-1"},
		"a long name":             {strings.Repeat("a", 200) + " 24", message.ProblemServer, strings.Repeat("a", 200)},
		"10 kB":                   {strings.Repeat("a", 10_000), message.ProblemTooLong, ""},
		"10 kB of words":          {strings.Repeat("a ", 5_000), message.ProblemTooLong, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.text, Options{Limit: testLimit})
			usage, ok := errors.AsType[*message.UsageError](err)
			if !ok {
				t.Fatalf("Parse(%.80q) = %+v, %v; want a UsageError", c.text, got, err)
			}
			if usage.Problem != c.problem || usage.Arg != c.arg || usage.Limit != testLimit {
				t.Errorf("Parse(%.80q): %+v, want problem %s of %.80q", c.text, usage, c.problem, c.arg)
			}
			if got != (Command{}) {
				t.Errorf("Parse(%.80q) = %+v with an error", c.text, got)
			}
		})
	}
}

// Blanks do not count toward the length of a command.
func TestParse_IgnoresBlanks(t *testing.T) {
	got, err := Parse(strings.Repeat(" ", 10_000)+"web-1 24"+strings.Repeat("\n", 10_000), Options{Limit: testLimit})
	if err != nil || got != (extend("web-1", 24)) {
		t.Errorf("Parse = %+v, %v", got, err)
	}
}

// Weeks, days and hours add up, within the limit.
func TestParse_AddsUpUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, d, h := rapid.Int64Range(0, 1<<62).Draw(t, "weeks"), rapid.Int64Range(0, 9).Draw(t, "days"), rapid.Int64Range(0, 99).Draw(t, "hours")
		if rapid.Bool().Draw(t, "small") {
			w %= 5
		}
		text := fmt.Sprintf("web-1 %dw%dd%dh", w, d, h)
		got, err := Parse(text, Options{Limit: testLimit})
		if w > 5 {
			if err == nil {
				t.Fatalf("%q: %v", text, got)
			}
			return
		}
		sum := order.Hours(168*w + 24*d + h)
		if fits := sum >= 1 && sum <= testLimit; fits != (err == nil) || fits && got.Hours != sum {
			t.Fatalf("%q is %d hours, got %v, %v", text, sum, got, err)
		}
	})
}

// The error of a command does not repeat what was typed, because it is logged.
func TestUsageError_RepeatsNothing(t *testing.T) {
	_, err := Parse("web-1 secret\nlevel=fatal", Options{Limit: testLimit})
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error for logs is %q", err)
	}
}

func extend(server string, hours order.Hours) Command {
	return Command{Verb: Extend, Server: server, Hours: hours, Typed: hours.Short()}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "help", "web-1 72", "web-1 1w2d3h", "“web-1” ７２", "<http://a.b|a.b> 1", "web-1 99999999999999999999",
		"24 web-1", "a b c", "\xff\xfe 1", "`<!channel>` 1e3", "web-1 -3", "<http://|> 1", "<<http://a|b>> 2", "web-1 1.5",
	} {
		f.Add(s, 720)
	}
	f.Fuzz(func(t *testing.T, text string, most int) {
		limit := order.Hours(most)
		got, err := Parse(text, Options{Limit: limit})
		if err != nil {
			checkUsageError(t, err, got)
			return
		}
		if got.Verb == Help {
			if got != (Command{Verb: Help}) {
				t.Fatalf("help with more: %+v", got)
			}
			return
		}
		if got.Hours < 1 || got.Hours > limit {
			t.Fatalf("%d hours, limit %d", got.Hours, limit)
		}
		if got.Server == "" || len(got.Server) > maxServer || !utf8.ValidString(got.Server) || strings.ContainsFunc(got.Server, unicode.IsSpace) || message.Visible(got.Server) != got.Server {
			t.Fatalf("server %q", got.Server)
		}
		again, err := Parse(fmt.Sprintf("%s %d", got.Server, got.Hours), Options{Limit: limit})
		if err != nil || again != got {
			t.Fatalf("%+v read again is %+v, %v", got, again, err)
		}
	})
}

func checkUsageError(t *testing.T, err error, got Command) {
	t.Helper()
	usage, ok := errors.AsType[*message.UsageError](err)
	if !ok || got != (Command{}) {
		t.Fatalf("%v together with %+v", err, got)
	}
	m := message.Refusal(usage, message.RefusalView{Limit: usage.Limit})
	if n := utf8.RuneCountInString(m.Text); n > 800 {
		t.Fatalf("the answer has %d characters", n)
	}
}
