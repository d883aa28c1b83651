package ledger_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"extendbot/ledger"
	"extendbot/ledger/dburl"
)

// A URL that leaves it to the network whether the connection to another machine
// is encrypted is refused, however its settings are spelled. The error says what
// to write.
func TestPGURL_EncryptionIsEnforced(t *testing.T) {
	service := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(service, []byte("[far]\nhost=db.invalid\npassword=hunter2\n[off]\nhost=db.invalid\nsslmode=disable\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		url     string
		env     string // NAME=value
		refused bool
	}{
		"no sslmode":                         {url: "postgres://bot:hunter2@db.invalid/bot", refused: true},
		"the other scheme":                   {url: "postgresql://bot:hunter2@db.invalid/bot", refused: true},
		"an empty sslmode":                   {url: "postgres://bot:hunter2@db.invalid/bot?sslmode=", refused: true},
		"prefer":                             {url: "postgres://bot:hunter2@db.invalid/bot?sslmode=prefer", refused: true},
		"allow":                              {url: "postgres://bot:hunter2@db.invalid/bot?sslmode=allow", refused: true},
		"prefer in a variable":               {url: "postgres://bot:hunter2@db.invalid/bot", env: "PGSSLMODE=prefer", refused: true},
		"host in the query":                  {url: "postgres:///bot?host=db.invalid&password=hunter2", refused: true},
		"host in a variable":                 {url: "postgres://bot:hunter2@/bot", env: "PGHOST=db.invalid", refused: true},
		"host in a service":                  {url: "postgres:///?service=far&servicefile=" + service, refused: true},
		"host in a service of a variable":    {url: "postgres:///?servicefile=" + service, env: "PGSERVICE=far", refused: true},
		"one of several hosts is elsewhere":  {url: "postgres://bot:hunter2@localhost,db.invalid/bot", refused: true},
		"several hosts, one of them twice":   {url: "postgres://bot:hunter2@db.invalid,db.invalid/bot", refused: true},
		"a socket, and another machine":      {url: "postgres:///bot?host=/run/postgresql,db.invalid", refused: true},
		"an address of the network":          {url: "postgres://bot:hunter2@192.0.2.1/bot", refused: true},
		"an address of the network, IPv6":    {url: "postgres://bot:hunter2@[2001:db8::1]:5432/bot", refused: true},
		"a name that begins like this host":  {url: "postgres://bot:hunter2@localhost.invalid/bot", refused: true},
		"a setting that pgx does not know":   {url: "postgres://bot:hunter2@localhost/bot?hostaddr=192.0.2.1&sslmode=disable", refused: true},
		"require":                            {url: "postgres://bot:hunter2@db.invalid/bot?sslmode=require"},
		"verify-full":                        {url: "postgres://bot:hunter2@db.invalid/bot?sslmode=verify-full"},
		"verify-full in a variable":          {url: "postgres://bot:hunter2@db.invalid/bot", env: "PGSSLMODE=verify-full"},
		"the certificates of the system":     {url: "postgres://bot:hunter2@db.invalid/bot?sslrootcert=system"},
		"TLS from the first byte":            {url: "postgres://bot:hunter2@db.invalid/bot?sslnegotiation=direct"},
		"disable":                            {url: "postgres://bot:hunter2@db.invalid/bot?sslmode=disable"},
		"disable in a variable":              {url: "postgres://bot:hunter2@db.invalid/bot", env: "PGSSLMODE=disable"},
		"disable in a service":               {url: "postgres:///?service=off&servicefile=" + service},
		"this machine":                       {url: "postgres://bot:hunter2@localhost/bot"},
		"this machine, by its address":       {url: "postgres://bot:hunter2@127.0.0.1:5432/bot"},
		"this machine, by its IPv6 address":  {url: "postgres://bot:hunter2@[::1]/bot?sslmode=prefer"},
		"several addresses of this machine":  {url: "postgres://bot:hunter2@127.0.0.1:1,localhost:2/bot"},
		"a socket":                           {url: "postgres:///bot?host=/run/postgresql"},
		"several hosts that enforce it both": {url: "postgres://bot:hunter2@a.invalid,b.invalid/bot?sslmode=require"},
	} {
		t.Run(name, func(t *testing.T) {
			if variable, value, ok := strings.Cut(test.env, "="); ok {
				t.Setenv(variable, value)
			}
			_, err := dburl.ParsePostgres(test.url)
			if wrong, ok := errors.AsType[*dburl.Error](err); ok != test.refused {
				t.Fatalf("the error is %v", err)
			} else if !ok {
				return
			} else if !strings.Contains(wrong.What, "sslmode") && !strings.Contains(wrong.What, "hostaddr") {
				t.Errorf("it does not say what to write: %v", wrong)
			}
			_, err = ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: test.url, Serve: true})
			if _, ok := errors.AsType[*dburl.Error](err); !ok || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it was opened: %v", err)
			}
		})
	}
}

// A password with an @ that is not written as %40 becomes part of the host. It is refused, and
// not shown in an error of looking up that host.
func TestPGURL_AtInPassword(t *testing.T) {
	t.Parallel()
	_, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: "postgres://bot:a@hunter2@127.0.0.1:1/bot?sslmode=require"})
	if err == nil || !strings.Contains(err.Error(), "%40") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error is %v", err)
	}
	config, err := dburl.ParsePostgres("postgres://bot:a%40hunter2@127.0.0.1:1/bot?sslmode=require")
	if err != nil || config.ConnConfig.Password != "a@hunter2" || config.ConnConfig.Host != "127.0.0.1" {
		t.Errorf("with %%40: %v, error %v", config, err)
	}
}

// clearTextServer is a PostgreSQL server without TLS that asks for the password
// as it is. It returns a function for the passwords that it was sent.
func clearTextServer(t *testing.T) (addr string, passwords func() []string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		sent []string
	)
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = conn.Close() }()
				server := pgproto3.NewBackend(conn, conn)
				if password, ok := askForPassword(server, conn); ok {
					mu.Lock()
					sent = append(sent, password)
					mu.Unlock()
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return listener.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return sent
	}
}

// askForPassword refuses TLS and asks for the password as it is.
func askForPassword(server *pgproto3.Backend, conn net.Conn) (password string, sent bool) {
	for {
		first, err := server.ReceiveStartupMessage()
		if err != nil {
			return "", false
		}
		if _, ok := first.(*pgproto3.StartupMessage); ok {
			break
		}
		if _, err := conn.Write([]byte("N")); err != nil { // no TLS here
			return "", false
		}
	}
	server.Send(&pgproto3.AuthenticationCleartextPassword{})
	if server.Flush() != nil || server.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
		return "", false
	}
	said, err := server.Receive()
	if err != nil {
		return "", false
	}
	m, ok := said.(*pgproto3.PasswordMessage)
	if !ok {
		return "", false
	}
	return m.Password, true
}

// A server that asks for the password as it is gets it only over an encrypted
// connection, or if require_auth allows it. The start ends at once and says so.
func TestPGURL_NoPasswordInClearText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		query string
		sent  bool
	}{
		"no sslmode":      {"", false},
		"prefer":          {"?sslmode=prefer", false},
		"disable":         {"?sslmode=disable", false},
		"require":         {"?sslmode=require", false},
		"other logins":    {"?sslmode=disable&require_auth=scram-sha-256", false},
		"it is permitted": {"?sslmode=disable&require_auth=password", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, passwords := clearTextServer(t)
			config := ledger.Config{Keys: testKeys, URL: "postgres://bot:hunter2@" + addr + "/bot" + test.query, Serve: true, StartWait: time.Hour}
			if test.sent { // the server then closes the connection, which may be a fault that passes
				config.StartWait = time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := ledger.Open(ctx, config)
			if err == nil || ctx.Err() != nil || strings.Contains(err.Error(), "hunter2") {
				t.Fatalf("the error is %v", err)
			}
			if got := passwords(); (len(got) > 0) != test.sent {
				t.Errorf("the server was sent %q", got)
			}
			if !test.sent && !strings.Contains(err.Error(), "require_auth in DATABASE_URL") {
				t.Errorf("it does not say what to check: %v", err)
			}
		})
	}
}
