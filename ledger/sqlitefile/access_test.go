package sqlitefile

import (
	"io/fs"
	"testing"

	"extendbot/internal/fileaccess"
)

// A file that belongs to another user than this process's and root can be changed
// by that user. A folder is refused only if everyone can replace its files:
// volumes often belong to others.
func TestAccess_Owners(t *testing.T) {
	t.Parallel()
	const me, other = 65532, 1000
	for name, test := range map[string]struct {
		fileaccess.Access
		refused, doubtful string
	}{
		"my file":                            {fileaccess.Access{Mode: 0o600, Owner: me, Self: me}, "", ""},
		"root's file":                        {fileaccess.Access{Mode: 0o600, Owner: 0, Self: me}, "", ""},
		"root's file of a volume's group":    {fileaccess.Access{Mode: 0o660, Owner: 0, Self: me}, "", groupWrites},
		"another user's file":                {fileaccess.Access{Mode: 0o600, Owner: other, Self: me}, othersOwn, ""},
		"another user's file, and I am root": {fileaccess.Access{Mode: 0o600, Owner: other, Self: 0}, othersOwn, ""},
		"my folder":                          {fileaccess.Access{Mode: fs.ModeDir | 0o700, Owner: me, Self: me}, "", ""},
		"root's folder of a volume's group":  {fileaccess.Access{Mode: fs.ModeDir | fs.ModeSetgid | 0o770, Owner: 0, Self: me}, "", ""},
		"another user's folder":              {fileaccess.Access{Mode: fs.ModeDir | 0o755, Owner: other, Self: me}, "", othersOwnFolder},
	} {
		if got := refused(test.Access); got != test.refused {
			t.Errorf("%s: refused %q", name, got)
		}
		if got := doubtful(test.Access); test.refused == "" && got != test.doubtful {
			t.Errorf("%s: doubtful %q", name, got)
		}
	}
}
