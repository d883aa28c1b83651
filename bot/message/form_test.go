package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

// goldenForm compares a form with testdata/name.golden, from top to bottom.
func goldenForm(t *testing.T, name string, v FormView) {
	t.Helper()
	m := checkedForm(t, v)
	var b strings.Builder
	fmt.Fprintf(&b, "== %s  [%s] [%s]\n%s\n\n", m.Title.Text, m.Close.Text, m.Submit.Text, m.PrivateMetadata)
	for _, block := range m.Blocks.BlockSet {
		input, ok := block.(*slack.InputBlock)
		if !ok {
			b.WriteString(readable([]slack.Block{block}))
			continue
		}
		optional := ""
		if input.Optional {
			optional = " (optional)"
		}
		fmt.Fprintf(&b, "%s%s\n", input.Label.Text, optional)
		switch e := input.Element.(type) {
		case *slack.SelectBlockElement:
			fmt.Fprintf(&b, "  %s: %s %v\n", e.Type, e.Placeholder.Text, e.InitialConversation)
			for _, o := range e.Options {
				fmt.Fprintf(&b, "  ( ) %s = %s\n", o.Text.Text, o.Value)
			}
			if e.InitialOption != nil {
				fmt.Fprintf(&b, "  chosen: %s = %s\n", e.InitialOption.Text.Text, e.InitialOption.Value)
			}
		case *slack.PlainTextInputBlockElement:
			fmt.Fprintf(&b, "  [%s] (%s)\n", e.InitialValue, e.Placeholder.Text)
		}
		b.WriteString("\n")
	}
	goldenText(t, name, b.String())
}

// checkedForm returns a form that Slack accepts.
func checkedForm(t testing.TB, v FormView) slack.ModalViewRequest {
	t.Helper()
	m := Form(v)
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blockkit.ParseView(blockkit.Modal, string(raw)); err != nil {
		refused, _ := errors.AsType[*blockkit.Error](err)
		t.Errorf("Slack refuses the form: %v %+v", err, refused)
	}
	return m
}

func manyServers(n int) (all []order.Server) {
	for i := range n {
		all = append(all, order.Server{Name: fmt.Sprintf("web-%03d", i), ID: fmt.Sprintf("srv-%03d", i)})
	}
	return all
}

// The form as people see it: empty, filled in, and with its estimate.
func TestForm_Golden(t *testing.T) {
	t.Parallel()
	servers := []order.Server{{Name: "db-1", ID: "srv-2"}, {Name: "web-1", ID: "srv-1"}}
	o := testOrder(order.Pending)
	o.Typed = "3 days"
	v := testView(o)
	v.Lease, v.Balance = leaseOf(testReceipt()), order.Balance{Amount: euros("3328.78"), At: testNow}
	v.Ruling = order.Ruling{Rules: []order.RuleState{{Name: "long", Count: 1, Approvers: []string{"U0CARO"}}}}
	for name, v := range map[string]FormView{
		"form_empty":      {Channel: "C0OPS", Servers: servers, Limit: testLimit},
		"form_estimate":   {Channel: "C0OPS", Servers: servers, Limit: testLimit, Values: FormValues{Server: "web-1", Duration: "72", Reason: "the demo"}, Estimate: FormEstimate(v)},
		"form_channel":    {Channel: "C0OPS", Ask: true, Servers: servers[:1], Limit: 100, Values: FormValues{Duration: FormOther, Custom: "2d"}, Problem: FormNeedsPeople},
		"form_any_server": {Ask: true, Limit: 12, Values: FormValues{Server: "a6bbde9c"}},
		"form_typeahead":  {Channel: "C0OPS", Servers: manyServers(101), Limit: testLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goldenForm(t, name, v)
		})
	}
}

// Whatever is in it, Slack accepts the form.
func TestForm_AcceptedWhateverIsInIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		at := func(label string) string { return outside(r, label) }
		v := testView(hostileOrder(r))
		f := FormView{
			Channel: at("channel"), Ask: rapid.Bool().Draw(r, "ask"), Servers: manyServers(rapid.SampledFrom([]int{0, 1, 2, 100, 101}).Draw(r, "servers")),
			Limit:    order.Hours(rapid.IntRange(1, 1000).Draw(r, "limit")),
			Values:   FormValues{Server: at("server"), Duration: at("duration"), Custom: at("custom"), Reason: at("reason"), Conversation: at("conversation")},
			Estimate: rapid.SampledFrom([]string{"", FormEstimate(v)}).Draw(r, "estimate"), Problem: at("problem"),
		}
		checkedForm(t, f)
		if err := inert(f.Estimate); err != nil {
			r.Error(err)
		}
	})
}

// What is wrong is said on the field that is wrong, in plain text.
func TestFormProblem_OnItsField(t *testing.T) {
	t.Parallel()
	o := testOrder(order.Pending)
	o.Typed = "3 days"
	limit := order.LimitState{Limit: order.Limit{Hours: 100, Within: 7 * 24 * time.Hour, Per: order.PerPerson}, UsedHours: 90, FreeAt: testNow.Add(time.Hour)}
	rule := order.RuleState{Name: "long", Count: 1, Approvers: []string{"U0CARO"}}
	preset, custom := FormValues{Server: "web-1", Duration: "72"}, FormValues{Server: "web-1", Duration: FormOther, Custom: "4d"}
	for _, c := range []struct {
		err   error
		in    FormValues
		field string
		parts string
	}{
		{&order.Error{Code: order.CodeStranger}, preset, FieldServer, "not on the list|U0ALICE"},
		{&order.Error{Code: order.CodeUnknownServer, Near: []string{"web-2"}}, preset, FieldServer, "no server web-1|Did you mean web-2?"},
		{&order.Error{Code: order.CodeBadHours, MaxHours: 48}, preset, FieldDuration, "at most 48 hours"},
		{&order.Error{Code: order.CodeBadHours, MaxHours: 48}, custom, FieldCustom, "at most 48 hours"},
		{&order.Error{Code: order.CodeRunsLonger, Expiry: testNow}, custom, FieldCustom, "web-1 runs until 2 Mar 2026 10:04 UTC already"},
		{&order.Error{Code: order.CodeNoExpiry}, custom, FieldCustom, "do not know when web-1 expires"},
		{&UsageError{Problem: ProblemNotHours, Arg: "<soon>", Try: []string{"web-1 3d", "5d"}}, custom, FieldCustom, "understand <soon> as|Try 3d, or 5d."},
		{&order.Error{Code: order.CodeOverLimit, Limit: &limit}, preset, FieldDuration, "over the limit of 100 h|10h would fit"},
		{&order.Error{Code: order.CodeOverLimit}, custom, FieldCustom, "over a limit"},
		{&order.Error{Code: order.CodeNeedsChannel, Rules: []order.RuleState{rule}}, preset, FieldChannel, "Choose a channel"},
		{&order.Error{Code: order.CodeNoApprovers, Rules: []order.RuleState{rule}}, preset, FieldServer, "The rule long asks for 1 approval"},
		{&order.Error{Code: order.CodeGroupUnread, Rules: []order.RuleState{{Unreadable: []string{"S0LEADS"}}}}, preset, FieldServer, "who is in a group right now"},
		{&order.Error{Code: order.CodePriceUnknown}, preset, FieldServer, "The price of web-1 is not known"},
		{&order.Error{Code: order.CodeServerHeld, Order: &o}, preset, FieldServer, "Another order for web-1"},
		{&order.Error{Code: order.CodeAsked, Order: &o}, preset, FieldServer, "already asked to extend web-1 by 3 days|its card still waits"},
		{&order.Error{Code: order.CodeDuplicate, Order: &o}, preset, FieldServer, "already asked to extend web-1 by 3 days with this form"},
		{&order.Error{Code: order.CodeUnavailable}, preset, FieldServer, "cannot record anything right now"},
		{errors.New("disk"), preset, FieldServer, "went wrong"},
	} {
		field, text := FormProblem(c.err, c.in, RefusalView{Person: o.Person, Order: o, Limit: testLimit, Currency: "EUR", Command: "/extend", Admins: []string{"U0DAVE"}})
		if field != c.field {
			t.Errorf("%v is said on %s, want %s: %s", c.err, field, c.field, text)
		}
		for part := range strings.SplitSeq(c.parts, "|") {
			if !strings.Contains(text, part) {
				t.Errorf("%v: %q is missing in %q", c.err, part, text)
			}
		}
		if strings.ContainsAny(text, "`*") || strings.Contains(text, "<@") || strings.Contains(text, "<!") || strings.Contains(text, "/extend") {
			t.Errorf("%v: markup, or a command, in %q", c.err, text)
		}
	}
}

// Those that begin with the text come first; no more than 50 are suggested.
func TestSuggestServers_PrefixFirst(t *testing.T) {
	t.Parallel()
	servers := append([]order.Server{{Name: "old-web"}, {Name: "Web-1"}, {ID: "b7cc-web"}, {Name: "db-1"}}, manyServers(100)...)
	values := func(text string) (all []string) {
		for _, o := range SuggestServers(servers, text).Options {
			all = append(all, o.Value)
		}
		return all
	}
	if got := values("  WEB "); len(got) != 50 || got[0] != "Web-1" || got[1] != "web-000" {
		t.Errorf("%d are suggested: %v", len(got), got)
	}
	if got := values("-web"); !slices.Equal(got, []string{"old-web", "b7cc-web"}) {
		t.Errorf("suggested are %v", got)
	}
	if got := values(""); len(got) != 50 {
		t.Errorf("for no text, %d are suggested", len(got))
	}
	raw, err := json.Marshal(SuggestServers(nil, "x"))
	if err != nil || string(raw) != `{"options":[]}` {
		t.Errorf("nothing is %s, %v", raw, err)
	}
	long := slices.Repeat([]order.Server{{Name: strings.Repeat("w", 64)}}, 200)
	if raw, _ = json.Marshal(SuggestServers(long, "w")); len(raw) > 19_000 {
		t.Errorf("an ack of %d bytes", len(raw))
	}
}

// A form is filled in with what the button says; what cannot be read asks for everything.
func TestFill_SurvivesTheButton(t *testing.T) {
	t.Parallel()
	want := Fill{Server: "web-1", Time: "until friday 18:00", Reason: `<"demo">`, Channel: "C0OPS", Ask: true}
	if got := ParseFill(want.String()); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, odd := range []string{"", "x", "[]", `{"server":1}`} {
		if got := ParseFill(odd); got != (Fill{Ask: true}) {
			t.Errorf("%q is %+v", odd, got)
		}
	}
}
