package service_test

import (
	"os"
	"syscall"
	"testing"
)

// onADiskThatRefuses runs a test in its own process. The fault makes every write
// to a file fail.
//
// A file system cannot be made read-only while a file on it is open for writing;
// only a failing disk does that. Instead, the process limits the size of its
// files to zero. The write error is then not "no space" either, and SQLite
// treats it like EROFS.
func onADiskThatRefuses(t *testing.T, test func(diskFault)) {
	t.Helper()
	if os.Getenv(ownDisk) == "" {
		inOwnProcess(t, nil)
		return
	}
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	limit := func(size uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: usual.Max}); err != nil {
			t.Fatal(err)
		}
	}
	test(diskFault{"the disk failed or became read-only", func() { limit(0) }, func() { limit(usual.Cur) }})
}
