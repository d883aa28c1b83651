package order

import (
	"fmt"
	"strings"
)

// Hours is a rental time in whole hours.
type Hours int

const (
	hoursPerDay  = 24
	hoursPerWeek = 7 * hoursPerDay
)

// String returns the hours and, from one day on, a readable form: "1 hour", "72
// hours (3 days)", "180 hours (1 week 12 hours)".
func (h Hours) String() string {
	if h < hoursPerDay {
		return h.Short()
	}
	var parts []string
	rest := h
	for _, unit := range []struct {
		name string
		size Hours
	}{{"week", hoursPerWeek}, {"day", hoursPerDay}, {"hour", 1}} {
		if n := rest / unit.size; n > 0 {
			parts = append(parts, count(int(n), unit.name))
			rest %= unit.size
		}
	}
	return h.Short() + " (" + strings.Join(parts, " ") + ")"
}

// Short returns only the hours: "1 hour", "72 hours".
func (h Hours) Short() string { return count(int(h), "hour") }

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
