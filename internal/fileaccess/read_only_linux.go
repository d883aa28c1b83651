package fileaccess

import "syscall"

// ReadOnly reports whether the file system of path is mounted read-only, so that
// nobody can change it there, whatever the modes say. Containers get their secrets
// and config maps like that.
func ReadOnly(path string) bool {
	const stRdonly = 1 // ST_RDONLY
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && s.Flags&stRdonly != 0
}
