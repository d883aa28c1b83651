//go:build !linux

package auth

// readOnly reports whether the file system of path is mounted read-only, which
// is known only on Linux.
func readOnly(string) bool { return false }
