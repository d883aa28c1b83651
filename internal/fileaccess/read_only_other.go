//go:build !linux

package fileaccess

// ReadOnly reports whether the file system of path is mounted read-only, which
// is known only on Linux.
func ReadOnly(string) bool { return false }
