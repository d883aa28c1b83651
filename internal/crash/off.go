//go:build !crashpoints

package crash

// Point does nothing. With the tag crashpoints, the process dies here if EXTENDBOT_CRASH
// is the name of the point: area, what and moment, separated by dots.
func Point(_, _, _ string) {}
