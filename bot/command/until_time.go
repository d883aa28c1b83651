package command

import (
	"time"

	"extendbot/bot/message"
)

// UntilTime returns the time that c.Until means for a person whose clock is in a
// time zone, after now. The result is in that zone, or in UTC if UTC was typed.
// What has two meanings, has passed, or is a time that the clock skips or shows
// twice, is a [*message.UsageError], whose Try work at that time.
func (c Command) UntilTime(now time.Time, in *time.Location) (time.Time, error) {
	at, problem, instead := c.Until.time(now, in)
	if problem == "" {
		return at, nil
	}
	err := &message.UsageError{Problem: problem, Arg: c.Until.String()}
	for _, u := range instead {
		if _, problem, _ := u.time(now, in); problem == "" {
			c.Until, c.Typed = u, u.String()
			err.Try = append(err.Try, c.String())
		}
	}
	return time.Time{}, err
}

// time returns the time that u means, or what is wrong with it and what may work
// instead.
func (u Until) time(now time.Time, in *time.Location) (time.Time, message.ProblemCode, []Until) {
	if u.UTC {
		in = time.UTC
	}
	now = now.In(in)
	days, problem, instead := u.days(now)
	if problem != "" {
		return time.Time{}, problem, instead
	}
	for _, day := range days {
		times, next := clock(day, u.Hour, u.Minute, in)
		coming := after(times, now)
		switch {
		case len(coming) > 1:
			return time.Time{}, message.ProblemClockRepeats, []Until{onUTC(coming[0]), onUTC(coming[1])}
		case len(coming) == 1 && u.Day == DayDate && u.Weekday != 0 && u.Weekday != weekdayOf(day):
			return time.Time{}, message.ProblemWeekday, []Until{u.on(day), {Day: DayWeekday, Weekday: u.Weekday, Hour: u.Hour, Minute: u.Minute, UTC: u.UTC}}
		case len(coming) == 1:
			return coming[0], "", nil
		case len(times) == 0 && next.After(now):
			return time.Time{}, message.ProblemClockSkips, []Until{onClock(next)}
		}
	}
	if len(days) == 0 { // 29 February, but neither year that can be meant has one
		first := date(now.Year(), time.March, 1)
		return time.Time{}, message.ProblemNoDate, []Until{u.on(first.AddDate(0, 0, -1)), u.on(first)}
	}
	return time.Time{}, message.ProblemPast, []Until{{Day: DayTomorrow, Hour: u.Hour, Minute: u.Minute, UTC: u.UTC}}
}

// days returns the days that u can mean, the first one that is not over counts,
// or why that is not clear and what is meant instead. A day is a time in UTC.
func (u Until) days(now time.Time) ([]time.Time, message.ProblemCode, []Until) {
	today := date(now.Year(), now.Month(), now.Day())
	ahead := (int(u.Weekday-weekdayOf(today)) + 7) % 7
	coming := today.AddDate(0, 0, ahead)
	switch u.Day {
	case DayAny:
		return []time.Time{today, today.AddDate(0, 0, 1)}, "", nil
	case DayToday:
		return []time.Time{today}, "", nil
	case DayTomorrow:
		return []time.Time{today.AddDate(0, 0, 1)}, "", nil
	case DayWeekday:
		if ahead == 0 {
			return nil, message.ProblemWhichDay, []Until{{Day: DayToday, Hour: u.Hour, Minute: u.Minute, UTC: u.UTC}, u.on(today.AddDate(0, 0, 7))}
		}
		return []time.Time{coming}, "", nil
	case DayNextWeekday:
		if ahead == 0 {
			coming = coming.AddDate(0, 0, 7)
		}
		return nil, message.ProblemWhichDay, []Until{u.on(coming), u.on(coming.AddDate(0, 0, 7))}
	case DayDate:
		return u.dates(today), "", nil
	default:
		return nil, "", nil
	}
}

// dates returns the date in its year or, if it has none, in this and the next
// one, as far as these dates exist.
func (u Until) dates(today time.Time) []time.Time {
	years := []int{u.Year}
	if u.Year == 0 {
		years = []int{today.Year(), today.Year() + 1}
	}
	var days []time.Time
	for _, year := range years {
		if day := date(year, u.Month, u.Date); day.Day() == u.Date && day.Month() == u.Month {
			days = append(days, day)
		}
	}
	return days
}

// on returns the same time of day on another day.
func (u Until) on(day time.Time) Until {
	return Until{Day: DayDate, Month: day.Month(), Date: day.Day(), Hour: u.Hour, Minute: u.Minute, UTC: u.UTC}
}

// onClock and onUTC return what a clock shows at a time, in its zone or in UTC.
func onClock(t time.Time) Until {
	return Until{Day: DayDate, Year: t.Year(), Month: t.Month(), Date: t.Day(), Hour: t.Hour(), Minute: t.Minute()}
}

func onUTC(t time.Time) Until {
	u := onClock(t.UTC())
	u.UTC = true
	return u
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// clock returns the times at which a clock in a zone shows the time of day on a
// day: usually one. It is none if the clock is put forward past it, and two if it
// is put back. next is the time of that change, if there is one that matters.
func clock(day time.Time, hour, minute int, in *time.Location) (times []time.Time, next time.Time) {
	wall := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, time.UTC)
	guess := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, in)
	start, end := guess.ZoneBounds()
	seen := map[int]bool{}
	for _, t := range []time.Time{start.Add(-1), guess, end} {
		_, offset := t.Zone()
		if seen[offset] {
			continue
		}
		seen[offset] = true
		if at := wall.Add(-time.Duration(offset) * time.Second).In(in); at.Hour() == hour && at.Minute() == minute && at.Day() == day.Day() {
			times = append(times, at)
		}
	}
	next = end
	if !start.IsZero() && guess.Sub(start).Abs() < end.Sub(guess).Abs() {
		next = start
	}
	if len(times) == 2 && times[1].Before(times[0]) {
		times[0], times[1] = times[1], times[0]
	}
	return times, next
}

func after(times []time.Time, now time.Time) []time.Time {
	var later []time.Time
	for _, t := range times {
		if t.After(now) {
			later = append(later, t)
		}
	}
	return later
}
