package main

import (
	"fmt"
	"time"

	"github.com/slack-go/slack"
)

// The messages have as many blocks, fields and words as extendbot's.

// card returns the message with the buttons.
func card(o order) []slack.MsgOption {
	text := fmt.Sprintf("<@%s> asks to extend `%s` by %d hours; it can be confirmed until %s.", o.user, o.server, o.hours, date(o.deadline))
	confirm := slack.NewButtonBlockElement("order_confirm", o.id, plain(fmt.Sprintf("Confirm %d hours", o.hours))).WithStyle(slack.StylePrimary)
	cancel := slack.NewButtonBlockElement("order_cancel", o.id, plain("Cancel")).WithStyle(slack.StyleDanger)
	return message(text,
		slack.NewHeaderBlock(plain(fmt.Sprintf("🕒 Extend %s by %d hours?", o.server, o.hours))),
		fields("Server", "`"+o.server+"`", "Hours", fmt.Sprint(o.hours), "Asked by", "<@"+o.user+">",
			"0xhost account that pays", "`"+o.account+"`", "Can be confirmed until", date(o.deadline)),
		slack.NewActionBlock("", confirm, cancel),
		note(fmt.Sprintf("Only <@%s> can confirm or cancel. Nothing is ordered before that.", o.user), "Order `"+o.id+"`"))
}

// decided returns the card after the click.
func decided(o order, p purchase) []slack.MsgOption {
	line := fmt.Sprintf("It was confirmed by <@%s> (%s) and went through. The receipt is in the thread.", o.user, date(time.Now()))
	return message(fmt.Sprintf("<@%s> asked to extend `%s` by %d hours. %s", o.user, o.server, o.hours, line),
		slack.NewHeaderBlock(plain(fmt.Sprintf("✅ Extended %s by %d hours", o.server, o.hours))),
		section(line),
		fields("Server", "`"+o.server+"`", "Hours", fmt.Sprint(o.hours), "Asked by", "<@"+o.user+">",
			"0xhost account that pays", "`"+o.account+"`", "Amount", p.Amount.String()+" EUR", "Runs until", p.Server.Expires),
		note("Order `"+o.id+"`"))
}

// receipt returns the message in the thread.
func receipt(o order, p purchase) []slack.MsgOption {
	line := fmt.Sprintf("`%s` was extended by %d hours for %s EUR and runs until %s.", o.server, o.hours, p.Amount, p.Server.Expires)
	now := date(time.Now())
	return message(line,
		slack.NewHeaderBlock(plain("✅ Receipt")),
		section(line),
		fields("Amount", p.Amount.String()+" EUR", "Hours bought", p.Hours.String(), "Balance before", p.Before.String()+" EUR",
			"Runs until", p.Server.Expires, "Server", "`"+o.server+"`", "Name at 0xhost", "`"+p.Server.Name+"`",
			"Server id", "`"+p.Server.ID+"`", "Status", "`"+p.Server.Status+"`", "Address", "`"+p.Server.Address+"`",
			"Location", "`"+p.Server.Location+"`"),
		fields("0xhost account", "`"+o.account+"`", "Order at 0xhost", "`"+p.OrderID+"`",
			"Asked by", "<@"+o.user+">", "Confirmed by", "<@"+o.user+">, "+now, "Placed", now),
		note("Order `"+o.id+"`"))
}

func message(text string, blocks ...slack.Block) []slack.MsgOption {
	return []slack.MsgOption{slack.MsgOptionText(text, false), slack.MsgOptionBlocks(blocks...)}
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, true, false)
}

func mrkdwn(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
}

func section(text string) slack.Block { return slack.NewSectionBlock(mrkdwn(text), nil, nil) }

// fields returns a section with pairs of label and value.
func fields(pairs ...string) slack.Block {
	var list []*slack.TextBlockObject
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, mrkdwn("*"+pairs[i]+":* "+pairs[i+1]))
	}
	return slack.NewSectionBlock(nil, list, nil)
}

func note(texts ...string) slack.Block {
	var list []slack.MixedElement
	for _, text := range texts {
		list = append(list, mrkdwn(text))
	}
	return slack.NewContextBlock("", list...)
}

func date(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2 Jan 2006 15:04 UTC"))
}
