package oxhost_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/order"
	"extendbot/oxhost"
)

const pausedTooLong = "the program was paused until it was too late to send the order"

// A process that was paused sends nothing after the deadline, whichever reading
// of the clock is the first one after it.
func TestSendGuard_NothingSentAfterDeadline(t *testing.T) {
	for name, config := range map[string]oxhostsim.Config{"in plain text": {}, "encrypted": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			sim := startSim(t, config)
			e := day
			e.SendBy = noon
			for looks := 0; ; looks++ {
				// The deadline has passed from the n-th reading of the clock on.
				var seen atomic.Int64
				client := simClient(t, sim, oxhost.WithClock(func() time.Time {
					if seen.Add(1) > int64(looks) {
						return noon.Add(time.Microsecond)
					}
					return noon
				}))
				_, err := client.ExtendServer(t.Context(), e)
				if err == nil {
					if looks == 0 || len(sim.Arrivals()) != 1 {
						t.Errorf("sent after %d readings, %d arrivals", looks, len(sim.Arrivals()))
					}
					return
				}
				if n := len(sim.Arrivals()); n != 0 {
					t.Fatalf("late from reading %d on: %d arrivals and %v", looks, n, err)
				}
				// During the handshake, net/http reports a failed connection. Either way the
				// request was not sent.
				if failed := verdictOf(t, err); failed != order.NeverSent {
					t.Fatalf("late from reading %d on: %v", looks, err)
				}
			}
		})
	}
}

// A request after its deadline is never sent, and the reason says why.
func TestSendGuard_LateRequestHasReason(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	e := day
	e.SendBy = time.Now().Add(-time.Hour)
	_, err := simClient(t, sim).ExtendServer(t.Context(), e)
	wantVerdict(t, err, order.NeverSent, pausedTooLong)
}

// If the server closes the connection at once, the outcome is unknown unless no
// byte of the request was written. Which happens first depends on the network.
func TestSendGuard_ConnectionClosedAtOnce(t *testing.T) {
	for range 50 {
		got := make(chan int, 1)
		address := listen(t, func(c net.Conn) {
			_ = c.(*net.TCPConn).CloseWrite()
			n, _ := io.Copy(io.Discard, c)
			got <- int(n)
		})
		_, err := newClient(t, "http://"+address+"/API/", secret.New("the-api-key")).ExtendServer(t.Context(), day)
		verdict, n := verdictOf(t, err), <-got
		if verdict != order.UnknownOutcome && (verdict != order.NeverSent || n > 0) {
			t.Fatalf("%v, and %d bytes arrived", err, n)
		}
	}
}

func verdictOf(t *testing.T, err error) order.Verdict {
	t.Helper()
	failed, ok := err.(*order.PlaceError) //nolint:errorlint // the exact type is promised
	if !ok {
		t.Fatalf("%v is not a PlaceError", err)
	}
	return failed.Verdict
}
