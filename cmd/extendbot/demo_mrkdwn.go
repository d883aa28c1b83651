package main

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// mrkdwn turns Slack's markup into what people see. The zero value shows
// mentions as ids and times in UTC.
//
// https://docs.slack.dev/messaging/formatting-message-text
type mrkdwn struct {
	names map[string]string // of people and channels, by id
	zone  *time.Location
	now   func() time.Time // for "today"; default time.Now
}

var marks = map[rune]style{'*': bold, '_': italic, '~': struck}

// read gives a text its looks.
func (m mrkdwn) read(text string) styled {
	var t styled
	var s style
	before := ' '
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		rest := text[size:]
		switch mark := marks[r]; {
		case r == '<' && strings.Contains(rest, ">"):
			inside, after, _ := strings.Cut(rest, ">")
			t, rest = append(t, m.reference(inside, s)...), after
		case r == '`' && strings.Contains(firstLine(rest), "`"):
			inside, after, _ := strings.Cut(rest, "`")
			t, rest = append(t, inStyle(s|mono, unescape(inside))...), after
		case mark != 0 && s&mark != 0 && !starts(rest, wordRune):
			s &^= mark
		case mark != 0 && s&mark == 0 && !wordRune(before) && !starts(rest, unicode.IsSpace) && strings.ContainsRune(firstLine(rest), r):
			s |= mark
		case r == '&':
			entity, after := firstEntity(text)
			t, rest = append(t, cell{entity, s}), after
		default:
			if r == '\n' {
				s = 0
			}
			t = append(t, cell{r, s})
		}
		before, text = r, rest
	}
	return t
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func starts(s string, is func(rune) bool) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && is(r)
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func unescape(s string) string { return entities.Replace(s) }

// firstEntity reads the entity at the beginning of s, or its ampersand alone.
func firstEntity(s string) (rune, string) {
	for entity, r := range map[string]rune{"&lt;": '<', "&gt;": '>', "&amp;": '&'} {
		if after, ok := strings.CutPrefix(s, entity); ok {
			return r, after
		}
	}
	return '&', s[1:]
}

// reference is what stands for the inside of <…>.
func (m mrkdwn) reference(inside string, s style) styled {
	target, label, labelled := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		return inStyle(s|blue, "@"+m.name(target[1:]))
	case strings.HasPrefix(target, "#"):
		return inStyle(s|blue, "#"+m.name(target[1:]))
	case strings.HasPrefix(target, "!date^"):
		return inStyle(s, m.date(target, unescape(label)))
	case labelled:
		return inStyle(s|blue, unescape(label))
	case strings.HasPrefix(target, "!"):
		return inStyle(s|blue, "@"+target[1:])
	default:
		return inStyle(s|blue, unescape(target))
	}
}

func (m mrkdwn) name(id string) string {
	if name, ok := m.names[id]; ok {
		return name
	}
	return id
}

// date shows !date^<seconds>^<format>[^<link>] in the reader's zone, or the
// fallback if it cannot be read.
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
		"{date}", t.Format("January 2, 2006"), "{date_pretty}", m.near(t, "January 2, 2006"),
		"{date_short}", t.Format("Jan 2, 2006"), "{date_short_pretty}", m.near(t, "Jan 2, 2006"),
		"{date_long}", t.Format("Monday, January 2, 2006"), "{date_long_pretty}", m.near(t, "Monday, January 2, 2006"),
		"{time}", t.Format("15:04"), "{time_secs}", t.Format("15:04:05"),
	).Replace(parts[2])
}

// near names a day by its distance, if it is next to today.
func (m mrkdwn) near(t time.Time, layout string) string {
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
