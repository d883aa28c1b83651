package mrkdwn

import (
	"strconv"
	"strings"
	"time"
)

// date reads !date^<seconds>^<format>[^<link>]. What cannot be read is its fallback.
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
func date(target, fallback string) Span {
	s := Span{Kind: Date, Text: fallback}
	parts := strings.SplitN(target, "^", 4) //nolint:mnd // the parts above
	if len(parts) < 3 {
		return s
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || seconds < 0 || seconds > maxSeconds {
		return s
	}
	s.Time, s.format = time.Unix(seconds, 0), unescape(parts[2])
	if len(parts) > 3 {
		s.URL = safe(unescape(parts[3]))
	}
	return s
}

// maxSeconds is the end of the year 9999, the last one that all formats can show.
const maxSeconds = 253402300799

// halfYear is up to when Slack shows dates without their year.
const halfYear = 182 * 24 * time.Hour

// In returns a date as a client shows it in a time zone.
func (s Span) In(zone *time.Location, now time.Time) string {
	if s.Time.IsZero() {
		return s.Text
	}
	t := s.Time.In(zone)
	relative := func(layout string) string { return relative(t, now.In(zone), layout) }
	short, plain, long := "Jan 2", "January 2", "Monday, January 2"
	if t.Sub(now).Abs() >= halfYear {
		const year = ", 2006"
		short, plain, long = short+year, plain+year, long+year
	}
	return strings.NewReplacer(
		"{date_num}", t.Format("2006-01-02"), "{date}", t.Format(plain), "{date_pretty}", relative(plain),
		"{date_short}", t.Format(short), "{date_short_pretty}", relative(short),
		"{date_long}", t.Format(long), "{date_long_pretty}", relative(long),
		"{time}", t.Format("15:04"), "{time_secs}", t.Format("15:04:05"),
	).Replace(s.format)
}

// relative returns yesterday, today, tomorrow, or else the date in the layout.
func relative(t, now time.Time, layout string) string {
	for i, name := range []string{"yesterday", "today", "tomorrow"} {
		if t.Format(time.DateOnly) == now.AddDate(0, 0, i-1).Format(time.DateOnly) {
			return name
		}
	}
	return t.Format(layout)
}
