package settings

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// shownURLs are database URLs that contain the password hunter2, and what may be
// shown of them; "" if they are refused.
var shownURLs = map[string]string{
	"postgres://bot:hunter2@db/bot":                                      "postgres://db/bot",
	"postgresql://bot:hunter2@db:5432/bot?sslmode=require":               "postgresql://db:5432/bot",
	"postgres://bot:hunter2@a:1,b:2/bot":                                 "postgres://a:1,b:2/bot",
	"postgres://bot:hunter2@[::1]:5432/bot":                              "postgres://[::1]:5432/bot",
	"postgres://bot:x%40%2F%3F%23%20hunter2@db/bot":                      "postgres://db/bot",
	"postgres://bot:x@hunter2@db/bot":                                    "postgres://db/bot",
	"postgres://hunter2@db/bot":                                          "postgres://db/bot",
	"postgres:///bot?host=/run/postgresql&password=hunter2":              "postgres:///bot",
	"postgres://db/bot?password=hunter2":                                 "postgres://db/bot",
	"postgres://db/bot?pass%77ord=hunter2":                               "postgres://db/bot",
	"postgres://db/bot?sslmode=verify-full&sslkey=k&sslpassword=hunter2": "postgres://db/bot",
	"postgres://db/bot?options=-c%20x.y%3Dhunter2":                       "postgres://db/bot",
	"postgres://db/bot#password=hunter2":                                 "postgres://db/bot",
	"postgres://db/bot&password=hunter2":                                 "",
	"postgres://db/bot;password=hunter2":                                 "",
	"postgres://db/bot%3Fpassword=hunter2":                               "",
	"postgres://db/bot password=hunter2":                                 "",
	"postgres://db password=hunter2/bot":                                 "",
	"postgres://bot:12/hunter2@db/bot":                                   "",
	"postgres://bot:12?hunter2@db/bot":                                   "",
	"postgres://bot:12#hunter2@db/bot":                                   "",
	"postgres://bot:hunter2":                                             "",
	"postgres://bot:hunter2/bot":                                         "",
	"postgres://bot%3Ahunter2%40db/bot":                                  "",
	"postgres://bot;hunter2/bot":                                         "",
	"postgres:bot:hunter2@db/bot":                                        "",
	"host=db user=bot password=hunter2 dbname=bot":                       "",
	"host=db user=bot password='hun ter2 hunter2' dbname=bot":            "",
	`host=db password=hunter2\ x`:                                        "",
	" postgres://bot:hunter2@db/bot":                                     "",
	"'postgres://bot:hunter2@db/bot'":                                    "",
	"POSTGRES://bot:hunter2@db/bot":                                      "",
	"sqlite://bot:hunter2@db/bot":                                        "",
	"sqlite:a.db?password=hunter2":                                       "sqlite:a.db",
	"mysql://bot:hunter2@db/bot":                                         "",
}

// Neither what is shown of a database URL nor an error about it contains a
// password, however it is spelled.
func TestParseDatabase_ShowsNoPassword(t *testing.T) {
	t.Parallel()
	for text, want := range shownURLs {
		d, err := ParseDatabase(text)
		if d.String() != want || (err == nil) != (want != "") {
			t.Errorf("%s is shown as %q, error %v; want %q", text, d, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error is %v", text, err)
		}
	}
}

// FuzzDatabaseURLShown checks that the text of a password is neither shown nor
// part of an error, wherever pgx finds it.
func FuzzDatabaseURLShown(f *testing.F) {
	const password = "hunter2"
	for text := range shownURLs {
		before, after, _ := strings.Cut(text, password)
		f.Add(before, after)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + password + after
		d, err := ParseDatabase(text)
		switch {
		case err != nil && strings.Contains(err.Error(), password):
			t.Fatalf("%q: the error is %v", text, err)
		case err != nil && d != (Database{}):
			t.Fatalf("%q is refused, and shown as %s", text, d)
		case !strings.Contains(d.String(), password) || strings.HasPrefix(text, "sqlite:"):
			return
		}
		// It is shown, so it must be a name: of a host or of the database, and nowhere else.
		c, err := pgconn.ParseConfigWithOptions(text, pgconn.ParseConfigOptions{
			ConnStringAllowedKeys: []string{"host", "port", "user", "password", "dbname", "sslmode"}, // no files
		})
		if err == nil && strings.Contains(c.Password, password) {
			t.Fatalf("%q is shown as %s, with the password", text, d)
		}
	})
}
