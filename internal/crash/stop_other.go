//go:build crashpoints && !unix

package crash

// stop is not supported on this system.
func stop() { panic("a process cannot stop itself on this system") }
