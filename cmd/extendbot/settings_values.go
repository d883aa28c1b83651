package main

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no zones of its own

	"extendbot/auth"
	"extendbot/internal/secret"
	"extendbot/order"
)

// The types of single settings. Each reads itself from text; an error that is
// no problem means that the text does not have the form of the setting.

// allowlist is the short form of who may order.
type allowlist []auth.AllowlistEntry

// UnmarshalText reads it; blank text is no list.
func (a *allowlist) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "" {
		return nil
	}
	members, err := auth.ParseAllowlist(string(text))
	*a = members
	return err
}

// servers is the short form of what may be extended.
type servers []order.Server

// UnmarshalText reads it; blank text is no list.
func (s *servers) UnmarshalText(text []byte) error {
	list, err := auth.ParseServers(string(text))
	*s = list
	return err
}

// admins is the short form of who may settle an unknown outcome.
type admins []string

// UnmarshalText reads it; blank text is no list.
func (a *admins) UnmarshalText(text []byte) error {
	list, err := auth.ParseAdmins(string(text))
	*a = list
	return err
}

// database says which database to use. Its URL may hold a password; what is
// printed of it is scheme, host and path.
type database struct {
	shown string
	url   secret.Value
}

// Reveal gives the whole URL.
func (d database) Reveal() string { return d.url.Reveal() }

// String gives what may be shown of the URL.
func (d database) String() string { return d.shown }

// MarshalText gives what may be shown of the URL.
func (d database) MarshalText() ([]byte, error) { return []byte(d.shown), nil }

// UnmarshalText reads a database URL.
func (d *database) UnmarshalText(text []byte) error {
	raw := string(text)
	shown, err := showDatabase(raw)
	if err != nil {
		return err
	}
	*d = database{shown: shown, url: secret.New(raw)}
	return nil
}

func showDatabase(raw string) (string, error) {
	if path, ok := strings.CutPrefix(raw, "sqlite:"); ok {
		path, _, _ = strings.Cut(path, "?")
		switch {
		case path == "":
			return "", problem("has no path behind sqlite:")
		case strings.HasPrefix(path, "//"):
			return "", problem("write the path right behind sqlite:, without the slashes of a URL (sqlite:/data/extendbot.db)")
		}
		return "sqlite:" + path, nil
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Host+u.Path+u.RawQuery == "":
		return "", errForm
	case strings.Contains(u.Path+u.RawQuery+u.Fragment, "@"): // what looks like a host is the begin of a password
		return "", problem("has an @ behind its host; in user and password write @ as %40, / as %2F, ? as %3F and # as %23")
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), nil
}

// errForm says no more than that a text has not the form of its setting.
var errForm = errors.New("has the wrong form")

// baseURL is an absolute URL that ends with a slash, so that paths can be put
// behind it.
type baseURL string

// UnmarshalText reads it. In clear it may only lead to this machine: the
// tokens go along with each request.
func (b *baseURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errForm
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return problem("must have neither user, query nor fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return problem("must begin with https: the secrets would travel in clear")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u = u.JoinPath("/")
	}
	*b = baseURL(u.String())
	return nil
}

// loopback says whether a host is this machine, whatever a resolver may say.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// timezone is a place's way to tell the time.
type timezone struct{ *time.Location }

// UnmarshalText looks the zone up by its name.
func (z *timezone) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 { // which time would take for UTC
		return errForm
	}
	z.Location, err = time.LoadLocation(string(text))
	return err
}

// currency is a code of three capital letters.
type currency string

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// UnmarshalText reads a code in any case.
func (c *currency) UnmarshalText(text []byte) error {
	*c = currency(strings.ToUpper(string(text)))
	if !currencyCode.MatchString(string(*c)) {
		return errForm
	}
	return nil
}

// listenAddr is where to listen, "" for nowhere.
type listenAddr string

// UnmarshalText reads "host:port"; the host may be left out.
func (a *listenAddr) UnmarshalText(text []byte) error {
	*a = listenAddr(text)
	if *a == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(string(text))
	if err != nil {
		return errForm
	}
	if _, err = strconv.ParseUint(port, 10, 16); err != nil {
		return problem("must end with a port from 0 to 65535")
	}
	return nil
}

// logFormat is how log lines look.
type logFormat string

// The formats.
const (
	logText logFormat = "text"
	logJSON logFormat = "json"
)

// UnmarshalText reads the name of a format.
func (f *logFormat) UnmarshalText(text []byte) error {
	*f = logFormat(text)
	if *f != logText && *f != logJSON {
		return errForm
	}
	return nil
}
