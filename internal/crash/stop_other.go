//go:build crashpoints && !unix

package crash

// stop cannot be had here.
func stop() { panic("a process cannot stop itself on this system") }
