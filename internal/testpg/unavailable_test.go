package testpg

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// witness notes how a test ends instead of ending it.
type witness struct {
	testing.TB

	skipped, failed string
}

func (*witness) Helper()             {}
func (*witness) Name() string        { return "TestSomething" }
func (w *witness) Skip(args ...any)  { w.skipped = fmt.Sprint(args...) }
func (w *witness) Fatal(args ...any) { w.failed = fmt.Sprint(args...) }

func TestWithoutPostgreSQLATestSaysSoAndUnderCIFails(t *testing.T) {
	none := errors.New("TEST_DATABASE_URL is not set")
	for name, c := range map[string]struct {
		ci    string
		err   error
		fails bool
	}{
		"at a desk":              {"", none, false},
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
					t.Errorf("%q is not in %q", want, w.failed+w.skipped)
				}
			}
		})
	}
}
