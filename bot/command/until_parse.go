package command

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"extendbot/bot/message"
)

func isUntil(word string) bool {
	return slices.Contains([]string{"until", "till", "til"}, strings.ToLower(word))
}

// maxUntil is how many words a time can have. No time has so many.
const maxUntil = 8

// readUntil reads the words behind "until": a day and a time of day, in any order,
// or a time of day alone.
func readUntil(words []string) (Until, *mistake) {
	r := untilReader{}
	if len(words) > maxUntil {
		return Until{}, &mistake{problem: message.ProblemNotTime, arg: strings.Join(words, " ")}
	}
	words = strings.Fields(strings.ToLower(strings.Join(words, " ")))
	for i := 0; i < len(words); {
		n := r.read(words[i:])
		if n == 0 {
			return Until{}, wrongWord(words, i)
		}
		i += n
	}
	return r.result(words)
}

// untilReader collects what it reads of a time.
type untilReader struct {
	until Until
	clock bool // the time of day was read
	// midnight reports that it is the midnight of a day: of its beginning or its end?
	midnight bool
}

// read reads the next part and returns how many words it has, or 0 if there is no
// such part, or a second one of its kind.
func (r *untilReader) read(words []string) int {
	switch words[0] {
	case "at", "on":
		return min(1, len(words)-1) // something follows
	case "utc":
		if r.until.UTC {
			return 0
		}
		r.until.UTC = true
		return 1
	case "today", "tomorrow":
		if r.until.Day != NoDay {
			return 0
		}
		r.until.Day = Day(words[0])
		return 1
	}
	for _, read := range []func([]string) int{r.weekday, r.date, r.time} {
		if n := read(words); n > 0 {
			return n
		}
	}
	return 0
}

func (r *untilReader) weekday(words []string) int {
	day, n := DayWeekday, 1
	if words[0] == "next" && len(words) > 1 {
		day, n = DayNextWeekday, 2
	}
	number := Weekday(daysOfWeek[words[n-1]])
	switch {
	case number == 0 || r.until.Weekday != 0:
		return 0
	case r.until.Day == DayDate && day == DayWeekday:
	case r.until.Day == NoDay:
		r.until.Day = day
	default:
		return 0
	}
	r.until.Weekday = number
	return n
}

var (
	isoDate = regexp.MustCompile(`^([1-9]\d{3})-(\d\d)-(\d\d)$`)
	ordinal = regexp.MustCompile(`^(\d{1,2})(st|nd|rd|th)?$`)
	year    = regexp.MustCompile(`^[1-9]\d{3}$`)
)

// date reads "2026-12-04", "4 dec", "dec 4", each also with a year behind it.
func (r *untilReader) date(words []string) int {
	if r.until.Day != NoDay && r.until.Day != DayWeekday {
		return 0
	}
	y, m, d, n := 0, 0, 0, 0
	if iso := isoDate.FindStringSubmatch(words[0]); iso != nil {
		y, m, d, n = atoi(iso[1]), atoi(iso[2]), atoi(iso[3]), 1
	} else if len(words) > 1 {
		day, month := words[0], words[1]
		if months[day] != 0 {
			day, month = month, day
		}
		digits := ordinal.FindStringSubmatch(day)
		if digits == nil || months[month] == 0 {
			return 0
		}
		m, d, n = months[month], atoi(digits[1]), 2
		if len(words) > 2 && year.MatchString(words[2]) {
			y, n = atoi(words[2]), 3
		}
	}
	if n > 0 {
		r.until.Day, r.until.Year, r.until.Month, r.until.Date = DayDate, y, time.Month(m), d
	}
	return n
}

var clockTime = regexp.MustCompile(`^(\d{1,2})(?::(\d\d))?(am|pm)?$`)

// isClock reports whether a word is a time of day, also one that is not clear, or
// a date.
func isClock(word string) bool {
	return clockTime.MatchString(strings.ToLower(word)) && !isNumber(word) || isoDate.MatchString(word)
}

// time reads "18:00", "6pm", "6:30 pm", "noon", "midnight". An hour alone is none,
// and before 10 it needs a leading zero, because people do not agree on what 6:30
// is.
func (r *untilReader) time(words []string) int {
	text, n := words[0], 1
	if len(words) > 1 {
		if half := strings.ReplaceAll(words[1], ".", ""); half == "am" || half == "pm" {
			text, n = text+half, 2
		}
	}
	switch text {
	case "noon":
		text = "12pm"
	case "midnight":
		text = "12am"
	}
	m := clockTime.FindStringSubmatch(text)
	if m == nil || r.clock || m[2] == "" && m[3] == "" || m[3] == "" && len(m[1]) < 2 {
		return 0
	}
	hour, minute := atoi(m[1]), atoi(m[2])
	switch half := m[3]; {
	case half != "" && (hour < 1 || hour > 12), hour > 23, minute > 59:
		return 0
	case half != "":
		r.midnight = half == "am" && hour == 12 && minute == 0
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	}
	r.until.Hour, r.until.Minute, r.clock = hour, minute, true
	return n
}

// result returns what was read, if it is a whole time.
func (r *untilReader) result(words []string) (Until, *mistake) {
	u := r.until
	typed := strings.Join(words, " ")
	switch {
	case !r.clock && u.Day == NoDay:
		return Until{}, &mistake{problem: message.ProblemNoClock, instead: exactly(Until{Day: DayTomorrow, Hour: 18, UTC: u.UTC})}
	case !r.clock:
		if u.Hour = 18; u.Day == DayNextWeekday {
			u.Day = DayWeekday
		}
		return Until{}, &mistake{problem: message.ProblemNoClock, arg: typed, instead: exactly(u)}
	case u.Day == NoDay:
		u.Day = DayAny
	case u.Day == DayDate && !exists(u):
		return Until{}, &mistake{problem: message.ProblemNoDate, arg: u.day()}
	case r.midnight:
		last := u
		last.Hour, last.Minute = 23, 59
		m := &mistake{problem: message.ProblemClock, arg: typed, instead: exactly(last)}
		if u.Day != DayToday {
			m.instead = append(exactly(u), m.instead...)
		}
		return Until{}, m
	}
	return u, nil
}

// exists reports whether a date exists, in its year or in some year.
func exists(u Until) bool {
	y := u.Year
	if y == 0 {
		y = 2000 // a leap year
	}
	day := date(y, u.Month, u.Date)
	return day.Month() == u.Month && day.Day() == u.Date
}

func exactly(u Until) []rental { return []rental{{until: u, typed: u.String()}} }

// isNumber reports whether a word is digits only.
func isNumber(word string) bool { return !notADigit.MatchString(word) }

func atoi(digits string) int {
	n, _ := strconv.Atoi(digits) // at most four digits
	return n
}
