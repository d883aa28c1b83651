package service_test

import (
	"os"
	"syscall"
	"testing"
)

// onADiskThatRefuses runs a test in a process of its own. refuse(true) makes every
// write to a file fail, refuse(false) makes it work again.
//
// A file system cannot be made read-only while a file on it is open for writing;
// only a disk that fails does that. The process limits the size of its files to
// zero instead: the error of a write is then not "no space" either, and SQLite
// treats it as it treats EROFS.
func onADiskThatRefuses(t *testing.T, test func(refuse func(yes bool))) {
	t.Helper()
	if os.Getenv(ownDisk) == "" {
		inOwnProcess(t, nil)
		return
	}
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	test(func(yes bool) {
		limit := usual
		if yes {
			limit.Cur = 0
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
	})
}
