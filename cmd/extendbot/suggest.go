package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxKnown is how many names an answer lists.
const maxKnown = 10

// known says which of the names was probably meant or, if none is similar, which there are.
func known(typed, what string, names map[string]bool) string {
	sorted := slices.Sorted(maps.Keys(names))
	if len(sorted) == 0 {
		return ""
	}
	if hint := didYouMean(typed, sorted); hint != "" {
		return hint
	}
	more := ""
	if n := len(sorted) - maxKnown; n > 0 {
		sorted, more = sorted[:maxKnown], fmt.Sprintf(", and %d more", n)
	}
	return "; " + what + " " + strings.Join(sorted, ", ") + more
}

// didYouMean returns a question with the name of which typed is probably a misspelling, or
// "" if none is similar.
func didYouMean(typed string, names []string) string { return question(mostSimilar(typed, names)) }

// question asks whether a name was meant, or returns "" for none.
func question(name string) string {
	if name == "" {
		return ""
	}
	return "; did you mean " + name + "?"
}

// mostSimilar returns the name of which typed is probably a misspelling, or "" if none is
// similar.
func mostSimilar(typed string, names []string) string {
	nearest, least := "", len(typed)
	for _, name := range names {
		typos := levenshtein.ComputeDistance(strings.ToLower(typed), strings.ToLower(name))
		if typos < least && typos <= (len(name)+1)/3 {
			nearest, least = name, typos
		}
	}
	return nearest
}
