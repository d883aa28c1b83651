//go:build crashpoints

package crash

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// stopSelf sends SIGSTOP to this thread, which stops all others with it at once.
// A signal to the process would wait until the kernel runs its first thread. On a
// busy machine that takes milliseconds, in which other goroutines pass the point.
func stopSelf() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return unix.Tgkill(os.Getpid(), unix.Gettid(), syscall.SIGSTOP)
}
