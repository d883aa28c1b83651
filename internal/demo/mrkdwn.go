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
	newLine := true
	for _, s := range all {
		shown := m.span(s, m.look(s, base))
		if s.Quote {
			shown = m.quoted(shown, newLine)
		}
		newLine = strings.HasSuffix(shown, "\n")
		out.WriteString(shown)
	}
	return out.String()
}

// look returns the style of a span in a text of the base style.
func (markup) look(s mrkdwn.Span, base ansi.Style) ansi.Style {
	if s.Bold {
		base = styles(base, bold)
	}
	if s.Italic {
		base = styles(base, italic)
	}
	if s.Strike {
		base = styles(base, struck)
	}
	return base
}

// quoted returns a part of a quote with a mark where lines begin.
func (m markup) quoted(shown string, newLine bool) string {
	mark := m.paint(dim, ">") + " "
	lines, end := strings.CutSuffix(shown, "\n")
	if lines = strings.ReplaceAll(lines, "\n", "\n"+mark); newLine {
		lines = mark + lines
	}
	if end {
		lines += "\n"
	}
	return lines
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
