//go:build crashpoints && unix && !linux

package crash

import (
	"os"
	"syscall"
)

func stopSelf() error { return syscall.Kill(os.Getpid(), syscall.SIGSTOP) }
