package demo

import (
	"context"
	"errors"
	"slices"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

// modal renders an open modal.
func (s screen) modal(v slacksim.View) []string {
	s.view = &v
	lines := append(s.wrap(s.paintWords(bold, v.Title)), s.body("", v.Blocks, whole)...)
	buttons := []blockkit.Element{{Text: blockkit.Text{Text: v.Submit}, Style: "primary"}, {Text: blockkit.Text{Text: v.Close}}}
	return s.barred(append(lines, "", s.buttons(buttons)))
}

// fill types a text into the first field of a modal and submits it. It returns what
// the modal says about the text if it stays open, or "".
func fill(ctx context.Context, s *slacksim.Server, v slacksim.View, text string) (problem string, err error) {
	values := map[string]map[string]any{}
	var field blockkit.Block
	for _, b := range blockkit.Blocks(v.Blocks) {
		if b.Element != nil {
			field = b
			values[b.ID] = map[string]any{b.Element.ActionID: map[string]any{"type": b.Element.Type, "value": text}}
			break
		}
	}
	d, err := s.SubmitView(ctx, slacksim.ViewSubmission{User: v.User, ViewID: v.ID, Values: values})
	if errors.Is(err, slacksim.ErrNotSubmitted) {
		return err.Error(), nil
	}
	return fieldErrors(d)[field.ID], err
}

// showModal shows a modal that Slack opened or updated. The next line that is typed goes
// into its field.
func (c *chat) showModal(v slacksim.View) {
	c.modal = &v
	c.drawModal(v)
	switch {
	case !isForm(v):
		c.hint("Slack opened this. Type into the field, or press Enter for %s.", buttonFace(v.Close))
	case v.Edits == 0:
		c.hint("Slack opened this. Type: server web-2, for 3 days, because ..., and then ask. Enter closes it.")
	}
}

func (c *chat) drawModal(v slacksim.View) {
	c.drawn = c.screen.modal(v)
	c.print(indent("  ", c.drawn)...)
}

// isNews reports whether a modal answers what was typed here, not on the page, or an update of
// it shows something that the chat has not shown.
func (c *chat) isNews(v slacksim.View) bool {
	if v.Edits == 0 {
		return c.awaiting && v.User == c.user
	}
	now, open := c.openModal()
	return open && now.ID == v.ID && !slices.Equal(c.screen.modal(v), c.drawn)
}

// showHome shows an App Home.
func (c *chat) showHome(v slacksim.View) {
	c.print("  "+c.paint(bold, "App Home of "+c.name(v.User)), "")
	c.print(indent("  ", c.barred(c.body("", v.Blocks, whole)))...)
}

// closeModal closes the open modal.
func (c *chat) closeModal(ctx context.Context) {
	v := *c.modal
	c.modal = nil
	_, _ = c.Slack.CloseView(ctx, v.User, v.ID) // Slack may have closed it
	c.hint("You pressed %s.", buttonFace(v.Close))
}

// submit types a text into the open modal and submits it, or closes the modal if there
// is no text. Then it waits for the reason of the decline in the card's thread.
func (c *chat) submit(ctx context.Context, text string) {
	v := *c.modal
	switch {
	case isForm(v):
		c.fillIn(ctx, text)
		return
	case text == "":
		c.closeModal(ctx)
		return
	}
	problem, err := fill(ctx, c.Slack, v, text)
	if problem != "" {
		c.hint("The modal says: %s Type again, or press Enter for %s.", problem, buttonFace(v.Close))
		return
	}
	c.modal = nil
	if err != nil {
		c.hint("Slack says that it did not work: %v", err)
		return
	}
	const replies = 2 // that it was declined, and why
	thread := c.threadOf(c.declined)
	c.await(ctx, func(a arrival) bool {
		if a.message == nil || !isReplyTo(*a.message, thread) {
			return false
		}
		all := c.Slack.Thread(stage.Ops, thread) // of a reminder, it can have other cards
		return len(slices.DeleteFunc(all, func(m slacksim.Message) bool { return m.TS <= c.declined })) >= replies
	})
}
