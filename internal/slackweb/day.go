package slackweb

import "time"

// day returns how a divider between messages calls a day.
func day(t, now time.Time) string {
	switch days := calendarDays(t, now); {
	case days == 0:
		return "Today"
	case days == 1:
		return "Yesterday"
	case t.Year() == now.Year():
		return t.Format("Monday, January 2")
	default:
		return t.Format("Monday, January 2, 2006")
	}
}

// ago returns when something happened, as in "last reply today at 10:03".
func ago(t, now time.Time) string {
	switch calendarDays(t, now) {
	case 0:
		return "today at " + clock(t)
	case 1:
		return "yesterday at " + clock(t)
	default:
		return t.Format("Jan 2") + " at " + clock(t)
	}
}

// calendarDays returns how many midnights are between a time and a later one.
func calendarDays(t, now time.Time) int {
	const hours = 24
	midnight := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(midnight(now.In(t.Location())).Sub(midnight(t)).Hours() / hours)
}

// clock returns the time of the day.
func clock(t time.Time) string { return t.Format("15:04") }
