package testpg

import (
	"net"
	"runtime"
	"strconv"
	"testing"
)

func TestTheKernelGivesTheServersPortToNobodyWhileItIsDown(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux keeps a port that nobody listens on")
	}
	p, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer p.release()
	for range 500 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if l.Addr().String() == net.JoinHostPort("127.0.0.1", strconv.Itoa(p.number)) {
			t.Errorf("port %d was given away", p.number)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
