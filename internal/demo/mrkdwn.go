package demo

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// mrkdwn renders Slack's markup for a terminal. The zero value shows mentions as
// ids, times in UTC, and no styles.
//
// https://docs.slack.dev/messaging/formatting-message-text
type mrkdwn struct {
	palette

	names map[string]string // of people, groups and channels, by id
	zone  *time.Location
	now   func() time.Time // for "today"; nil: time.Now
	quote bool             // keep the backquotes around code
}

var marks = map[rune]ansi.Style{'*': bold, '_': italic, '~': struck}

// render returns the text as people see it, in the base style combined with that
// of its markup. It removes control characters, which could do anything in a
// terminal.
func (m mrkdwn) render(text string, base ansi.Style) string {
	text = strings.Map(printable, text)
	var out, run strings.Builder // run is the current piece of text with one style
	style := base
	open := map[rune]bool{}
	flush := func() {
		out.WriteString(m.paintWords(style, run.String()))
		run.Reset()
		style = base
		for _, mark := range []rune{'*', '_', '~'} {
			if open[mark] {
				style = styles(style, marks[mark])
			}
		}
	}
	before := ' '
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		rest := text[size:]
		_, isMark := marks[r]
		switch {
		case r == '<' && strings.Contains(rest, ">"):
			inside, after, _ := strings.Cut(rest, ">")
			flush()
			out.WriteString(m.reference(inside, style))
			rest = after
		case r == '`' && strings.Contains(firstLine(rest), "`"):
			inside, after, _ := strings.Cut(rest, "`")
			flush()
			out.WriteString(m.code(unescape(inside), style))
			rest = after
		case isMark && m.toggles(open[r], r, before, rest):
			open[r] = !open[r]
			flush()
		case r == '&':
			entity, after := firstEntity(text)
			run.WriteRune(entity)
			rest = after
		case r == '\n':
			clear(open)
			run.WriteRune(r)
			flush()
		default:
			run.WriteRune(r)
		}
		before, text = r, rest
	}
	flush()
	return out.String()
}

// printable returns r, or -1 for a control character other than a line break.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' {
		return -1
	}
	return r
}

// toggles reports whether a mark begins its style, or ends it if it is open.
func (m mrkdwn) toggles(open bool, mark, before rune, rest string) bool {
	if open {
		return !starts(rest, isWordRune)
	}
	return !isWordRune(before) && !starts(rest, unicode.IsSpace) && strings.ContainsRune(firstLine(rest), mark)
}

// code renders code in its own style, or in backquotes.
func (m mrkdwn) code(text string, base ansi.Style) string {
	if m.quote {
		text = "`" + text + "`"
	}
	return m.paintWords(styles(base, code), unbroken(text))
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func starts(s string, is func(rune) bool) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && is(r)
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func unescape(s string) string { return entities.Replace(s) }

// firstEntity returns the character for the entity at the beginning of s, or a
// plain ampersand, and the rest of s.
func firstEntity(s string) (rune, string) {
	for entity, r := range map[string]rune{"&lt;": '<', "&gt;": '>', "&amp;": '&'} {
		if after, ok := strings.CutPrefix(s, entity); ok {
			return r, after
		}
	}
	return '&', s[1:]
}

// reference renders the inside of <…>: a mention, a date or a link.
func (m mrkdwn) reference(inside string, base ansi.Style) string {
	target, label, labelled := strings.Cut(inside, "|")
	link := styles(base, blue)
	switch {
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		return m.paintWords(link, target[:1]+m.name(target[1:]))
	case strings.HasPrefix(target, "!date^"):
		return m.paintWords(base, m.date(target, unescape(label)))
	case strings.HasPrefix(target, "!subteam^"):
		return m.paintWords(link, "@"+m.name(strings.TrimPrefix(target, "!subteam^")))
	case labelled:
		return m.paintWords(link, unescape(label))
	case strings.HasPrefix(target, "!"):
		return m.paintWords(link, "@"+target[1:])
	default:
		return m.paintWords(link, unescape(target))
	}
}

func (m mrkdwn) name(id string) string {
	if name, ok := m.names[id]; ok {
		return name
	}
	return id
}

// date renders !date^<seconds>^<format>[^<link>] in the reader's time zone, or
// returns the fallback if it cannot be parsed.
func (m mrkdwn) date(target, fallback string) string {
	parts := strings.Split(target, "^")
	if len(parts) < 3 {
		return fallback
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return fallback
	}
	zone := m.zone
	if zone == nil {
		zone = time.UTC
	}
	t := time.Unix(seconds, 0).In(zone)
	return strings.NewReplacer(
		"{date_num}", t.Format("2006-01-02"),
		"{date}", t.Format("January 2, 2006"), "{date_pretty}", m.relative(t, "January 2, 2006"),
		"{date_short}", t.Format("Jan 2, 2006"), "{date_short_pretty}", m.relative(t, "Jan 2, 2006"),
		"{date_long}", t.Format("Monday, January 2, 2006"), "{date_long_pretty}", m.relative(t, "Monday, January 2, 2006"),
		"{time}", t.Format("15:04"), "{time_secs}", t.Format("15:04:05"),
	).Replace(parts[2])
}

// relative returns yesterday, today, tomorrow, or else the date in the layout.
func (m mrkdwn) relative(t time.Time, layout string) string {
	now := time.Now
	if m.now != nil {
		now = m.now
	}
	today := now().In(t.Location())
	for name, days := range map[string]int{"yesterday": -1, "today": 0, "tomorrow": 1} {
		if t.Format(time.DateOnly) == today.AddDate(0, 0, days).Format(time.DateOnly) {
			return name
		}
	}
	return t.Format(layout)
}
