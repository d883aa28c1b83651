package order

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Hours is a rental time in whole hours.
type Hours int

const hoursPerDay = 24

// String returns the hours and, from one day on, the days: "1 hour", "72 hours
// (3 days)", "36 hours (1 day 12 hours)".
func (h Hours) String() string {
	if h < hoursPerDay {
		return h.Short()
	}
	days := count(int(h/hoursPerDay), "day")
	if rest := h % hoursPerDay; rest > 0 {
		days += " " + rest.Short()
	}
	return h.Short() + " (" + days + ")"
}

// Short returns only the hours: "1 hour", "72 hours".
func (h Hours) Short() string { return count(int(h), "hour") }

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// ErrDuration means that a text is not a duration.
var ErrDuration = errors.New("is not a duration")

// ParseDays parses a duration as people write it, in upper or lower case: whole days,
// and what Go writes, such as 3d, 36h, or 1d12h. It is never negative. The error is
// [ErrDuration], which repeats nothing of the text.
func ParseDays(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(strings.ToLower(text), "d")
	if !found {
		days, rest = "0", days
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, ErrDuration
	}
	var d time.Duration
	if rest != "" {
		d, err = time.ParseDuration(rest)
	}
	sum := time.Duration(n)*hoursPerDay*time.Hour + d
	if err != nil || d < 0 || sum < d || !found && rest == "" {
		return 0, ErrDuration
	}
	return sum, nil
}

// RentalTime returns the rental time as it was asked for, together with the hours
// that are ordered: "3 days (72 h)", "53 h (until Fri 4 Dec 18:00)". If it was
// asked for in hours, or it is not known how, it returns Hours.String().
func (o Order) RentalTime() string {
	switch typed := o.typed(); {
	case typed == "":
		return o.Hours.String()
	case isUntil(typed):
		return fmt.Sprintf("%d h (%s)", int(o.Hours), typed)
	default:
		return fmt.Sprintf("%s (%d h)", typed, int(o.Hours))
	}
}

// ShortTime returns the rental time in as few words as possible: "3 days" if it
// was asked for in this form, else the hours, such as "53 hours".
func (o Order) ShortTime() string {
	if typed := o.typed(); typed != "" && !isUntil(typed) {
		return typed
	}
	return o.Hours.Short()
}

// typedForm has no character that could have an effect where it is shown.
var typedForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 :+-]{0,59}$`)

// typed returns Typed, or "" if it has not the form of a rental time or says the
// same as Hours.
func (o Order) typed() string {
	if o.Typed == o.Hours.Short() || !typedForm.MatchString(o.Typed) {
		return ""
	}
	return o.Typed
}

func isUntil(typed string) bool { return strings.HasPrefix(typed, "until ") }
