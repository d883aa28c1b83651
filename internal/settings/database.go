package settings

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"extendbot/internal/secret"
)

// Database is the URL of a database, which may contain a password. Only its
// scheme, hosts, and database name or path are printed. The zero value is no
// database.
type Database struct {
	shown string
	url   secret.Value
}

// Reveal returns the whole URL.
func (d Database) Reveal() string { return d.url.Reveal() }

// String returns what may be shown of the URL.
func (d Database) String() string { return d.shown }

const (
	adviceEscape = "has an @ after its host; in the user and the password, write @ as %40, / as %2F, ? as %3F, and # as %23"
	adviceHost   = "has a host or port that cannot exist; in the user and the password, write @ as %40, / as %2F, ? as %3F, and # as %23"
	adviceName   = "has a database name with unusual characters; options follow a ? and are separated by &"
)

// ParseDatabase parses the URL of a database. Its error does not repeat the
// text.
func ParseDatabase(text string) (Database, error) {
	if path, ok := strings.CutPrefix(text, "sqlite:"); ok {
		return parseSQLite(path, text)
	}
	if !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return Database{}, ErrForm
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host+u.Path+u.RawQuery == "":
		return Database{}, ErrForm
	case strings.Contains(u.Path+u.RawQuery+u.Fragment, "@"): // what looks like the host is a part of the password
		return Database{}, problem(adviceEscape)
	case !plainHosts(u.Host):
		return Database{}, problem(adviceHost)
	case !plainName.MatchString(strings.TrimPrefix(u.Path, "/")):
		return Database{}, problem(adviceName)
	}
	return Database{(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), secret.New(text)}, nil
}

func parseSQLite(path, text string) (Database, error) {
	path, _, _ = strings.Cut(path, "?")
	switch {
	case path == "":
		return Database{}, problem("has no path after sqlite:")
	case strings.HasPrefix(path, "//"):
		return Database{}, problem("write the path right after sqlite:, without the slashes of a URL (sqlite:/data/extendbot.db)")
	}
	return Database{"sqlite:" + path, secret.New(text)}, nil
}

// What is shown is limited to what a host and a database name look like, so that a
// password that was written in their place is refused instead of shown.
var (
	plainName = regexp.MustCompile(`^[\pL\pN_.$-]*$`)
	plainHost = regexp.MustCompile(`^[\pL\pN_.-]*$`)
)

// plainHosts reports whether each of several hosts, separated by commas, is a name
// or an address with a port that can exist. Both may be missing.
func plainHosts(list string) bool {
	for one := range strings.SplitSeq(list, ",") {
		host, port, err := net.SplitHostPort(one)
		if err != nil {
			host, port = strings.Trim(one, "[]"), ""
		}
		_, err = netip.ParseAddr(host)
		if err != nil && !plainHost.MatchString(host) {
			return false
		}
		if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
			return false
		}
	}
	return true
}
