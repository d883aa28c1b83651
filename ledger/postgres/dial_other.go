//go:build !linux

package postgres

import (
	"syscall"
	"time"
)

// unansweredSocket sets no limit here: the system's own limit applies.
func unansweredSocket(time.Duration) func(network, address string, c syscall.RawConn) error {
	return nil
}
