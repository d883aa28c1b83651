package auth

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"extendbot/order"
)

const (
	maxSuggestions = 3 // the maximum number of suggested names
	maxTypos       = 3 // how many letters may differ in a long name
	// maxTyped is the length of the longest input that is compared: the longest
	// name plus typos.
	maxTyped = 64 + maxTypos
)

// suggest returns the names of servers that the person probably meant, the most
// similar first: names that differ by a few letters, and names that begin with
// what was typed. Shorter names may differ in fewer letters, because otherwise
// every short name would be similar to every other.
func suggest(typed string, servers []order.Server) []string {
	typed = fold(typed)
	if typed == "" || len(typed) > maxTyped {
		return nil
	}
	type candidate struct {
		name  string
		typos int
	}
	var found []candidate
	for _, s := range servers {
		name := fold(s.Name)
		typos := levenshtein.ComputeDistance(typed, name)
		if typos <= typosAllowed(name) || strings.HasPrefix(name, typed) {
			found = append(found, candidate{s.Name, typos})
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int { return cmp.Compare(x.typos, y.typos) })
	var names []string
	for _, c := range found[:min(len(found), maxSuggestions)] {
		names = append(names, c.name)
	}
	return names
}

// typosAllowed is 1 for a name of 2 letters, 2 from 5 letters and 3 from 8
// letters on.
func typosAllowed(name string) int { return min(maxTypos, (len(name)+1)/3) }
