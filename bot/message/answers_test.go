package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/order"
)

const testLink = "https://acme.slack.com/archives/C0OPS/p1772445605000100"

func linked(o order.Order) OrderLine { return OrderLine{Order: o, Link: testLink} }

// typedOrder returns an order for which days were asked for, with a reason.
func typedOrder(state order.State) order.Order {
	o := testOrder(state)
	o.Typed, o.Purpose = "3 days", "the demo is on Monday"
	return o
}

func manyOrders(n int) []OrderLine {
	var lines []OrderLine
	for i := range n {
		o := typedOrder(order.States()[i%len(order.States())])
		o.CreatedAt = o.CreatedAt.Add(-time.Duration(i) * 24 * time.Hour)
		lines = append(lines, linked(o))
	}
	return lines
}

// answers returns each answer to a verb, in each of its forms.
func answers() []named {
	web, bobs := testOrder(order.Pending).Server, testOrder(order.Refused)
	bobs.Person, bobs.Hours = bob(), 36
	pending := typedOrder(order.Pending)
	other := testOrder(order.Pending)
	other.ID, other.Server, other.Card.Ref = "06ppv9a8-zzzzzzzz", order.Server{ID: "c6df11f0-0000-11f0-8cdf-525400792197"}, "C0OPS/1"
	v := func(orders ...OrderLine) AnswerView {
		return AnswerView{Command: "/rent", Now: testNow, Currency: "EUR", Orders: orders}
	}
	ofServer := func(orders ...OrderLine) AnswerView {
		view := v(orders...)
		view.Server = web
		return view
	}
	posted := pending
	posted.Card.Ref = "C0OPS/1"
	list := []named{
		{"history", OrderHistory(v(manyOrders(9)...))},
		{"history of a server", OrderHistory(ofServer(linked(typedOrder(order.Placed)), OrderLine{Order: bobs}))},
		{"history, empty", OrderHistory(v())},
		{"history of a server, empty", OrderHistory(ofServer())},
		{"status, none", OrderStatus(v())},
		{"status of a server, none", OrderStatus(ofServer())},
		{"status, several", OrderStatus(v(linked(pending), OrderLine{Order: testOrder(order.Unknown)}))},
	}
	for _, s := range order.States() {
		list = append(list, named{"status: " + string(s), OrderStatus(v(linked(typedOrder(s))))})
	}
	return append(list,
		named{"status without a link", OrderStatus(v(OrderLine{Order: typedOrder(order.Placed)}))},
		named{"canceled", Canceled(linked(typedOrder(order.Cancelled)))},
		named{"cancel, none", WhichToCancel(v())},
		named{"cancel of a server, none", WhichToCancel(ofServer())},
		named{"cancel, several", WhichToCancel(v(linked(pending), OrderLine{Order: other}))},
		named{"already asked", AlreadyAsked(linked(posted), "/rent")},
		named{"already asked, no link", AlreadyAsked(OrderLine{Order: posted}, "/rent")},
		named{"already asked, no card yet", AlreadyAsked(OrderLine{Order: pending}, "/rent")},
		named{"details", Details(testView(typedOrder(order.Placed)))},
		named{"details without a receipt", Details(testView(typedOrder(order.Unknown)))},
		named{"details, not decided", Details(testView(testOrder(order.Pending)))})
}

// Each answer is a few short lines, with the most important first.
func TestAnswers_Golden(t *testing.T) {
	t.Parallel()
	goldenMessages(t, "answers", answers())
}

// An entry of a list has two lines on a phone, and one more for a reason.
func TestAnswers_EntriesFitPhone(t *testing.T) {
	t.Parallel()
	for _, s := range order.States() {
		for _, ofServer := range []bool{false, true} {
			o := typedOrder(s)
			most := 3
			if s == order.Pending {
				most++ // its state has many words
			}
			if entry := orderEntry(linked(o), "EUR", ofServer); len(onPhoneLines(entry)) > most {
				t.Errorf("%s has %d lines:\n%s", s, len(onPhoneLines(entry)), strings.Join(onPhoneLines(entry), "\n"))
			}
		}
	}
	for _, s := range serverLines() {
		entry := serverEntry(s, AnswerView{Now: testNow, Currency: "EUR"})
		if s.Server.Name != "" && len(onPhoneLines(entry)) > 2 {
			t.Errorf("%s has %d lines:\n%s", s.Server.Name, len(onPhoneLines(entry)), strings.Join(onPhoneLines(entry), "\n"))
		}
	}
}

// However many orders there are, an answer lists 15, says that there are more,
// and fits into an ack.
func TestAnswers_ListFifteen(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(AnswerView) Message{"history": OrderHistory, "status": OrderStatus, "cancel": WhichToCancel} {
		v := AnswerView{Orders: manyOrders(40)}
		for i := range v.Orders {
			v.Orders[i].Order.Server.Name = strings.Repeat("<", 300)
			v.Orders[i].Order.Purpose = strings.Repeat("&", 300)
		}
		m := write(v)
		if err := wellFormed(m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		shown := strings.Join(mrkdwnOf(m.Blocks), "\n")
		if n := strings.Count(shown, "• "); n != MaxAnswer || !strings.Contains(shown, "Older ones than these 15 are not shown.") {
			t.Errorf("%s lists %d:\n%s", name, n, shown)
		}
		checkAck(t, name, m)
	}
	if m := OrderHistory(AnswerView{Orders: manyOrders(15), More: true}); !strings.Contains(strings.Join(mrkdwnOf(m.Blocks), "\n"), "not shown") {
		t.Error("the answer does not say that there are more")
	}
	for n, want := range map[int]bool{14: false, 15: false, 16: true} {
		m := OrderHistory(AnswerView{Orders: manyOrders(n)})
		if got := strings.Contains(strings.Join(mrkdwnOf(m.Blocks), "\n"), "not shown"); got != want {
			t.Errorf("%d orders: more is %v", n, got)
		}
		if last := m.Text[strings.LastIndex(m.Text, "\n")+1:]; last != "because `the demo is on Monday`" && !strings.Contains(last, "not shown") {
			t.Errorf("the text of %d orders ends in the middle of an entry: %s", n, last)
		}
	}
}

// Details has every field of the receipt, also those that the receipt in the
// thread leaves out.
func TestDetails_HasEverything(t *testing.T) {
	t.Parallel()
	v := testView(typedOrder(order.Placed))
	m := Details(v)
	for _, f := range receiptFields(v) {
		if !strings.Contains(m.Text, f.value) {
			t.Errorf("%s is missing: %s", f.label, f.value)
		}
	}
	for _, s := range order.States() {
		o := typedOrder(s)
		o.Receipt = nil
		text := Details(testView(o)).Text
		for _, want := range []string{string(o.ID), o.Server.ID, o.Account, o.Purpose, "<@U0ALICE>", o.Reason} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %s", s, want, text)
			}
		}
	}
}

// Ids link to cards, but only with links as Slack writes them.
func TestOrderLink_OnlyWholeHTTPSLinks(t *testing.T) {
	t.Parallel()
	const id = "06ppv9a8-kx3n7d2q"
	for link, want := range map[string]string{
		testLink:                                "<" + testLink + "|" + id + ">",
		testLink + "?thread_ts=1.2&cid=C0OPS":   "<" + testLink + "?thread_ts=1.2&amp;cid=C0OPS|" + id + ">",
		"":                                      "`" + id + "`",
		"http://acme.slack.com/p1":              "`" + id + "`",
		"https://":                              "`" + id + "`",
		"javascript:alert(1)":                   "`" + id + "`",
		"https://acme.slack.com/p1|evil":        "`" + id + "`",
		"https://acme.slack.com/p1> evil":       "`" + id + "`",
		"https://acme.slack.com/<!here>":        "`" + id + "`",
		"https://acme.slack.com/ p1":            "`" + id + "`",
		"https://acme.slack.com/p1\n":           "`" + id + "`",
		"https://acme.slack.com/\u202eevil":     "`" + id + "`",
		"https://acme.slack.com/`p1`":           "`" + id + "`",
		"https://a/" + strings.Repeat("p", 600): "`" + id + "`",
	} {
		if got := orderLink(id, link); got != want {
			t.Errorf("%q becomes %q, want %q", link, got, want)
		}
	}
	if got := orderLink("evil|<!here>", testLink); got != "`evil|&lt;!here&gt;`" {
		t.Errorf("a hostile id becomes %q", got)
	}
}

func serverLines() []ServerLine {
	line := func(name string, days int, amount string, hours order.Hours) ServerLine {
		r := &order.Receipt{Currency: "EUR", Hours: hours, ExpiresAt: testNow.Add(time.Duration(days) * 24 * time.Hour)}
		if amount != "" {
			r.Amount = euros(amount)
		}
		return ServerLine{Server: order.Server{Name: name, ID: "id-" + name}, Lease: leaseOf(r)}
	}
	noExpiry := line("cache-1", 0, "0.43", 24)
	noExpiry.Lease.ExpiresAt = time.Time{}
	database, quiet := line("db-1", 1, "0.65", 36), line("quiet-1", 20, "", 24)
	database.About, quiet.About = "orders database", "mail"
	web, old := line("web-1", 10, "1.30", 72), line("old-1", -40, "12.99", 720)
	web.Lease.Elsewhere, old.Lease.Unstated, quiet.Lease.From = 24, 48, order.LeaseFromPolicy
	return []ServerLine{
		old, {Server: order.Server{ID: "c6df11f0-0000-11f0-8cdf-525400792197"}}, web,
		noExpiry, database, line("gone-1", -1, "0.43", 24), quiet,
	}
}

// The server that is next to expire comes first, then those that have expired,
// the latest first, then those whose expiry is not known.
func TestServerList_SoonestFirst(t *testing.T) {
	t.Parallel()
	v := AnswerView{Command: "/rent", Now: testNow, Currency: "EUR", Servers: serverLines()}
	text := ServerList(v).Text
	at := -1
	for _, name := range []string{"db-1", "web-1", "quiet-1", "gone-1", "old-1", "c6df11f0", "cache-1"} {
		if i := strings.Index(text, name); i <= at {
			t.Errorf("%s comes too early:\n%s", name, text)
		} else {
			at = i
		}
	}
	if first := serverLines()[0].Server; v.Servers[0].Server != first {
		t.Error("the caller's list was sorted")
	}
	anyServer := v
	anyServer.AnyServer = true
	many := v
	for i := range 20 {
		many.Servers = append(many.Servers, ServerLine{Server: order.Server{Name: fmt.Sprintf("srv-%02d", i)}})
	}
	goldenMessages(t, "server_list", []named{
		{"servers", ServerList(v)},
		{"servers of a person who may extend any", ServerList(anyServer)},
		{"many servers", ServerList(many)},
		{"no servers", ServerList(AnswerView{Command: "/rent"})},
		{"no servers, command not known", ServerList(AnswerView{})},
	})
	many.Servers = slices.Repeat([]ServerLine{{Server: order.Server{Name: strings.Repeat("<", 300)}, Lease: leaseOf(testReceipt())}}, 1000)
	checkAck(t, "many servers", ServerList(many))
}
