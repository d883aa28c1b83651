package command

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"extendbot/bot/message"
)

// wrongWord explains the word that is not understood.
func wrongWord(words []string, i int) *mistake {
	problem, _ := timeReadings(words[i])
	return &mistake{problem: problem, arg: words[i], until: words, wrong: i}
}

// maxRepairs is how many words of a time are replaced that can mean two things.
const maxRepairs = 3

// repairUntil returns the times that are nearest to what the words behind "until"
// may mean.
func repairUntil(words []string, repairs int) []rental {
	u, m := readUntil(words)
	switch {
	case m == nil:
		return exactly(u)
	case m.until == nil:
		return m.instead
	case repairs == 0:
		return nil
	}
	wrong := m.until[m.wrong]
	_, readings := timeReadings(wrong)
	readings = slices.DeleteFunc(readings, func(r string) bool { return r == wrong })
	switch len(readings) {
	case 0:
		readings = []string{""} // without the word
	case 1:
	default:
		repairs--
	}
	var found []rental
	for _, reading := range readings {
		repaired := slices.Concat(m.until[:m.wrong], strings.Fields(reading), m.until[m.wrong+1:])
		found = append(found, repairUntil(repaired, repairs)...)
	}
	return found
}

var (
	numericDate = regexp.MustCompile(`^(\d{1,2})([./-])(\d{1,2})(?:[./-](\d{4}|\d\d))?$`)
	yearFirst   = regexp.MustCompile(`^([1-9]\d{3})[./-](\d{1,2})[./-](\d{1,2})$`)
	dateAndTime = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)t(\d\d:\d\d)(?::00)?(z?)$`)
	looseTime   = regexp.MustCompile(`^(\d{1,2})(?:[:.h](\d\d)|(\d\d))?h?$`)
)

// timeReadings returns why a word is not understood, and what it may mean.
func timeReadings(word string) (message.ProblemCode, []string) {
	if slices.Contains(zones, word) || strings.HasPrefix(word, "utc") {
		return message.ProblemZone, []string{"", "utc"}
	}
	if m := dateAndTime.FindStringSubmatch(word); m != nil {
		return message.ProblemNotTime, []string{m[1] + " " + m[2] + strings.Replace(m[3], "z", " utc", 1)}
	}
	if dates := dateReadings(word); len(dates) > 0 {
		return message.ProblemWhichDate, dates
	}
	m := looseTime.FindStringSubmatch(word)
	if m == nil {
		return message.ProblemNotTime, nil
	}
	hour, minute := atoi(m[1]), atoi(m[2]+m[3])
	clock := func(hour int) string { return fmt.Sprintf("%02d:%02d", hour, minute) }
	switch {
	case minute > 59 || hour > 24:
		return message.ProblemClock, nil
	case hour == 24:
		return message.ProblemClock, []string{"23:59"}
	case hour > 12 || m[1][0] == '0':
		return message.ProblemClock, []string{clock(hour)}
	default:
		return message.ProblemClock, []string{clock(hour % 12), clock(hour%12 + 12)}
	}
}

// dateReadings returns the dates that a date in digits may mean. Whether the day
// or the month comes first depends on who writes.
func dateReadings(word string) []string {
	if m := yearFirst.FindStringSubmatch(word); m != nil {
		return []string{fmt.Sprintf("%s-%02d-%02d", m[1], atoi(m[2]), atoi(m[3]))}
	}
	m := numericDate.FindStringSubmatch(word)
	if m == nil {
		return nil
	}
	orders := [][2]int{{atoi(m[1]), atoi(m[3])}, {atoi(m[3]), atoi(m[1])}}
	if orders[0] == orders[1] {
		orders = orders[:1]
	}
	if m[2] == "." && m[4] == "" && len(m[3]) == 2 && atoi(m[3]) > 12 {
		return nil // 18.30
	}
	var dates []string
	for _, o := range orders {
		u := Until{Day: DayDate, Month: time.Month(o[1]), Date: o[0]}
		if o[1] < 1 || o[1] > 12 || o[0] < 1 || !exists(u) {
			continue
		}
		if u.Year = atoi(m[4]); u.Year > 0 && u.Year < 100 {
			u.Year += 2000
		}
		dates = append(dates, u.day())
	}
	return dates
}
