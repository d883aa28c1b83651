package slackweb

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// say does what somebody typed into a composer: a slash command, or a message. The app
// hears of a message later, as in Slack.
func (s *Site) say(ctx context.Context, viewer string, form url.Values) error {
	text, thread := strings.TrimSpace(form.Get("text")), form.Get("thread")
	ch, err := s.channelWithID(viewer, form.Get("channel"))
	if err != nil {
		return err
	}
	switch {
	case text == "":
		return nil
	case strings.HasPrefix(text, "/"):
		return s.command(ctx, viewer, ch.ID, thread, text)
	}
	m, err := s.cfg.Slack.Write(viewer, ch.ID, s.written(viewer, text), thread)
	if err == nil {
		s.background(func(ctx context.Context) { _, _ = s.cfg.Slack.Hear(ctx, m) }) // nobody is told that the app is away
	}
	return err
}

// command sends a slash command.
func (s *Site) command(ctx context.Context, viewer, channel, thread, text string) error {
	name, rest := text, ""
	if i := strings.IndexAny(text, " \t\n"); i >= 0 {
		name, rest = text[:i], strings.TrimSpace(text[i:])
	}
	switch {
	case !slices.ContainsFunc(s.cfg.App.Commands, func(c Command) bool { return c.Name == name }):
		return sentence(name + " is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands.")
	case thread != "":
		return sentence(name + " is not supported in threads. Sorry!")
	}
	_, err := s.cfg.Slack.Command(ctx, slacksim.SlashCommand{User: viewer, Channel: channel, Command: name, Text: rest})
	if code := codeOf(err); code != "" {
		return sentence(name + " failed with the error “" + code + "”.")
	}
	return err
}

// shortcut chooses a global shortcut.
func (s *Site) shortcut(ctx context.Context, viewer string, form url.Values) error {
	id := form.Get("shortcut")
	if !slices.ContainsFunc(s.cfg.App.Shortcuts, func(c Shortcut) bool { return c.CallbackID == id }) {
		return sentence("There is no such shortcut.")
	}
	_, err := s.cfg.Slack.Shortcut(ctx, viewer, id)
	return err
}

// click presses a button of a message. The form says which: its block and its action.
func (s *Site) click(ctx context.Context, viewer string, form url.Values) error {
	block, action := elementOf(form.Get("press"))
	ch, err := s.channelWithID(viewer, form.Get("channel"))
	if err != nil {
		return err
	}
	_, err = s.cfg.Slack.Click(ctx, slacksim.Click{User: viewer, Channel: ch.ID, TS: form.Get("ts"), BlockID: block, ActionID: action})
	return err
}

// openHome opens the Home tab. The page posts it once for each visit.
func (s *Site) openHome(_ context.Context, viewer string, _ url.Values) error {
	s.background(func(ctx context.Context) { _, _ = s.cfg.Slack.OpenHome(ctx, viewer) })
	return nil
}

// pressHome presses a button of the Home tab.
func (s *Site) pressHome(ctx context.Context, viewer string, form url.Values) error {
	v, _ := s.cfg.Slack.HomeView(viewer)
	b, err := pressed(v, form)
	if err == nil {
		_, err = s.cfg.Slack.PressHome(ctx, viewer, b)
	}
	return err
}

// pressed returns the button of a view that a form says.
func pressed(v slacksim.View, form url.Values) (blockkit.Button, error) {
	block, action := elementOf(form.Get("press"))
	for _, b := range blockkit.Buttons(v.Blocks) {
		if b.BlockID == block && b.ActionID == action {
			return b, nil
		}
	}
	return blockkit.Button{}, slacksim.ErrNoSuchButton
}

// fieldName returns the name of an element in a form: "BLOCK ACTION". The ids of blocks can
// have spaces, which are escaped.
func fieldName(block, action string) string { return url.PathEscape(block) + " " + action }

// elementOf returns the ids of the block and of the action that are in a [fieldName].
func elementOf(name string) (block, action string) {
	escaped, action, _ := strings.Cut(name, " ")
	block, err := url.PathUnescape(escaped)
	if err != nil {
		block = escaped
	}
	return block, action
}

// background does what must not hold up an answer, until Close.
func (s *Site) background(do func(context.Context)) {
	if !s.enter() {
		return
	}
	go func() {
		defer s.running.Done()
		do(s.life)
	}()
}
