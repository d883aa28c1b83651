package testpg

import (
	"fmt"
	"syscall"
)

// port is a TCP port of 127.0.0.1 that the kernel picked and keeps for us: a
// socket that is bound and does not listen. The server can still bind it, as both
// say SO_REUSEADDR, but the kernel gives it to nobody who asks for any port, also
// not while the server is down. Who asks for this very port still gets it.
type port struct {
	number int
	socket int
}

func reservePort() (*port, error) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	p := &port{socket: socket}
	if err := p.bind(); err != nil {
		p.release()
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	return p, nil
}

func (p *port) bind() error {
	if err := syscall.SetsockoptInt(p.socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if err := syscall.Bind(p.socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	bound, err := syscall.Getsockname(p.socket)
	if err != nil {
		return err
	}
	address, ok := bound.(*syscall.SockaddrInet4)
	if !ok {
		return fmt.Errorf("bound to %T", bound)
	}
	p.number = address.Port
	return nil
}

// release lets the port go.
func (p *port) release() {
	_ = syscall.Close(p.socket) // nothing was written to it
}
