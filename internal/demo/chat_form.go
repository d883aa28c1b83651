package demo

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

// formWait is how long the chat waits for what a choice in the form comes to.
const formWait = 2 * time.Second

// isForm reports whether a modal is the form in which people ask to extend a server.
func isForm(v slacksim.View) bool { return v.CallbackID == message.CallbackForm }

// shortcut chooses the global shortcut, which opens the form.
func (c *chat) shortcut(ctx context.Context) {
	if _, err := c.Slack.Shortcut(ctx, c.user, message.ShortcutForm); err != nil {
		c.hint("Slack says that the shortcut failed: %v", err)
		return
	}
	c.awaitAnswer(ctx)
}

// awaitAnswer waits for something that only this person sees.
func (c *chat) awaitAnswer(ctx context.Context) {
	c.await(ctx, func(a arrival) bool { return a.isPrivateFor(c.user) })
}

// fillIn does what a line says that is typed while the form is open.
func (c *chat) fillIn(ctx context.Context, text string) {
	verb, rest := cutWord(text)
	switch strings.ToLower(verb) {
	case "server":
		c.choose(ctx, choice{message.FieldServer, rest})
	case "for", "until":
		if strings.EqualFold(verb, "until") {
			rest = text
		}
		c.chooseTime(ctx, rest)
	case "because", "reason":
		c.choose(ctx, choice{message.FieldReason, rest})
	case "channel":
		c.choose(ctx, choice{message.FieldChannel, c.channelID(rest)})
	case "ask":
		c.submitForm(ctx)
	case "", "close", "cancel":
		c.closeModal(ctx)
	default:
		c.hint("The form is open. Type: server web-2, for 3 days, because ..., channel ops, ask. Or press Enter to close it.")
	}
}

// channelID returns the id of a channel of that name, or the name.
func (c *chat) channelID(name string) string {
	name = strings.TrimPrefix(name, "#")
	for _, ch := range c.Cast.Channels {
		if ch.Name == name {
			return ch.ID
		}
	}
	return name
}

// chooseTime chooses the time that the form offers, or types it as another one.
func (c *chat) chooseTime(ctx context.Context, text string) {
	for value, label := range optionsOf(*c.modal, message.FieldDuration) {
		if strings.EqualFold(label, text) {
			c.choose(ctx, choice{message.FieldDuration, value})
			return
		}
	}
	c.choose(ctx, choice{message.FieldDuration, message.FormOther}, choice{message.FieldCustom, text})
}

// optionsOf returns the labels of the options of a field, by their values.
func optionsOf(v slacksim.View, field string) map[string]string {
	labels := map[string]string{}
	for _, b := range blockkit.Blocks(v.Blocks) {
		if b.ID == field && b.Element != nil {
			for _, o := range b.Element.Options {
				labels[o.Value] = o.Text.Text
			}
		}
	}
	return labels
}

// choice is a value for a field of the form.
type choice struct{ field, value string }

// choose chooses or types values in the form, and shows what they come to.
func (c *chat) choose(ctx context.Context, values ...choice) {
	before := estimateOf(*c.modal)
	for _, v := range values {
		if v.field == message.FieldServer && len(optionsOf(*c.modal, v.field)) == 0 {
			_, _ = c.Slack.BlockSuggestion(ctx, c.user, c.modal.ID, v.field, v.value) // what it offers can then be chosen
		}
		if _, err := c.Slack.Choose(ctx, c.user, c.modal.ID, v.field, v.value); err != nil {
			c.hint("The form does not have that choice.")
			return
		}
	}
	v, ok := c.openModal()
	if !ok {
		return
	}
	c.modal = &v
	if chosen := values[0].field; chosen != message.FieldReason && chosen != message.FieldChannel && stateOf(v, message.FieldServer) != "" && stateOf(v, message.FieldDuration) != "" {
		if v, ok = c.awaitEstimate(ctx, before); !ok || slices.Equal(c.drawn, c.screen.modal(v)) {
			return
		}
	}
	c.print("")
	c.drawModal(v)
}

// awaitEstimate waits until the open form shows something else than before of what the
// choices come to. An update of an earlier choice may come first.
func (c *chat) awaitEstimate(ctx context.Context, before string) (slacksim.View, bool) {
	ctx, cancel := context.WithTimeout(ctx, formWait)
	defer cancel()
	c.await(ctx, func(arrival) bool {
		v, open := c.openModal()
		now := estimateOf(v)
		return !open || now != "" && now != before
	})
	return c.openModal()
}

// estimateOf returns what a form shows of what its choices come to, or "".
func estimateOf(v slacksim.View) string {
	for _, b := range blockkit.Blocks(v.Blocks) {
		if b.ID == "estimate" {
			return b.Text.Text
		}
	}
	return ""
}

// openModal returns the modal that the person has open.
func (c *chat) openModal() (slacksim.View, bool) {
	open := c.Slack.Views(c.user)
	if len(open) == 0 {
		return slacksim.View{}, false
	}
	return open[len(open)-1], true
}

// stateOf returns what is chosen or typed in a field of a modal, as it is shown.
func stateOf(v slacksim.View, field string) string {
	raw, _ := json.Marshal(v.State[field][field])
	var state struct {
		Value        string           `json:"value"`
		Option       *blockkit.Option `json:"selected_option"`
		Conversation string           `json:"selected_conversation"`
	}
	_ = json.Unmarshal(raw, &state) // a field that is not there has no state
	if state.Option != nil {
		return state.Option.Text.Text
	}
	return state.Value + state.Conversation
}

// submitForm submits the form, and waits for the card, or shows what is wrong with a field.
func (c *chat) submitForm(ctx context.Context) {
	v := *c.modal
	d, err := c.Slack.SubmitView(ctx, slacksim.ViewSubmission{User: v.User, ViewID: v.ID})
	if errors.Is(err, slacksim.ErrNotSubmitted) {
		c.hint("Slack does not submit the form: %s", missing(v, err))
		return
	}
	if err != nil {
		c.hint("Slack says that it did not work: %v", err)
		return
	}
	if problems := fieldErrors(d); len(problems) > 0 {
		for _, b := range blockkit.Blocks(v.Blocks) {
			if text := problems[b.ID]; text != "" {
				c.hint("%s: %s", b.Label.Text, text)
			}
		}
		return
	}
	if _, open := c.openModal(); open { // the bot asks for more
		c.awaitAnswer(ctx)
		return
	}
	c.modal = nil
	c.await(ctx, func(a arrival) bool { return a.modal == nil && a.isPrivateFor(c.user) || c.isCardOf(a, c.user) })
}

// missing says why Slack does not submit a form, with the labels of its fields.
func missing(v slacksim.View, err error) string {
	text := err.Error()
	for _, b := range blockkit.Blocks(v.Blocks) {
		if _, why, ok := strings.Cut(text, "field "+b.ID+": "); ok && b.ID != "" {
			return b.Label.Text + " " + why + "."
		}
	}
	return text
}

// fieldErrors returns what is wrong with the fields of a modal that was submitted.
func fieldErrors(d *slacksim.Delivery) map[string]string {
	var ack struct {
		Errors map[string]string `json:"errors"`
	}
	_ = json.Unmarshal(d.Payload, &ack) // without a payload, Slack closes the modal
	return ack.Errors
}

// home opens the App Home of the person, or presses one of its buttons.
func (c *chat) home(ctx context.Context, text string) {
	verb, rest := cutWord(strings.ToLower(text))
	switch verb {
	case "":
		c.openHome(ctx)
		return
	case "extend":
		c.pressHome(ctx, message.ActionHomeForm, rest)
	case "approve":
		c.pressHome(ctx, message.ActionConfirm, rest)
	case "decline":
		c.pressHome(ctx, message.ActionCancel, rest)
	default:
		c.hint("Type home, home extend web-2, home approve, or home decline.")
	}
}

func (c *chat) openHome(ctx context.Context) {
	if _, err := c.Slack.OpenHome(ctx, c.user); err != nil {
		c.hint("Slack says that the App Home cannot be opened: %v", err)
		return
	}
	c.await(ctx, func(a arrival) bool { return a.home != nil && a.home.User == c.user })
}

// pressHome presses a button of the App Home: the first one, or that of a server.
func (c *chat) pressHome(ctx context.Context, action, server string) {
	v, ok := c.Slack.HomeView(c.user)
	if !ok {
		c.openHome(ctx)
		v, _ = c.Slack.HomeView(c.user)
	}
	all := blockkit.Buttons(v.Blocks)
	i := slices.IndexFunc(all, func(b blockkit.Button) bool {
		return b.ActionID == action && (server == "" || message.ParseFill(b.Value).Server == server)
	})
	if i < 0 {
		c.hint("The App Home has no such button. Type home to see it.")
		return
	}
	if _, err := c.Slack.PressHome(ctx, c.user, all[i]); err != nil {
		c.hint("Slack says that the click failed: %v", err)
		return
	}
	c.await(ctx, func(a arrival) bool {
		return a.isPrivateFor(c.user) || a.home != nil && a.home.User == c.user
	})
}

// direct writes to the bot in a direct message.
func (c *chat) direct(ctx context.Context, text string) {
	if text == "" { // nothing would be sent, and nothing answered
		c.hint("Say what to write to the bot: dm web-1 3 days")
		return
	}
	channel := c.Slack.DirectChannel(c.user)
	if _, err := c.Slack.Direct(ctx, c.user, text); err != nil {
		c.hint("Slack says that the message failed: %v", err)
		return
	}
	c.await(ctx, func(a arrival) bool {
		return a.message != nil && a.message.Channel == channel && a.message.User == c.Slack.BotUserID()
	})
}

// mention mentions the bot in #ops.
func (c *chat) mention(ctx context.Context, text string) {
	if _, err := c.Slack.Mention(ctx, c.user, stage.Ops, text, ""); err != nil {
		c.hint("Slack says that the message failed: %v", err)
		return
	}
	c.awaitAnswer(ctx)
}
