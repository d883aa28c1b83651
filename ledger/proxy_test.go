package ledger_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// loss is what the network loses next: the message that contains some text, only
// the answer to it, or, as if the client froze, everything after it.
type loss struct {
	text   string
	or     string // another text, "" for none
	reply  bool
	freeze bool
}

// in reports whether the loss concerns a message.
func (l *loss) in(message []byte) bool {
	return bytes.Contains(message, []byte(l.text)) || l.or != "" && bytes.Contains(message, []byte(l.or))
}

// lossyProxy forwards connections to a database, and loses some messages.
type lossyProxy struct {
	to   string
	next atomic.Pointer[loss] // nil: nothing
	// silentUpTo is the number, from 1, of the last connection on which nothing is
	// forwarded anymore. Both sides stay connected.
	silentUpTo, made atomic.Int64
	refused          atomic.Int64  // how many more connections it closes immediately
	ended            chan struct{} // closed when the test ends
}

// silence stops forwarding on all existing connections.
func (l *lossyProxy) silence() { l.silentUpTo.Store(l.made.Load()) }

// newLossyProxy starts a proxy to a database, and returns the URL for using it.
func newLossyProxy(t *testing.T, database string) (*lossyProxy, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &lossyProxy{to: u.Host, ended: make(chan struct{})}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if l.refused.Add(-1) >= 0 {
				_ = conn.Close()
				continue
			}
			all.Go(func() {
				if err := l.carry(conn); err != nil && !errors.Is(err, net.ErrClosed) {
					t.Logf("the proxy: %v", err)
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		close(l.ended)
		all.Wait()
	})
	u.Host = listener.Addr().String()
	query := u.Query()
	query.Set("sslmode", "disable")
	u.RawQuery = query.Encode()
	return l, u.String()
}

// carry forwards one connection.
func (l *lossyProxy) carry(client net.Conn) error {
	server, err := net.Dial("tcp", l.to)
	if err != nil {
		return errors.Join(err, client.Close())
	}
	number := l.made.Add(1)
	silent := func() bool { return number <= l.silentUpTo.Load() }
	var deaf atomic.Bool
	var back sync.WaitGroup
	back.Go(func() {
		defer func() { _ = client.Close() }()
		for buffer := make([]byte, 64<<10); ; {
			n, err := server.Read(buffer)
			if err != nil || deaf.Load() {
				return // a lost answer ends the connection, when it arrives
			}
			if silent() {
				continue
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	err = l.forth(client, server, &deaf, silent)
	if !deaf.Load() {
		_ = server.Close()
	}
	back.Wait()
	return errors.Join(err, server.Close())
}

func (l *lossyProxy) forth(client io.Reader, server io.Writer, deaf *atomic.Bool, silent func() bool) error {
	for buffer := make([]byte, 64<<10); ; {
		n, err := client.Read(buffer)
		if err != nil {
			if silent() {
				<-l.ended // the server does not learn it
			}
			return nil // the client hung up
		}
		if silent() {
			continue
		}
		lost := l.next.Load()
		if lost != nil && lost.in(buffer[:n]) && l.next.CompareAndSwap(lost, nil) {
			switch {
			case lost.freeze:
				l.silence()
			case !lost.reply:
				return nil
			default:
				deaf.Store(true)
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil || deaf.Load() {
			return err
		}
	}
}
