package settings

import (
	"errors"
	"fmt"
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
	"extendbot/ledger/mac"
	"extendbot/order"
)

// problem is an error that does not repeat a setting's text.
type problem string

func (p problem) Error() string { return string(p) }

// formHint is what to do about a text that does not have the form of its
// setting.
type formHint string

func (h formHint) Error() string { return string(h) }

// ErrForm means that a text does not have the form of its setting.
var ErrForm = errors.New("has the wrong form")

// parseDuration parses a duration as Go writes it.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil {
		return d, nil
	}
	number := strings.TrimRight(text, "0123456789.")
	switch _, days := strings.CutSuffix(text, "d"); {
	case number == "":
		return 0, formHint("a number needs a unit: s, m, or h")
	case days:
		return 0, formHint("a day is 24h")
	case strings.ContainsAny(text, " ,"):
		return 0, formHint("write it without blanks and commas, such as 1h30m")
	}
	return 0, ErrForm
}

// ParseDays parses a duration with [order.ParseDays].
func ParseDays(text string) (time.Duration, error) {
	d, err := order.ParseDays(text)
	switch {
	case err == nil:
		return d, nil
	case strings.Trim(text, "0123456789.") == "":
		return 0, formHint("a number needs a unit: m, h, or d")
	default:
		return 0, ErrForm
	}
}

// parseApprovalKeys parses one or several keys with commas between; "" for none.
func parseApprovalKeys(text string) (mac.Keys, error) {
	if text == "" {
		return mac.Keys{}, nil
	}
	var list []secret.Value
	seen := map[string]bool{}
	for i, one := range strings.Split(text, ",") {
		key, err := parseSecret(strings.TrimSpace(one), "")
		switch {
		case errors.Is(err, ErrForm):
			return mac.Keys{}, problem(fmt.Sprintf("contains nothing as key %d: remove one of the commas", i+1))
		case err != nil:
			return mac.Keys{}, err
		case len(key.Reveal()) < mac.MinBytes:
			return mac.Keys{}, problem(fmt.Sprintf("contains a key of fewer than %d characters (key %d); create one with: openssl rand -base64 32", mac.MinBytes, i+1))
		case seen[key.Reveal()]:
			return mac.Keys{}, problem(fmt.Sprintf("contains the same key twice (key %d)", i+1))
		}
		seen[key.Reveal()] = true
		list = append(list, key)
	}
	return mac.New(list...)
}

// parseBaseURL parses an absolute URL and adds a final slash. Without TLS, it
// may only refer to this machine, because the secrets are sent with each
// request.
func parseBaseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return "", ErrForm
	case u.Port() != "" && !validPort(u.Port(), 1):
		return "", problem("must have a port from 1 to 65535, or none")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", problem("must not have a user, a query, or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", problem("must begin with https: over http the secrets would be sent unencrypted")
	case !strings.HasSuffix(u.Path, "/"):
		u = u.JoinPath("/")
	}
	return u.String(), nil
}

// loopback reports whether a host is this machine, without asking a resolver.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// parseListenAddr parses "host:port". The host may be left out.
func parseListenAddr(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	host, port, err := net.SplitHostPort(text)
	switch {
	case err != nil:
		return "", ErrForm
	case !validPort(port, 0):
		return "", problem("must end with a port from 0 to 65535")
	case host == "*":
		return "", problem("must have no host before the colon to listen on every address")
	case !plainHost.MatchString(host) && !validAddr(host):
		return "", problem("must begin with an address or the name of this machine, or with the colon")
	}
	return text, nil
}

// validPort reports whether text is a port, at least low.
func validPort(text string, low uint64) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n >= low
}

func validAddr(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// parsePolicyFile returns the path of a policy file after checking the file; ""
// for none.
func parsePolicyFile(path string) (string, error) {
	switch {
	case path == "":
		return "", nil
	case tokenAdvice(path, "") != "":
		return "", problem("contains a token; it must be the path of a YAML file")
	case strings.Contains(path, "\n"):
		return "", problem("contains several lines; it must be the path of a YAML file")
	}
	_, err := auth.OpenRules(path, nil)
	if _, ok := errors.AsType[*auth.Mistake](err); err != nil && !ok {
		err = problem(err.Error()) // it only names the file
	}
	return path, err
}

func parseTimezone(text string) (*time.Location, error) {
	if text == "" || text == "Local" { // time.LoadLocation would return UTC, or the machine's time zone
		return nil, ErrForm
	}
	return time.LoadLocation(text)
}

func anyText(text string) (string, error) { return text, nil }

// tokens are the kinds of Slack tokens, by how they begin, with the mistake to
// report when one is in the wrong place.
var tokens = []struct{ prefix, advice string }{
	{"xapp-", "contains an app-level token (xapp-), which belongs in SLACK_APP_TOKEN"},
	{"xoxb-", "contains a bot token (xoxb-), which belongs in SLACK_BOT_TOKEN"},
	{"xoxp-", "contains a user token (xoxp-), which is not used here"},
	{"xoxe", "contains a configuration or refresh token (xoxe), which is not used here"},
}

// tokenAdvice returns what is wrong with a token of another kind than prefix, or
// "" if the text is not such a token.
func tokenAdvice(text, prefix string) string {
	for _, t := range tokens {
		if t.prefix != prefix && strings.HasPrefix(text, t.prefix) {
			return t.advice
		}
	}
	return ""
}

// parseSecret parses a secret that begins with prefix.
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
