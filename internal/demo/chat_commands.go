package demo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/agnivade/levenshtein"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

const chatHelp = `
  /extend web-1 3 days   ask for it; type as you like: 3d, 1 day 12 hours, "because ..."
  /extend db-1 3 days    carol has to approve databases
  /extend test-1 3 days  as bob: the second time, a limit stops him
  /extend help           what else it understands: list, history, status, cancel, approvals
  confirm, cancel        press that button on the newest card that has it
  approve, decline       the same for a card that others have to approve
  /extend                opens the form; then: server web-2, for 3 days, ask
  shortcut               open the form as from a thread or a phone; also: channel ops
  try, 2, 3, form        press that suggestion, or Fill in a form, on the newest answer
  home                   the App Home; also: home extend web-2, home approve
  dm web-1 3 days        write to the bot in a direct message; or: mention help
  details, again, why    press Details, Ask again or Say why on the newest message
  clock 7h               move the clock of this whole world ahead: a reminder comes
  day, days, week, stop  press that button on the newest reminder; also: day web-2
  elsewhere web-2 24     buy 24 hours at 0xhost, outside of Slack
  as carol               be another person: alice, bob, carol, dave or mallory
  leads carol bob        change who is in @leads, who approve more than a week
  policy                 who may do what, and for how much: the policy file
  show                   show the whole channel, as Slack does
  charges                what 0xhost charged, and the balances of the accounts
  fail refuse            0xhost refuses the next order
  fail lost              0xhost charges for the next order, but its answer is lost
  fail never, slow       the next order never reaches 0xhost, or it takes three seconds
  fail limit             0xhost answers that there were too many requests
  quit                   quit, like ^D and ^C
`

func (c *chat) welcome() {
	c.print(c.title()+c.paint(dim, "  (started in "+short(c.startup)+")"),
		"In a browser: "+c.paint(styles(bold, blue), c.url),
		c.paint(dim, "You are alice in #ops. Try: /extend web-1 3 days, then confirm. Or: help"),
		c.paint(dim, "With two people: /extend db-1 3 days, then as carol, then approve."),
		c.paint(dim, "With a form: /extend alone. With the App Home: home. With a reminder: clock 7h, then day web-2."),
		c.paint(dim, "With a limit: as bob, /extend test-1 3 days, confirm, and the same once more."), "")
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
	if c.asking != nil || c.modal != nil {
		c.answer(ctx, text)
		c.print("")
		return false
	}
	verb, rest := cutWord(text)
	if quit = c.obey(ctx, strings.ToLower(verb), rest); !quit && verb != "" {
		c.print("")
	}
	return quit
}

// pressed are the buttons that a word presses, on the newest message that has them.
var pressed = map[string]string{
	"confirm": message.ActionConfirm, "approve": message.ActionConfirm,
	"cancel": message.ActionCancel, "decline": message.ActionCancel,
	"why": message.ActionDeclineReason, "details": message.ActionDetails, "again": message.ActionAgain,
	"try": message.ActionSuggestion + "1", "1": message.ActionSuggestion + "1",
	"2": message.ActionSuggestion + "2", "3": message.ActionSuggestion + "3", "form": message.ActionForm,
}

// obey does what a word says, and reports whether the user quits.
func (c *chat) obey(ctx context.Context, verb, rest string) (quit bool) {
	if action, ok := pressed[verb]; ok {
		c.press(ctx, action)
		return false
	}
	switch verb {
	case "":
	case "/extend":
		c.extend(ctx, rest)
	case "shortcut":
		c.shortcut(ctx)
	case "home":
		c.home(ctx, rest)
	case "dm":
		c.direct(ctx, rest)
	case "mention":
		c.mention(ctx, rest)
	case "day", "days", "week", "stop":
		c.pressReminder(ctx, verb, rest)
	case "as":
		c.become(strings.ToLower(rest))
	case "show":
		c.showChannel()
	case "help", "?", "/help":
		c.print(strings.Split(strings.TrimRight(chatHelp, "\n"), "\n")...)
	case "quit", "exit", "/quit":
		return true
	default:
		c.change(ctx, verb, rest)
	}
	return false
}

// change changes or shows something of the local world that is not in Slack.
func (c *chat) change(ctx context.Context, verb, rest string) {
	switch verb {
	case "elsewhere":
		c.buyElsewhere(strings.Fields(rest))
	case "clock", "/clock":
		c.moveClock(ctx, rest)
	case "leads":
		c.changeLeads(ctx, strings.Fields(strings.ToLower(rest)))
	case "policy":
		c.showPolicy()
	case "charges":
		c.print(append([]string{""}, indent("  ", chargeLines(c.Stage))...)...)
	case "fail":
		c.fail(strings.ToLower(rest))
	default:
		c.unknown(verb)
	}
}

// unknown answers a word that the chat does not know with the most similar one that it knows.
func (c *chat) unknown(verb string) {
	nearest, typos := "", 3
	for line := range strings.Lines(chatHelp) {
		left, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
		for word := range strings.SplitSeq(left, ", ") {
			word, _ = cutWord(word)
			if d := levenshtein.ComputeDistance(verb, word); d < typos && d <= (len(word)+1)/3 {
				nearest, typos = word, d
			}
		}
	}
	if nearest != "" {
		nearest = "Did you mean " + nearest + "? "
	}
	c.hint("Unknown command %q. %sType help for the list of commands.", verb, nearest)
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
		return a.isPrivateFor(c.user) || c.isCardOf(a, c.user) && !answered
	})
}

func (c *chat) become(name string) {
	id, ok := c.person(name)
	if !ok {
		return
	}
	c.user = id
	c.hint("You are %s. %s", c.name(id), map[string]string{
		stage.Alice:   "You may extend web-1, web-2 and db-1, and your account has money.",
		stage.Bob:     "You may extend only test-1, by up to 3 days. It costs 10 EUR a day, and your account has 45 EUR. Nobody may spend more than 50 EUR in 24 hours.",
		stage.Carol:   "You order nothing. You approve databases, and as one of @leads more than a week.",
		stage.Dave:    "You may extend what alice may, and her account pays. As one of @leads, you approve what others want for more than a week.",
		stage.Mallory: "You are in the channel, but not on the list of people who may extend.",
	}[id])
}

// person returns the id of a person. If there is no such person, it says so.
func (c *chat) person(name string) (id string, ok bool) {
	people := c.Cast.People
	i := slices.IndexFunc(people, func(p stage.Person) bool { return p.Name == strings.TrimPrefix(name, "@") })
	if i < 0 {
		c.hint("The people here are alice, bob, carol, dave and mallory.")
		return "", false
	}
	return people[i].ID, true
}

func (c *chat) showChannel() {
	lines := c.channel(c.Slack.Messages(stage.Ops), c.Slack.Ephemerals(c.user), c.user)
	if len(lines) == 0 {
		c.hint("#ops is empty.")
	} else {
		c.print("", "  "+c.paint(bold, "# ops"), "")
		c.print(indent("  ", lines)...)
	}
	if direct := c.channel(c.Slack.Messages(c.Slack.DirectChannel(c.user)), nil, c.user); len(direct) > 0 {
		c.print("", "  "+c.paint(bold, "direct messages to you"), "")
		c.print(indent("  ", direct)...)
	}
}

// fail makes 0xhost treat the next order in some way.
func (c *chat) fail(how string) {
	said, err := c.failNextOrder(how)
	if err != nil {
		var all []string
		for _, f := range orderFaults {
			all = append(all, "fail "+f.name)
		}
		c.hint("Choose what happens to the next order: %s.", strings.Join(all, ", "))
		return
	}
	c.hint("%s", said)
}

// pressReminder presses a button of the newest reminder, of a server if one is named.
func (c *chat) pressReminder(ctx context.Context, button, server string) {
	actions := map[string]string{"day": remindDay, "days": remindDays, "week": remindWeek, "stop": message.ActionRemindStop}
	id := ""
	if server != "" {
		of, ok := c.server(server)
		if !ok {
			return
		}
		id = of + "|"
	}
	c.pressOf(ctx, actions[button], id)
}

// server returns the id of a server. If there is no such server, it says so.
func (c *chat) server(name string) (id string, ok bool) {
	i := slices.IndexFunc(c.Cast.Servers, func(r stage.Server) bool { return strings.EqualFold(r.Name, name) })
	if i < 0 {
		c.hint("The servers here are web-1, web-2, db-1 and test-1.")
		return "", false
	}
	return c.Cast.Servers[i].ID, true
}

// buyElsewhere buys hours for a server at 0xhost, outside of Slack.
func (c *chat) buyElsewhere(words []string) {
	if len(words) != 2 {
		c.hint("Say for which server, and how many hours: elsewhere web-2 24")
		return
	}
	id, ok := c.server(words[0])
	if !ok {
		return
	}
	hours, _ := strconv.Atoi(words[1]) // 0xhost refuses 0
	if _, ok := c.Oxhost.BuyElsewhere(id, hours); !ok {
		c.hint("0xhost refuses that.")
		return
	}
	c.hint("Somebody bought %s for %s in 0xhost's client area. The bot sees that when it next reads 0xhost's list of orders.", plural(hours, "hour"), words[0])
}

// The buttons of reminders.
const (
	remindDay  = message.ActionRemindExtend + "1"
	remindDays = message.ActionRemindExtend + "2"
	remindWeek = message.ActionRemindExtend + "3"
)

// moveClock moves the clock of the whole local world forward, and waits a little for what is
// due then.
func (c *chat) moveClock(ctx context.Context, text string) {
	by, ok := parseMove(text)
	if !ok {
		c.hint("It is %s. Say by how much to move it, up to 90 days: clock 7h, clock 3d, or clock 1h30m.", c.world.Now().In(c.zone).Format(clockForm))
		return
	}
	if err := c.move(by); err != nil {
		c.hint("The bot cannot be started again: %v", err)
		return
	}
	c.hint("It is %s now.", c.world.Now().In(c.zone).Format(clockForm))
	wait, cancel := context.WithTimeout(ctx, c.moved)
	defer cancel()
	c.await(wait, func(a arrival) bool {
		m := a.message
		return m != nil && (m.Edits == 0 || c.requesters[m.TS] != "" && decided(*m)) // or a card that expired
	})
}

// afterMove is how long the chat waits for what is due when the clock was moved.
const afterMove = 3 * time.Second
