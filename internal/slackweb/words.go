package slackweb

import (
	"errors"

	"extendbot/internal/slacksim"
)

// sentence is an error that people read as it is.
type sentence string

// Error returns the sentence.
func (s sentence) Error() string { return string(s) }

// codeOf returns Slack's code of an error with which the app did not answer, or "".
func codeOf(err error) string {
	switch {
	case errors.Is(err, slacksim.ErrDispatchFailed):
		return "dispatch_failed"
	case errors.Is(err, slacksim.ErrOperationTimeout):
		return "operation_timeout"
	default:
		return ""
	}
}

// sentences are what errors mean for people.
var sentences = []struct {
	err  error
	text string
}{
	{slacksim.ErrDispatchFailed, "The app is not connected. Try again when it is (dispatch_failed)."},
	{slacksim.ErrOperationTimeout, "Operation timed out. Apps need to respond within 3 seconds."},
	{slacksim.ErrBadAck, "The app gave an answer that Slack does not accept."},
	{slacksim.ErrNoSuchMessage, "This message is no longer there."},
	{slacksim.ErrNoSuchButton, "This button is no longer there."},
	{slacksim.ErrNoSuchView, "This form is no longer open."},
	{slacksim.ErrNoSuchChoice, "This field has no such choice. Choose one of those that it offers."},
	{slacksim.ErrNotSubmitted, "Fill in every field that is not optional, with a text that is neither too short nor too long."},
	{slacksim.ErrMessagesReadOnly, "Sending messages to this app has been turned off."},
	{slacksim.ErrClosed, "This Slack is being stopped."},
	{errNoSuchPlace, "There is no such conversation here."},
}

// words returns what an error means for a person.
func words(err error) string {
	for _, s := range sentences {
		if errors.Is(err, s.err) {
			return s.text
		}
	}
	return err.Error()
}
