package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// chat lets one person at a time type into the channel, and shows what comes.
type chat struct {
	*demo
	screen

	out      io.Writer
	inbox    *inbox
	patience time.Duration
	who      string // the user id of who types
	typed    bool   // a terminal shows what is typed; otherwise the chat does
	live     bool   // a prompt that nobody has answered can be taken back
	prompted bool   // the cursor stands behind a prompt
}

func runChat(ctx context.Context, term terminal, log io.Writer) (err error) {
	in := newInbox()
	d, err := newDemo(ctx, in.config(), log)
	if err != nil {
		return quietly(ctx, err)
	}
	defer func() { err = errors.Join(err, d.close()) }()
	c := &chat{
		demo: d, screen: screenFor(term.out, d.stage), out: term.out, inbox: in, patience: demoPatience,
		who: stageAlice, typed: isTerminal(term.in), live: isTerminal(term.in) && isTerminal(term.out),
	}
	return c.run(ctx, term.in)
}

// quietly takes an error for none if all that went wrong is that somebody
// wanted the end.
func quietly(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that is what it is for
	}
	return err
}

// run reads lines until somebody quits, the lines or ctx end, or the bot does.
func (c *chat) run(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := readLines(ctx, in)
	c.welcome()
	for {
		c.prompt()
		select {
		case <-ctx.Done():
			c.print("")
			return nil
		case <-c.ended:
			return errors.New("the bot ended, see its log (--log)")
		case <-c.inbox.signal:
			if c.drain() > 0 {
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

// readLines reads lines until they or ctx end. Its goroutine outlives the chat
// if it waits for a terminal, because that wait cannot be cut short; it ends
// with the process.
func readLines(ctx context.Context, in io.Reader) <-chan string {
	const longest = 1 << 20
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, longest)
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

// prompt says who types, unless the cursor stands behind a prompt already.
func (c *chat) prompt() {
	if !c.prompted {
		fmt.Fprint(c.out, c.paint(bold|blue, c.name(c.who)+">")+" ")
		c.prompted = true
	}
}

// print writes lines where a prompt may stand.
func (c *chat) print(lines ...string) {
	if c.prompted && c.live {
		fmt.Fprint(c.out, "\r\x1b[K") // to the left, and clear the line
	} else if c.prompted {
		fmt.Fprintln(c.out)
	}
	c.prompted = false
	for _, l := range lines {
		fmt.Fprintln(c.out, l)
	}
}

// drain shows what arrived, and tells how much that was.
func (c *chat) drain(seen ...func(arrival)) int {
	all := c.inbox.take()
	for _, a := range all {
		c.arrived(a)
		for _, see := range seen {
			see(a)
		}
	}
	return len(all)
}

// await shows what arrives until is says that it was the last.
func (c *chat) await(ctx context.Context, is func(arrival) bool) {
	late := time.NewTimer(c.patience)
	defer late.Stop()
	last := false
	for !last {
		select {
		case <-c.inbox.signal:
			c.drain(func(a arrival) { last = is(a) || last })
		case <-late.C:
			c.hint("Nothing more came within %s. What comes later is shown then.", c.patience)
			return
		case <-ctx.Done():
			return
		case <-c.ended:
			return
		}
	}
}

// arrived shows something new: a new message whole, a changed one in brief.
func (c *chat) arrived(a arrival) {
	c.print("")
	if a.ephemeral != nil {
		c.print(indent("  ", c.ephemeral(*a.ephemeral, c.who))...)
		return
	}
	m := *a.message
	switch reply := m.ThreadTS != "" && m.ThreadTS != m.TS; {
	case m.Deleted:
		c.print(indent("  ", []string{c.paint(dim, "A message of "+c.at(m.PostedAt)+" was deleted.")})...)
	case m.Edits > 0:
		c.print(indent("  ", c.message(m, brief, "edited"))...)
	case reply:
		parent, _ := c.slack.Message(m.Channel, m.ThreadTS)
		c.print(indent("      ", c.message(m, whole, "in the thread of "+c.at(parent.PostedAt)))...)
	default:
		c.print(indent("  ", c.message(m, whole))...)
	}
}

func (c *chat) at(t time.Time) string { return t.In(c.zone).Format("15:04") }

// hint says something that is not Slack's.
func (c *chat) hint(format string, args ...any) {
	c.print(indent("  ", c.wrap(inStyle(yellow, fmt.Sprintf(format, args...))))...)
}

// newest is the newest message of the channel that has the button.
func (c *chat) newest(action string) (slacksim.Message, blockkit.Button, bool) {
	for _, m := range slices.Backward(c.slack.Messages(stageChannel)) {
		if b, ok := m.Button(action); ok {
			return m, b, true
		}
	}
	return slacksim.Message{}, blockkit.Button{}, false
}
