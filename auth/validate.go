package auth

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"extendbot/order"
)

var (
	validUserID     = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)
	validGroupID    = regexp.MustCompile(`^S[A-Z0-9]{2,}$`)
	validServerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	validPattern    = regexp.MustCompile(`^[A-Za-z0-9._*-]{1,64}$`)
)

// The messages for a value with the wrong format. They do not quote the value,
// which may be a token that was pasted into the wrong place.
const (
	wrongUser    = "the Slack user id must be U or W followed by capital letters and digits, such as U0ALICE"
	wrongGroup   = "the id of the Slack user group must be S followed by capital letters and digits, such as S0OPS"
	wrongMember  = "must be the id of a Slack user, such as U0ALICE, or of a user group, such as S0OPS"
	wrongAccount = "the 0xhost account id must be 1 to 64 letters, digits and hyphens"
	wrongServer  = "the 0xhost server id must be 1 to 64 letters, digits and hyphens"
	wrongName    = "the server name must be 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit"
)

// The checks return what is wrong with a value, or "" if it is valid.

func checkUser(s string) string    { return messageUnless(validUserID.MatchString(s), wrongUser) }
func checkAccount(s string) string { return messageUnless(order.ValidHostID(s), wrongAccount) }
func checkServer(s string) string  { return messageUnless(order.ValidHostID(s), wrongServer) }
func checkName(s string) string    { return messageUnless(validServerName.MatchString(s), wrongName) }

func checkGroup(s string) string { return messageUnless(validGroupID.MatchString(s), wrongGroup) }

func checkMember(s string) string {
	return messageUnless(validUserID.MatchString(s) || validGroupID.MatchString(s), wrongMember)
}

// isGroup reports whether a valid id of a user or a group is that of a group.
func isGroup(id string) bool { return validGroupID.MatchString(id) }

// checkText checks a text that people read, such as the name of a rule. what names
// it.
func checkText(s, what string) string {
	printable := !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
	length := utf8.RuneCountInString(s)
	valid := printable && length >= 1 && length <= maxText && strings.TrimSpace(s) == s
	return messageUnless(valid, fmt.Sprintf("%s must be 1 to %d characters in one line", what, maxText))
}

// maxText is how long a text in the rules can be, in characters.
const maxText = 64

func messageUnless(valid bool, message string) string {
	if valid {
		return ""
	}
	return message
}

// firstSeen records the place (the line or the entry) at which each value first
// occurred.
type firstSeen map[string]int

// duplicate records a value. If it occurred before, duplicate returns a message:
// format with the place where it first occurred. Otherwise it returns "".
func (f firstSeen) duplicate(value string, place int, format string) string {
	if first, ok := f[value]; ok {
		return fmt.Sprintf(format, first)
	}
	f[value] = place
	return ""
}

// namesThatAreIDs finds the servers whose name is, in any case, the id of another
// server. It maps the index of the one to the index of the other.
func namesThatAreIDs(servers []order.Server) map[int]int {
	byID := make(map[string][]int, len(servers)) // several ids can differ only in case
	for i, s := range servers {
		byID[fold(s.ID)] = append(byID[fold(s.ID)], i)
	}
	found := map[int]int{}
	for i, s := range servers {
		for _, other := range byID[fold(s.Name)] {
			if other != i {
				found[i] = other
				break
			}
		}
	}
	return found
}

// fold returns the same text for names that differ only in case. Names have only
// ASCII letters, so lower case is enough.
func fold(s string) string { return strings.ToLower(s) }
