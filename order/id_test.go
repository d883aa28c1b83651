package order

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

// People write an id as they read it, in any case, with letters for the digits that
// look like them, and with any dash.
func TestParseID_AsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ID{
		"01ppv9a8-kx3n7d20":       "01ppv9a8-kx3n7d20",
		"01PPV9A8-KX3N7D20":       "01ppv9a8-kx3n7d20",
		"OIppv9a8-kx3n7d2O":       "01ppv9a8-kx3n7d20",
		"olppv9a8-Kx3N7d2o":       "01ppv9a8-kx3n7d20",
		"OLPPV9A8\u2013KX3N7D2O":  "01ppv9a8-kx3n7d20",
		"0ippv9a8\u2011kx3n7d20":  "01ppv9a8-kx3n7d20",
		"01ppv9a8\u2212kx3n7d20":  "01ppv9a8-kx3n7d20",
		"01ppv9a8kx3n7d20":        "01ppv9a8-kx3n7d20",
		"0LPPV9A8KX3N7D2O":        "01ppv9a8-kx3n7d20",
		"o1ppv9a8kx3n7d20":        "", // could be a word: oldstagingserver
		"oldstagingserver":        "",
		"01ppv9a8kx3n7d2":         "",
		"01ppv9a8--kx3n7d2":       "",
		"01ppv9a8-kx3n-d20":       "",
		"01ppv9a8-kx3n7d2u":       "", // ids have no U
		"01ppv9a8 kx3n7d20":       "",
		"01ppv9a8_kx3n7d20":       "",
		"01ppv9a8-\u212ax3n7d20":  "", // looks like a K
		"\uff10\uff11ppv9a8-kx3n": "",
	} {
		if got, ok := ParseID(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, ok, want)
		}
	}
}

// ParseID returns only what NewID could have returned, and the text means it: only
// case, look-alikes, and the hyphen differ.
func FuzzParseID(f *testing.F) {
	for _, text := range []string{
		"06ppv9a8-kx3n7d2q", "06PPV9A8-KX3N7D2Q", "O6ppv9a8-kx3n7d2q", "0Lppv9a8-ix3n7d2q", "06ppv9a8kx3n7d2q", "06ppv9a8-kx3n7d2u", "06ppv9a8-kx3n7d2q\n",
		" 06ppv9a8-kx3n7d2q", "", "-", "06ppv9a8\u2013kx3n7d2q", "\uff10\uff16ppv9a8-kx3n7d2q", "\xff", "database-postgres",
	} {
		f.Add(text)
	}
	same := strings.NewReplacer("o", "0", "i", "1", "l", "1")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := ParseID(text)
		if !ok {
			if id != "" {
				t.Errorf("%q: %q and false", text, id)
			}
			if canonical(text) {
				t.Errorf("%q is refused", text)
			}
			return
		}
		if again, ok := ParseID(string(id)); !ok || again != id || !canonical(string(id)) {
			t.Errorf("%q became %q, and that %q", text, id, again)
		}
		first, last := text[:8], text[len(text)-8:]
		if want := same.Replace(strings.ToLower(first)) + "-" + same.Replace(strings.ToLower(last)); want != string(id) || utf8.RuneCountInString(text) > 17 {
			t.Errorf("%q became %q, want %q", text, id, want)
		}
	})
}

// canonical reports whether text has the form of the ids that NewID returns.
func canonical(text string) bool {
	ok := len(text) == 17 && text[8] == '-'
	for i := 0; i < len(text) && ok; i++ {
		ok = i == 8 || strings.IndexByte("0123456789abcdefghjkmnpqrstvwxyz", text[i]) >= 0
	}
	return ok
}
