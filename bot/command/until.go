package command

import (
	"fmt"
	"strings"
	"time"
)

// Until is a time on a clock, as it was typed: a day and a time of day. The zero
// value means that there is none. [Command.UntilTime] returns the time that it
// stands for.
type Until struct {
	Day Day
	// Weekday is for DayWeekday and DayNextWeekday. For DayDate it is 0 or what the
	// weekday of the date has to be.
	Weekday Weekday
	// Year, Month and Date are for DayDate. Year is 0 if none was typed.
	Year  int
	Month time.Month
	Date  int

	Hour, Minute int
	UTC          bool // the clock shows UTC, not the time of the person
}

// Day is the kind of day that an [Until] names.
type Day string

// The kinds of days.
const (
	NoDay          Day = ""    // there is no Until
	DayAny         Day = "any" // only a time of day: the next one
	DayToday       Day = "today"
	DayTomorrow    Day = "tomorrow"
	DayWeekday     Day = "weekday"      // the next one; ambiguous if it is today
	DayNextWeekday Day = "next weekday" // "next friday", which is always ambiguous
	DayDate        Day = "date"         // a day and a month, with or without a year
)

// Weekday is a day of the week from 1, Monday, to 7, Sunday. 0: none.
type Weekday int

var weekdays = [...]string{"", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// String returns the name in lower case: "friday".
func (w Weekday) String() string { return weekdays[w] }

func weekdayOf(t time.Time) Weekday {
	if w := t.Weekday(); w != time.Sunday {
		return Weekday(w)
	}
	return 7
}

// IsZero reports whether there is no time.
func (u Until) IsZero() bool { return u.Day == NoDay }

// String returns the normal form: "until friday 18:00", "until 4 dec 18:00",
// "until 2026-12-04 18:00 utc". For the zero value, it returns "".
func (u Until) String() string {
	if u.IsZero() {
		return ""
	}
	words := []string{"until"}
	if day := u.day(); day != "" {
		words = append(words, day)
	}
	words = append(words, fmt.Sprintf("%02d:%02d", u.Hour, u.Minute))
	if u.UTC {
		words = append(words, "utc")
	}
	return strings.Join(words, " ")
}

// day returns the day in its normal form, or "" if the next one is meant.
func (u Until) day() string {
	switch u.Day {
	case DayToday, DayTomorrow:
		return string(u.Day)
	case DayWeekday:
		return u.Weekday.String()
	case DayNextWeekday:
		return "next " + u.Weekday.String()
	case DayDate:
		text := fmt.Sprintf("%d %s", u.Date, monthName(u.Month))
		if u.Year != 0 {
			text = fmt.Sprintf("%04d-%02d-%02d", u.Year, u.Month, u.Date)
		}
		return strings.TrimSpace(u.Weekday.String() + " " + text)
	default:
		return ""
	}
}

func monthName(m time.Month) string { return strings.ToLower(m.String()[:3]) }

// TypedUntil returns the text for [order.Order.Typed] of a time that UntilTime
// returned: "until Fri 4 Dec 18:00". The name of its zone follows unless it is
// own, the zone of the person who typed it; nil if that is not known.
func TypedUntil(at time.Time, own *time.Location) string {
	text := at.Format("until Mon 2 Jan 15:04")
	if own != nil && at.Location().String() == own.String() {
		return text
	}
	zone, _ := at.Zone()
	if strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") {
		zone = "UTC" + zone
	}
	return text + " " + zone
}
