package command

import (
	"strings"

	"extendbot/bot/message"
	"extendbot/order"
)

// hoursOf lists the hours of each unit, the largest first.
var hoursOf = []struct {
	unit  byte
	hours int64
}{{'w', 7 * 24}, {'d', 24}, {'h', 1}}

// plenty is more than any limit, and small enough not to overflow. Larger
// numbers count as plenty.
const plenty = int64(1) << 40

// parseHours parses a rental time: digits alone, or weeks, days and hours in
// this order, each at most once, in letters of any case. It returns the problem
// with any other text.
func parseHours(word string, limit order.Hours) (order.Hours, message.ProblemCode) {
	lower := strings.ToLower(word)
	if rest, negative := strings.CutPrefix(lower, "-"); negative {
		if _, problem := countHours(rest); problem == "" {
			return 0, message.ProblemTooFew
		}
		return 0, message.ProblemNotHours
	}
	hours, problem := countHours(lower)
	switch {
	case problem != "":
		return 0, problem
	case hours < 1:
		return 0, message.ProblemTooFew
	case hours > int64(limit):
		return 0, message.ProblemTooMany
	}
	return order.Hours(hours), ""
}

// countHours adds up the parts of a rental time. The sum is at most a few times
// plenty.
func countHours(word string) (int64, message.ProblemCode) {
	if n, rest := number(word); rest == "" && word != "" {
		return n, ""
	}
	var total int64
	var units string // those seen so far
	for word != "" {
		n, rest := number(word)
		switch {
		case len(rest) == len(word), rest == "":
			return 0, message.ProblemNotHours
		case isFraction(rest):
			return 0, message.ProblemNotWhole
		}
		size := unitHours(rest[0])
		if size == 0 {
			return 0, message.ProblemNotHours
		}
		total += n * size
		units += rest[:1]
		word = rest[1:]
	}
	if !falling(units) {
		return 0, message.ProblemUnits
	}
	return total, ""
}

// number parses the digits at the beginning of s.
func number(s string) (n int64, rest string) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return n, s[i:]
		}
		n = min(10*n+int64(s[i]-'0'), plenty)
	}
	return n, ""
}

// isFraction reports whether rest, which follows a number, makes that number a
// fraction.
func isFraction(rest string) bool {
	if rest[0] != '.' && rest[0] != ',' {
		return false
	}
	_, behind := number(rest[1:])
	return len(behind) < len(rest)-1 && (behind == "" || len(behind) == 1 && unitHours(behind[0]) > 0)
}

func unitHours(unit byte) int64 {
	for _, u := range hoursOf {
		if u.unit == unit {
			return u.hours
		}
	}
	return 0
}

// falling reports whether each unit occurs once and is smaller than the one
// before it. It returns false for no units.
func falling(units string) bool {
	for i := 1; i < len(units); i++ {
		if unitHours(units[i]) >= unitHours(units[i-1]) {
			return false
		}
	}
	return units != ""
}
