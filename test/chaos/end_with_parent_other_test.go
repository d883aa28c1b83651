//go:build !linux

package chaos

import "syscall"

func mortalAttributes() *syscall.SysProcAttr { return nil }
