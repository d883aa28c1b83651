package command

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"extendbot/bot/message"
	"extendbot/order"
)

// rental is how long a server is to run: hours, or until a time.
type rental struct {
	hours order.Hours
	until Until
	typed string // in its normal form
}

// mistake is why words cannot be understood as a rental time, and what may be
// meant.
type mistake struct {
	problem message.ProblemCode
	arg     string // what is wrong
	instead []rental
	until   []string // the words behind "until", if they can be repaired; else nil
	wrong   int      // the index of the wrong one of them
}

// nearest returns what may be meant. It is not part of reading, because it takes
// much longer.
func (m *mistake) nearest() []rental {
	if m.until == nil {
		return m.instead
	}
	return slices.Concat(m.instead, repairUntil(m.until, maxRepairs))
}

// part is one part of a rental time, such as "3 days".
type part struct {
	number *big.Rat
	unit   string // as in hoursOf, or one that nothing can be ordered in; "" if there is none
	// What is wrong with the number.
	negative, fraction, inWords bool
	thousands                   *big.Rat // the number if its separator is one of thousands
}

// readDuration reads a rental time: a whole number of hours, or numbers of weeks,
// days and hours in any order, each once. "and" can be in between.
func readDuration(words []string, limit order.Hours) (rental, *mistake) {
	typed := strings.Join(words, " ")
	fail := func(problem message.ProblemCode, sums ...*big.Rat) (rental, *mistake) {
		return rental{}, &mistake{problem: problem, arg: typed, instead: nearest(sums, limit)}
	}
	if sums := bothEnds(words); sums != nil {
		return fail(message.ProblemTwoTimes, sums...)
	}
	parts, wrong := readParts(words)
	if wrong != "" || len(parts) == 0 {
		return rental{}, &mistake{problem: message.ProblemNotHours, arg: wrong}
	}
	if problem, sums := wrongNumber(parts); problem != "" {
		return fail(problem, sums...)
	}
	if problem, sums := wrongUnits(parts, limit); problem != "" {
		return fail(problem, sums...)
	}
	sum := total(parts, "", "hour")
	switch {
	case sum.Sign() == 0:
		return fail(message.ProblemTooFew, sum)
	case sum.Cmp(hoursRat(int64(limit))) > 0:
		return fail(message.ProblemTooMany, sum)
	}
	return rental{hours: order.Hours(sum.Num().Int64()), typed: normalForm(parts)}, nil
}

// wrongNumber returns what is wrong with the numbers and units themselves, and
// the sums in hours that may be meant.
func wrongNumber(parts []part) (message.ProblemCode, []*big.Rat) {
	has := func(wrong func(part) bool) bool { return slices.ContainsFunc(parts, wrong) }
	switch {
	case has(func(p part) bool { return p.unit != "" && hoursOf[p.unit] == 0 }):
		return message.ProblemUnit, unique(total(parts, "m", "month"), total(parts, "m", "minute"))
	case has(func(p part) bool { return p.negative }):
		return message.ProblemTooFew, unique(total(parts, "", "hour"))
	case has(func(p part) bool { return p.fraction }):
		sum := total(parts, "", "hour")
		sums := []*big.Rat{floor(sum), sum}
		if grouped := withThousands(parts); grouped != nil {
			sums = []*big.Rat{total(grouped, "", "hour"), sum}
		}
		return message.ProblemNotWhole, unique(sums...)
	case has(func(p part) bool { return p.inWords }):
		return message.ProblemInWords, unique(total(parts, "", "hour"))
	}
	return "", nil
}

// wrongUnits returns what is wrong with the units together, and the sums in hours
// that may be meant.
func wrongUnits(parts []part, limit order.Hours) (message.ProblemCode, []*big.Rat) {
	used := map[string]int{}
	for _, p := range parts {
		used[p.unit]++
	}
	var sums []*big.Rat
	switch {
	case used[""] > 1:
		for _, p := range parts[:min(len(parts), maxTries)] {
			sums = append(sums, total([]part{p}, "", "hour"))
		}
		return message.ProblemTwoTimes, unique(sums...)
	case used[""] == 1 && len(parts) > 1:
		for _, unit := range []string{"hour", "day", "week"} {
			sum := total(parts, "", unit)
			if used[unit] == 0 && sum.Cmp(hoursRat(int64(limit))) <= 0 {
				sums = append(sums, sum)
			}
		}
		if len(sums) == 0 && used["hour"] > 0 { // "1h30"
			sums = append(sums, total(parts, "", "minute"))
		} else if len(sums) == 0 {
			sums = append(sums, total(parts, "", "hour"))
		}
		return message.ProblemNoUnit, unique(sums...)
	}
	for _, n := range used {
		if n > 1 {
			return message.ProblemTwice, unique(total(parts, "", "hour"))
		}
	}
	return "", nil
}

// normalForm writes parts with whole words, the largest first: "1 day 12 hours".
func normalForm(parts []part) string {
	var words []string
	for _, unit := range []string{"week", "day", "hour"} {
		for _, p := range parts {
			if p.number.Sign() != 0 && (p.unit == unit || p.unit == "" && unit == "hour") {
				words = append(words, inUnits(p.number.Num().Int64(), unit))
			}
		}
	}
	return strings.Join(words, " ")
}

func inUnits(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
