package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// The action ids of a question's buttons. The value of each is the order's id.
const (
	ActionSettlePlaced    = "order_settle_placed"
	ActionSettleNotPlaced = "order_settle_not_placed"
)

// maxAdmins is how many admins a question mentions.
const maxAdmins = 5

// Question asks people what happened to an order whose outcome is unknown. It
// has two buttons if there are admins who may click them.
func Question(v OrderView) Message {
	o := v.Order
	name := serverName(o.Server)
	lines := []string{
		fmt.Sprintf("Please find out whether the order to extend %s by %s went through: 0xhost's list of orders did not settle it.", name, o.Hours),
		fmt.Sprintf("Look at 0xhost: is there an order for this server and these hours, made about %s?", date(sentTime(o))),
	}
	if seen := lookupText(v.Candidates); seen != "" {
		lines = append(lines, seen)
	}
	lines = append(lines, fmt.Sprintf("The order is never sent again, and no new order for %s is accepted until this is settled.", name))
	if len(v.Admins) == 0 {
		lines = append(lines, howToSettle(o))
	} else {
		lines = append(lines, fmt.Sprintf("%s: choose what happened. The answer is final.", mentions(v.Admins)))
	}
	text := strings.Join(lines, "\n")
	blocks := []slack.Block{header("❓ Did it go through?"), section(text)}
	blocks = append(blocks, fieldSections(append(orderFields(o), field{"Unknown since", date(o.ChangedAt)}, field{"Why", reason(o)})...)...)
	notes := []string{"Order " + Code(string(o.ID), maxName)}
	if len(v.Admins) > 0 {
		blocks = append(blocks, questionButtons(o))
		notes = append([]string{howToSettle(o)}, notes...)
	}
	return newMessage(text, append(blocks, footnotes(notes...))...)
}

// sentTime returns about when the order was sent, or its approval time if that
// is not known.
func sentTime(o order.Order) time.Time {
	if o.FirstTry.IsZero() {
		return o.ChangedAt
	}
	return o.FirstTry
}

// questionButtons have confirmation dialogs, because the answer is final.
func questionButtons(o order.Order) slack.Block {
	name, id := plain(o.Server.Label(), 20), string(o.ID)
	yes := button(ActionSettlePlaced, id, "It went through", fmt.Sprintf("It went through: %s was extended", name), slack.StylePrimary)
	yes.Confirm = dialog("Did it go through?",
		fmt.Sprintf("You saw at 0xhost that %s was extended by %s. This cannot be undone.", name, o.Hours), "It went through")
	no := button(ActionSettleNotPlaced, id, "It did not", fmt.Sprintf("It did not go through: %s was not extended", name), slack.StyleDanger)
	no.Confirm = dialog("Did it not go through?",
		fmt.Sprintf("You saw at 0xhost that %s was not extended by %s. This cannot be undone, and the server can then be extended again.", name, o.Hours), "It did not")
	return slack.NewActionBlock("", yes, no)
}

// QuestionAnswered replaces a question after the outcome is settled.
func QuestionAnswered(o order.Order) Message {
	return notice(fmt.Sprintf("The order to extend %s by %s is settled. %s", serverName(o.Server), o.Hours, stateSentence(o)))
}

// QuestionRepeated replaces a question that was asked again.
func QuestionRepeated(o order.Order) Message {
	return notice(fmt.Sprintf("The outcome of the order to extend %s by %s is still unknown. I asked again below.", serverName(o.Server), o.Hours))
}

// mentions mentions at most maxAdmins people.
func mentions(users []string) string {
	var names []string
	for _, user := range users[:min(len(users), maxAdmins)] {
		names = append(names, mention(user))
	}
	return strings.Join(names, ", ")
}

// FoundByHand returns the reason that is stored when a button of a question
// settles an order.
func FoundByHand(placed bool) string {
	if placed {
		return "looked up at 0xhost by hand: it went through"
	}
	return "looked up at 0xhost by hand: it did not go through"
}
