package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// access says who may use a file or a folder.
type access struct {
	mode fs.FileMode
	uid  int // its owner
	self int // the user that this process runs as
}

// What others can do to the database. Each text follows a path.
const (
	othersWrite      = "can be written by everyone on this machine: run chmod o-w on it"
	othersOwn        = "belongs to another user, who can change it: run chown on it"
	othersReplace    = "is a folder in which everyone on this machine can replace files: run chmod o-w on it"
	othersRead       = "can be read by everyone on this machine: run chmod o-r on it"
	groupWrites      = "can be written by its group"
	othersOwnsFolder = "is a folder of another user, who can replace the database"
)

// refused returns why others could change the database, or "".
func (a access) refused() string {
	everyone := a.mode.Perm()&0o002 != 0
	switch {
	case a.mode.IsDir() && everyone && a.mode&fs.ModeSticky == 0:
		return othersReplace
	case a.mode.IsRegular() && everyone:
		return othersWrite
	case a.mode.IsRegular() && a.uid != a.self && a.uid != 0:
		return othersOwn
	default:
		return ""
	}
}

// doubtful returns what may be intended, but is worth a warning, or "". In a
// container, the volume may belong to a group.
func (a access) doubtful() string {
	switch {
	case a.mode.IsDir() && a.uid != a.self && a.uid != 0:
		return othersOwnsFolder
	case a.mode.IsRegular() && a.mode.Perm()&0o004 != 0:
		return othersRead
	case a.mode.IsRegular() && a.mode.Perm()&0o020 != 0:
		return groupWrites
	default:
		return ""
	}
}

// checkAccess fails if others could change the database, and otherwise returns
// what to warn about. Files that do not exist yet are created for the owner only.
func (f *sqliteFiles) checkAccess() (warnings []string, err error) {
	if runtime.GOOS == "windows" { // it has no such modes
		return nil, nil
	}
	paths := []string{filepath.Dir(f.path), filepath.Dir(f.real)}
	for _, suffix := range []string{"", logSuffix, "-shm", "-journal", lockSuffix} {
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
		a := access{mode: info.Mode(), uid: ownerOf(info), self: os.Geteuid()}
		if refused := a.refused(); refused != "" {
			wrong = append(wrong, fmt.Errorf("%s %s", path, refused))
		} else if doubtful := a.doubtful(); doubtful != "" {
			warnings = append(warnings, path+" "+doubtful)
		}
	}
	return warnings, errors.Join(wrong...)
}
