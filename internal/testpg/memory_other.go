//go:build unix && !linux

package testpg

import "os"

// fastDir returns the folder for temporary files.
func fastDir() string { return os.TempDir() }
