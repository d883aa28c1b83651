package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

const chatHelp = `
  /extend web-1 24   ask for 24 more hours; 3d, 1w and 1d12h work too
  /extend            how to use it, and what you may extend
  confirm, cancel    press that button of the newest card
  as bob             be somebody else: alice, bob or mallory
  show               the whole channel, as Slack shows it
  books              what 0xhost charged, and what the accounts have
  fail refuse        0xhost refuses the next order
  fail lost          0xhost takes the next order and the money, but its answer is lost
  fail slow          0xhost takes three seconds for the next order
  quit               the end, like ^D and ^C
`

func (c *chat) welcome() {
	c.print(c.paint(bold, "extendbot, the real one, on a Slack and a 0xhost of its own")+
		c.paint(dim, "  (started in "+short(c.took)+")"),
		c.paint(dim, "You are alice in #ops. Try: /extend web-1 24, then confirm. Or: help"))
	c.print("")
}

// do does what a line says; true means that it was the last.
func (c *chat) do(ctx context.Context, text string) (quit bool) {
	if !c.typed {
		fmt.Fprintln(c.out, text)
	}
	c.prompted = false
	c.drain()
	verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(verb) {
	case "":
		return false
	case "/extend":
		c.command(ctx, rest)
	case "confirm":
		c.press(ctx, message.ActionConfirm)
	case "cancel":
		c.press(ctx, message.ActionCancel)
	case "as":
		c.become(strings.ToLower(rest))
	case "show":
		c.redraw()
	case "books":
		c.print(append([]string{""}, indent("  ", books(c.stage, c.mrkdwn))...)...)
	case "fail":
		c.fail(strings.ToLower(rest))
	case "help", "?", "/help":
		c.print(strings.Split(strings.TrimRight(chatHelp, "\n"), "\n")...)
	case "quit", "exit", "/quit":
		return true
	default:
		c.hint("I do not know %q. Type help to see what there is.", verb)
	}
	c.print("")
	return false
}

// command types a slash command: its answer is either in the ack, or a card,
// or word that there can be none.
func (c *chat) command(ctx context.Context, text string) {
	d, err := c.slack.Command(ctx, slacksim.SlashCommand{User: c.who, Channel: stageChannel, Command: "/extend", Text: text})
	if err != nil {
		c.hint("Slack says that /extend failed: %v", err)
		return
	}
	answered := len(d.Payload) > 0
	c.await(ctx, func(a arrival) bool {
		if a.ephemeral != nil {
			return a.ephemeral.User == c.who
		}
		return !answered && a.message.Edits == 0 && !decided(*a.message)
	})
}

// press presses a button of the newest card that has it. After a yes the
// thread has a word to say, after a no the card alone.
func (c *chat) press(ctx context.Context, action string) {
	card, _, ok := c.newest(action)
	if !ok {
		c.hint("There is no card to decide on. Ask for one: /extend web-1 24")
		return
	}
	if _, err := c.slack.Click(ctx, slacksim.Click{User: c.who, Channel: stageChannel, TS: card.TS, ActionID: action}); err != nil {
		c.hint("Slack says that the click failed: %v", err)
		return
	}
	shown, told := false, action == message.ActionCancel
	c.await(ctx, func(a arrival) bool {
		if a.ephemeral != nil {
			return a.ephemeral.User == c.who
		}
		shown = shown || a.message.TS == card.TS && decided(*a.message)
		told = told || a.message.ThreadTS == card.TS && a.message.TS != card.TS
		return shown && told
	})
}

func (c *chat) become(name string) {
	people := c.slack.Users()
	i := slices.IndexFunc(people, func(u slacksim.User) bool { return u.Name == strings.TrimPrefix(name, "@") && !u.IsBot })
	if i < 0 {
		c.hint("There are alice, bob and mallory here.")
		return
	}
	c.who = people[i].ID
	c.hint("You are %s. %s", people[i].Name, map[string]string{
		stageAlice:   "You may extend, and your account has money.",
		stageBob:     "You may extend, but there is hardly any money in your account.",
		stageMallory: "You are in the channel, but on no list.",
	}[c.who])
}

func (c *chat) redraw() {
	lines := c.channel(c.slack.Messages(stageChannel), c.slack.Ephemerals(c.who), c.who)
	if len(lines) == 0 {
		c.hint("#ops is empty.")
		return
	}
	c.print("", "  "+c.paint(bold, "# ops"), "")
	c.print(indent("  ", lines)...)
}

// fail tells 0xhost what to do to the next order.
func (c *chat) fail(how string) {
	faults := map[string]struct {
		fault oxhostsim.Fault
		says  string
	}{
		"refuse": {oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusOK, Body: `{"success":false,"message":"Server is being migrated"}`},
			"0xhost will refuse the next order."},
		"lost": {oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge},
			"0xhost will take the next order and the money, but its answer will be lost."},
		"slow": {oxhostsim.Fault{Kind: oxhostsim.Pass, Delay: 3 * time.Second},
			"0xhost will take three seconds for the next order."},
	}
	f, ok := faults[how]
	if !ok {
		c.hint("It can be told to fail refuse, fail lost or fail slow.")
		return
	}
	c.oxhost.Clear(oxhostsim.CreateOrder)
	c.oxhost.Fail(oxhostsim.CreateOrder, f.fault, 1)
	c.hint("%s", f.says)
}
