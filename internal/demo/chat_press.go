package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

// press is a click on a button of a message in #ops, or of one that only the
// person sees.
type press struct {
	ts, action string
	value      string
	block      string           // the id of the button's block; "": the first one with the button
	dialog     *blockkit.Dialog // what Slack asks before it sends the click; nil if it does not ask
}

// nothingToPress says what is missing if no message has a button.
var nothingToPress = map[string]string{
	message.ActionConfirm:       "There is no card to decide on. Ask for one: /extend web-1 3 days",
	message.ActionCancel:        "There is no card to decide on. Ask for one: /extend web-1 3 days",
	message.ActionDetails:       "There is no receipt. Order something: /extend web-1 3 days, then confirm",
	message.ActionAgain:         "There is no order that can be asked for again.",
	message.ActionForm:          "There is no answer with this button. Ask for something that is not understood: /extend web-1",
	message.ActionDeclineReason: "There is no decline to explain. Slack asks why when you press Decline.",
}

// press clicks a button on the newest message that has it. If the button has a
// confirmation dialog, it shows the dialog instead, and the next line that is
// typed answers it.
func (c *chat) press(ctx context.Context, action string) { c.pressOf(ctx, action, "") }

// pressOf is press for a button whose value has this prefix.
func (c *chat) pressOf(ctx context.Context, action, value string) {
	p, ok := c.newestWith(action, value)
	switch {
	case !ok && isOfReminder(action):
		c.hint("There is no reminder. Move the clock to less than a day before a server runs out: clock 7h")
	case !ok && message.IsSuggestion(action):
		c.hint("There is no such suggestion. Ask for something that does not work: /extend web-1 1 month")
	case !ok:
		c.hint("%s", nothingToPress[action])
	case p.dialog != nil:
		c.asking = &p
		c.print("")
		c.print(indent("  ", c.dialog(*p.dialog))...)
		c.hint("Slack asks. Type y to press %s, anything else to leave it.", buttonFace(p.dialog.Confirm.Text))
	default:
		c.click(ctx, p)
	}
}

// answer answers what Slack shows: it fills in the modal, or closes the dialog and
// clicks if the text says yes.
func (c *chat) answer(ctx context.Context, text string) {
	if c.asking == nil {
		c.submit(ctx, strings.TrimSpace(text))
		return
	}
	p := *c.asking
	c.asking = nil
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "y", "yes":
		if now, ok := c.newestWith(p.action, p.value); ok { // the message may have changed meanwhile
			p = now
		}
		c.click(ctx, p)
	default:
		c.hint("Nothing was pressed.")
	}
}

// click clicks, and waits for what follows: after the last Approve or Confirm a message
// in the thread and a changed card, after the others and after Cancel only the changed
// card, after Decline a modal, after Ask again a new card, and in each case or else an
// answer that only this person sees.
func (c *chat) click(ctx context.Context, p press) {
	if _, err := c.Slack.Click(ctx, slacksim.Click{User: c.user, Channel: stage.Ops, TS: p.ts, ActionID: p.action, BlockID: p.block}); err != nil {
		c.hint("Slack says that the click failed: %v", err)
		return
	}
	if p.action == message.ActionCancel {
		c.declined = p.ts
	}
	changed, replied, thread := false, false, c.threadOf(p.ts)
	c.await(ctx, func(a arrival) bool {
		if a.isPrivateFor(c.user) {
			return true
		}
		if isOfReminder(p.action) { // its card is in the thread, and then the receipt
			return a.message != nil && isReplyTo(*a.message, p.ts) && isOutcome(*a.message)
		}
		ofCard := a.message != nil && a.message.TS == p.ts
		changed = changed || ofCard && decided(*a.message)
		replied = replied || a.message != nil && !ofCard && isReplyTo(*a.message, thread)
		switch p.action {
		case message.ActionConfirm: // a refused press can change the card, too
			return changed && replied || ofCard && saidYes(*a.message, c.user)
		case message.ActionCancel:
			return changed && c.requesters[p.ts] == c.user
		case message.ActionAgain, message.ActionSuggestion + "1", message.ActionSuggestion + "2", message.ActionSuggestion + "3":
			return c.isCardOf(a, c.user)
		}
		return false
	})
}

// threadOf returns the ts of the message in whose thread a card's receipt is: the card
// itself, or the reminder in whose thread the card is.
func (c *chat) threadOf(card string) string {
	if m, _ := c.Slack.Message(stage.Ops, card); isReply(m) {
		return m.ThreadTS
	}
	return card
}

// isOfReminder reports whether an action is one of a reminder.
func isOfReminder(action string) bool { return strings.HasPrefix(action, "remind_") }

// isOutcome reports whether a message is a receipt, or a refusal, or a card that waits for
// somebody's yes.
func isOutcome(m slacksim.Message) bool {
	for _, action := range []string{message.ActionDetails, message.ActionAgain, message.ActionConfirm} {
		if _, ok := findButton(m.Blocks, action); ok {
			return true
		}
	}
	return false
}

// saidYes reports whether a card that waits for more approvals shows that of a user.
func saidYes(m slacksim.Message, user string) bool {
	_, after, _ := strings.Cut(m.Flat(), "✓")
	yes, _, _ := strings.Cut(after, "·")
	return !decided(m) && strings.Contains(yes, "<@"+user+">")
}

// isCardOf reports whether something is a new card, and remembers who asked for it.
func (c *chat) isCardOf(a arrival, user string) bool {
	if !a.isNewCard() {
		return false
	}
	c.requesters[a.message.TS] = user
	return true
}

// newestWith returns the click on the newest message with a button, among those
// of the channel and those that only this person sees.
func (c *chat) newestWith(action, value string) (press, bool) {
	var found []press
	add := func(ts string, blocks json.RawMessage) {
		if e, block, ok := findButtonOf(blocks, action, value); ok {
			found = append(found, press{ts, action, e.Value, block, e.Confirm})
		}
	}
	for _, m := range c.Slack.Messages(stage.Ops) {
		add(m.TS, m.Blocks)
	}
	for _, e := range c.Slack.Ephemerals(c.user) {
		if e.Channel == stage.Ops {
			add(e.TS, e.Blocks)
		}
	}
	if len(found) == 0 {
		return press{}, false
	}
	return slices.MaxFunc(found, func(a, b press) int { return cmp.Compare(a.ts, b.ts) }), true
}
