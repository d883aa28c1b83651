//go:build !linux

package testpg

import (
	"fmt"
	"net"
)

// port is a TCP port of 127.0.0.1 that was free a moment ago. Elsewhere than on
// Linux nothing keeps it, so whoever starts a server tries again with another.
type port struct{ number int }

func reservePort() (*port, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing is looked up
	if err != nil {
		return nil, fmt.Errorf("pick a port: %w", err)
	}
	address, ok := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil {
		return nil, fmt.Errorf("pick a port: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("pick a port: bound to %T", l.Addr())
	}
	return &port{number: address.Port}, nil
}

func (*port) release() {}
