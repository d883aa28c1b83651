package command

import (
	"fmt"
	"math/big"
	"slices"

	"extendbot/order"
)

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
