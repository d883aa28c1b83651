package chaos

import "syscall"

// mortalAttributes let a process die with the test that started it, also when
// the test itself is killed.
func mortalAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
