package postgres

import (
	"syscall"
	"time"
)

// unansweredSocket limits how long sent data may stay unacknowledged by the
// peer's machine. Keep-alive does not do that: it probes only while no data is
// being sent.
//
// https://man7.org/linux/man-pages/man7/tcp.7.html (TCP_USER_TIMEOUT)
func unansweredSocket(limit time.Duration) func(network, address string, c syscall.RawConn) error {
	const tcpUserTimeout = 0x12
	return func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(limit.Milliseconds()))
		})
		if err != nil {
			return err
		}
		return failed
	}
}
