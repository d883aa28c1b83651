package command

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/width"

	"extendbot/bot/message"
	"extendbot/bot/message/mrkdwn"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	in, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// ask parses "web-1 until …" and returns the time that it means.
func ask(t *testing.T, text string, now time.Time, in *time.Location) (time.Time, error) {
	t.Helper()
	c, err := Parse("web-1 until "+text+" because of it", Options{Limit: testLimit})
	if err != nil {
		t.Fatal(err)
	}
	return c.UntilTime(now, in)
}

// A time is that of the person's clock, the next one after now.
func TestUntilTime_OnTheirClock(t *testing.T) {
	thursday := time.Date(2026, 11, 26, 22, 30, 0, 0, time.UTC) // in Berlin 23:30, in Auckland Friday 11:30
	for _, c := range []struct {
		zone, text, want string
	}{
		{"UTC", "friday 18:00", "2026-11-27T18:00:00Z"},
		{"UTC", "monday 18:00", "2026-11-30T18:00:00Z"},
		{"UTC", "wednesday 18:00", "2026-12-02T18:00:00Z"},
		{"UTC", "today 23:00", "2026-11-26T23:00:00Z"},
		{"UTC", "tomorrow 06:00", "2026-11-27T06:00:00Z"},
		{"UTC", "23:00", "2026-11-26T23:00:00Z"},
		{"UTC", "22:30", "2026-11-27T22:30:00Z"},
		{"UTC", "noon", "2026-11-27T12:00:00Z"},
		{"UTC", "midnight", "2026-11-27T00:00:00Z"},
		{"UTC", "2026-12-04 18:00", "2026-12-04T18:00:00Z"},
		{"UTC", "4 dec 6:30pm", "2026-12-04T18:30:00Z"},
		{"UTC", "26 nov 23:00", "2026-11-26T23:00:00Z"},
		{"UTC", "26 nov 22:00", "2027-11-26T22:00:00Z"}, // the next one, which is too far for any order
		{"UTC", "jan 2 18:00", "2027-01-02T18:00:00Z"},
		{"UTC", "Fri 4 Dec 18:00", "2026-12-04T18:00:00Z"},
		{"UTC", "29 feb 2028 18:00", "2028-02-29T18:00:00Z"},
		{"Europe/Berlin", "friday 18:00", "2026-11-27T18:00:00+01:00"},
		{"Europe/Berlin", "tomorrow 18:00", "2026-11-27T18:00:00+01:00"},
		{"Europe/Berlin", "18:00", "2026-11-27T18:00:00+01:00"},
		{"Europe/Berlin", "23:45", "2026-11-26T23:45:00+01:00"},
		{"Europe/Berlin", "friday 18:00 utc", "2026-11-27T18:00:00Z"},
		{"Europe/Berlin", "today 23:00 utc", "2026-11-26T23:00:00Z"}, // in Berlin it is friday
		{"Pacific/Auckland", "saturday 18:00", "2026-11-28T18:00:00+13:00"},
		{"Pacific/Auckland", "today 18:00", "2026-11-27T18:00:00+13:00"},
		{"Pacific/Auckland", "friday 18:00 utc", "2026-11-27T18:00:00Z"},
		{"Pacific/Kiritimati", "tomorrow 00:00", "2026-11-28T00:00:00+14:00"},
		{"Pacific/Pago_Pago", "tomorrow 00:00", "2026-11-27T00:00:00-11:00"},
		{"Asia/Kathmandu", "04:30", "2026-11-27T04:30:00+05:45"},
		{"Australia/Lord_Howe", "sunday 12:00", "2026-11-29T12:00:00+11:00"},
	} {
		at, err := ask(t, c.text, thursday, zone(t, c.zone))
		if got := at.Format(time.RFC3339); err != nil || got != c.want {
			t.Errorf("%s, until %s: %s, %v; want %s", c.zone, c.text, got, err, c.want)
		}
	}
}

// What is not clear on the day on which it is typed is refused, and so is what has
// passed. What is suggested works.
func TestUntilTime_Refuses(t *testing.T) {
	friday := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		zone, text string
		problem    message.ProblemCode
		try        []string
	}{
		{"UTC", "friday 18:00", message.ProblemWhichDay, try("today 18:00", "4 dec 18:00")},
		{"UTC", "friday 08:00", message.ProblemWhichDay, try("4 dec 08:00")},
		{"UTC", "next friday 18:00", message.ProblemWhichDay, try("4 dec 18:00", "11 dec 18:00")},
		{"UTC", "next monday 18:00", message.ProblemWhichDay, try("30 nov 18:00", "7 dec 18:00")},
		{"Europe/Berlin", "friday 6pm utc", message.ProblemWhichDay, try("today 18:00 utc", "4 dec 18:00 utc")},
		{"UTC", "today 09:00", message.ProblemPast, try("tomorrow 09:00")},
		{"UTC", "2026-11-27 08:00", message.ProblemPast, try("tomorrow 08:00")},
		{"UTC", "2020-01-01 08:00", message.ProblemPast, try("tomorrow 08:00")},
		{"Europe/Berlin", "today 10:00", message.ProblemPast, try("tomorrow 10:00")},
		{"UTC", "thu 4 dec 18:00", message.ProblemWeekday, try("4 dec 18:00", "thursday 18:00")},
		{"UTC", "29 feb 18:00", message.ProblemNoDate, try("28 feb 18:00", "1 mar 18:00")},
	} {
		_, err := ask(t, c.text, friday, zone(t, c.zone))
		checkRefused(t, c.text, err, c.problem, c.try, friday, zone(t, c.zone))
	}
}

// A time that the clocks skip or show twice is refused, with the times that are
// meant. In Berlin they are put forward on 28 March 2027 at 2:00, and back on 25
// October 2026 at 3:00.
func TestUntilTime_ClockChanges(t *testing.T) {
	berlin, apia := zone(t, "Europe/Berlin"), zone(t, "Pacific/Apia")
	march, october := time.Date(2027, 3, 26, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		now        time.Time
		in         *time.Location
		text, want string
		problem    message.ProblemCode
		try        []string
	}{
		{march, berlin, "28 mar 01:59", "2027-03-28T01:59:00+01:00", "", nil},
		{march, berlin, "28 mar 02:00", "", message.ProblemClockSkips, try("2027-03-28 03:00")},
		{march, berlin, "sunday 02:30", "", message.ProblemClockSkips, try("2027-03-28 03:00")},
		{march, berlin, "28 mar 03:00", "2027-03-28T03:00:00+02:00", "", nil},
		{march, berlin, "28 mar 02:30 utc", "2027-03-28T02:30:00Z", "", nil},
		{march, berlin, "monday 02:30", "2027-03-29T02:30:00+02:00", "", nil},
		{time.Date(2027, 3, 27, 23, 30, 0, 0, time.UTC), berlin, "02:30", "", message.ProblemClockSkips, try("2027-03-28 03:00")},
		{time.Date(2027, 3, 28, 1, 0, 0, 0, time.UTC), berlin, "02:30", "2027-03-29T02:30:00+02:00", "", nil}, // the skipped one is over

		{october, berlin, "25 oct 01:59", "2026-10-25T01:59:00+02:00", "", nil},
		{october, berlin, "25 oct 02:00", "", message.ProblemClockRepeats, try("2026-10-25 00:00 utc", "2026-10-25 01:00 utc")},
		{october, berlin, "tomorrow 02:30", "", message.ProblemClockRepeats, try("2026-10-25 00:30 utc", "2026-10-25 01:30 utc")},
		{october, berlin, "25 oct 03:00", "2026-10-25T03:00:00+01:00", "", nil},
		{time.Date(2026, 10, 25, 0, 45, 0, 0, time.UTC), berlin, "today 02:30", "2026-10-25T02:30:00+01:00", "", nil}, // the first one is over
		{time.Date(2026, 10, 25, 0, 45, 0, 0, time.UTC), berlin, "02:30", "2026-10-25T02:30:00+01:00", "", nil},
		{time.Date(2026, 10, 25, 1, 45, 0, 0, time.UTC), berlin, "02:30", "2026-10-26T02:30:00+01:00", "", nil},

		// Samoa had no 30 December 2011, and Lord Howe moves its clocks by half an hour.
		{time.Date(2011, 12, 28, 12, 0, 0, 0, time.UTC), apia, "30 dec 18:00", "", message.ProblemClockSkips, try("2011-12-31 00:00")},
		{time.Date(2026, 10, 2, 12, 0, 0, 0, time.UTC), zone(t, "Australia/Lord_Howe"), "4 oct 02:15", "", message.ProblemClockSkips, try("2026-10-04 02:30")},
	} {
		at, err := ask(t, c.text, c.now, c.in)
		if c.problem != "" {
			checkRefused(t, c.text, err, c.problem, c.try, c.now, c.in)
		} else if got := at.Format(time.RFC3339); err != nil || got != c.want {
			t.Errorf("until %s: %s, %v; want %s", c.text, got, err, c.want)
		}
	}
}

// checkRefused checks that a time is refused, and that what is suggested works.
func checkRefused(t *testing.T, text string, err error, problem message.ProblemCode, times []string, now time.Time, in *time.Location) {
	t.Helper()
	usage, ok := errors.AsType[*message.UsageError](err)
	if !ok || usage.Problem != problem {
		t.Errorf("until %s: %v, want %s", text, err, problem)
		return
	}
	var want []string
	for _, at := range times {
		want = append(want, "web-1 until "+at+" because of it")
	}
	if diff := cmp.Diff(want, usage.Try); diff != "" {
		t.Errorf("until %s: what is suggested (-want +got):\n%s", text, diff)
	}
	for _, text := range usage.Try {
		c, err := Parse(text, Options{Limit: testLimit})
		if err != nil {
			t.Errorf("what is suggested, %q: %v", text, err)
			continue
		}
		if at, err := c.UntilTime(now, in); err != nil || !at.After(now) {
			t.Errorf("what is suggested, %q: %s, %v", text, at, err)
		}
	}
}

// The order shows the time as on the clock that counts, which is named if it is
// not the person's own.
func TestTypedUntil_NamesOtherClocks(t *testing.T) {
	berlin, saoPaulo := zone(t, "Europe/Berlin"), zone(t, "America/Sao_Paulo")
	at := time.Date(2026, 12, 4, 17, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		at   time.Time
		own  *time.Location
		want string
	}{
		{at.In(berlin), berlin, "until Fri 4 Dec 18:00"},
		{at.In(berlin), nil, "until Fri 4 Dec 18:00 CET"},
		{at.In(berlin), saoPaulo, "until Fri 4 Dec 18:00 CET"},
		{at, berlin, "until Fri 4 Dec 17:00 UTC"},
		{at, time.UTC, "until Fri 4 Dec 17:00"},
		{at.In(saoPaulo), nil, "until Fri 4 Dec 14:00 UTC-03"},
	} {
		got := TypedUntil(c.at, c.own)
		if got != c.want {
			t.Errorf("%s for %s is %q, want %q", c.at, c.own, got, c.want)
		}
		if again, err := Parse("web-1 "+TypedUntil(c.at, c.at.Location()), Options{Limit: testLimit}); err != nil || again.Until.Date != 4 {
			t.Errorf("%q, typed again, is %+v, %v", got, again, err)
		}
	}
}

var fuzzZones = []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca", "America/Sao_Paulo"}

// FuzzUntil reads any text behind "until", at any time and in any time zone. The
// clock shows what was typed, at no other time of that day, and what is suggested
// instead works.
func FuzzUntil(f *testing.F) {
	for i, s := range []string{
		"friday 18:00", "next friday 6pm", "18:00", "today noon", "tomorrow 6:30 pm utc", "2026-12-04 02:30", "4 dec 02:30", "29 feb 02:00", "fri 4 dec 2026 00:00",
		"midnight", "25 oct 02:30", "sunday 02:30", "12/01 18:00", "18", "30 dec 2011 12:00", "1 1 1 1 1 1 1 1", "1:: Am",
	} {
		f.Add(s, int64(1_795_000_000+i*40_000), uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, where uint8) {
		now, in := time.Unix(unix%(1<<33), 0), zone(t, fuzzZones[int(where)%len(fuzzZones)])
		o := Options{Limit: testLimit}
		c, err := Parse("web-1 until "+text, o)
		if err != nil {
			checkUsageError(t, err, c, o)
			return
		}
		if c.Until.IsZero() {
			t.Fatalf("%q is %+v", text, c)
		}
		if c.Server == "web-1" { // or it is the last word
			checkTyped(t, text, c.Until)
		}
		at, err := c.UntilTime(now, in)
		if err != nil {
			checkInstead(t, err, now, in)
			return
		}
		if c.Until.UTC {
			in = time.UTC
		}
		checkClock(t, c.Until, at, now.In(in))
	})
}

// checkTyped checks that the text names the day and the time of day.
func checkTyped(t *testing.T, text string, u Until) {
	t.Helper()
	plain := strings.ToLower(width.Fold.String(mrkdwn.Visible(text)))
	plain = regexp.MustCompile(`[^a-z0-9:-]+`).ReplaceAllString(plain, " ")
	plain = regexp.MustCompile(`:+( |$)`).ReplaceAllString(plain, " ") // punctuation at the end of a word means nothing
	plain = regexp.MustCompile(` +`).ReplaceAllString(plain, " ")
	has := func(pattern string) bool { return regexp.MustCompile(pattern).MatchString(plain) }
	half := "am"
	if u.Hour >= 12 {
		half = "p ?m"
	}
	twelve := (u.Hour+11)%12 + 1
	clock := has(fmt.Sprintf(`%02d:%02d`, u.Hour, u.Minute)) || has(fmt.Sprintf(`0?%d:%02d ?%s`, twelve, u.Minute, strings.Replace(half, "am", "a ?m", 1))) ||
		u.Minute == 0 && has(fmt.Sprintf(`0?%d ?%s`, twelve, strings.Replace(half, "am", "a ?m", 1))) ||
		u.Minute == 0 && (u.Hour == 12 && has("noon") || u.Hour == 0 && has("midnight"))
	day := true
	switch u.Day {
	case DayToday, DayTomorrow:
		day = has(string(u.Day))
	case DayWeekday:
		day = has(u.Weekday.String()[:3])
	case DayNextWeekday:
		day = has("next " + u.Weekday.String()[:3])
	case DayDate:
		day = has(fmt.Sprintf(`%d-%02d-%02d`, u.Year, u.Month, u.Date)) ||
			has(strings.ToLower(u.Month.String()[:3])) && has(fmt.Sprint(u.Date)) && (u.Year == 0 || has(fmt.Sprint(u.Year)))
	}
	if !clock || !day || u.UTC && !has("utc") {
		t.Fatalf("%q is %+v", text, u)
	}
}

// checkInstead checks that what is suggested instead of a time works.
func checkInstead(t *testing.T, err error, now time.Time, in *time.Location) {
	t.Helper()
	usage, ok := errors.AsType[*message.UsageError](err)
	if !ok {
		t.Fatal(err)
	}
	for _, text := range usage.Try {
		c, err := Parse(text, Options{Limit: testLimit})
		if err != nil {
			t.Fatalf("what is suggested, %q: %v", text, err)
		}
		if at, err := c.UntilTime(now, in); err != nil || !at.After(now) {
			t.Fatalf("what is suggested, %q: %s, %v", text, at, err)
		}
	}
}

// checkClock checks that at is the only time after now at which the clock shows
// u, and that its day is the one that was named.
func checkClock(t *testing.T, u Until, at, now time.Time) {
	t.Helper()
	const layout = "2006-01-02 15:04:05"
	shows := at.Format(layout)
	if !at.After(now) || at.Hour() != u.Hour || at.Minute() != u.Minute || at.Second() != 0 || at.Location().String() != now.Location().String() {
		t.Fatalf("%s at %s is %s", u, now, at)
	}
	for shift := -26 * time.Hour; shift <= 26*time.Hour; shift += 15 * time.Minute {
		if other := at.Add(shift); shift != 0 && other.After(now) && other.Format(layout) == shows {
			t.Fatalf("%s is %s, or %s", u, at, other)
		}
	}
	ahead := int(date(at.Year(), at.Month(), at.Day()).Sub(date(now.Year(), now.Month(), now.Day())) / (24 * time.Hour))
	weekday := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}[at.Weekday()]
	ok := false
	switch u.Day {
	case DayAny:
		ok = ahead <= 1
	case DayToday:
		ok = ahead == 0
	case DayTomorrow:
		ok = ahead == 1
	case DayWeekday:
		ok = ahead >= 1 && ahead <= 6 && weekday == u.Weekday.String()
	case DayDate:
		ok = at.Day() == u.Date && at.Month() == u.Month && slices.Contains([]int{0, at.Year()}, u.Year) && (u.Weekday == 0 || u.Weekday.String() == weekday) &&
			(u.Year != 0 || ahead <= 366)
	}
	if !ok {
		t.Fatalf("%s at %s is %s", u, now, at)
	}
}
