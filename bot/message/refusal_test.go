package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

func alice() order.Person { return order.Person{Team: "T0TEAM", User: "U0ALICE"} }
func bob() order.Person   { return order.Person{Team: "T0TEAM", User: "U0BOB"} }

func coded(code order.Code, o *order.Order, near ...string) error {
	return fmt.Errorf("desk: %w", &order.Error{Code: code, Detail: "inner detail", Order: o, Near: near, Err: errors.New("inner cause")})
}

// Each refusal says what was wrong and what to do, and shows no internal
// details.
func TestRefusal_SaysWhatToDo(t *testing.T) {
	pending, placing, placed, unknown := testOrder(order.Pending), testOrder(order.Placing), testOrder(order.Placed), testOrder(order.Unknown)
	settled := testOrder(order.NotPlaced)
	settled.SettledBy = "U0ALICE"
	typed := RefusalView{Person: alice(), Server: "web-9", Servers: []order.Server{{Name: "web-1"}}, Limit: testLimit}
	anyServer := RefusalView{Person: alice(), Server: "web_9", Limit: testLimit}
	pressed := RefusalView{Person: bob(), Click: true, Order: pending, Limit: testLimit}
	own := RefusalView{Person: alice(), Click: true, Order: pending, Limit: testLimit}
	retyped, many, linking := typed, typed, own
	retyped.Retype = func(server string) string { return server + " 3 days because the demo is on Monday" }
	many.Servers = make([]order.Server, 4)
	linking.Link, linking.Admins, linking.Command = testLink, []string{"U0CAROL"}, "/rent"
	until := RefusalView{Person: alice(), Server: "web-1", Command: "/rent", Limit: testLimit}
	short := until
	short.Limit = 36
	bobs, settledLater := testOrder(order.Placed), testOrder(order.Placed)
	bobs.Person, bobs.Typed, bobs.ChangedAt = bob(), "3 days", testNow.Add(-time.Minute)
	settledLater.Receipt = nil
	wantsMore := own
	wantsMore.Order = typedOrder(order.Pending)
	expiry := func(code order.Code, at time.Time) error { return &order.Error{Code: code, Expiry: at} }
	posted := pending
	posted.Card.Ref = "C0OPS/1"

	byCaro, inDirect := wantsMore, own
	byCaro.Person.User = "U0CARO"
	inDirect.Order.Channel = "D0ALICE"

	var list []named
	for _, c := range []struct {
		name  string
		err   error
		asked RefusalView
	}{
		{"stranger", coded(order.CodeStranger, nil), typed},
		{"stranger at a click", coded(order.CodeStranger, nil), pressed},
		{"not yours", coded(order.CodeNotYours, nil), pressed},
		{"no longer yours", coded(order.CodeNotYours, nil), own},
		{"unknown server, something near", coded(order.CodeUnknownServer, nil, "web-1", "web-2"), typed},
		{"unknown server, nothing near", coded(order.CodeUnknownServer, nil), typed},
		{"unknown server, the command that works", coded(order.CodeUnknownServer, nil, "web-1", "web-2"), retyped},
		{"unknown server, nothing near, many servers", coded(order.CodeUnknownServer, nil), many},
		{"unknown server at a click by the requester", coded(order.CodeUnknownServer, nil), own},
		{"unknown server at a click by somebody else", coded(order.CodeUnknownServer, nil), pressed},
		{"unknown server, any id", coded(order.CodeUnknownServer, nil), anyServer},
		{"bad hours", coded(order.CodeBadHours, nil), typed},
		{"bad hours, a lower limit for the person", &order.Error{Code: order.CodeBadHours, MaxHours: 48}, typed},
		{"until, too far", expiry(order.CodeBadHours, testNow), until},
		{"until, too far, limit not in days", expiry(order.CodeBadHours, testNow), short},
		{"until, expiry not known", coded(order.CodeNoExpiry, nil), until},
		{"until, expiry not known, short limit", coded(order.CodeNoExpiry, nil), short},
		{"until, runs longer", expiry(order.CodeRunsLonger, testNow.Add(48*time.Hour)), until},
		{"extended meanwhile", coded(order.CodeExtended, &bobs), wantsMore},
		{"extended meanwhile by the same person, expiry not known", coded(order.CodeExtended, &settledLater), own},
		{"extended meanwhile, to an approver", coded(order.CodeExtended, &bobs), byCaro},
		{"asked already", coded(order.CodeAsked, &posted), linking},
		{"asked already, no link", coded(order.CodeAsked, &posted), own},
		{"server held by an unknown outcome", coded(order.CodeServerHeld, &unknown), typed},
		{"server held by an unknown outcome, at a click, with a link", coded(order.CodeServerHeld, &unknown), linking},
		{"server held at a click", coded(order.CodeServerHeld, &placing), own},
		{"duplicate", coded(order.CodeDuplicate, &pending), typed},
		{"decided", coded(order.CodeDecided, &placed), pressed},
		{"conflict", coded(order.CodeConflict, nil), pressed},
		{"settled already", coded(order.CodeConflict, &settled), pressed},
		{"the host's order belongs to another one", coded(order.CodeClaimed, &placed), RefusalView{Person: bob(), Click: true, Order: unknown, Limit: testLimit}},
		{"no admin", coded(order.CodeNotAdmin, nil), RefusalView{Person: bob(), Click: true, Order: unknown, Limit: testLimit, Admins: []string{"U0ALICE", "U0CAROL"}}},
		{"no admin where there is none", coded(order.CodeNotAdmin, nil), RefusalView{Person: bob(), Click: true, Order: unknown, Limit: testLimit}},
		{"order not found, command", coded(order.CodeNotFound, nil), until},
		{"order not found", coded(order.CodeNotFound, nil), RefusalView{Person: bob(), Click: true, Limit: testLimit}},
		{"unavailable", coded(order.CodeUnavailable, nil), typed},
		{"unavailable at a click", coded(order.CodeUnavailable, nil), pressed},
		{"internal", errors.New("inner cause"), typed},
		{"illegal", coded(order.CodeIllegal, nil), pressed},
		{"not an approver", ruled(order.CodeNotApprover, databases("U0CARO")), pressed},
		{"not an approver, the requester", ruled(order.CodeNotApprover, databases(), long()), own},
		{"approved already", ruled(order.CodeApproved, databases("U0BOB")), pressed},
		{"approved already, nothing missing", ruled(order.CodeApproved), pressed},
		{"the requester may no longer order this", ruled(order.CodeBarred), pressed},
		{"the requester may no longer order this, at their own click", ruled(order.CodeBarred), own},
		{"nobody can approve", ruled(order.CodeNoApprovers, databases()), typed},
		{"not an approver, the requester, in a direct message", ruled(order.CodeNotApprover, databases()), inDirect},
		{"not an approver, the requester, who may be in a group that cannot be read", ruled(order.CodeNotApprover, assumedRule()), own},
		{"not an approver, the requester, for whom another rule matches, too", ruled(order.CodeNotApprover, assumedRule(), long()), own},
		{"needs a channel, if the requester is in a group that cannot be read", ruled(order.CodeNeedsChannel, assumedRule()), retyped},
		{"needs a channel", ruled(order.CodeNeedsChannel, databases()), retyped},
		{"needs a channel, asked again", ruled(order.CodeNeedsChannel, databases()), own},
		{"group not readable", ruled(order.CodeGroupUnread, unreadRule()), pressed},
		{"group not readable, at a request", ruled(order.CodeGroupUnread, unreadRule()), typed},
		{"nobody can approve, if the requester is in a group that cannot be read", ruled(order.CodeGroupUnread, assumedRule()), typed},
		{"tampered", coded(order.CodeTampered, &pending), pressed},
		{"key unknown", coded(order.CodeKeyUnknown, &pending), pressed},
		{"previous version", coded(order.CodeOldVersion, &pending), own},
		{"previous version, at a click by somebody else", coded(order.CodeOldVersion, &pending), pressed},
		{"own order", coded(order.CodeOwnOrder, nil), RefusalView{Person: alice(), Click: true, Order: unknown, Admins: []string{"U0ALICE", "U0CAROL"}}},
	} {
		m := Refusal(c.err, c.asked)
		if strings.Contains(m.Text, "inner") {
			t.Errorf("%s shows internal details: %s", c.name, m.Text)
		}
		if strings.Contains(m.Text, "!") && !strings.Contains(m.Text, "<!date") && !strings.Contains(m.Text, "<!subteam") {
			t.Errorf("%s has an exclamation mark: %s", c.name, m.Text)
		}
		list = append(list, named{c.name, m})
	}
	goldenMessages(t, "refusals", list)
}

// overLimit returns the error about a limit.
func overLimit(s order.LimitState, freeIn time.Duration) error {
	if freeIn > 0 {
		s.FreeAt = testNow.Add(freeIn)
	}
	return &order.Error{Code: order.CodeOverLimit, Limit: &s, Detail: "inner detail"}
}

// A refusal because of a limit says which one, what is left, when enough is free, and what
// would fit now. One because of the price says what it is, or what to do.
func TestRefusal_LimitsAndPrices(t *testing.T) {
	t.Parallel()
	hours := func(per order.LimitPer, used order.Hours) order.LimitState {
		return order.LimitState{Limit: order.Limit{Per: per, Within: 24 * time.Hour, Hours: 240}, UsedHours: used}
	}
	money := func(used string) order.LimitState {
		return order.LimitState{Limit: order.Limit{Per: order.PerAll, Within: 30 * 24 * time.Hour, Amount: euros("500")}, UsedAmount: euros(used).Decimal}
	}
	o := typedOrder(order.Pending)
	o.ID = "" // not recorded
	asked := RefusalView{Person: alice(), Server: "web-1", Command: "/rent", Order: o, Limit: testLimit}
	pressed, approver, huge, unread, failed, unpriced := asked, asked, asked, asked, asked, asked
	pressed.Click, pressed.Order.ID, pressed.SeenEstimate = true, testOrder(order.Pending).ID, euros("1.10")
	approver.Click, approver.Person, approver.Order.Deadline = true, bob(), testNow.Add(8*time.Hour)
	huge.Order.Hours, huge.Order.Typed = 720, "30 days"
	huge.Order.Estimate.Amount = euros("501.50")
	unpriced.Order.Estimate = order.Estimate{From: order.PriceUnheard}
	unread.Order.Estimate.Amount, unread.Order.Estimate.From = decimal.NullDecimal{}, order.PriceUnread
	failed.Click, failed.Order.Estimate, failed.Person = true, order.Estimate{From: order.PriceFailed}, bob()
	odd := hours(order.PerServer, 200)
	odd.Within = 90 * time.Minute
	var list []named
	for _, c := range []struct {
		name  string
		err   error
		asked RefusalView
	}{
		{"hours of a person", overLimit(hours(order.PerPerson, 200), 28*time.Hour), asked},
		{"hours of a person, none left", overLimit(hours(order.PerPerson, 250), 28*time.Hour), asked},
		{"hours of a server", overLimit(odd, time.Hour), asked},
		{"hours of an account", overLimit(hours(order.PerAccount, 239), time.Hour), asked},
		{"hours, more than the limit alone", overLimit(hours(order.PerPerson, 0), 0), huge},
		{"amount", overLimit(money("499"), 3*24*time.Hour), asked},
		{"amount, none left", overLimit(money("510"), 3*24*time.Hour), asked},
		{"amount, more than the limit alone", overLimit(money("120"), 0), huge},
		{"amount, price not known", overLimit(money("500"), time.Hour), unpriced},
		{"pressed, free after the card expires", overLimit(hours(order.PerPerson, 200), 28*time.Hour), pressed},
		{"pressed by an approver, free soon", overLimit(hours(order.PerPerson, 200), time.Hour), approver},
		{"pressed by an approver, amount", overLimit(money("499"), time.Hour), approver},
		{"pressed, more than the limit alone", overLimit(hours(order.PerPerson, 239), 0), pressed},
		{"price not known, never ordered", coded(order.CodePriceUnknown, nil), unpriced},
		{"price not known yet", coded(order.CodePriceUnknown, nil), unread},
		{"price not known, pressed by another one", coded(order.CodePriceUnknown, nil), failed},
		{"price changed", coded(order.CodeRepriced, nil), pressed},
	} {
		m := Refusal(c.err, c.asked)
		if strings.Contains(m.Text, "inner") || len(onPhoneLines(m.Text)) > 6 {
			t.Errorf("%s: %s", c.name, m.Text)
		}
		list = append(list, named{c.name, m})
	}
	goldenMessages(t, "refusals_limits", list)
}

func ruled(code order.Code, rules ...order.RuleState) error {
	return &order.Error{Code: code, Rules: rules, Detail: "inner detail"}
}

// unreadRule is a rule whose group cannot be read.
func unreadRule() order.RuleState {
	r := databases()
	r.Unreadable = []string{"S0LEADS"}
	return r
}

// assumedRule is a rule that matches only because its group cannot be read.
func assumedRule() order.RuleState {
	r := databases("U0CARO")
	r.Assumed = []string{"S0OPS"}
	return r
}

// codes are the codes that a refusal can be about, and one that it does not know.
var codes = []order.Code{
	order.CodeInternal, order.CodeStranger, order.CodeNotYours, order.CodeNotAdmin, order.CodeUnknownServer, order.CodeBadHours,
	order.CodeServerHeld, order.CodeDuplicate, order.CodeDecided, order.CodeNotFound, order.CodeConflict, order.CodeClaimed,
	order.CodeIllegal, order.CodeUnavailable, order.CodeAsked, order.CodeExtended, order.CodeNoExpiry, order.CodeRunsLonger, "new",
	order.CodeNotApprover, order.CodeApproved, order.CodeBarred, order.CodeNoApprovers, order.CodeNeedsChannel, order.CodeGroupUnread,
	order.CodeTampered, order.CodeKeyUnknown, order.CodeOldVersion, order.CodeOwnOrder,
	order.CodeOverLimit, order.CodePriceUnknown, order.CodeRepriced,
	order.CodeLeaseTaken, order.CodeLeaseOver,
}

// A refusal has no gaps when nothing else is known.
func TestRefusal_ReadsWithoutDetails(t *testing.T) {
	for _, code := range codes {
		m := Refusal(&order.Error{Code: code}, RefusalView{})
		if err := wellFormed(m); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if strings.Contains(m.Text, mrkdwn.Empty) || strings.Contains(m.Text, "0 hours") || strings.Contains(m.Text, "  ") {
			t.Errorf("%s has a gap: %s", code, m.Text)
		}
	}
}

// The other messages.
func TestNotices_Golden(t *testing.T) {
	messages := []named{
		{"busy", Busy()},
		{"foreign", Foreign()},
		{"outsider", Outsider()},
		{"unreadable", Unreadable()},
	}
	for _, code := range []string{
		"not_in_channel", "channel_not_found", "is_archived", "restricted_action_read_only_channel",
		"messages_tab_disabled", "ekm_access_denied", "missing_scope", "<!evil>",
	} {
		messages = append(messages, named{"cannot post: " + code, CannotPost(refusedCard("C0OPS", CardRefusedReason(code)), "rentbot")})
	}
	messages = append(messages,
		named{"cannot post in a direct message", CannotPost(refusedCard("D0ALICE", CardRefusedReason("channel_not_found")), "rentbot")},
		named{"cannot post, bot's name not known", CannotPost(refusedCard("C0OPS", CardRefusedReason("not_in_channel")), "")},
		named{"cannot post in a direct message, needs approvals", CannotPost(needsApprovals(refusedCard("D0ALICE", CardRefusedReason("channel_not_found"))), "rentbot")},
		named{"expired without a card", ExpiredUnposted(refusedCard("C0OPS", ""))})

	goldenMessages(t, "notices", messages)
}

func needsApprovals(v OrderView) OrderView {
	v.Ruling.Rules = []order.RuleState{databases()}
	return v
}

// refusedCard returns an order that was withdrawn because its card was refused.
func refusedCard(channel, reason string) OrderView {
	v := testView(typedOrder(order.Cancelled))
	v.Order.Channel, v.Order.Reason, v.Command = channel, reason, "/rent"
	return v
}

// A refusal fits on a phone, and names the command as it is called there.
func TestRefusal_ShortAndNamesTheCommand(t *testing.T) {
	t.Parallel()
	o := typedOrder(order.Unknown)
	for _, code := range codes {
		for _, click := range []bool{false, true} {
			a := RefusalView{
				Person: alice(), Server: "web-9", Command: "/rent", Click: click, Order: typedOrder(order.Pending), Link: testLink,
				Servers: []order.Server{{Name: "web-1"}}, Limit: testLimit, Admins: []string{"U0CAROL"},
				Retype: func(server string) string { return server + " 3 days" },
			}
			m := Refusal(&order.Error{Code: code, Order: &o, Near: []string{"web-1", "web-2"}, Expiry: testNow, Rules: []order.RuleState{unreadRule()}}, a)
			if lines := onPhoneLines(m.Text); len(lines) > 6 {
				t.Errorf("%s has %d lines:\n%s", code, len(lines), strings.Join(lines, "\n"))
			}
			if strings.Contains(m.Text, "/extend") {
				t.Errorf("%s names another command: %s", code, m.Text)
			}
		}
	}
}

// named is a message in a golden file with others.
type named struct {
	name string
	m    Message
}

// goldenMessages compares messages with one golden file, each as mrkdwn and as a
// phone shows it. They have to fit into an ack.
func goldenMessages(t *testing.T, file string, list []named) {
	t.Helper()
	var all strings.Builder
	for _, c := range list {
		if err := wellFormed(c.m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		checkAck(t, c.name, c.m)
		shown := strings.Join(mrkdwnOf(c.m.Blocks), "\n")
		buttons := buttonLines(c.m.Blocks)
		if c.m.Text != shown && (buttons == "" || c.m.Plain() != c.m.Text) { // the text has more only if it names what the buttons do
			t.Errorf("%s has another text than its blocks: %s", c.name, c.m.Text)
		}
		if c.m.Text == shown {
			fmt.Fprintf(&all, "== %s\n%s\n    %s\n%s\n", c.name, shown, strings.Join(onPhoneLines(shown), "\n    "), buttons)
		} else {
			fmt.Fprintf(&all, "== %s\ntext: %s\n%s\n    %s\n%s\n", c.name, c.m.Text, shown, strings.Join(onPhoneLines(shown), "\n    "), buttons)
		}
	}
	goldenText(t, file, all.String())
}

// buttonLines returns the buttons of a message, each in a line, or "" if it has none.
func buttonLines(blocks []slack.Block) (lines string) {
	for _, b := range blocks {
		switch b := b.(type) {
		case *slack.ActionBlock:
			for _, e := range b.Elements.ElementSet {
				button := e.(*slack.ButtonBlockElement)
				lines += fmt.Sprintf("    [%s] %s %s\n", button.Text.Text, button.ActionID, button.Value)
			}
		case *slack.SectionBlock:
			if b.Accessory != nil {
				button := b.Accessory.ButtonElement
				lines += fmt.Sprintf("    [%s] %s %s\n", button.Text.Text, button.ActionID, button.Value)
			}
		}
	}
	return lines
}

// onPhoneLines returns the lines of a text on a phone.
func onPhoneLines(text string) []string {
	return strings.Split(wrap(shown(text), phoneWidth), "\n")
}

// checkAck checks that a message fits into an ack with room to spare: Slack
// drops frames of 20,480 bytes.
func checkAck(t *testing.T, name string, m Message) {
	t.Helper()
	frame, err := json.Marshal(slack.Msg{Text: m.Text, Blocks: slack.Blocks{BlockSet: m.Blocks}})
	if err != nil {
		t.Fatal(err)
	}
	if len(frame) > 15_000 {
		t.Errorf("%s: the ack has %d bytes", name, len(frame))
	}
}
