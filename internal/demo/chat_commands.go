package demo

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"extendbot/bot/message"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

const chatHelp = `
  /extend web-1 3 days   ask for it; type as you like: 3d, 1 day 12 hours, "because ..."
  /extend help           what else it understands: list, history, status, cancel, approvals
  confirm, cancel        press that button on the newest card
  details                press Details on the newest receipt
  again                  press Ask again on the newest refusal
  as bob                 be another person: alice, bob, carol or mallory
  show                   show the whole channel, as Slack does
  charges                what 0xhost charged, and the balances of the accounts
  fail refuse            0xhost refuses the next order
  fail lost              0xhost charges for the next order, but its answer is lost
  fail slow              0xhost takes three seconds for the next order
  quit                   quit, like ^D and ^C
`

func (c *chat) welcome() {
	c.print(c.title()+c.paint(dim, "  (started in "+short(c.startup)+")"),
		c.paint(dim, "You are alice in #ops. Try: /extend web-1 3 days, then confirm. Or: help"), "")
}

// title is the first line of chat and script.
func (s screen) title() string {
	return s.paint(bold, "extendbot, the real program, with a simulated Slack and 0xhost")
}

// do executes a line and reports whether the user quits.
func (c *chat) do(ctx context.Context, text string) (quit bool) {
	if !c.echoed {
		fmt.Fprintln(c.out, text)
	}
	c.prompted = false
	c.showArrivals()
	if c.asking != nil {
		c.answer(ctx, text)
		c.print("")
		return false
	}
	verb, rest := cutWord(text)
	switch strings.ToLower(verb) {
	case "":
		return false
	case "/extend":
		c.extend(ctx, rest)
	case "confirm":
		c.press(ctx, message.ActionConfirm)
	case "cancel":
		c.press(ctx, message.ActionCancel)
	case "details":
		c.press(ctx, message.ActionDetails)
	case "again":
		c.press(ctx, message.ActionAgain)
	case "as":
		c.become(strings.ToLower(rest))
	case "show":
		c.showChannel()
	case "charges":
		c.print(append([]string{""}, indent("  ", chargeLines(c.Stage))...)...)
	case "fail":
		c.fail(strings.ToLower(rest))
	case "help", "?", "/help":
		c.print(strings.Split(strings.TrimRight(chatHelp, "\n"), "\n")...)
	case "quit", "exit", "/quit":
		return true
	default:
		c.hint("Unknown command %q. Type help for the list of commands.", verb)
	}
	c.print("")
	return false
}

// cutWord returns the first word of a line, and everything after it as it was
// typed.
func cutWord(line string) (word, rest string) {
	line = strings.TrimSpace(line)
	if end := strings.IndexFunc(line, unicode.IsSpace); end >= 0 {
		return line[:end], strings.TrimSpace(line[end:])
	}
	return line, ""
}

// extend types the slash command. It waits for an answer that only this person
// sees, or for a card.
func (c *chat) extend(ctx context.Context, text string) {
	d, err := c.Slack.Command(ctx, slacksim.SlashCommand{User: c.user, Channel: stage.Ops, Command: "/extend", Text: text})
	if err != nil {
		c.hint("Slack says that /extend failed: %v", err)
		return
	}
	answered := len(d.Payload) > 0
	c.await(ctx, func(a arrival) bool {
		return a.isPrivateFor(c.user) || !answered && a.isNewCard()
	})
}

func (c *chat) become(name string) {
	people := c.Cast.People
	i := slices.IndexFunc(people, func(p stage.Person) bool { return p.Name == strings.TrimPrefix(name, "@") })
	if i < 0 {
		c.hint("The people here are alice, bob, carol and mallory.")
		return
	}
	c.user = people[i].ID
	c.hint("You are %s. %s", people[i].Name, map[string]string{
		stage.Alice:   "You may extend, and your account has money.",
		stage.Bob:     "You may extend, but your account is nearly empty.",
		stage.Carol:   "You may extend, and alice's account pays.",
		stage.Mallory: "You are in the channel, but not on the list of people who may extend.",
	}[c.user])
}

func (c *chat) showChannel() {
	lines := c.channel(c.Slack.Messages(stage.Ops), c.Slack.Ephemerals(c.user), c.user)
	if len(lines) == 0 {
		c.hint("#ops is empty.")
		return
	}
	c.print("", "  "+c.paint(bold, "# ops"), "")
	c.print(indent("  ", lines)...)
}

// fail makes 0xhost treat the next order in some way.
func (c *chat) fail(how string) {
	faults := map[string]struct {
		fault oxhostsim.Fault
		hint  string
	}{
		"refuse": {oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusOK, Body: `{"success":false,"message":"Server is being migrated"}`},
			"0xhost will refuse the next order."},
		"lost": {oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge},
			"0xhost will charge for the next order, but its answer will be lost."},
		"slow": {oxhostsim.Fault{Kind: oxhostsim.Pass, Delay: 3 * time.Second},
			"0xhost will take three seconds for the next order."},
	}
	f, ok := faults[how]
	if !ok {
		c.hint("Choose what happens to the next order: fail refuse, fail lost or fail slow.")
		return
	}
	c.Oxhost.Clear(oxhostsim.CreateOrder)
	c.Oxhost.Fail(oxhostsim.CreateOrder, f.fault, 1)
	c.hint("%s", f.hint)
}
