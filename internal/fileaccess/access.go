// Package fileaccess finds out from the mode and the owner of a file who else can
// read or change it, and whether the file system is mounted read-only. It knows
// nothing of access lists.
package fileaccess

import (
	"io/fs"
	"os"
	"runtime"
)

// Access says who may use a file or a folder. Root may do anything, and is never
// counted.
type Access struct {
	Mode  fs.FileMode
	Owner int // its user id
	Self  int // that of this process
}

// Of returns who may use a file. On systems without such modes, only this process
// may.
func Of(info fs.FileInfo) Access {
	mode := info.Mode()
	if runtime.GOOS == "windows" {
		mode &^= 0o077
	}
	return Access{Mode: mode, Owner: owner(info), Self: os.Geteuid()}
}

// EveryoneWrites reports whether everyone can change the file, or replace the
// files in the folder.
func (a Access) EveryoneWrites() bool { return a.writes(0o002) }

// GroupWrites reports whether the group can change the file, or replace the files
// in the folder.
func (a Access) GroupWrites() bool { return a.writes(0o020) }

// writes reports whether a bit of the mode is set. In a sticky folder, only the
// owner of a file can replace it.
func (a Access) writes(bit fs.FileMode) bool {
	sticky := a.Mode.IsDir() && a.Mode&fs.ModeSticky != 0
	return a.Mode.Perm()&bit != 0 && !sticky
}

// AnotherOwner reports whether it belongs to another user, who can always change
// it.
func (a Access) AnotherOwner() bool { return a.Owner != a.Self && a.Owner != 0 }

// EveryoneReads reports whether everyone can read the file.
func (a Access) EveryoneReads() bool { return a.Mode.Perm()&0o004 != 0 }
