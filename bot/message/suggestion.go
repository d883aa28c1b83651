package message

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
)

// ActionSuggestion and a number, from 1, are the actions of the buttons below a refusal. The
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
)

// suggest says what is wrong and suggests what would work: as buttons and, for those who
// do not see these, as commands in the text after a word such as "Try", "Ask again:" or "Did
// you mean?". Without a suggestion it names the help.
func suggest(command, problem, word string, texts []string) Message {
	if len(texts) == 0 {
		texts = []string{"help"}
	}
	texts = texts[:min(len(texts), maxTries)]
	var codes []string
	var buttons []slack.BlockElement
	long := false
	for i, text := range texts {
		codes = append(codes, mrkdwn.Code(commandName(command)+" "+text, maxTry))
		label := mrkdwn.Plain(text, maxButton)
		if label == "" {
			continue
		}
		buttons = append(buttons, button(fmt.Sprintf("%s%d", ActionSuggestion, i+1), text, label, label, slack.StyleDefault))
		long = long || mrkdwn.Len(text) > maxButtonShown
	}
	codeList, shown := strings.Join(codes, " or "), problem
	if ask := strings.TrimRight(word, ":?"); ask != "Try" {
		shown += " " + ask + ":"
	}
	whole := fmt.Sprintf("%s %s %s.", problem, word, codeList)
	if strings.HasSuffix(word, "?") {
		whole = fmt.Sprintf("%s %s %s?", problem, strings.TrimSuffix(word, "?"), codeList)
	}
	if long {
		shown = whole
	}
	if len(buttons) == 0 {
		return notice(whole)
	}
	return newMessage(whole, section(shown), slack.NewActionBlock("", buttons...))
}
