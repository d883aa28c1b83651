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

// String returns the hours and, from a day on, the readable form:
// "1 hour", "72 hours (3 days)", "180 hours (1 week 12 hours)".
func (h Hours) String() string {
	plain := count(int(h), "hour")
	if h < hoursPerDay {
		return plain
	}
	var parts []string
	for _, unit := range []struct {
		name string
		size Hours
	}{{"week", hoursPerWeek}, {"day", hoursPerDay}, {"hour", 1}} {
		if n := h / unit.size; n > 0 {
			parts = append(parts, count(int(n), unit.name))
			h %= unit.size
		}
	}
	return plain + " (" + strings.Join(parts, " ") + ")"
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
