package command

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What a word can be. All of these words are in lower case.

// verbs are the words that begin a command that orders nothing.
var verbs = map[string]Verb{
	"form": Form, "help": Help, "-h": Help, "-help": Help, "--help": Help, // a phone makes a dash of two hyphens
	"list": List, "history": History, "status": Status, "cancel": Cancel, "approvals": Approvals,
}

// structure are the words that hold a command together.
var structure = []string{"for", "by", "and", "please", "because", "until", "till", "til"}

// hoursOf are the hours of each unit.
var hoursOf = map[string]int64{"hour": 1, "day": 24, "week": 7 * 24}

// units are the spellings of each unit.
var units = spellings(map[string]string{
	"hour": "h hr hrs hour hours",
	"day":  "d day days",
	"week": "w wk wks week weeks",
})

// otherUnits are the spellings of units in which nothing can be ordered. An m can
// be a month or a minute.
var otherUnits = spellings(map[string]string{
	"m":      "m",
	"second": "s sec secs second seconds",
	"minute": "min mins minute minutes",
	"month":  "mo mos month months",
	"year":   "y yr yrs year years",
})

// numbers are numbers in words. They are only understood to suggest digits.
var numbers = map[string]int64{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
	"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}

// daysOfWeek and months map a name and its short forms to its number, from 1.
var (
	daysOfWeek = numbered("monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thur thurs", "friday fri", "saturday sat", "sunday sun")
	months     = numbered("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
		"september sep sept", "october oct", "november nov", "december dec")
)

// zones are names of time zones other than UTC.
var zones = strings.Fields("gmt bst wet cet cest eet eest msk ist jst est edt cst cdt mst mdt pst pdt aest")

// clockWords are the other words about days and times of day.
var clockWords = strings.Fields("am pm a.m p.m utc noon midnight today tomorrow tonight yesterday now next this at on")

func spellings(of map[string]string) map[string]string {
	all := map[string]string{}
	for unit, words := range of {
		for word := range strings.FieldsSeq(words) {
			all[word] = unit
		}
	}
	return all
}

func numbered(names ...string) map[string]int {
	all := map[string]int{}
	for i, words := range names {
		for word := range strings.FieldsSeq(words) {
			all[word] = i + 1
		}
	}
	return all
}

// quantity matches what begins with a number, or with its sign, and may have
// units.
var quantity = regexp.MustCompile(`^[-+.,]*[\d½¼¾][-+.,\d½¼¾]*([a-z]+[-+.,\d½¼¾]*)*$`)

var letters = regexp.MustCompile(`[a-z]+`)

// isQuantity reports whether a word, right or wrong, says how long. Of the ids of
// 0xhost, which are letters and digits too, hardly any does.
func isQuantity(word string) bool {
	if !quantity.MatchString(word) {
		return false
	}
	for _, unit := range letters.FindAllString(word, -1) {
		if units[unit] == "" && otherUnits[unit] == "" {
			return false
		}
	}
	return true
}

// isTime reports whether a word belongs to a rental time or to a time of day.
func isTime(word string) bool {
	return isQuantity(word) || units[word] != "" || otherUnits[word] != "" || isClockWord(word)
}

// isClockWord reports whether a word belongs to a day or a time of day.
func isClockWord(word string) bool {
	return daysOfWeek[word] != 0 || months[word] != 0 || slices.Contains(zones, word) || slices.Contains(clockWords, word)
}

// namesTime reports whether a word names a day or a time of day.
func namesTime(word string) bool {
	word = strings.ToLower(word)
	return daysOfWeek[word] != 0 || months[word] != 0 || isClock(word) || slices.Contains(strings.Fields("am pm noon midnight today tomorrow"), word)
}

// namesUnit reports whether a word is or has a unit of a rental time.
func namesUnit(word string) bool {
	word = strings.ToLower(word)
	unit := letters.FindString(word)
	return isQuantity(word) && unit != "" || units[word] != "" || otherUnits[word] != ""
}

// maxServer is the longest name or id of a server, in bytes.
const maxServer = 128

// canBeServer reports whether a word has the form of a server's name or id:
// letters, digits, and in between . _ and -.
func canBeServer(word string) bool {
	for i, r := range word {
		switch {
		case unicode.IsLetter(r), r >= '0' && r <= '9':
		case i > 0 && strings.ContainsRune("._-", r):
		default:
			return false
		}
	}
	return word != "" && len(word) <= maxServer
}
