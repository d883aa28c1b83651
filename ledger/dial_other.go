//go:build !linux

package ledger

import (
	"syscall"
	"time"
)

// unansweredSocket limits nothing here: the system's own limit holds.
func unansweredSocket(time.Duration) func(network, address string, c syscall.RawConn) error {
	return nil
}
