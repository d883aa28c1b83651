package ledger

import (
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// URLError is a mistake in a database URL, or in the PG… variables and the
// service file that complete it. It says what to write, and contains no part of
// them.
type URLError struct{ What string }

// Error returns what is wrong.
func (e *URLError) Error() string { return e.What }

const (
	adviceForm     = "the URL, or a setting after its ?, is not valid: postgres://<user>:<password>@<host>:<port>/<database>?sslmode=verify-full"
	adviceHostaddr = "hostaddr is not supported: write the address as the host, and remove hostaddr"
	adviceTLS      = "the connection to PostgreSQL on another machine could be unencrypted, and show the password to the network:" +
		" add ?sslmode=verify-full to the URL (or require, which does not check who the server is)." +
		" prefer, the default, and allow fall back to an unencrypted connection." +
		" Write sslmode=disable only if nobody else can listen on the way to the database"
	// noPassword forbids the methods that send the password as it is.
	noPassword = "!password"
)

// parsePG parses a PostgreSQL URL together with the PG… variables and the service
// file. Its error is a [*URLError].
//
// The rules are checked on what pgx made of all of them, so that they hold
// however the settings are spelled.
func parsePG(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, &URLError{adviceForm} // err would quote more of the URL than may be shown
	}
	conn := &config.ConnConfig.Config
	if _, set := conn.RuntimeParams["hostaddr"]; set { // pgx would connect to the host, or to this machine
		return nil, &URLError{adviceHostaddr}
	}
	ways := pgWays(conn)
	if unencrypted(ways) {
		return nil, &URLError{adviceTLS}
	}
	if conn.RequireAuth == "" && inClear(ways) {
		conn.RequireAuth = noPassword
	}
	return config, nil
}

// pgWays returns the ways in which pgx tries to connect.
func pgWays(c *pgconn.Config) []*pgconn.FallbackConfig {
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
