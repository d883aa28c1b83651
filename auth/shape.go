package auth

import (
	"regexp"
	"strings"

	"extendbot/order"
)

var (
	userID     = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)
	serverName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
)

// What is said of a word that has the wrong shape. The word itself is not
// repeated: it may be a token that was pasted into the wrong place.
const (
	wrongUser    = "the Slack user id must be U or W followed by capital letters and digits, such as U0ALICE"
	wrongAccount = "the 0xhost user id must be 1 to 64 letters, digits and hyphens"
	wrongServer  = "the 0xhost server id must be 1 to 64 letters, digits and hyphens"
	wrongName    = "the server name must be 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit"
)

// unless gives what is wrong if the shape is not right.
func unless(right bool, wrong string) string {
	if right {
		return ""
	}
	return wrong
}

func checkUser(s string) string    { return unless(userID.MatchString(s), wrongUser) }
func checkAccount(s string) string { return unless(order.ValidHostID(s), wrongAccount) }
func checkServer(s string) string  { return unless(order.ValidHostID(s), wrongServer) }
func checkName(s string) string    { return unless(serverName.MatchString(s), wrongName) }

// fold makes words equal that differ only in case. Names have no other letters
// than ASCII, so lower case is enough.
func fold(s string) string { return strings.ToLower(s) }
