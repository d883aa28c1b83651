package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
	"extendbot/order/leases"
)

// ReminderView is what a reminder is made of.
type ReminderView struct {
	leases.View

	Currency    string                      // for amounts of orders that name none
	AccountName func(account string) string // what the policy calls an account, or ""; nil: nothing
	Admins      []string                    // the user ids of those who can top up
	Bot         string                      // the name of the bot's user, without an @; "" if it is not known
	Zone        *time.Location              // for times where Slack shows no one's own zone
}

// What a reminder of ten servers may contain of each of its parts, so that Slack accepts
// the whole.
const (
	maxRow      = 440 // what it says about one server
	maxNeeds    = 500 // what it says about accounts
	maxUnposted = 200
	maxNeedy    = 3 // accounts that are named
)

// Reminder says which servers will run out, and what became of them since: for each of
// them a section and, as long as it can be extended from here, a row of buttons.
func Reminder(v ReminderView) Message {
	var (
		texts  []string
		blocks []slack.Block
	)
	add := func(text string, limit int) {
		if text != "" {
			texts = append(texts, text)
			blocks = append(blocks, section(mrkdwn.CutMarkup(text, limit)))
		}
	}
	add(unpostedLine(v), maxUnposted)
	for _, r := range v.Rows[:min(len(v.Rows), leases.MaxServers)] {
		head, rest := rowText(r, v)
		mark, plain, _ := strings.Cut(head, " ")
		texts = append(texts, plain+".")
		rest = slices.DeleteFunc(rest, func(line string) bool { return line == "" })
		text := strings.Join(append([]string{mark + " *" + plain + "*"}, rest...), "\n")
		blocks = append(blocks, section(mrkdwn.CutMarkup(text, maxRow)))
		if buttons := reminderButtons(r, v); buttons != nil {
			blocks = append(blocks, buttons)
		}
	}
	add(needsText(v), maxNeeds)
	return newMessage(strings.Join(texts, "\n"), blocks...)
}

// rowText returns what a reminder says about a server: a mark and the most important
// thing, and lines with the rest.
func rowText(r leases.Row, v ReminderView) (head string, rest []string) {
	name, ends := serverName(r.Entry.Server), date(r.Entry.Lease)+ofPolicy(r.Lease)
	switch r.State {
	case leases.StateOrdered:
		return orderedRow(r)
	case leases.StateExtended:
		if sooner(r) {
			return fmt.Sprintf("⚠️ %s runs only until %s, as far as is known now%s", name, date(r.Lease.ExpiresAt), ofPolicy(r.Lease)), []string{"", evidenceLine(r.Lease)}
		}
		return fmt.Sprintf("✅ %s runs until %s", name, date(r.Lease.ExpiresAt)+ofPolicy(r.Lease)), []string{extendedWith(r), evidenceLine(r.Lease)}
	case leases.StatePassed:
		return fmt.Sprintf("⌛ The last known expiry of %s has passed: %s", name, date(r.Entry.Lease)), nil
	case leases.StateStopped:
		return fmt.Sprintf("🔕 %s runs out %s", name, ends), []string{
			mention(r.StoppedBy) + " stopped its reminders.", reminderPrice(r, v), evidenceLine(r.Lease), renewsLine(r, v),
		}
	default:
		return fmt.Sprintf("⏰ %s runs out %s", name, ends), []string{
			reminderPrice(r, v), evidenceLine(r.Lease), renewsLine(r, v), lastExtended(r),
		}
	}
}

// orderedRow says who extends a server with one click, and how far that is.
func orderedRow(r leases.Row) (head string, rest []string) {
	name, ends, o := serverName(r.Entry.Server), fmt.Sprintf("It runs out %s.", date(r.Entry.Lease)), *r.Order
	who := mention(o.Person.User)
	switch o.State {
	case order.Pending:
		return fmt.Sprintf("🕒 %s runs out %s", name, date(r.Entry.Lease)),
			[]string{fmt.Sprintf("%s asks for %s, which waits for a yes in the thread.", who, o.ShortTime())}
	case order.Unknown:
		return fmt.Sprintf("❓ It is not known whether %s was extended", name),
			[]string{fmt.Sprintf("%s asked for %s; see the thread. %s", who, o.ShortTime(), ends)}
	case order.Placed:
		return fmt.Sprintf("✅ %s was extended by %s", name, o.ShortTime()), []string{"By " + who + "."}
	default:
		return fmt.Sprintf("📡 %s is being extended by %s", name, o.ShortTime()), []string{"By " + who + ". " + ends}
	}
}

// sooner reports whether the server runs out before the time that the reminder says: the
// policy or 0xhost corrected it.
func sooner(r leases.Row) bool {
	return r.Lease.ExpiresAt.Before(r.Entry.Lease)
}

// extendedWith says who extended a server, and by how much, if an order of this program
// did.
func extendedWith(r leases.Row) string {
	o := r.Order
	if o == nil && r.Lease.From == order.LeaseFromReceipt {
		o = r.Lease.Last
	}
	if o == nil {
		return ""
	}
	return fmt.Sprintf("%s added %s.", mention(o.Person.User), o.ShortTime())
}

// lastExtended mentions who extended the server last, who may know whether it is needed.
func lastExtended(r leases.Row) string {
	if r.Lease.Last == nil {
		return ""
	}
	return "Last extended by " + mention(r.Lease.Last.Person.User)
}

// ofPolicy ends what is said about the end of a lease if the policy alone says so.
func ofPolicy(l order.Lease) string {
	return afterComma(leaseEvidence(order.Lease{From: l.From}))
}

// evidenceLine is the rest of [leaseEvidence] as a line.
func evidenceLine(l order.Lease) string {
	l.From = ""
	text := leaseEvidence(l)
	if text == "" {
		return ""
	}
	return firstLetterUp(text) + "."
}

// reminderPrice says what a day costs, what the account has left, and who pays.
func reminderPrice(r leases.Row, v ReminderView) string {
	o := v.offerView(r, leases.Offer{})
	if len(r.Offers) > 0 {
		o = v.offerView(r, r.Offers[0])
	}
	price := "Price not known" + whyNoPrice(o.Order)
	if known := estimatedPrice(o); known != "" {
		price = fmt.Sprintf("About %s for %s", known, OfferTime(o.Order.Hours))
	}
	return dotted(price, balanceNow(o), paidBy(o))
}

// offerView returns an order for what a button offers, as cards show it.
func (v ReminderView) offerView(r leases.Row, of leases.Offer) OrderView {
	return OrderView{
		Order:   order.Order{Server: r.Entry.Server, Hours: of.Hours, Estimate: of.Estimate, Account: r.Account},
		Balance: r.Balance, Now: v.Now, Currency: v.Currency, AccountName: v.accountName(r.Account),
	}
}

func (v ReminderView) accountName(account string) string {
	if v.AccountName == nil || account == "" {
		return ""
	}
	return v.AccountName(account)
}

// renewsLine says that the host renews the server by itself, as far as that is known,
// and whether the balance covers that.
func renewsLine(r leases.Row, v ReminderView) string {
	if !r.Renews {
		return ""
	}
	line := "🔁 0xhost renews it by itself, as of " + date(r.Lease.RenewStatedAt)
	switch after := r.Balance.After(r.Lease.PlanPrice); {
	case !after.Valid:
		return line + ". Whether the balance covers that is not known."
	case after.Decimal.IsNegative():
		return fmt.Sprintf("%s. The balance does not cover that: it costs %s.", line, money(r.Lease.PlanPrice, v.Currency))
	default:
		return line + "."
	}
}

// needsText says which accounts do not have what their servers need, and names once who
// can top them up.
func needsText(v ReminderView) string {
	if len(v.Needs) == 0 {
		return ""
	}
	var lines []string
	for _, n := range v.Needs[:min(len(v.Needs), maxNeedy)] {
		account := firstNonEmpty(mrkdwn.Visible(v.accountName(n.Account)), n.Account)
		lines = append(lines, fmt.Sprintf("⚠️ %s has %s left, and %s about %s.", mrkdwn.Code(account, maxName),
			money(n.Balance.Amount, v.Currency), need(n.Servers), order.FormatAmount(decimal.NewNullDecimal(n.Amount))))
	}
	if more := len(v.Needs) - maxNeedy; more > 0 {
		lines = append(lines, "and "+counted(more, "more account"))
	}
	who := "Tell the person who runs this bot to top up."
	if len(v.Admins) > 0 {
		who = mentions(v.Admins) + ": please top up at 0xhost."
	}
	return strings.Join(append(lines, who), "\n")
}

func need(servers int) string {
	if servers == 1 {
		return "its server needs"
	}
	return fmt.Sprintf("its %d servers need", servers)
}

// unpostedLine tells an admin why they get a reminder that belongs into a channel, and
// what to do about that.
func unpostedLine(v ReminderView) string {
	switch {
	case v.Unposted != "":
		return fmt.Sprintf("I could not post this in %s. Type %s there, or set another `REMIND_CHANNEL`.", channelName(v.Unposted), invite(v.Bot))
	case v.NoChannel:
		return "I know no channel for this. Set `REMIND_CHANNEL`."
	default:
		return ""
	}
}

// ReminderFollowed is the line in the thread of a reminder that ends it: the server was
// extended, or its last known expiry has passed.
func ReminderFollowed(r leases.Row) Message {
	head, rest := rowText(r, ReminderView{})
	text := head + "."
	if r.State == leases.StateExtended {
		text = strings.TrimSpace(text + " " + strings.TrimSpace(rest[0]))
	}
	return notice(text)
}

// RemindersStopped tells a person who stopped the reminders of a server what that means.
func RemindersStopped(s order.Server, lease time.Time) Message {
	return notice(fmt.Sprintf("No more reminders of %s until it is extended. It runs out %s.", serverName(s), date(lease)))
}
