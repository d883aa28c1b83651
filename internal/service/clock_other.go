//go:build !linux

package service

import "time"

var start = time.Now()

// elapsed returns the time since the program started. Where the system stops
// this clock while the machine sleeps, that time is missing.
func elapsed() time.Duration { return time.Since(start) }
