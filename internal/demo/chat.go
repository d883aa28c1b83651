package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/charmbracelet/x/ansi"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// chat lets the user type into the channel as one of its people, and shows what
// arrives there.
type chat struct {
	*session
	screen

	out      io.Writer
	inbox    *inbox
	patience time.Duration
	moved    time.Duration  // how long it waits for what is due when the clock was moved
	user     string         // the id of the person who types
	url      string         // of the page, or why there is none
	echoed   bool           // the terminal shows what is typed; otherwise the chat does
	live     bool           // an unanswered prompt can be erased
	prompted bool           // the cursor is behind a prompt
	asking   *press         // the click that Slack asks about, if any
	awaiting bool           // it waits for what follows from a line
	modal    *slacksim.View // the open modal, if any
	drawn    []string       // the modal that was shown last
	declined string         // the ts of the card on which Cancel or Decline was pressed last

	requesters map[string]string // who asked for each card, by its ts
}

// Chat reads lines from in and shows the conversation on out, until in or ctx
// ends or the user quits. The bot's log goes to log. Chat returns an error if
// the bot fails.
func Chat(ctx context.Context, in io.Reader, out, log io.Writer) (err error) {
	c, err := newChat(out, log)
	if err != nil {
		if ctx.Err() != nil {
			return nil // the user stopped it
		}
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	c.echoed, c.live = isTerminal(in), isTerminal(in) && isTerminal(out)
	page, err := openPage(c.session, "")
	if err != nil { // the chat does without
		c.url = err.Error()
		return c.run(ctx, in)
	}
	defer func() { err = errors.Join(err, page.close()) }()
	c.url = page.url
	return c.run(ctx, in)
}

func newChat(out, log io.Writer) (*chat, error) {
	in := newInbox()
	s, err := newSession(in.config(), log, &stage.Clock{})
	if err != nil {
		return nil, err
	}
	return &chat{session: s, screen: screenFor(out, s.Stage, s.world.Now), out: out, inbox: in, patience: patience, moved: afterMove, user: stage.Alice, requesters: map[string]string{}}, nil
}

// run reads lines until in or ctx ends, the user quits, or the bot ends.
func (c *chat) run(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	typed := readLines(ctx, in)
	c.welcome()
	for {
		c.prompt()
		lines := typed
		if len(c.inbox.signal) > 0 {
			lines = nil // what arrived before the next line is shown before it
		}
		select {
		case <-ctx.Done():
			c.print("")
			return nil
		case <-c.crashed.c:
			return c.crashError()
		case <-c.inbox.signal:
			if c.showArrivals() > 0 {
				c.print("")
			}
		case text, more := <-lines:
			if !more {
				c.print("")
				return nil
			}
			if quit := c.do(ctx, text); quit {
				return nil
			}
		}
	}
}

// readLines reads lines until in or ctx ends. A read from a terminal cannot be
// interrupted, so the goroutine may stay blocked until the process ends.
func readLines(ctx context.Context, in io.Reader) <-chan string {
	const maxLine = 1 << 20
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, maxLine)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// prompt shows a prompt with the user's name, unless one is shown.
func (c *chat) prompt() {
	if !c.prompted {
		fmt.Fprint(c.out, c.paint(styles(bold, blue), c.name(c.user)+">")+" ")
		c.prompted = true
	}
}

// print prints lines. It first erases or ends the prompt, if there is one.
func (c *chat) print(lines ...string) {
	if c.prompted && c.live {
		fmt.Fprint(c.out, "\r"+ansi.EraseLineRight)
	} else if c.prompted {
		fmt.Fprintln(c.out)
	}
	c.prompted = false
	for _, l := range lines {
		fmt.Fprintln(c.out, l)
	}
}

// showArrivals shows what arrived, passes each arrival to the functions, and
// returns the number of arrivals.
func (c *chat) showArrivals(see ...func(arrival)) int {
	all := c.inbox.take()
	for _, a := range all {
		c.show(a)
		for _, f := range see {
			f(a)
		}
	}
	return len(all)
}

// await shows what arrives until isLast reports true.
func (c *chat) await(ctx context.Context, isLast func(arrival) bool) {
	late := time.NewTimer(c.patience)
	defer late.Stop()
	c.awaiting = true
	defer func() { c.awaiting = false }()
	last := false
	for !last {
		select {
		case <-c.inbox.signal:
			c.showArrivals(func(a arrival) { last = isLast(a) || last })
		case <-late.C:
			c.hint("Nothing more arrived within %s. Later messages will be shown.", c.patience)
			return
		case <-ctx.Done():
			return
		case <-c.crashed.c:
			return
		}
	}
}

// show shows an arrival: a new message in full, a changed one in brief.
func (c *chat) show(a arrival) {
	switch {
	case a.home != nil && a.home.User != c.user, a.modal != nil && !c.isNews(*a.modal):
		return
	case a.message != nil && a.message.Via == "person": // the user typed that
		return
	}
	c.print("")
	switch {
	case a.ephemeral != nil && a.ephemeral.Deleted:
		c.print("  " + c.paint(dim, "The answer with that button was removed."))
		return
	case a.ephemeral != nil:
		c.print(indent("  ", c.ephemeral(*a.ephemeral, c.user))...)
		return
	case a.modal != nil:
		c.showModal(*a.modal)
		return
	case a.home != nil:
		c.showHome(*a.home)
		return
	}
	m := *a.message
	switch {
	case m.Deleted:
		c.print("  " + c.paint(dim, "A message of "+c.clock(m.PostedAt)+" was deleted."))
	case m.Edits > 0:
		c.print(indent("  ", c.message(m, brief, edited(m)...))...)
	case isReply(m):
		parent, _ := c.Slack.Message(m.Channel, m.ThreadTS)
		c.print(indent("      ", c.message(m, whole, "in the thread of "+c.clock(parent.PostedAt)))...)
	default:
		c.print(indent("  ", c.message(m, whole, c.directTo(m)...))...)
	}
}

// hint prints a message from the demo, as opposed to Slack.
func (c *chat) hint(format string, args ...any) {
	c.print(indent("  ", c.wrap(c.paintWords(yellow, fmt.Sprintf(format, args...))))...)
}

// directTo names the person who gets a direct message, as a remark.
func (c *chat) directTo(m slacksim.Message) []string {
	for _, p := range c.Cast.People {
		if c.Slack.DirectChannel(p.ID) == m.Channel {
			return []string{"direct message to @" + p.Name}
		}
	}
	return nil
}

// isReplyTo reports whether a message is in the thread of the message with this ts.
func isReplyTo(m slacksim.Message, ts string) bool { return isReply(m) && m.ThreadTS == ts }
