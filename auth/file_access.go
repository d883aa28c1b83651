package auth

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// access says who may change a file or a folder.
type access struct {
	mode fs.FileMode
	uid  int // its owner
	self int // the user that this process runs as
}

// writable returns how others than root and this process's user could change the
// policy, or "".
func (a access) writable() string {
	perm := a.mode.Perm()
	if a.mode&fs.ModeSticky != 0 { // in such a folder, only the owner of a file can replace it
		perm &^= 0o022
	}
	what, file := "is writable by ", !a.mode.IsDir()
	if !file {
		what = "is in a folder that is writable by "
	}
	switch {
	case perm&0o002 != 0:
		return what + "everyone on this machine; run chmod o-w on it"
	case perm&0o020 != 0:
		return what + "its group; run chmod g-w on it"
	case a.uid == 0 || a.uid == a.self:
		return ""
	case file:
		return "belongs to another user, who can change it; run chown on it"
	default:
		return "is in a folder of another user, who can replace it; run chown on the folder"
	}
}

func accessOf(info fs.FileInfo) access {
	return access{mode: info.Mode(), uid: ownerOf(info), self: os.Geteuid()}
}

// checkAccess returns a mistake if others could change the opened policy file, or
// put another one in its place. A file system that is mounted read-only cannot
// be changed, whatever the modes say: Kubernetes mounts config maps like that, in
// a folder that everyone may write.
func checkAccess(path string, info fs.FileInfo, readOnly func(string) bool) error {
	if runtime.GOOS == "windows" { // it has no such modes
		return nil
	}
	if wrong := accessOf(info).writable(); wrong != "" && !readOnly(path) {
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
		if wrong := accessOf(info).writable(); wrong != "" && !readOnly(folder) {
			return &Mistake{File: path, What: wrong}
		}
	}
	return nil
}

func readableByOthers(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0
}
