package sqlitefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"extendbot/internal/fileaccess"
)

// What others can do to the database. Each text follows a path.
const (
	othersWrite     = "can be written by everyone on this machine: run chmod o-w on it"
	othersOwn       = "belongs to another user, who can change it: run chown on it"
	othersReplace   = "is a folder in which everyone on this machine can replace files: run chmod o-w on it"
	othersRead      = "can be read by everyone on this machine: run chmod o-r on it"
	groupWrites     = "can be written by its group"
	othersOwnFolder = "is a folder of another user, who can replace the database"
)

// refused returns why others could change the database, or "".
func refused(a fileaccess.Access) string {
	switch {
	case a.Mode.IsDir() && a.EveryoneWrites():
		return othersReplace
	case a.Mode.IsDir():
		return ""
	case a.EveryoneWrites():
		return othersWrite
	case a.AnotherOwner():
		return othersOwn
	default:
		return ""
	}
}

// doubtful returns what may be intended, but is worth a warning, or "". In a
// container, the volume may belong to a group.
func doubtful(a fileaccess.Access) string {
	switch {
	case a.Mode.IsDir() && a.AnotherOwner():
		return othersOwnFolder
	case a.Mode.IsDir():
		return ""
	case a.EveryoneReads():
		return othersRead
	case a.GroupWrites():
		return groupWrites
	default:
		return ""
	}
}

// CheckAccess fails if others could change the database, and otherwise returns
// what to warn about. Files that do not exist yet are created for the owner only.
func (f *Files) CheckAccess() (warnings []string, err error) {
	paths := []string{filepath.Dir(f.path), filepath.Dir(f.real)}
	for _, suffix := range []string{"", logSuffix, indexSuffix, journalSuffix, lockSuffix} {
		paths = append(paths, f.real+suffix)
	}
	var wrong []error
	for _, path := range slices.Compact(paths) {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a := fileaccess.Of(info)
		if what := refused(a); what != "" {
			wrong = append(wrong, fmt.Errorf("%s %s", path, what))
		} else if what := doubtful(a); what != "" {
			warnings = append(warnings, path+" "+what)
		}
	}
	return warnings, errors.Join(wrong...)
}
