package demo

import (
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/mrkdwn"
)

// markup renders Slack's markup for a terminal. The zero value shows mentions as ids, times in
// UTC, and no styles.
type markup struct {
	palette

	names map[string]string // of people, groups and channels, by id
	zone  *time.Location
	now   func() time.Time // for "today"; nil: time.Now
	quote bool             // keep the backquotes around code
}

// value returns a text as people see it, in the base style combined with that of its markup.
// It removes control characters, which could do anything in a terminal.
func (m markup) value(t blockkit.Text, base ansi.Style) string {
	t.Text = strings.Map(printable, t.Text)
	return m.spans(t.Spans(), base)
}

// spans renders the pieces of a text.
func (m markup) spans(all []mrkdwn.Span, base ansi.Style) string {
	var out strings.Builder
	for _, s := range all {
		style := base
		for look, on := range map[*ansi.Style]bool{&bold: s.Bold, &italic: s.Italic, &struck: s.Strike} {
			if on {
				style = styles(style, *look)
			}
		}
		out.WriteString(m.span(s, style))
	}
	return out.String()
}

// printable returns r, or -1 for a control character other than a line break.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' {
		return -1
	}
	return r
}

// span renders a span in its style.
func (m markup) span(s mrkdwn.Span, style ansi.Style) string {
	link := styles(style, blue)
	switch s.Kind {
	case mrkdwn.Code, mrkdwn.Pre:
		if m.quote {
			s.Text = "`" + s.Text + "`"
		}
		return m.paintWords(styles(style, code), unbroken(s.Text))
	case mrkdwn.User, mrkdwn.Group:
		return m.paintWords(link, "@"+m.name(s.Text))
	case mrkdwn.Channel:
		return m.paintWords(link, "#"+m.name(s.Text))
	case mrkdwn.Special:
		return m.paintWords(link, "@"+s.Text)
	case mrkdwn.Link:
		return m.paintWords(link, s.Text)
	case mrkdwn.Date:
		return m.paintWords(style, m.date(s))
	default:
		return m.paintWords(style, s.Text)
	}
}

func (m markup) name(id string) string {
	if name, ok := m.names[id]; ok {
		return name
	}
	return id
}

// date renders a date in the reader's time zone.
func (m markup) date(s mrkdwn.Span) string {
	zone, now := m.zone, m.now
	if zone == nil {
		zone = time.UTC
	}
	if now == nil {
		now = time.Now
	}
	return s.In(zone, now())
}
