package message

import (
	"fmt"
	"strings"
	"testing"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// mistakes has an example of each problem.
var mistakes = []*UsageError{
	{Problem: ProblemTooLong},
	{Problem: ProblemAmbiguous, Arg: "web-1 24 db-1", Try: []string{"db-1 24 hours", "web-1 24 hours"}},
	{Problem: ProblemUnknown, Arg: "wbe-1"},
	{Problem: ProblemExtra, Arg: "now", Try: []string{"web-1 24 hours"}},
	{Problem: ProblemArgument, Arg: "all", Other: "list", Try: []string{"list"}},
	{Problem: ProblemNoReason, Try: []string{"web-1 72 hours"}},
	{Problem: ProblemNoServer, Arg: "3 days"},
	{Problem: ProblemServer, Arg: strings.Repeat("x", 1_000)},
	{Problem: ProblemNoHours, Arg: "web-1", Try: []string{"web-1 3d"}},
	{Problem: ProblemNotHours, Arg: "1e3", Try: []string{"web-1 3d"}},
	{Problem: ProblemTwoTimes, Arg: "24-48", Try: []string{"web-1 24h", "web-1 2d"}},
	{Problem: ProblemNotWhole, Arg: "1.5d", Try: []string{"web-1 36h"}},
	{Problem: ProblemInWords, Arg: "a day", Try: []string{"web-1 24h"}},
	{Problem: ProblemUnit, Arg: "30m", Try: []string{"web-1 30d", "web-1 1h"}},
	{Problem: ProblemNoUnit, Arg: "1d 12", Try: []string{"web-1 36h"}},
	{Problem: ProblemTwice, Arg: "1d 2d", Try: []string{"web-1 3d"}},
	{Problem: ProblemTooFew, Arg: "-3", Try: []string{"web-1 3h"}},
	{Problem: ProblemTooMany, Arg: "721", Try: []string{"web-1 30d"}},
	{Problem: ProblemNotTime, Arg: "tonight", Try: []string{"web-1 until tomorrow 18:00"}},
	{Problem: ProblemNoClock, Arg: "friday", Try: []string{"web-1 until friday 18:00"}},
	{Problem: ProblemClock, Arg: "6:30", Try: []string{"web-1 until 06:30", "web-1 until 18:30"}},
	{Problem: ProblemZone, Arg: "cet", Try: []string{"web-1 until 18:00", "web-1 until 18:00 utc"}},
	{Problem: ProblemWhichDate, Arg: "12/01", Try: []string{"web-1 until 12 jan 18:00", "web-1 until 1 dec 18:00"}},
	{Problem: ProblemWhichDay, Arg: "friday 18:00", Try: []string{"web-1 until today 18:00", "web-1 until 4 dec 18:00"}},
	{Problem: ProblemWeekday, Arg: "monday 4 dec 18:00", Try: []string{"web-1 until 4 dec 18:00"}},
	{Problem: ProblemNoDate, Arg: "31 nov", Try: []string{"web-1 3d"}},
	{Problem: ProblemPast, Arg: "today 08:00", Try: []string{"web-1 until tomorrow 08:00"}},
	{Problem: ProblemClockSkips, Arg: "2027-03-28 02:30", Try: []string{"web-1 until 2027-03-28 03:00"}},
	{Problem: ProblemNoZone, Arg: "until friday 18:00", Try: []string{"web-1 until friday 18:00 utc"}},
	{Problem: ProblemClockRepeats, Arg: "2026-10-25 02:30", Try: []string{"web-1 until 2026-10-25 00:30 utc", "web-1 until 2026-10-25 01:30 utc"}},
}

// A mistake in a command is answered with one sentence and the nearest that works,
// with the command's real name.
func TestUsageError_OneSentenceAndATry(t *testing.T) {
	servers := []order.Server{{Name: "web-1", ID: "a"}, {Name: "db-1", ID: "b"}}
	seen := map[string]ProblemCode{}
	var all strings.Builder
	for _, e := range mistakes {
		e.Limit = testLimit
		m := Refusal(e, RefusalView{Servers: servers, Command: "/rent"})
		if err := wellFormed(m); err != nil {
			t.Errorf("%s: %v", e.Problem, err)
		}
		checkAck(t, string(e.Problem), m)
		sentence, try, ok := strings.Cut(m.Text, " Try `/rent ")
		if !ok || strings.Contains(try, "/extend") || strings.Count(m.Text, "\n") > 0 || !strings.HasSuffix(sentence, ".") {
			t.Errorf("%s is answered %q", e.Problem, m.Text)
		}
		other := *e
		other.Arg, other.Other = "x", "y"
		text := other.sentence()
		if p, ok := seen[text]; ok {
			t.Errorf("%s and %s have the same answer: %s", p, e.Problem, text)
		}
		seen[text] = e.Problem
		fmt.Fprintf(&all, "== %s\n%s\n\n", e.Problem, m.Text)
	}
	goldenText(t, "usage_errors", all.String())
}

// Without a suggestion, the answer names what works for the person: a server of
// theirs, or the help.
func TestUsageError_SuggestsOwnServers(t *testing.T) {
	servers := []order.Server{{Name: "web-1", ID: "a"}, {ID: "c6df11f0"}, {Name: "db-1"}, {Name: "db-2"}}
	for _, c := range []struct {
		e       *UsageError
		servers []order.Server
		want    string
	}{
		{&UsageError{Problem: ProblemNoServer, Arg: "3 days", Limit: 720}, servers, "Try `/extend web-1 3 days` or `/extend c6df11f0 3 days` or `/extend db-1 3 days`."},
		{&UsageError{Problem: ProblemNoServer, Limit: 720}, servers, "Try `/extend web-1 3d`."},
		{&UsageError{Problem: ProblemUnknown, Arg: "x", Limit: 48}, servers, "Try `/extend web-1 24h`."},
		{&UsageError{Problem: ProblemUnknown, Arg: "x", Limit: 5}, servers, "Try `/extend web-1 5h`."},
		{&UsageError{Problem: ProblemUnknown, Arg: "x"}, servers, "Try `/extend web-1 3d`."},
		{&UsageError{Problem: ProblemNoServer, Arg: "3 days"}, nil, "Try `/extend help`."},
	} {
		text := Refusal(c.e, RefusalView{Servers: c.servers}).Text
		if !strings.HasSuffix(text, c.want) {
			t.Errorf("%+v is answered %q, want %q at its end", c.e, text, c.want)
		}
	}
}

// The help fits a phone.
func TestUsage_Golden(t *testing.T) {
	servers := []order.Server{{Name: "web-1", ID: "a"}, {Name: "db-1", ID: "b"}, {ID: "c6df11f0"}}
	golden(t, "usage", Usage(servers, testLimit, ""))
	golden(t, "usage_any_server", Usage(nil, testLimit, "/rent"))
	golden(t, "usage_short_limit", Usage(servers, 10, "/rent"))
	direct := UsageView{Servers: servers, Limit: testLimit, Form: Fill{Channel: "D0ALICE"}}
	golden(t, "usage_direct", DirectUsage(direct))
	golden(t, "usage_mention", MentionUsage(UsageView{Limit: testLimit, Command: "/rent"}))
	golden(t, "usage_mention_thread", MentionUsage(UsageView{Servers: servers, Limit: testLimit, InThread: true}))
	golden(t, "usage_mention_words", MentionUsage(UsageView{
		Servers: servers, Limit: testLimit, Words: "web-1 3 days", InThread: true, Form: Fill{Server: "web-1", Time: "3 days", Channel: "C0OPS"},
	}))
	golden(t, "usage_approver", ApproverUsage(bob(), false, false, "/rent"))
	golden(t, "usage_admin", ApproverUsage(bob(), true, false, ""))
	golden(t, "usage_approver_unread", ApproverUsage(bob(), false, true, "/rent"))
	many := make([]order.Server, 500)
	for i := range many {
		many[i] = order.Server{Name: strings.Repeat("<", 300)}
	}
	checkAck(t, "usage with many servers", Usage(many, testLimit, "/extend"))
}

// FuzzUsageError answers commands that could not be understood. Whatever was
// typed, the answer is a well-formed message of a few lines.
func FuzzUsageError(f *testing.F) {
	for i, text := range append(hostile, "web-1", "99999999999999999999", "`<!channel>` 1e3", "<http://|>") {
		f.Add(uint(i), text, "24", text, 720)
	}
	f.Fuzz(func(t *testing.T, problem uint, arg, other, try string, limit int) {
		m := Refusal(&UsageError{
			Problem: mistakes[problem%uint(len(mistakes))].Problem, Arg: arg, Other: other, Try: []string{try}, Limit: order.Hours(limit),
		}, RefusalView{Limit: order.Hours(limit), Command: other})
		if err := wellFormed(m); err != nil {
			t.Fatalf("the answer is not well formed: %v\n%s", err, m.Text)
		}
		if n := mrkdwn.Len(m.Text); n > 1_200 {
			t.Fatalf("the answer has %d characters", n)
		}
	})
}
