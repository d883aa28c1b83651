//go:build unix

package fileaccess

import (
	"io/fs"
	"os"
	"syscall"
)

// owner returns the user id of a file's owner.
func owner(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return os.Geteuid()
}
