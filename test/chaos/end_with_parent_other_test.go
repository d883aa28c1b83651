//go:build chaos && !linux

package chaos

import "syscall"

func mortalAttributes() *syscall.SysProcAttr { return nil }
