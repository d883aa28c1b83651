package settings

import (
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// shortName is the length up to which a name may differ in one letter only, because
// short names are often similar to each other.
const shortName = 8

// warnOfMisspelled warns of each variable that is probably a misspelled setting, because
// such a setting has its default without anybody noticing.
func (c *checker) warnOfMisspelled() {
	for _, variable := range slices.Sorted(maps.Keys(c.variables)) {
		if meant := c.probablyMeant(variable); len(meant) > 0 {
			c.warn(variable, "is not a setting and is not read; if "+strings.Join(meant, " or ")+" is meant, rename it")
		}
	}
}

// probablyMeant returns the names for which a variable is probably a misspelling, and nothing
// for the name of a setting.
func (c *checker) probablyMeant(variable string) (names []string) {
	for _, s := range c.list {
		if variable == s.Name || variable == s.Name+FileSuffix {
			return nil
		}
		switch file := s.Name + FileSuffix; {
		case isNear(variable, s.Name):
			names = append(names, s.Name)
		case s.Secret && isNear(variable, file):
			names = append(names, file)
		}
	}
	return names
}

// typo mentions a variable that is probably meant to be a setting that is missing.
func (c *checker) typo(name string) string {
	for _, there := range slices.Sorted(maps.Keys(c.variables)) {
		if meant := c.probablyMeant(there); slices.Contains(meant, name) || slices.Contains(meant, name+FileSuffix) {
			return " (" + there + " is set: is that a typo?)"
		}
	}
	return ""
}

// isNear reports whether a variable is probably a misspelling of a name: in another case,
// with hyphens, with the program's name in front, with few wrong letters, or with one word
// too few or too many in the middle.
func isNear(variable, name string) bool {
	variable = strings.ReplaceAll(strings.ToUpper(variable), "-", "_")
	variable = strings.TrimPrefix(variable, "EXTENDBOT_")
	switch distance := levenshtein.ComputeDistance(variable, name); {
	case distance <= 1:
		return true
	case distance == 2 && (len(name) > shortName || sameLetters(variable, name)):
		return true
	}
	a, b := strings.Split(variable, "_"), strings.Split(name, "_")
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) > 1 && len(a)+1 == len(b) && a[0] == b[0] && isWithin(a[1:], b[1:])
}

// isWithin reports whether the shorter list is the longer one without one word that is not
// the last.
func isWithin(shorter, longer []string) bool {
	for i := range shorter {
		if slices.Equal(slices.Delete(slices.Clone(longer), i, i+1), shorter) {
			return true
		}
	}
	return false
}

// sameLetters reports whether two texts differ only in the order of their letters.
func sameLetters(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}
