package message

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
	"extendbot/order/leases"
)

// The actions of a reminder's buttons. The value of each is a [Press].
const (
	ActionRemindExtend = "remind_extend_" // followed by 1, 2 or 3: one of leases.OfferedHours
	ActionRemindStop   = "remind_stop"    // no more reminders of the server until it is extended
)

// OfferedBy returns the hours that the button of a reminder with this action offers. It
// returns false for any other action.
func OfferedBy(action string) (order.Hours, bool) {
	for i, hours := range leases.OfferedHours() {
		if action == ActionRemindExtend+strconv.Itoa(i+1) {
			return hours, true
		}
	}
	return 0, false
}

// Press is what the value of a reminder's button says. Slack sends it back with a press,
// and anybody can make up one: it is a wish, and no permission.
type Press struct {
	ServerID string
	Lease    time.Time           // the end of the lease that the reminder is about, in whole seconds
	Cost     decimal.NullDecimal // what the hours cost according to the button; null if it did not say so
}

// String returns the value of the button: "<server id>|<unix time>|<cost>", with "-" for
// a cost that is not known.
func (p Press) String() string {
	cost := order.FormatAmount(p.Cost)
	if !plainAmount.MatchString(cost) {
		cost = "-"
	}
	return fmt.Sprintf("%s|%d|%s", p.ServerID, p.Lease.Unix(), cost)
}

// maxUnix is the last second of the year 9999.
const maxUnix = 253402300799

var unixTime = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)

// ParsePress parses what [Press.String] returned. It returns false for any other text.
func ParsePress(value string) (Press, bool) {
	part := strings.Split(value, "|")
	if len(part) != 3 || !order.ValidHostID(part[0]) || !unixTime.MatchString(part[1]) {
		return Press{}, false
	}
	at, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil || at > maxUnix {
		return Press{}, false
	}
	p := Press{ServerID: part[0], Lease: time.Unix(at, 0).UTC()}
	switch cost := part[2]; {
	case cost == "-":
	case plainAmount.MatchString(cost):
		p.Cost = decimal.NewNullDecimal(decimal.RequireFromString(cost))
	default:
		return Press{}, false
	}
	if p.String() != value {
		return Press{}, false
	}
	return p, true
}

// SameLease reports whether the value of a button is about the same lease of the same
// server, whatever it costs.
func (p Press) SameLease(value string) bool {
	other, ok := ParsePress(value)
	return ok && other.ServerID == p.ServerID && other.Lease.Equal(p.Lease)
}

// reminderButtons returns the buttons of one server, or nil if it has none anymore.
func reminderButtons(r leases.Row, v ReminderView) slack.Block {
	if r.State != leases.StateOpen && r.State != leases.StateStopped || !order.ValidHostID(r.Entry.Server.ID) {
		return nil
	}
	name := mrkdwn.Plain(r.Entry.Server.Label(), 20)
	press := Press{ServerID: r.Entry.Server.ID, Lease: r.Entry.Lease}
	var row []slack.BlockElement
	for i, hours := range leases.OfferedHours() {
		of := leases.Offer{Hours: hours}
		if i < len(r.Offers) {
			of.Estimate = r.Offers[i].Estimate
		}
		press.Cost = of.Estimate.Amount
		b := button(ActionRemindExtend+strconv.Itoa(i+1), press.String(), OfferTime(hours),
			fmt.Sprintf("Extend %s by %s", name, OfferTime(hours)), slack.StyleDefault)
		b.Confirm = offerDialog(r, of, v, name)
		row = append(row, b)
	}
	if r.State == leases.StateOpen {
		press.Cost = decimal.NullDecimal{}
		row = append(row, button(ActionRemindStop, press.String(), "Stop reminding",
			fmt.Sprintf("Stop reminding of %s until it is extended", name), slack.StyleDefault))
	}
	return slack.NewActionBlock("", row...)
}

// maxOffer is how long the dialog of one of the up to thirty buttons is at most.
const maxOffer = 150

// offerDialog asks once more before hours are bought: how many, at which price, from
// which balance, and until when the server then runs. Slack formats nothing in it.
func offerDialog(r leases.Row, of leases.Offer, v ReminderView, name string) *slack.ConfirmationBlockObject {
	o := v.offerView(r, of)
	text := fmt.Sprintf("%d h, price not known%s. ", int(of.Hours), whyNoPrice(o.Order))
	if price := estimatedPrice(o); price != "" {
		text = fmt.Sprintf("%d h for about %s. ", int(of.Hours), price)
	}
	before, after := money(r.Balance.Amount, ""), r.Balance.After(of.Estimate.Amount)
	switch {
	case before == "":
		text += "Balance not known. "
	case !after.Valid:
		text += fmt.Sprintf("Balance %s. ", before)
	case after.Decimal.IsNegative():
		text += fmt.Sprintf("The balance of %s does not cover that. ", before)
	default:
		text += fmt.Sprintf("Balance %s → %s. ", before, money(after, ""))
	}
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	ends := r.Entry.Lease.Add(time.Duration(of.Hours) * time.Hour).In(zone)
	text += "Runs until " + ends.Format("Mon 2 Jan 15:04 MST") + "."
	return dialog(fmt.Sprintf("Extend %s by %s?", name, OfferTime(of.Hours)), firstRunes(text, maxOffer), "Extend by "+OfferTime(of.Hours))
}

// OfferTime writes the hours of a button of a reminder as people say them: "3 days".
func OfferTime(h order.Hours) string {
	if h == 7*24 {
		return "1 week"
	}
	return inDays(h)
}
