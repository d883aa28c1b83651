package testpg

import (
	"testing"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := Database(t), Database(t)
	if one == other {
		t.Fatalf("twice the same database: %s", one)
	}
	for _, where := range []string{one, other} { // the second would find the first one's table
		if _, err := execute(t.Context(), where, "CREATE TABLE orders (id int)"); err != nil {
			t.Error(err)
		}
	}
}

func TestADatabaseGoesWithItsTestWhoeverIsConnected(t *testing.T) {
	t.Parallel()
	var where string
	t.Run("the test", func(inner *testing.T) {
		where = Database(inner)
		connect(t, where) // stays open for longer than the inner test
	})
	if code := codeOf(execute(t.Context(), where, "SELECT 1")); code != "3D000" { // invalid_catalog_name
		t.Errorf("the database of a test that has ended gives code %q, want one that says it is gone", code)
	}
}

func TestManyTestsAtOnceShareOneServer(t *testing.T) {
	t.Parallel()
	for range 8 {
		t.Run("a test", func(t *testing.T) {
			t.Parallel()
			if _, err := execute(t.Context(), Database(t), "SELECT 1"); err != nil {
				t.Error(err)
			}
		})
	}
}
