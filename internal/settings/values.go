package settings

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no time zones of its own
	"unicode"

	"extendbot/auth"
	"extendbot/internal/secret"
)

// problem is an error that repeats nothing of a setting's text.
type problem string

func (p problem) Error() string { return string(p) }

// ErrForm means that a text does not have the form of its setting.
var ErrForm = errors.New("has the wrong form")

// Database names a database. Its URL may hold a password; what is printed of it
// is scheme, host and path. The zero value names none.
type Database struct {
	shown string
	url   secret.Value
}

// Reveal returns the whole URL.
func (d Database) Reveal() string { return d.url.Reveal() }

// String returns what may be shown of the URL.
func (d Database) String() string { return d.shown }

// ParseDatabase reads the URL of a database. Its error repeats nothing of the text.
func ParseDatabase(text string) (Database, error) {
	if path, ok := strings.CutPrefix(text, "sqlite:"); ok {
		path, _, _ = strings.Cut(path, "?")
		switch {
		case path == "":
			return Database{}, problem("has no path after sqlite:")
		case strings.HasPrefix(path, "//"):
			return Database{}, problem("write the path right after sqlite:, without the slashes of a URL (sqlite:/data/extendbot.db)")
		}
		return Database{"sqlite:" + path, secret.New(text)}, nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Host+u.Path+u.RawQuery == "":
		return Database{}, ErrForm
	case strings.Contains(u.Path+u.RawQuery+u.Fragment, "@"): // what looks like a host is the start of a password
		return Database{}, problem("has an @ after its host; in the user and the password, write @ as %40, / as %2F, ? as %3F, and # as %23")
	}
	return Database{(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), secret.New(text)}, nil
}

// parseBaseURL reads an absolute URL and ends it with a slash. Without TLS it may
// only lead to this machine: the secrets are sent with each request.
func parseBaseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return "", ErrForm
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", problem("must not have a user, a query, or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", problem("must begin with https: over http the secrets would be sent unencrypted")
	case !strings.HasSuffix(u.Path, "/"):
		u = u.JoinPath("/")
	}
	return u.String(), nil
}

// loopback reports whether a host is this machine, whatever a resolver may say.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// parseListenAddr reads "host:port"; the host may be left out.
func parseListenAddr(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", ErrForm
	}
	if _, err = strconv.ParseUint(port, 10, 16); err != nil {
		return "", problem("must end with a port from 0 to 65535")
	}
	return text, nil
}

// parsePolicyFile takes the path of a policy file that can be used, or none.
func parsePolicyFile(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	_, err := auth.OpenRules(path, nil)
	if _, ok := errors.AsType[*auth.Mistake](err); err != nil && !ok {
		err = problem(err.Error()) // it only names the file
	}
	return path, err
}

func parseTimezone(text string) (*time.Location, error) {
	if text == "" { // which would be UTC
		return nil, ErrForm
	}
	return time.LoadLocation(text)
}

func anyText(text string) (string, error) { return text, nil }

// tokens are the kinds of Slack's tokens, by how they begin, and what is wrong
// with one in the wrong place.
var tokens = []struct{ prefix, advice string }{
	{"xapp-", "holds an app-level token (xapp-), which belongs in SLACK_APP_TOKEN"},
	{"xoxb-", "holds a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
	{"xoxp-", "holds a user token (xoxp-), which is not used here"},
	{"xoxe", "holds a configuration or refresh token (xoxe), which is not used here"},
}

// tokenAdvice returns what is wrong with a token of another kind than prefix, and
// "" for what is no such token.
func tokenAdvice(text, prefix string) string {
	for _, t := range tokens {
		if t.prefix != prefix && strings.HasPrefix(text, t.prefix) {
			return t.advice
		}
	}
	return ""
}

// parseSecret reads a secret that begins with prefix.
func parseSecret(text, prefix string) (secret.Value, error) {
	switch advice := tokenAdvice(text, prefix); {
	case advice != "":
		return secret.Value{}, problem(advice)
	case !strings.HasPrefix(text, prefix) || text == prefix:
		return secret.Value{}, ErrForm
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || !unicode.IsPrint(r) }):
		return secret.Value{}, problem("contains a space, a line break, or another character that cannot be in it")
	}
	return secret.New(text), nil
}
