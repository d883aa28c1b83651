package slackconn

import (
	"net"
	"syscall"
	"testing"
)

// The kernel detects a vanished peer within 15 seconds.
func TestConn_KernelFindsVanishedPeer(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conn, err := NewDialer(nil, func(*Conn) {}, func() {}, func(string) {}).NetDialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	tcp, ok := conn.(*Conn).Conn.(*net.TCPConn)
	if !ok {
		t.Fatalf("the connection is %T", conn)
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	option := func(level, name int) (value int) {
		t.Helper()
		if ctlErr := raw.Control(func(fd uintptr) { value, err = syscall.GetsockoptInt(int(fd), level, name) }); ctlErr != nil || err != nil {
			t.Fatal(ctlErr, err)
		}
		return value
	}
	idle, every, count := option(syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE),
		option(syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL), option(syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT)
	if option(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE) == 0 || idle+every*count > 15 {
		t.Errorf("keep-alive after %d s, then %d probes every %d s", idle, count, every)
	}
}
