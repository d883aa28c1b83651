//go:build unix

package testpg

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

// Each test has its own database.
func TestDatabase_IsOfOneTest(t *testing.T) {
	t.Parallel()
	for _, where := range []string{Database(t), Database(t)} { // in a shared database, the second would find the first one's table
		if _, err := execute(t.Context(), where, "CREATE TABLE orders (id int)"); err != nil {
			t.Error(err)
		}
	}
}

// A database is dropped at the end of its test, even if it is in use.
func TestDatabase_EndsWithItsTest(t *testing.T) {
	t.Parallel()
	var where string
	t.Run("the test", func(inner *testing.T) {
		where = Database(inner)
		connect(t, where) // stays open for longer than the inner test
	})
	if code := codeOf(execute(t.Context(), where, "SELECT 1")); code != "3D000" { // invalid_catalog_name
		t.Errorf("got code %q, want the one for a missing database", code)
	}
}

// Concurrent tests share one server, and a template is filled once.
func TestTemplate_ManyTestsAtOnce(t *testing.T) {
	t.Parallel()
	var fills atomic.Int32
	withTable := Template(func(ctx context.Context, url string) error {
		fills.Add(1)
		_, err := execute(ctx, url, "CREATE TABLE orders (id int)")
		return err
	})
	t.Run("at once", func(t *testing.T) {
		for range 8 {
			t.Run("a test", func(t *testing.T) {
				t.Parallel()
				if n, err := execute(t.Context(), withTable(t), "INSERT INTO orders VALUES (1)"); n != 1 || err != nil {
					t.Errorf("%d rows inserted: %v", n, err)
				}
			})
		}
	})
	if n := fills.Load(); n != 1 {
		t.Errorf("filled %d times", n)
	}
	if n := value[int](t, withTable(t), "SELECT count(*) FROM orders"); n != 0 {
		t.Errorf("a copy has %d rows of other tests", n)
	}
}

// A database is used again only if it could be reset.
func TestReusable_UsedAgainIfReset(t *testing.T) {
	t.Parallel()
	resetErr := errors.New("not this time")
	withTable := Reusable(
		func(ctx context.Context, url string) error {
			_, err := execute(ctx, url, "CREATE TABLE orders (id int)")
			return err
		},
		func(ctx context.Context, url string) error {
			_, err := execute(ctx, url, "DELETE FROM orders")
			return errors.Join(err, resetErr)
		})
	var used []string
	for range 3 {
		t.Run("a test", func(t *testing.T) {
			used = append(used, withTable(t))
			if n := value[int](t, used[len(used)-1], "SELECT count(*) FROM orders"); n != 0 {
				t.Errorf("there are %d rows of other tests", n)
			}
			if _, err := execute(t.Context(), used[len(used)-1], "INSERT INTO orders VALUES (1)"); err != nil {
				t.Error(err)
			}
		})
		resetErr = nil // the first one could not be reset
	}
	if used[0] == used[1] || used[1] != used[2] {
		t.Errorf("used %v, want the second database again and the first one not", used)
	}
}

// A server that is named by a URL is used, and keeps running after the tests.
func TestOpenNamed_ServerIsUsedAndKept(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	u := s.url
	u.RawQuery += "&application_name=tests"
	n, err := openNamed(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	name, err := n.createDatabase(t.Context(), empty)
	if err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, n.URL(name), "SELECT current_database() || current_setting('application_name')"); got != name+"tests" {
		t.Errorf("the URL of database %s leads to %s", name, got)
	}
	if err := errors.Join(n.dropDatabase(t.Context(), name), n.Close()); err != nil {
		t.Fatal(err)
	}
	connect(t, s.URL(""))
}

// A named server that cannot be used is an error, and its password is not shown.
func TestOpenNamed_Unusable(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	password, _ := s.url.User.Password()
	for _, where := range []string{
		"postgres://me:hunter2@127.0.0.1:1/x?sslmode=disable",
		"postgres://me:hunter2@%zz/x",
		"mysql://me:hunter2@127.0.0.1/x",
		"host=127.0.0.1 password=hunter2",
		strings.Replace(s.URL(""), password, "hunter2", 1),
	} {
		_, err := openNamed(t.Context(), where)
		if !errors.Is(err, errUnusable) {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error contains the password: %v", err)
		}
	}
}

// witness records how a test ends instead of ending it.
type witness struct {
	testing.TB

	skipped, failed string
}

func (*witness) Helper()             {}
func (*witness) Name() string        { return "TestSomething" }
func (w *witness) Skip(args ...any)  { w.skipped = fmt.Sprint(args...) }
func (w *witness) Fatal(args ...any) { w.failed = fmt.Sprint(args...) }

// Without PostgreSQL, a test is skipped and says why. In CI, it fails.
func TestUnavailable_SkipsAndInCIFails(t *testing.T) {
	none := errors.New("no initdb")
	for name, c := range map[string]struct {
		ci    string
		err   error
		fails bool
	}{
		"on a desk":              {"", none, false},
		"in CI":                  {"true", none, true},
		"a mistake in a setting": {"", errUnusable, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", c.ci)
			w := &witness{TB: t}
			unavailable(w, c.err)
			if (w.failed != "") != c.fails || (w.skipped != "") == c.fails {
				t.Errorf("skipped: %q, failed: %q", w.skipped, w.failed)
			}
			for _, want := range []string{"TestSomething", c.err.Error(), "apt-get install postgresql"} {
				if !strings.Contains(w.failed+w.skipped, want) {
					t.Errorf("%q is missing in %q", want, w.failed+w.skipped)
				}
			}
		})
	}
}
