package slackweb

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"extendbot/internal/slacksim"
)

// say does what somebody typed into the composer: a slash command, a message to the app, or
// a message.
func (s *Site) say(ctx context.Context, viewer string, form url.Values) error {
	slack, text, thread := s.cfg.Slack, strings.TrimSpace(form.Get("text")), form.Get("thread")
	ch, err := s.channelWithID(viewer, form.Get("channel"))
	if err != nil {
		return err
	}
	name, rest, _ := strings.Cut(text, " ")
	switch {
	case text == "":
		return nil
	case strings.HasPrefix(text, "/") && !s.installed(name):
		return sentence(name + " is not a valid command.")
	case strings.HasPrefix(text, "/") && thread != "":
		return sentence(name + " is not supported in threads.")
	case strings.HasPrefix(text, "/"):
		_, err = slack.Command(ctx, slacksim.SlashCommand{User: viewer, Channel: ch.ID, Command: name, Text: rest})
	case ch.IM:
		_, err = slack.Direct(ctx, viewer, text)
	default:
		_, err = slack.Say(ch.ID, viewer, text, thread)
	}
	return err
}

// installed reports whether the app has a slash command.
func (s *Site) installed(name string) bool {
	for _, c := range s.cfg.App.Commands {
		if c.Name == name {
			return true
		}
	}
	return false
}

// click presses a button of a message.
func (s *Site) click(ctx context.Context, viewer string, form url.Values) error {
	block, action, _ := strings.Cut(form.Get("press"), " ")
	_, err := s.cfg.Slack.Click(ctx, slacksim.Click{
		User: viewer, Channel: form.Get("channel"), TS: form.Get("ts"), BlockID: block, ActionID: action,
	})
	return err
}

// sentence is an error that people read as it is.
type sentence string

// Error returns the sentence.
func (s sentence) Error() string { return string(s) }

// words returns what an error means for a person.
func words(err error) string {
	switch {
	case errors.Is(err, slacksim.ErrDispatchFailed):
		return "The app did not answer: it is not connected."
	case errors.Is(err, slacksim.ErrOperationTimeout):
		return "The app did not answer in time."
	default:
		return err.Error()
	}
}
