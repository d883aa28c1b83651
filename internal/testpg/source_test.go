package testpg

import (
	"errors"
	"strings"
	"testing"
)

func TestANamedServerIsUsedAndKept(t *testing.T) {
	t.Parallel()
	s := Start(t)
	n, err := openNamed(t.Context(), s.URL("")+"&application_name=tests")
	if err != nil {
		t.Fatal(err)
	}
	name, err := createDatabase(t.Context(), n.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, n.URL(name), "SELECT current_database() || current_setting('application_name')"); got != name+"tests" {
		t.Errorf("the URL of database %s leads to %s", name, got)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	connect(t, s.URL(""))
}

func TestANamedServerThatIsNoGoodIsAMistakeAndItsPasswordIsNotShown(t *testing.T) {
	t.Parallel()
	s := Start(t)
	for _, where := range []string{
		"postgres://me:hunter2@127.0.0.1:1/x?sslmode=disable",
		"postgres://me:hunter2@%zz/x",
		"mysql://me:hunter2@127.0.0.1/x",
		"host=127.0.0.1 password=hunter2",
		strings.Replace(s.URL(""), s.password, "hunter2", 1),
	} {
		_, err := openNamed(t.Context(), where)
		if !errors.Is(err, errUnusable) {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is in: %v", err)
		}
	}
}
