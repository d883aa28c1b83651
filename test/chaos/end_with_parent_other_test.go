//go:build chaos && !linux

package chaos

import "syscall"

func endWithParent() *syscall.SysProcAttr { return nil }
