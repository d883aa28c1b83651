package ledger_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
)

// takenOverWithin is how long after the death of a process others may need to
// take over what it left.
const takenOverWithin = 10 * time.Second

// process opens a ledger as a process that other processes know.
func process(t *testing.T, url, id string, edit ...func(*ledger.Config)) *ledger.Ledger {
	t.Helper()
	c := ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: url, Serve: true, ProcessID: id, PollEvery: 10 * time.Millisecond})
	for _, e := range edit {
		e(&c)
	}
	return openWith(t, c)
}

// ownedBy creates an order whose card owner is a process for an hour.
func ownedBy(t *testing.T, l *ledger.Ledger, id order.ID, process string) {
	t.Helper()
	o := sample(id)
	o.Server.ID = "srv-" + string(id)
	o.CardOwner, o.CardOwnerUntil = process, time.Now().Add(time.Hour)
	create(t, l, o)
}

// claims reports whether a process can claim an order now.
func claims(t *testing.T, l *ledger.Ledger, id order.ID, process string) bool {
	t.Helper()
	_, ok, err := l.Claim(t.Context(), id, process, time.Now().Add(time.Hour))
	return err == nil && ok
}

// staysOwned requires that for a while a process cannot claim an order.
func staysOwned(t *testing.T, l *ledger.Ledger, id order.ID, process string, d time.Duration) {
	t.Helper()
	often := time.NewTicker(50 * time.Millisecond)
	defer often.Stop()
	for end := time.After(d); ; {
		if claims(t, l, id, process) {
			t.Fatalf("%s claimed %s, whose owner is alive", process, id)
		}
		select {
		case <-often.C:
		case <-end:
			return
		}
	}
}

// isTakenOver requires that a process can soon claim an order whose owner died
// now.
func isTakenOver(t *testing.T, l *ledger.Ledger, id order.ID, process string) {
	t.Helper()
	died := time.Now()
	await(t, process+" claims "+string(id), func() bool { return claims(t, l, id, process) })
	if took := time.Since(died); took > takenOverWithin {
		t.Errorf("%s claimed %s after %s, want at most %s", process, id, took, takenOverWithin)
	}
}

// reminds reports whether a process can be the one that reminds from now on.
func reminds(t *testing.T, l *ledger.Ledger, process string) bool {
	t.Helper()
	claimed, err := l.ClaimReminders(t.Context(), process, time.Now().Add(time.Hour))
	return err == nil && claimed
}

// A process owns the cards that it claimed, and reminds, for as long as it lives, and no
// longer.
func TestHeartbeat_DeadOwnerLosesItsClaim(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	p1, p2 := process(t, url, "p1"), process(t, url, "p2")
	ownedBy(t, p1, "a", "p1")
	if !reminds(t, p1, "p1") {
		t.Error("p1 does not remind")
	}
	staysOwned(t, p2, "a", "p2", 8*time.Second)
	if reminds(t, p2, "p2") {
		t.Error("p2 reminds, although p1 is alive")
	}
	ledger.StopHeartbeat(p1)
	isTakenOver(t, p2, "a", "p2")
	if claims(t, p1, "a", "p1") {
		t.Error("the process that was considered dead claimed the card of the one that took over")
	}
	if !reminds(t, p2, "p2") || reminds(t, p1, "p1") {
		t.Error("p2 did not take over reminding")
	}
}

// What a process leaves at its stop is taken over without waiting.
func TestHeartbeat_StopEndsTheClaims(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	p2 := process(t, url, "p2")
	p1, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url, Serve: true, ProcessID: "p1"})
	if err != nil {
		t.Fatal(err)
	}
	ownedBy(t, p1, "a", "p1")
	staysOwned(t, p2, "a", "p2", 4*time.Second)
	if err := p1.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, "p2 can judge", func() bool { return claims(t, p2, "a", "p2") })
	var ended bool
	row := databases[1].raw(t, url).QueryRowContext(t.Context(), "SELECT alive_until < now() - interval '4 s' FROM processes WHERE id = 'p1'")
	if err := row.Scan(&ended); err != nil || ended {
		t.Errorf("p2 took over only four seconds after p1 had stopped (%v)", err)
	}
}

// A process that is frozen, or cut off from the database, loses its cards to the
// others, learns that when it is back, and then keeps what nobody took.
func TestHeartbeat_CutOffAndBack(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	line, through := newLossyProxy(t, url)
	log, logged := logtest.NewNullLogger()
	p1 := process(t, through, "p1", func(c *ledger.Config) {
		*c = ledger.WithShortTimeouts(*c)
		c.Log = log
	})
	p2 := process(t, url, "p2")
	ownedBy(t, p2, "taken", "p1")
	ownedBy(t, p2, "kept", "p1")
	line.silentUpTo.Store(math.MaxInt64)
	isTakenOver(t, p2, "taken", "p2")
	line.silence()                 // only those that are open
	defer line.silentUpTo.Store(0) // a silent connection cannot be closed in time
	await(t, "p1 notices that it was cut off", func() bool {
		for _, e := range logged.AllEntries() {
			if e.Level == logrus.WarnLevel && strings.Contains(e.Message, "others may have taken over") {
				return true
			}
		}
		return false
	})
	if claims(t, p1, "taken", "p1") {
		t.Error("p1 claimed the card that p2 had taken over")
	}
	staysOwned(t, p2, "kept", "p2", 7*time.Second)
	if !claims(t, p1, "kept", "p1") {
		t.Error("p1 lost a card that nobody took over")
	}
}

// After the database was away for all processes, none considers another one
// dead.
func TestHeartbeat_DatabaseAway(t *testing.T) {
	t.Parallel()
	server := testpg.Start(t)
	p1, p2 := process(t, server.URL(""), "p1"), process(t, server.URL(""), "p2")
	ownedBy(t, p1, "a", "p1")
	staysOwned(t, p2, "a", "p2", 4*time.Second)
	if err := server.Stop(t.Context(), testpg.Immediate); err != nil {
		t.Fatal(err)
	}
	<-time.After(8 * time.Second) // longer than any of them counts as alive
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	staysOwned(t, p2, "a", "p2", 8*time.Second)
	if !claims(t, p1, "a", "p1") {
		t.Error("p1 lost its card")
	}
}

// If the clock of the database jumps forward, no process considers another one
// dead.
func TestHeartbeat_DatabaseClockJumps(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	p1, p2 := process(t, url, "p1"), process(t, url, "p2")
	ownedBy(t, p1, "a", "p1")
	staysOwned(t, p2, "a", "p2", 4*time.Second)
	// To the database, a jump is the same as rows that are an hour older.
	exec(t, databases[1].raw(t, url), "UPDATE processes SET alive_since = alive_since - interval '1 h', alive_until = alive_until - interval '1 h'")
	staysOwned(t, p2, "a", "p2", 8*time.Second)
}

// The clocks of the machines do not matter for who is alive.
func TestHeartbeat_ClocksOfMachines(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	off := func(d time.Duration) func(*ledger.Config) {
		return func(c *ledger.Config) { c.Now = func() time.Time { return time.Now().Add(d) } }
	}
	p1, p2 := process(t, url, "p1", off(30*time.Minute)), process(t, url, "p2", off(-30*time.Minute))
	ownedBy(t, p1, "a", "p1")
	ownedBy(t, p1, "b", "p2")
	staysOwned(t, p2, "a", "p2", 4*time.Second)
	staysOwned(t, p1, "b", "p1", 4*time.Second)
	ledger.StopHeartbeat(p1)
	isTakenOver(t, p2, "a", "p2")
	if claims(t, p1, "b", "p1") {
		t.Error("a process that does not count as alive took over from another one")
	}
}

// During an upgrade, a process of an older version keeps what it claimed, for as
// long as it claimed it.
func TestHeartbeat_OlderVersionIsNotDead(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	p2 := process(t, url, "p2")
	ownedBy(t, p2, "a", "older")
	staysOwned(t, p2, "a", "p2", 8*time.Second)
}

// The rows of processes that died long ago are removed at a start.
func TestHeartbeat_OldRowsAreRemoved(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	db := databases[1].raw(t, url)
	exec(t, db, "INSERT INTO processes (id, alive_since, alive_until) SELECT 'p' || n, now() - n * interval '1 h', now() - n * interval '1 h' FROM generate_series(20, 30) n")
	process(t, url, "self")
	var left int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM processes").Scan(&left); err != nil || left != 5 {
		t.Errorf("%d rows are left, want four of others and its own (%v)", left, err)
	}
}
