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

// total adds up parts, in hours. Parts in a unit that is unclear are in another
// one, and other parts without a unit are hours.
func total(parts []part, unclear, as string) *big.Rat {
	sum := new(big.Rat)
	for _, p := range parts {
		unit := p.unit
		switch unit {
		case unclear:
			unit = as
		case "":
			unit = "hour"
		}
		sum.Add(sum, new(big.Rat).Mul(p.number, unitHours(unit)))
	}
	return sum
}

// unitHours returns the hours of any unit; a month has 30 days, and a year 365.
func unitHours(unit string) *big.Rat {
	switch unit {
	case "second":
		return big.NewRat(1, 3600)
	case "minute":
		return big.NewRat(1, 60)
	case "month":
		return hoursRat(30 * 24)
	case "year":
		return hoursRat(365 * 24)
	default:
		return hoursRat(hoursOf[unit])
	}
}

func hoursRat(n int64) *big.Rat { return big.NewRat(n, 1) }

func floor(x *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Quo(x.Num(), x.Denom()))
}

// unique removes sums that come twice.
func unique(sums ...*big.Rat) []*big.Rat {
	var all []*big.Rat
	for _, s := range sums {
		if !slices.ContainsFunc(all, func(x *big.Rat) bool { return x.Cmp(s) == 0 }) {
			all = append(all, s)
		}
	}
	return all
}

// withThousands returns parts whose numbers are read with a separator of
// thousands, or nil if they have none.
func withThousands(parts []part) []part {
	grouped := slices.Clone(parts)
	found := false
	for i, p := range parts {
		if p.thousands != nil {
			grouped[i].number = p.thousands
			found = true
		}
	}
	if !found {
		return nil
	}
	return grouped
}

// nearest returns the rental times within the limit that are nearest to some sums
// of hours.
func nearest(sums []*big.Rat, limit order.Hours) []rental {
	var found []rental
	for _, sum := range sums {
		up := new(big.Int).Add(floor(sum).Num(), big.NewInt(1))
		if sum.IsInt() {
			up = sum.Num()
		}
		hours := limit
		if up.Cmp(big.NewInt(int64(limit))) < 0 {
			hours = max(1, order.Hours(up.Int64()))
		}
		if r := short(hours); hours > 0 && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return found
}

// short writes hours as people type them: "36h", "30d".
func short(h order.Hours) rental {
	if h > 24 && h%24 == 0 {
		return rental{hours: h, typed: fmt.Sprintf("%dd", h/24)}
	}
	return rental{hours: h, typed: fmt.Sprintf("%dh", h)}
}
