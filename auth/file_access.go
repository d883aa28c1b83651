package auth

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"extendbot/internal/fileaccess"
)

// writable returns how others than root and this process's user could change the
// policy, or "".
func writable(a fileaccess.Access) string {
	what, file := "is writable by ", !a.Mode.IsDir()
	if !file {
		what = "is in a folder that is writable by "
	}
	switch {
	case a.EveryoneWrites():
		return what + "everyone on this machine; run chmod o-w on it"
	case a.GroupWrites():
		return what + "its group; run chmod g-w on it"
	case !a.AnotherOwner():
		return ""
	case file:
		return "belongs to another user, who can change it; run chown on it"
	default:
		return "is in a folder of another user, who can replace it; run chown on the folder"
	}
}

// checkAccess returns a mistake if others could change the opened policy file, or
// put another one in its place. A file system that is mounted read-only cannot
// be changed, whatever the modes say: Kubernetes mounts config maps like that, in
// a folder that everyone may write.
func checkAccess(path string, info fs.FileInfo, readOnly func(string) bool) error {
	if wrong := writable(fileaccess.Of(info)); wrong != "" && !readOnly(path) {
		return &Mistake{File: path, What: wrong}
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, folder := range slices.Compact([]string{filepath.Dir(path), filepath.Dir(target)}) {
		info, err := os.Stat(folder)
		if err != nil {
			return err
		}
		if wrong := writable(fileaccess.Of(info)); wrong != "" && !readOnly(folder) {
			return &Mistake{File: path, What: wrong}
		}
	}
	return nil
}
