package order

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// ParseID accepts what NewID makes, at any time, and keeps it as it is.
func TestParseID_AcceptsNewIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := NewID(time.Unix(rapid.Int64Range(0, 1<<40-1).Draw(t, "seconds"), 0))
		if got, ok := ParseID(string(id)); !ok || got != id {
			t.Fatalf("%q, %v from %q", got, ok, id)
		}
	})
}

// ParseID accepts nothing else: no other length, case, letter, or hyphen, and
// nothing around the id.
func FuzzParseID(f *testing.F) {
	for _, text := range []string{
		"06ppv9a8-kx3n7d2q", "06PPV9A8-KX3N7D2Q", "O6ppv9a8-kx3n7d2q", "06ppv9a8kx3n7d2q", "06ppv9a8-kx3n7d2u", "06ppv9a8-kx3n7d2q\n",
		" 06ppv9a8-kx3n7d2q", "", "-", "06ppv9a8\u2013kx3n7d2q", "\uff10\uff16ppv9a8-kx3n7d2q", "\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, ok := ParseID(text)
		want := len(text) == 17 && text[8] == '-'
		for i := 0; i < len(text) && want; i++ {
			want = i == 8 || strings.IndexByte("0123456789abcdefghjkmnpqrstvwxyz", text[i]) >= 0
		}
		if ok != want {
			t.Errorf("%q: %v, want %v", text, ok, want)
		}
	})
}
