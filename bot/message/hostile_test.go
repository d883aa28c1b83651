package message

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"extendbot/order"
)

// hostile are texts from outside that try to have an effect in Slack. Each
// contains the word "evil", which may appear only in code spans.
var hostile = []string{
	"<!channel> evil", "<@U1>evil", "<#C1|evil>", "*evil*", "_evil_ ~evil~", "`evil` *evil*", "```evil```",
	"<http://evil.example|web-1>", "http://evil.example", "@here evil", "evil\n> evil\n• evil", "evil\u202elive\u2066",
	"e\u200bvil\ufeff", "evil 🙂🙂🙂 :tada:", "&lt;evil&gt; &amp", "<!date^0^{evil}|evil>", "evil\x00\x1b[31m",
	"evil \xff\xfe", strings.Repeat("<evil`", 2000), strings.Repeat("&", 10_000) + "evil", "evil" + strings.Repeat("🙂\u200d", 3000),
	"", " ", "\u200b",
}

// hostileLinks are links that would have another effect than to lead to a card.
var hostileLinks = []string{
	"https://evil.example/a|evil> <!channel>", "https://evil.example/<!here>", "javascript:evil", "http://evil.example/", "https://evil.example/ evil",
	"https://evil.example/`evil`", testLink, testLink + "?thread_ts=1.2&cid=C0OPS", "https://evil.example/" + strings.Repeat("x", 10_000), "",
}

func outside(t *rapid.T, label string) string {
	return rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()).Draw(t, label)
}

func hostileOrder(t *rapid.T) order.Order {
	at := func(label string) time.Time {
		if rapid.Bool().Draw(t, label+" is zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 1<<34).Draw(t, label), 0)
	}
	return order.Order{
		ID: order.ID(outside(t, "id")), State: rapid.SampledFrom(append(order.States(), "", "evil`state")).Draw(t, "state"),
		Person:  order.Person{Team: "T0TEAM", User: outside(t, "user")},
		Account: outside(t, "account"), Server: order.Server{Name: outside(t, "name"), ID: outside(t, "server id")},
		Hours:     order.Hours(rapid.IntRange(1, 100_000).Draw(t, "hours")),
		CreatedAt: at("created"), Deadline: at("deadline"), DecidedAt: at("decided"), RetryAt: at("retry"),
		DecidedBy: outside(t, "decider"), SettledBy: outside(t, "settler"), Reason: outside(t, "reason"),
		Receipt:       rapid.SampledFrom([]*order.Receipt{nil, hostileReceipt(t)}).Draw(t, "receipt"),
		Approvals:     []order.Approval{{User: outside(t, "approver"), At: at("approved")}, {User: "U0CARO"}}[:rapid.IntRange(0, 2).Draw(t, "approvals")],
		DeclineReason: outside(t, "decline reason"),
		Estimate:      order.Estimate{Amount: hostileSum(t, "estimate"), From: order.PriceSource(outside(t, "price source"))}, Currency: outside(t, "order currency"),
		Typed: outside(t, "typed time"), Purpose: outside(t, "purpose"), ExtendedBy: order.ID(outside(t, "extended by")),
	}
}

func hostileSum(t *rapid.T, label string) decimal.NullDecimal {
	exponent := rapid.Int32().Draw(t, label+" exponent")
	if rapid.Bool().Draw(t, label+" is usual") {
		exponent = -2
	}
	return decimal.NullDecimal{Decimal: decimal.New(rapid.Int64().Draw(t, label), exponent), Valid: rapid.Bool().Draw(t, label+" is known")}
}

// hostileLimit is a limit of a policy, whose values are checked.
func hostileLimit(t *rapid.T) order.LimitState {
	cents := func(label string) decimal.Decimal { return decimal.New(rapid.Int64Range(0, 1e11).Draw(t, label), -2) }
	s := order.LimitState{
		Limit: order.Limit{
			Per:    rapid.SampledFrom([]order.LimitPer{order.PerPerson, order.PerServer, order.PerAccount, order.PerAll, "", "evil`"}).Draw(t, "per"),
			Within: time.Duration(rapid.Int64Range(0, 366*24*60).Draw(t, "within")) * time.Minute,
		},
		UsedHours: order.Hours(rapid.IntRange(0, 100_000).Draw(t, "used hours")), UsedAmount: cents("used amount"),
		FreeAt: rapid.SampledFrom([]time.Time{{}, testNow}).Draw(t, "free at"),
	}
	if rapid.Bool().Draw(t, "of hours") {
		s.Hours = order.Hours(rapid.IntRange(1, 100_000).Draw(t, "limit of hours"))
	} else {
		s.Amount = decimal.NewNullDecimal(cents("limit amount"))
	}
	return s
}

func hostileReceipt(t *rapid.T) *order.Receipt {
	sum := func(label string) decimal.NullDecimal { return hostileSum(t, label) }
	return &order.Receipt{
		OrderID: outside(t, "order id"), Type: outside(t, "type"), Currency: outside(t, "currency"),
		Amount: sum("amount"), BalanceBefore: sum("balance"), PlanPrice: sum("price"), PlanID: outside(t, "plan"),
		Hours: order.Hours(rapid.IntRange(0, 100_000).Draw(t, "sold")), ServerID: outside(t, "sold server"),
		ServerName: outside(t, "server name"), ServerStatus: outside(t, "status"), Address: outside(t, "address"),
		Location: outside(t, "location"), OwnerID: outside(t, "owner"), Took: time.Duration(rapid.Int64().Draw(t, "took")),
		ExpiresAt: time.Unix(rapid.Int64Range(0, 1<<34).Draw(t, "expires"), 0),
		Listed:    rapid.Bool().Draw(t, "listed"),
	}
}

func hostileRuling(t *rapid.T, o order.Order) order.Ruling {
	rules := make([]order.RuleState, rapid.IntRange(0, 3).Draw(t, "rules"))
	for i := range rules {
		rules[i] = order.RuleState{
			Name: outside(t, "rule"), Count: rapid.IntRange(1, 5).Draw(t, "count"),
			Approvers:  []string{"S0LEADS", outside(t, "approver"), "U0CARO"}[:rapid.IntRange(0, 3).Draw(t, "approvers")],
			Unreadable: []string{"S0LEADS", outside(t, "group")}[:rapid.IntRange(0, 2).Draw(t, "unreadable")],
			By:         saidYes(o), Price: rapid.Bool().Draw(t, "price rule"),
		}
	}
	return order.Ruling{Rules: rules, Complete: rapid.Bool().Draw(t, "complete")}
}

// No text from outside becomes markup, and no message exceeds a limit.
func TestMessages_NothingBecomesMarkup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := hostileOrder(t)
		v := OrderView{Admins: []string{outside(t, "admin"), "U0ALICE"}[rapid.IntRange(0, 2).Draw(t, "admins"):], Order: o, Now: testNow, Currency: outside(t, "settings currency"), Activity: order.ServerActivity{
			Others: []order.Order{hostileOrder(t), hostileOrder(t)},
		}}
		v.Lease = leaseOf(hostileReceipt(t))
		v.Lease.Elsewhere, v.Lease.Unstated = o.Hours, o.Hours
		v.Ruling, v.AccountName, v.About = hostileRuling(t, o), outside(t, "account name"), outside(t, "about")
		v.Tampered = rapid.Bool().Draw(t, "tampered")
		v.Balance, v.Exceeded = order.Balance{Amount: hostileSum(t, "left"), At: rapid.SampledFrom([]time.Time{{}, testNow, testNow.Add(-time.Hour)}).Draw(t, "balance at")}, []order.LimitState{hostileLimit(t), hostileLimit(t)}
		v.Blocked = rapid.SampledFrom([]order.Code{"", order.CodeBarred, order.CodeNoApprovers, order.CodePriceUnknown}).Draw(t, "blocked")
		extended := hostileOrder(t)
		v.ExtendedBy, v.Order.ExtendedBy = &extended, extended.ID
		messages := map[string]Message{
			"card": Card(v), "details": Details(v), "waiting": Waiting(v), "ended": Ended(o), "superseded": Superseded(o), "on its way": CardOnItsWay(o),
			"home": {Text: "home", Blocks: Home(HomeView{
				AnswerView: AnswerView{Command: outside(t, "command"), Now: testNow, Currency: outside(t, "currency"), Servers: []ServerLine{{Server: o.Server, Lease: v.Lease, About: v.About}}, Orders: []OrderLine{{Order: o, Link: outside(t, "link")}}},
				Person:     o.Person, Known: rapid.Bool().Draw(t, "known"), MayOrder: rapid.Bool().Draw(t, "may order"), Admin: true, Waiting: []OrderView{v}, Unknown: []OrderLine{{Order: o}},
				Spending:    order.Spending{Limits: []order.LimitUse{{LimitState: hostileLimit(t), Account: o.Account}}},
				AccountName: func(string) string { return v.AccountName },
			}).Blocks.BlockSet},
			"question": Question(v), "answered": QuestionAnswered(o), "asked again": QuestionRepeated(o),
			"approver":    ApproverUsage(o.Person, true, false, outside(t, "command")),
			"direct":      DirectUsage(hostileUsage(t, o)),
			"mention":     MentionUsage(hostileUsage(t, o)),
			"usage":       Usage([]order.Server{o.Server}, testLimit, outside(t, "command")),
			"expired":     ExpiredUnposted(v),
			"cannot post": CannotPost(testView(order.Order{Channel: outside(t, "channel"), Reason: CardRefusedReason(outside(t, "error"))}), "extendbot"),
		}
		if m, ok := ThreadMessage(v); ok {
			messages["thread message"] = m
		}
		if m, ok := ApprovalReminder(v); ok {
			messages["reminder"] = m
		}
		link := rapid.OneOf(rapid.SampledFrom(hostileLinks), rapid.String()).Draw(t, "link")
		asked := RefusalView{
			Person: o.Person, Server: outside(t, "typed"), Command: outside(t, "command"), Order: o, Link: link, Click: rapid.Bool().Draw(t, "click"),
			Servers: []order.Server{o.Server}, Admins: []string{outside(t, "admin")}, Limit: order.Hours(rapid.IntRange(0, 800).Draw(t, "limit")),
			Retype:       func(server string) string { return server + outside(t, "retyped") },
			SeenEstimate: hostileSum(t, "seen"), Currency: outside(t, "settings currency"),
		}
		limit := hostileLimit(t)
		for _, code := range codes {
			err := &order.Error{Code: code, Order: &o, Near: []string{outside(t, "near")}, Expiry: rapid.SampledFrom([]time.Time{{}, testNow}).Draw(t, "expiry"), Rules: v.Ruling.Rules, Limit: rapid.SampledFrom([]*order.LimitState{nil, &limit}).Draw(t, "limit state")}
			messages["refusal "+string(code)] = Refusal(err, asked)
		}
		answer := AnswerView{
			Command: outside(t, "command"), Now: testNow, Currency: outside(t, "currency"), AnyServer: rapid.Bool().Draw(t, "any"),
			Servers: []ServerLine{{Server: o.Server, About: outside(t, "about"), Lease: leaseOf(o.Receipt)}, {Server: order.Server{ID: outside(t, "other server")}}},
			Orders:  []OrderLine{{Order: o, Link: link, Ruling: v.Ruling}, {Order: hostileOrder(t)}},
			Server:  rapid.SampledFrom([]order.Server{{}, o.Server}).Draw(t, "server that was asked for"),
		}
		one, none := answer, AnswerView{Command: answer.Command, Server: answer.Server}
		one.Orders = answer.Orders[:1]
		for n, view := range map[string]AnswerView{"several": answer, "one": one, "none": none} {
			messages["list, "+n], messages["history, "+n] = ServerList(view), OrderHistory(view)
			messages["status, "+n], messages["cancel, "+n] = OrderStatus(view), WhichToCancel(view)
		}
		messages["approvals"] = Approvals(ApprovalsView{AnswerView: answer, Mine: answer.Orders, Others: answer.Orders})
		messages["approval request"], messages["decline reason"] = ApprovalRequest(v, link), DeclineReason(o)
		messages["decline offer"] = OfferDeclineModal(o)
		messages["decline modal"] = Message{Text: "modal", Blocks: DeclineModal(o).Blocks.BlockSet[:1]}
		messages["settle modal"] = Message{Text: "modal", Blocks: SettleModal(o).Blocks.BlockSet[:1]}
		messages["canceled"], messages["asked"], messages["details"] = Canceled(answer.Orders[0]), AlreadyAsked(answer.Orders[0], asked.Command), Details(v)
		messages["usage error"] = Refusal(&UsageError{
			Problem: rapid.SampledFrom(mistakes).Draw(t, "problem").Problem, Arg: outside(t, "arg"), Other: outside(t, "other"), Limit: testLimit,
			Try: []string{outside(t, "try"), outside(t, "other try")}[rapid.IntRange(0, 2).Draw(t, "tries"):],
		}, asked)
		for name, m := range messages {
			if err := wellFormed(m); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

func hostileUsage(t *rapid.T, o order.Order) UsageView {
	return UsageView{
		Servers: []order.Server{o.Server}, Limit: testLimit, Command: outside(t, "command"), Words: outside(t, "words"), InThread: rapid.Bool().Draw(t, "thread"),
		Form: Fill{Server: outside(t, "server"), Time: outside(t, "time"), Reason: outside(t, "reason")},
	}
}
