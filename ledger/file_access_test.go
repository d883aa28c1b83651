package ledger

import (
	"io/fs"
	"testing"
)

// A file that belongs to another user than this process's and root can be changed
// by that user. A folder is refused only if everyone can replace its files:
// volumes often belong to others.
func TestAccess_Owners(t *testing.T) {
	t.Parallel()
	const me, other = 65532, 1000
	for name, test := range map[string]struct {
		access
		refused, doubtful string
	}{
		"my file":                            {access{0o600, me, me}, "", ""},
		"root's file":                        {access{0o600, 0, me}, "", ""},
		"root's file of a volume's group":    {access{0o660, 0, me}, "", groupWrites},
		"another user's file":                {access{0o600, other, me}, othersOwn, ""},
		"another user's file, and I am root": {access{0o600, other, 0}, othersOwn, ""},
		"my folder":                          {access{fs.ModeDir | 0o700, me, me}, "", ""},
		"root's folder of a volume's group":  {access{fs.ModeDir | fs.ModeSetgid | 0o770, 0, me}, "", ""},
		"another user's folder":              {access{fs.ModeDir | 0o755, other, me}, "", othersOwnsFolder},
	} {
		if got := test.access.refused(); got != test.refused {
			t.Errorf("%s: refused %q", name, got)
		}
		if got := test.access.doubtful(); test.refused == "" && got != test.doubtful {
			t.Errorf("%s: doubtful %q", name, got)
		}
	}
}
