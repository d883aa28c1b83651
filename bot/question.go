package bot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// The actions of a question's buttons. The value of each is the order's id.
const (
	ActionSettlePlaced    = "order_settle_placed"
	ActionSettleNotPlaced = "order_settle_not_placed"
)

// maxAdmins is how many admins a question calls by name.
const maxAdmins = 5

// Question asks people what became of an order whose outcome is unknown. It
// has two buttons if there is anybody who may press them.
func Question(v CardView) Message {
	o := v.Order
	name := serverName(o.Server)
	lines := []string{
		fmt.Sprintf("Somebody has to find out whether the order to extend %s by %s went through: 0xhost's list of orders did not settle it.", name, o.Hours),
		fmt.Sprintf("Please look at 0xhost: is there an order for this server and these hours, made about %s?", date(sentAt(o))),
	}
	if seen := lookLine(v.Look); seen != "" {
		lines = append(lines, seen)
	}
	lines = append(lines, fmt.Sprintf("The order is never sent again by itself, and no new order for %s is taken until this is settled.", name))
	if len(v.Admins) == 0 {
		lines = append(lines, howToSettle(o))
	} else {
		lines = append(lines, fmt.Sprintf("%s: press the button that is true. The answer is final.", mentions(v.Admins)))
	}
	text := strings.Join(lines, "\n")
	blocks := []slack.Block{header("❓ Did it go through?"), section(text)}
	blocks = append(blocks, facts(append(circumstances(o), fact{"Unknown since", date(o.ChangedAt)}, fact{"Why", reason(o)})...)...)
	notes := []string{"Order " + Code(string(o.ID), maxName)}
	if len(v.Admins) > 0 {
		blocks = append(blocks, questionButtons(o))
		notes = append([]string{howToSettle(o)}, notes...)
	}
	return newMessage(text, append(blocks, footnotes(notes...))...)
}

// sentAt is about when the order was sent, if it was.
func sentAt(o order.Order) time.Time {
	if o.FirstTry.IsZero() {
		return o.ChangedAt
	}
	return o.FirstTry
}

// questionButtons ask back before they send an answer that is final.
func questionButtons(o order.Order) slack.Block {
	name, id := plain(o.Server.Label(), 20), string(o.ID)
	yes := button(ActionSettlePlaced, id, "It went through", fmt.Sprintf("It went through: %s was extended", name), slack.StylePrimary)
	yes.Confirm = dialog("Did it go through?",
		fmt.Sprintf("You saw at 0xhost that %s was extended by %s. This cannot be taken back.", name, o.Hours), "It went through")
	no := button(ActionSettleNotPlaced, id, "It did not", fmt.Sprintf("It did not go through: %s was not extended", name), slack.StyleDanger)
	no.Confirm = dialog("Did it not go through?",
		fmt.Sprintf("You saw at 0xhost that %s was not extended by %s. This cannot be taken back, and the order can then be asked for again.", name, o.Hours), "It did not")
	return slack.NewActionBlock("", yes, no)
}

// Answered stands where a question was whose answer is known.
func Answered(o order.Order) Message {
	return notice(fmt.Sprintf("The question whether %s was extended by %s is settled. %s", serverName(o.Server), o.Hours, stateSentence(o)))
}

// AskedAgain stands where a question was that has been asked again.
func AskedAgain(o order.Order) Message {
	return notice(fmt.Sprintf("I asked what became of the order to extend %s by %s, and ask again below.", serverName(o.Server), o.Hours))
}

// mentions calls people by name, as many as are not too many.
func mentions(users []string) string {
	var names []string
	for _, user := range users[:min(len(users), maxAdmins)] {
		names = append(names, mention(user))
	}
	return strings.Join(names, ", ")
}

// foundByHand is what a button of a question says that somebody found.
func foundByHand(placed bool) string {
	if placed {
		return "looked up at 0xhost by hand: it went through"
	}
	return "looked up at 0xhost by hand: it did not go through"
}
