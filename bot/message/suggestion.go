package message

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// ActionSuggestion and a number, from 1, are the actions of the buttons below an answer. The
// value of each is what would work, without the name of the command, and a press does what
// typing it would do.
const ActionSuggestion = "suggestion_"

// IsSuggestion reports whether an action is that of such a button.
func IsSuggestion(action string) bool { return strings.HasPrefix(action, ActionSuggestion) }

const (
	maxTries = 3 // how many commands are suggested
	// maxButtonShown is how many characters a button shows of a suggestion, on a phone too.
	// What is longer is in the text as well.
	maxButtonShown = 30
	// maxTry is more than the length of a suggested command, which must not be cut.
	maxTry = 900
	// becauseWord is before the reason in the normal form of a command.
	becauseWord = " because "
)

// The words before suggestions. They end the sentence that people see above the buttons, but
// for wordTry: there the buttons follow the problem.
const (
	wordTry     = "Try"
	wordMean    = "Did you mean:"
	wordAgain   = "Ask again:"
	wordYours   = "Yours:"
	wordLess    = "Less fits now:"
	wordForMore = "For more:"
)

// suggest says what is wrong and suggests what would work: as buttons and, for those who do
// not see these, as commands in the text. Without a suggestion it names the help.
func suggest(command, problem, word string, texts []string) Message {
	if len(texts) == 0 {
		texts = []string{"help"}
	}
	texts = texts[:min(len(texts), maxTries)]
	var codes, labels []string
	var buttons []slack.BlockElement
	complete := true // each button shows all that its suggestion would do, but for the reason
	for i, text := range texts {
		codes = append(codes, commandText(command, text))
		words, _, _ := strings.Cut(text, becauseWord)
		label := mrkdwn.Plain(words, maxButton)
		complete = complete && mrkdwn.Len(label) <= maxButtonShown && !slices.Contains(labels, label)
		labels = append(labels, label)
		if label != "" {
			buttons = append(buttons, suggestion(i+1, text, label))
		}
	}
	whole := fmt.Sprintf("%s %s %s%s", problem, word, strings.Join(codes, " or "), endOf(word))
	switch shown := problem + " " + word; {
	case len(buttons) == 0:
		return notice(whole)
	case !complete:
		return newMessage(whole, section(whole), slack.NewActionBlock("", buttons...))
	case word == wordTry:
		return newMessage(whole, section(problem), slack.NewActionBlock("", buttons...))
	default:
		return newMessage(whole, section(shown), slack.NewActionBlock("", buttons...))
	}
}

// endOf returns the punctuation after suggestions that follow a word.
func endOf(word string) string {
	if word == wordMean {
		return "?"
	}
	return "."
}

// suggestion returns the button of the nth suggestion of a row, from 1.
func suggestion(n int, text, label string) *slack.ButtonBlockElement {
	return button(fmt.Sprintf("%s%d", ActionSuggestion, n), text, label, label, slack.StyleDefault)
}

// Offers reports whether the last block of a message has buttons.
func (m Message) Offers() bool {
	_, ok := m.buttons()
	return ok
}

// buttons returns the last block of a message, if it has buttons.
func (m Message) buttons() (row *slack.ActionBlock, ok bool) {
	if len(m.Blocks) == 0 {
		return nil, false
	}
	row, ok = m.Blocks[len(m.Blocks)-1].(*slack.ActionBlock)
	return row, ok
}

// suggestForm says what is wrong, and offers the form with what is known. The text names the
// command that would work, too.
func suggestForm(command, problem, words string, f Fill) Message {
	return withFormButton(newMessage(fmt.Sprintf("%s %s.", problem, commandText(command, words)), section(problem)), f)
}

// withFormButton adds a button that opens the form, beside the other buttons.
func withFormButton(m Message, f Fill) Message {
	label := "Fill in a form"
	if f.Ask && f.Server != "" && f.Time != "" { // only the channel is missing
		label = "Choose a channel"
	}
	form := button(ActionForm, f.String(), label, label, slack.StyleDefault)
	if row, ok := m.buttons(); ok {
		row.Elements.ElementSet = append(row.Elements.ElementSet, form)
		return m
	}
	m.Blocks = append(m.Blocks, slack.NewActionBlock("", form))
	return m
}

// likeTime matches the names of servers that look like a number or a time.
var likeTime = regexp.MustCompile(`^[0-9]+[A-Za-z]*$`)

// asking returns the words that ask to extend a server.
func asking(server, time string) string {
	if likeTime.MatchString(server) {
		return server + " for " + time
	}
	return server + " " + time
}

// askAgain returns the command that asks for the same as an order, without its reason.
func askAgain(name string, o order.Order) string {
	return commandText(name, asking(o.Server.Label(), o.ShortTime()))
}

// again returns the words that ask for the same as an order.
func again(o order.Order) string {
	words := asking(o.Server.Label(), o.ShortTime())
	if reason := mrkdwn.Escape(o.Purpose, maxTry); reason != "" { // as Slack sends what people type
		words += becauseWord + reason
	}
	return words
}

// elsewhere is a form that asks for the same as an order in another channel.
func elsewhere(o order.Order) Fill {
	return Fill{Server: o.Server.Label(), Time: o.ShortTime(), Reason: mrkdwn.Visible(o.Purpose), Ask: true}
}

// elsewhereTyped is a form that asks for what was typed in another channel. words are its
// normal form.
func elsewhereTyped(server, words string) Fill {
	time, reason, _ := strings.Cut(words, becauseWord)
	time = strings.TrimPrefix(strings.TrimPrefix(time, "extend "), server+" ")
	return Fill{Server: server, Time: time, Reason: html.UnescapeString(reason), Ask: true}
}
