package bot

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/order"
)

// Whatever somebody types, whatever they may extend, and whatever is refused: a press on any
// suggestion is understood, and is about one of their servers and a time that the limit
// allows. A form opens with what is known.
func TestSuggestion_AlwaysWorks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var servers []order.Server
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(serverNames), 0, 6, rapid.ID).Draw(t, "servers") {
			servers = append(servers, order.Server{Name: name, ID: "ID-" + name})
		}
		limit := order.Hours(rapid.SampledFrom([]int{1, 23, 24, 36, 48, 720}).Draw(t, "limit"))
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(typedWords), 0, 7).Draw(t, "text"), " ")
		o := command.Options{Name: "/rent", Limit: limit, Known: known(servers), Near: func(string) []string { return near(servers) }}
		c, err := command.Parse(text, o)
		view := message.RefusalView{Person: order.Person{Team: "T0TEAM", User: "U0ALICE"}, Command: "/rent", Limit: limit, Servers: servers, Currency: "EUR"}
		if err == nil {
			if c.Verb != command.Extend && c.Server == "" {
				return
			}
			view, err = refusedLater(t, c, view)
		}
		m := message.Refusal(err, view)
		for _, b := range buttonsOf(m) {
			if !message.IsSuggestion(b.ActionID) {
				wantFill(t, message.ParseFill(b.Value), limit)
				continue
			}
			got, err := command.Parse(b.Value, o)
			if err != nil {
				t.Fatalf("%q, %v: [%s] is not understood: %v", text, servers, b.Value, err)
			}
			if got.Server != "" && len(servers) > 0 && !isServer(got.Server, servers) {
				t.Fatalf("%q, %v: [%s] is about another server", text, servers, b.Value)
			}
			if got.Verb == command.Extend && got.Until.IsZero() && (got.Hours < 1 || got.Hours > limit) {
				t.Fatalf("%q, at most %d: [%s] is for %d hours", text, limit, b.Value, got.Hours)
			}
			if got.Verb == command.Extend && !strings.Contains(m.Text, "/rent ") {
				t.Fatalf("%q: the text names no command: %s", text, m.Text)
			}
		}
	})
}

var (
	serverNames = []string{"web-1", "web-2", "db-1", "prod", "list", "48", "7d", "sun"}
	typedWords  = []string{
		"web-1", "wbe-1", "web-9", "db-1", "prod", "list", "history", "cancle", "sun", "3d", "3", "24", "1.5d", "1mo", "30m", "0", "9999", "two", "days", "for",
		"until", "friday", "18:00", "because", "a<b", "&amp;", "*bold*", "48", "extend", "7d", "x",
	}
)

// near returns the names that are similar to a word, as the policy may say.
func near(servers []order.Server) (names []string) {
	for _, s := range servers {
		names = append(names, s.Name)
	}
	return names[:min(len(names), 3)]
}

// refusedLater returns why a command that is understood may be refused, and what is known then.
func refusedLater(t *rapid.T, c command.Command, view message.RefusalView) (message.RefusalView, error) {
	codes := []order.Code{
		order.CodeUnknownServer, order.CodeBadHours, order.CodeNoExpiry, order.CodeRunsLonger, order.CodeOverLimit, order.CodeBarred,
		order.CodeOldVersion, order.CodeNotYours, order.CodeLeaseOver,
	}
	if c.Verb == command.Extend { // only a request needs a channel
		codes = append(codes, order.CodeNeedsChannel)
	}
	code := rapid.SampledFrom(codes).Draw(t, "code")
	e := &order.Error{Code: code}
	view.Retype = typed{Command: c}.retype
	view.Server = c.Server
	server := order.Server{ID: c.Server}
	if i := slices.IndexFunc(view.Servers, func(s order.Server) bool { return strings.EqualFold(s.Name, c.Server) || s.ID == c.Server }); i >= 0 {
		server = view.Servers[i]
	} else if len(view.Servers) > 0 {
		server = view.Servers[0]
		view.Server = server.Name
	}
	asked := order.Order{
		Person: view.Person, Server: server, Hours: max(c.Hours, 1), Typed: c.Typed, Purpose: c.Purpose, State: order.Pending,
		Estimate: order.Estimate{Amount: decimal.NewNullDecimal(decimal.New(1, 0))},
	}
	switch code {
	case order.CodeUnknownServer:
		view.Server = "web-9"
		if rapid.Bool().Draw(t, "near") {
			e.Near = near(view.Servers)
		}
	case order.CodeOverLimit:
		view.Order = asked
		e.Limit = &order.LimitState{Limit: order.Limit{Per: order.PerPerson, Hours: max(asked.Hours-order.Hours(rapid.IntRange(1, 48).Draw(t, "too many")), 0), Within: time.Hour}}
	case order.CodeNeedsChannel, order.CodeBadHours, order.CodeNoExpiry, order.CodeRunsLonger:
		e.MaxHours = view.Limit
	default: // about an order that is recorded
		asked.ID, view.Click, view.Order = "06ppv9a8-kx3n7d2q", true, asked
		e.Order = &asked
	}
	return view, e
}

func buttonsOf(m message.Message) (all []*slack.ButtonBlockElement) {
	for _, b := range m.Blocks {
		if row, ok := b.(*slack.ActionBlock); ok {
			for _, e := range row.Elements.ElementSet {
				all = append(all, e.(*slack.ButtonBlockElement))
			}
		}
	}
	return all
}

// wantFill fails the test unless a form can begin with f.
func wantFill(t *rapid.T, f message.Fill, limit order.Hours) {
	if f.Time == "" {
		return
	}
	_, err := command.ParseTime(f.Time, command.Options{Limit: limit})
	if usage, ok := errors.AsType[*message.UsageError](err); ok && cmp.Compare(usage.Problem, message.ProblemTooMany) != 0 {
		t.Fatalf("the form begins with the time %q: %v", f.Time, err)
	}
}
