package testpg

import (
	"errors"
	"os"
	"testing"
)

// advice is how to get PostgreSQL.
const advice = `Any of these helps: set TEST_DATABASE_URL=postgres://… to a server where databases may be created,
install the server (Debian: apt-get install postgresql), start Docker, or run scripts/postgres-for-tests.`

// unavailable ends a test that has no PostgreSQL, and says why. A test that was
// left out must not look like one that passed where it counts.
func unavailable(t testing.TB, err error) {
	t.Helper()
	message := t.Name() + " needs PostgreSQL. Tried:\n" + err.Error() + "\n" + advice
	if os.Getenv("CI") == "true" || errors.Is(err, errUnusable) {
		t.Fatal(message)
	} else {
		t.Skip(message)
	}
}
