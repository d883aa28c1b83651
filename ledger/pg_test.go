package ledger_test

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
)

// Writes continue after a crash of the server and after cut connections, and
// everything that was acknowledged is stored.
func TestPG_WritesOutlastFaults(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t)
	l := openAsUsual(t, server.URL(""))
	for name, fault := range map[string]func() error{
		"restart": func() error { return server.Restart(t.Context(), testpg.Immediate) },
		"cut":     func() error { _, err := server.CutConnections(t.Context()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			var (
				group   sync.WaitGroup
				stop    atomic.Bool
				written = make(chan order.ID, 100_000)
			)
			for w := range 4 {
				group.Go(func() {
					for i := 0; !stop.Load(); i++ {
						o := sample(order.ID(fmt.Sprintf("%s-%d-%05d", name, w, i)))
						o.Server.ID = string(o.ID)
						_, err := l.Create(t.Context(), o, order.Entry{Version: 1, At: start, To: order.Pending})
						switch order.CodeOf(err) {
						case "":
							written <- o.ID
						case order.CodeUnavailable: // it may or may not be stored
						default:
							t.Errorf("%s: %v", o.ID, err)
						}
					}
				})
			}
			await(t, "some orders are written", func() bool { return len(written) > 20 })
			if err := fault(); err != nil {
				t.Error(err)
			}
			before := len(written)
			await(t, "more orders are written", func() bool { return len(written) > before+20 })
			stop.Store(true)
			group.Wait()
			close(written)
			for id := range written {
				if _, err := l.Order(t.Context(), id); err != nil {
					t.Errorf("%s was acknowledged: %v", id, err)
				}
			}
		})
	}
	if err := l.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// The error says that the server cannot be reached. When the server is back,
// writes succeed.
func TestPG_ServerAway(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t)
	l := openImpatient(t, server.URL(""))
	if err := server.Stop(t.Context(), testpg.Fast); err != nil {
		t.Fatal(err)
	}
	err := l.Ping(t.Context())
	wantCode(t, err, order.CodeUnavailable)
	if !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("the error is %v", err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, "the ledger can be written again", func() bool { return l.Ping(t.Context()) == nil })
}

// The error says that the server cannot be reached, even if the last try had no
// time left to find out.
func TestPG_ServerAwayLastTryCutOff(t *testing.T) {
	t.Parallel()
	line, through := newLossyProxy(t, testpg.Database(t))
	l, err := ledger.Open(t.Context(), ledger.WithShortTimeouts(ledger.Config{Keys: testKeys, URL: through, Serve: true}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()      // it may report that it did not wait
	<-time.After(1100 * time.Millisecond) // the pool checks connections that were idle for a second
	line.refused.Store(3)                 // one of them for the request to cancel that check
	line.silentUpTo.Store(math.MaxInt64)
	err = l.Ping(t.Context())
	wantCode(t, err, order.CodeUnavailable)
	if line.refused.Load() > 0 || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("the error is %v", err)
	}
}

// The error says what is wrong with a database URL, and does not contain the password.
func TestPG_BadURLHidesPassword(t *testing.T) {
	t.Parallel()
	good, err := url.Parse(testpg.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(u *url.URL)
		says   string
	}{
		"password": {func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "not-the-password") }, "password"},
		"database": {func(u *url.URL) { u.Path = "/nowhere" }, "no database of that name"},
		"port":     {func(u *url.URL) { u.Host = "127.0.0.1:1" }, "cannot be reached"},
		"option":   {func(u *url.URL) { u.RawQuery = "sslmode=sometimes" }, "or a setting after its ?, is not valid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := *good
			test.change(&bad)
			_, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: bad.String(), Serve: true, StartWait: time.Millisecond})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, want %q", err, test.says)
				return
			}
			if password, _ := bad.User.Password(); strings.Contains(err.Error(), password) {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

// commit is the whole message. A new connection queries the setting
// synchronous_commit, whose name also ends in "commit".
const commit = "Q\x00\x00\x00\x0bcommit\x00"

// A write that failed before its commit is repeated, and happens once.
func TestPG_WriteIsRepeated(t *testing.T) {
	t.Parallel()
	for _, lost := range []loss{{text: "begin"}, {text: "INSERT INTO orders"}, {text: "INSERT INTO history", reply: true}} {
		t.Run(lost.text, func(t *testing.T) {
			t.Parallel()
			line, through := newLossyProxy(t, testpg.Database(t))
			l := open(t, through, true)
			line.next.Store(&lost)
			create(t, l, sample("a"))
			if line.next.Load() != nil {
				t.Error("no message was lost")
			}
			if list, err := l.History(t.Context(), "a"); err != nil || len(list) != 1 {
				t.Errorf("%d rows of history, error %v", len(list), err)
			}
		})
	}
}

// If the answer to a commit is lost, the ledger finds out whether it happened.
func TestPG_LostCommit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lost loss
		code order.Code
	}{
		"it was made":     {loss{text: commit, reply: true}, ""},
		"it was not made": {loss{text: commit}, order.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line, through := newLossyProxy(t, testpg.Database(t))
			l := open(t, through, true)
			o := create(t, l, sample("a"))

			line.next.Store(&test.lost)
			got, err := try(t, l, o, order.Approved, order.Due{Work: order.WorkPlace, At: time.Now()})
			wantCode(t, err, test.code)
			stored, readErr := l.Order(t.Context(), "a")
			if readErr != nil {
				t.Fatal(readErr)
			}
			if err == nil && stored.Version != got.Version {
				t.Errorf("returned as version %d, stored as %d", got.Version, stored.Version)
			}
			if err != nil && stored.State != order.Pending {
				t.Errorf("it failed, and the order is %s", stored.State)
			}

			line.next.Store(&test.lost)
			_, err = l.Create(t.Context(), sample("b"), order.Entry{Version: 1, At: start, To: order.Pending})
			wantCode(t, err, test.code)
			if _, readErr := l.Order(t.Context(), "b"); (readErr == nil) != (err == nil) {
				t.Errorf("create: %v; reading it: %v", err, readErr)
			}

			line.next.Store(&test.lost)
			got, err = press(t, l, "c", &order.Baseline{})
			wantCode(t, err, test.code)
			stored, readErr = l.Order(t.Context(), "c")
			if (readErr == nil) != (err == nil) || err == nil && cmp.Diff(stored, got) != "" {
				t.Errorf("a press: %v; reading it: %v\n%s", err, readErr, cmp.Diff(stored, got))
			}
		})
	}
}

// What was shown is recorded even if the answer to the commit is lost. Otherwise
// it would be posted again.
func TestPG_LostCommitOfShown(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]bool{"it was made": true, "it was not made": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line, through := newLossyProxy(t, testpg.Database(t))
			l := open(t, through, true)
			o := create(t, l, sample("a"))
			line.next.Store(&loss{text: commit, reply: reply})
			if err := l.RecordShown(t.Context(), order.Shown{ID: o.ID, Card: order.ShownMessage{Ref: "C/1", Version: 1}}); err != nil {
				t.Fatal(err)
			}
			got, err := l.Order(t.Context(), o.ID)
			if err != nil || got.Card.Ref != "C/1" || line.next.Load() != nil {
				t.Errorf("the card is %+v, error %v", got.Card, err)
			}
		})
	}
}

// A start waits for a database that is still starting, and logs that.
func TestPG_StartWaitsForServer(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t)
	url, err := server.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(t.Context(), testpg.Fast); err != nil {
		t.Fatal(err)
	}
	log, logged := logtest.NewNullLogger()
	log.SetLevel(logrus.WarnLevel)
	type opened struct {
		l   *ledger.Ledger
		err error
	}
	done := make(chan opened)
	go func() {
		l, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url, Serve: true, Log: log, StartWait: 5 * time.Minute})
		done <- opened{l, err}
	}()
	await(t, "the start logs that it waits", func() bool { return len(logged.AllEntries()) > 0 })
	if err := server.Start(t.Context()); err != nil {
		t.Error(err)
	}
	got := <-done
	if got.err != nil {
		t.Fatal(got.err)
	}
	if err := got.l.Close(); err != nil {
		t.Error(err)
	}
}
