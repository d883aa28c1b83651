package auth

import "syscall"

// readOnly reports whether the file system of path is mounted read-only.
func readOnly(path string) bool {
	const stRdonly = 1 // ST_RDONLY
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && s.Flags&stRdonly != 0
}
