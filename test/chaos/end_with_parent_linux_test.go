//go:build chaos

package chaos

import "syscall"

// endWithParent makes a process die with the test that started it, even when the
// test is killed.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
