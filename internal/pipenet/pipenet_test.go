package pipenet_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/internal/pipenet"
)

// A connection carries bytes both ways, and time passes while it is read.
func TestNetwork_ConnectsInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n pipenet.Network
		l := n.Listen("a:1")
		accepted := make(chan net.Conn, 1)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				t.Error(err)
			}
			<-time.After(time.Hour)
			_, _ = conn.Write([]byte("late"))
			_ = conn.Close()
			accepted <- conn
		}()
		began := time.Now()
		conn, err := n.Dial(t.Context(), "tcp", "a:1")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(conn)
		if string(got) != "late" || err != nil || time.Since(began) != time.Hour {
			t.Errorf("read %q, %v after %s", got, err, time.Since(began))
		}
		_ = conn.Close()
		<-accepted
		_ = l.Close()
	})
}

// Without a listener, or after it was closed, the connection is refused, as the
// kernel refuses it.
func TestNetwork_RefusesWithoutListener(t *testing.T) {
	t.Parallel()
	var n pipenet.Network
	refused := func() {
		t.Helper()
		_, err := n.Dial(t.Context(), "tcp", "a:1")
		op, ok := errors.AsType[*net.OpError](err)
		if !ok || op.Op != "dial" || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("the error is %v", err)
		}
	}
	refused()
	l := n.Listen("a:1")
	n.Refuse("a:1", true)
	refused()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	refused()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept: %v", err)
	}
}
