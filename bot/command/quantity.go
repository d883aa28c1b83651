package command

import (
	"cmp"
	"math/big"
	"regexp"
	"strings"
)

var (
	numberAndUnit = regexp.MustCompile(`^([\d.,½¼¾]+)([a-z]*)`)
	fromTo        = regexp.MustCompile(`^(\d+)([a-z]*)-(\d+)([a-z]*)$`)
	grouped       = regexp.MustCompile(`^\d{1,3}([.,]\d{3})+$`)
	decimal       = regexp.MustCompile(`^\d*[.,]\d+$`)
	inDecimals    = strings.NewReplacer("½", ".5", "¼", ".25", "¾", ".75", ",", ".")
	notADigit     = regexp.MustCompile(`\D`)
)

// readParts reads the parts of a rental time. wrong is the first word that does
// not belong there.
func readParts(words []string) (parts []part, wrong string) {
	joined := false // an "and" comes before
	for i, typed := range words {
		word := strings.ToLower(typed)
		unit := cmp.Or(units[word], otherUnits[word])
		switch n := len(parts); {
		case word == "and" && n > 0 && !joined && i+1 < len(words):
			joined = true
			continue
		case unit != "" && n > 0 && !joined && parts[n-1].unit == "":
			parts[n-1].unit = unit
		case numbers[word] > 0 && i+1 < len(words) && cmp.Or(units[strings.ToLower(words[i+1])], otherUnits[strings.ToLower(words[i+1])]) != "":
			parts = append(parts, part{number: hoursRat(numbers[word]), inWords: true})
		default:
			more := readQuantity(word)
			if more == nil {
				return nil, typed
			}
			parts = append(parts, more...)
		}
		joined = false
	}
	return parts, ""
}

// readQuantity reads a word of numbers and units, such as "24" or "1d12h". It
// returns nil if the word is none.
func readQuantity(word string) []part {
	rest, negative := strings.CutPrefix(word, "-")
	if !negative {
		rest = strings.TrimPrefix(word, "+")
	}
	var parts []part
	for rest != "" {
		m := numberAndUnit.FindStringSubmatch(rest)
		if m == nil {
			return nil
		}
		unit := cmp.Or(units[m[2]], otherUnits[m[2]])
		p, ok := readNumber(m[1])
		if !ok || unit == "" && m[2] != "" || len(parts) > 0 && m[1][0] == ',' { // "1d,12h" is no fraction
			return nil
		}
		p.unit, p.negative = unit, negative
		parts = append(parts, p)
		rest = rest[len(m[0]):]
	}
	return parts
}

// readNumber reads a number, also one that is not whole.
func readNumber(text string) (part, bool) {
	var p part
	if grouped.MatchString(text) {
		p.thousands, _ = new(big.Rat).SetString(notADigit.ReplaceAllString(text, ""))
	}
	plain := inDecimals.Replace(text)
	p.fraction = notADigit.MatchString(text)
	switch {
	case !p.fraction, decimal.MatchString(plain):
		p.number, _ = new(big.Rat).SetString("0" + plain)
	case p.thousands != nil:
		p.number = p.thousands
	default:
		return part{}, false
	}
	return p, true
}

// bothEnds returns the sums in hours of both ends of a range, such as "24-48h", or
// nil if the words are none.
func bothEnds(words []string) []*big.Rat {
	if len(words) == 0 {
		return nil
	}
	m := fromTo.FindStringSubmatch(strings.ToLower(words[0]))
	if m == nil {
		return nil
	}
	from, to := m[2], m[4]
	if to == "" && len(words) > 1 { // the unit of both follows
		from = ""
	}
	var sums []*big.Rat
	for _, end := range []string{m[1] + cmp.Or(from, to), m[3] + cmp.Or(to, from)} {
		parts, wrong := readParts(append([]string{end}, words[1:]...))
		if wrong != "" {
			return nil
		}
		sums = append(sums, total(parts, "m", "minute"))
	}
	return unique(sums...)
}
