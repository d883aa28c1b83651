package service

import (
	"time"

	"golang.org/x/sys/unix"
)

// elapsed returns the time since the machine started. Unlike time.Since, it
// includes the time that the machine slept.
func elapsed() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // every kernel that Go supports has it
	return time.Duration(t.Nano())
}
