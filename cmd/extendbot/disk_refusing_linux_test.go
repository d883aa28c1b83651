package main

import (
	"os"
	"syscall"
	"testing"
)

// onADiskThatRefuses runs a test in a process of its own, where refuse lets
// every write to any file fail and take it again.
//
// Nobody can ask for a file system to become read-only while a file on it is
// open for writing; only a disk that fails does that. What the program then
// gets from each write is an error that is not "no space". The kernel gives
// such an error, whoever the user is, to a process whose files may have no
// size at all; SQLite makes the same of it as of EROFS.
func onADiskThatRefuses(t *testing.T, test func(refuse func(yes bool))) {
	t.Helper()
	if os.Getenv(ownDisk) == "" {
		elsewhere(t, nil)
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
