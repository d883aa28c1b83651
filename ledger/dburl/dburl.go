// Package dburl decides which database URLs are accepted. What it refuses, it explains
// without repeating any part of the URL, which may contain a password.
//
// It does not connect to anything.
package dburl

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Error is a mistake in a database URL, or in the PG… variables and the
// service file that complete it. It says what to write, and contains no part of
// them.
type Error struct{ What string }

// Error returns what is wrong.
func (e *Error) Error() string { return e.What }

const (
	adviceForm     = "the URL, or a setting after its ?, is not valid: postgres://<user>:<password>@<host>:<port>/<database>?sslmode=verify-full"
	adviceHostaddr = "hostaddr is not supported: write the address as the host, and remove hostaddr"
	adviceAt       = "the host has an @: if it belongs to the user or the password, write %40 instead"
	adviceTLS      = "the connection to PostgreSQL on another machine could be unencrypted, and show the password to the network:" +
		" add ?sslmode=verify-full to the URL (or require, which does not check who the server is)." +
		" prefer, the default, and allow fall back to an unencrypted connection." +
		" Write sslmode=disable only if nobody else can listen on the way to the database"
	// noPassword forbids the methods that send the password as it is.
	noPassword = "!password"
)

// ParsePostgres parses a PostgreSQL URL together with the PG… variables and the service
// file. Its error is a [*Error].
//
// The rules are checked on what pgx made of all of them, so that they hold
// however the settings are spelled.
func ParsePostgres(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, &Error{adviceForm} // err would quote more of the URL than may be shown
	}
	conn := &config.ConnConfig.Config
	if _, set := conn.RuntimeParams["hostaddr"]; set { // pgx would connect to the host, or to this machine
		return nil, &Error{adviceHostaddr}
	}
	tried := waysOf(conn)
	if slices.ContainsFunc(tried, func(w *pgconn.FallbackConfig) bool { return strings.Contains(w.Host, "@") }) {
		return nil, &Error{adviceAt} // the error of a connection would quote the host, and so part of the password
	}
	if unencrypted(tried) {
		return nil, &Error{adviceTLS}
	}
	if conn.RequireAuth == "" && inClear(tried) {
		conn.RequireAuth = noPassword
	}
	return config, nil
}

// waysOf returns the ways in which pgx tries to connect.
func waysOf(c *pgconn.Config) []*pgconn.FallbackConfig {
	return append([]*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}, c.Fallbacks...)
}

// unencrypted reports whether the settings leave it to the network whether a
// connection to another machine is encrypted. Only sslmode=disable leaves no way
// with TLS to any host: it is an explicit decision.
func unencrypted(ways []*pgconn.FallbackConfig) bool {
	var withTLS, clearText bool
	for _, w := range ways {
		withTLS = withTLS || w.TLSConfig != nil
		clearText = clearText || w.TLSConfig == nil && !thisMachine(w.Host)
	}
	return withTLS && clearText
}

// inClear reports whether a connection over TCP can be unencrypted.
func inClear(ways []*pgconn.FallbackConfig) bool {
	for _, w := range ways {
		if w.TLSConfig == nil && !unixSocket(w.Host) {
			return true
		}
	}
	return false
}

// thisMachine reports whether a connection to a host does not leave this machine,
// without asking a resolver.
func thisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return unixSocket(host) || strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// unixSocket reports whether a host is the folder of a socket.
func unixSocket(host string) bool { return filepath.IsAbs(host) }

// IsPostgres reports whether a URL is for this engine.
func IsPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// SQLitePath returns the path in a URL of the form "sqlite:path".
func SQLitePath(raw string) (string, error) {
	path, ok := strings.CutPrefix(raw, "sqlite:")
	path = strings.TrimPrefix(path, "//")
	if !ok || path == "" {
		return "", &Error{`the database URL must be "sqlite:" and a path, or begin with "postgres://"`}
	}
	if strings.Contains(path, "?") || strings.HasPrefix(path, ":memory:") {
		return "", &Error{`"sqlite:" must be followed by the path of a file, without options`}
	}
	return path, nil
}
