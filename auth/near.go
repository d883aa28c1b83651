package auth

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"extendbot/order"
)

const (
	maxNear = 3 // how many names are suggested at most
	maxSlip = 3 // how many letters may be wrong in the longest name
	maxWord = 64 + maxSlip
)

// nearest gives the names that were probably meant by word, nearest first: those
// that are a few slips away, and those of which word is the beginning. The
// shorter the name the fewer slips, so that no name is near to everything.
func nearest(word string, servers []order.Server) []string {
	word = fold(word)
	if word == "" || len(word) > maxWord {
		return nil
	}
	type candidate struct {
		name  string
		slips int
	}
	var found []candidate
	for _, s := range servers {
		name := fold(s.Name)
		slips := levenshtein.ComputeDistance(word, name)
		if slips <= slipsAllowed(name) || strings.HasPrefix(name, word) {
			found = append(found, candidate{s.Name, slips})
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int { return cmp.Compare(x.slips, y.slips) })
	var names []string
	for _, c := range found[:min(len(found), maxNear)] {
		names = append(names, c.name)
	}
	return names
}

// slipsAllowed is one for a name of two letters, two from five and three from
// eight letters on.
func slipsAllowed(name string) int { return min(maxSlip, (len(name)+1)/3) }
