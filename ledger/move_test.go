package ledger_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
)

// onEachWay runs a test for each pair of kinds of databases to move between.
func onEachWay(t *testing.T, test func(t *testing.T, from, to database)) {
	t.Helper()
	for _, from := range databases {
		for _, to := range databases {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				t.Parallel()
				test(t, from, to)
			})
		}
	}
}

func move(t testing.TB, from, to string) (ledger.MoveResult, error) {
	t.Helper()
	return ledger.Move(t.Context(), ledger.WithLongTimeouts(ledger.Config{URL: from}), ledger.WithLongTimeouts(ledger.Config{URL: to}), nil)
}

func mustMove(t testing.TB, from, to string) ledger.MoveResult {
	t.Helper()
	moved, err := move(t, from, to)
	if err != nil {
		t.Fatalf("move: %v", err)
	}
	return moved
}

// with opens a ledger for as long as use takes.
func withServing(t testing.TB, url string, use func(l *ledger.Ledger)) {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.WithLongTimeouts(ledger.Config{URL: url, Serve: true, PollEvery: 10 * time.Millisecond}))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	use(l)
	if err := l.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// look is with without serving, which can be done to any ledger.
func withReader(t testing.TB, url string, use func(l *ledger.Ledger)) {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Config{URL: url})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	use(l)
	if err := l.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// full returns the URL of a database that fill has filled.
func full(t *testing.T, d database) string {
	t.Helper()
	url := d.url(t)
	fill(t, url)
	return url
}

// fill fills a new database with orders in every state in which one can be left.
func fill(t *testing.T, url string) {
	t.Helper()
	withServing(t, url, func(l *ledger.Ledger) {
		eventful(t, l, "placed")
		for id, states := range map[order.ID][]order.State{
			"pending": {}, "cancelled": {order.Cancelled}, "expired": {order.Expired}, "approved": {order.Approved},
			"placing": {order.Approved, order.Placing}, "unknown": {order.Approved, order.Placing, order.Unknown},
			"asked": {order.Approved, order.Placing, order.Unknown}, "done": {order.Approved, order.Placing, order.Refused},
			"kept": {order.Approved, order.Placing, order.Unknown, order.NotPlaced},
		} {
			o := sample(id)
			o.Server.ID, o.Server.Name = "srv-"+string(id), `wéb "1"`
			o = create(t, l, o)
			if err := l.AddBaseline(t.Context(), id, order.Baseline{At: start, Complete: true, IDs: []string{"h-1", "ü"}}); err != nil {
				t.Fatal(err)
			}
			for _, s := range states {
				o.OwnerUntil = start.Add(never)
				o = step(t, l, o, s)
			}
			show(t, l, o)
		}
	})
}

// show notes that everything about some orders was shown.
func show(t *testing.T, l *ledger.Ledger, o order.Order) {
	t.Helper()
	s := order.Shown{ID: o.ID}
	switch o.ID {
	case "cancelled", "expired", "unknown", "done", "kept":
		s.Card, s.ThreadMessage = order.ShownMessage{Ref: "c:1", Version: o.Version}, order.ShownMessage{Ref: "c:2", Version: o.Version}
	case "asked":
		s.Card, s.ThreadMessage = order.ShownMessage{Ref: "c:1", Version: o.Version}, order.ShownMessage{Ref: "c:2", Version: o.Version}
		s.Question, s.AskedAt = order.ShownMessage{Ref: "c:3", Version: o.Version}, time.Now().Add(-time.Hour).Truncate(time.Microsecond).UTC()
	}
	if o.ID == "kept" { // whose question still has its buttons
		s.Question = order.ShownMessage{Ref: "c:3", Version: o.Version - 1}
	}
	if err := l.RecordShown(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

const fullOrders = 10

// content is all that a reader can see of a ledger.
type content struct {
	Orders    []order.Order
	History   map[order.ID][]ledger.HistoryRow
	Baselines map[order.ID]order.Baseline
	Proof     ledger.Proof
}

func contentOf(t *testing.T, url string) content {
	t.Helper()
	c := content{History: map[order.ID][]ledger.HistoryRow{}, Baselines: map[order.ID]order.Baseline{}}
	withReader(t, url, func(l *ledger.Ledger) {
		var err error
		if c.Orders, err = l.List(t.Context(), time.Time{}, 1<<30); err != nil {
			t.Fatal(err)
		}
		for _, o := range c.Orders {
			if c.History[o.ID], err = l.History(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			note, err := l.Baseline(t.Context(), o.ID)
			if err != nil && order.CodeOf(err) != order.CodeNotFound {
				t.Fatal(err)
			}
			c.Baselines[o.ID] = note
		}
		var differences []string
		c.Proof, differences = verify(t, l, start.Add(never))
		if len(differences) > 0 {
			t.Errorf("differences: %v", differences)
		}
	})
	return c
}

// withoutLeases compares all but what belonged to a process.
var withoutLeases = cmpopts.IgnoreFields(order.Order{}, "OwnerUntil", "CardOwnerUntil")

// A move brings over everything but leases, between all kinds of databases; it can be
// repeated, history is protected at the destination too, and the source is not served
// from any more.
func TestMove_EachWay(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := full(t, from), to.url(t)
		before := contentOf(t, a)
		moved := mustMove(t, a, b)
		if moved.Orders != fullOrders || moved.History != before.Proof.History || moved.Baselines != 5 || moved.AlreadyThere {
			t.Errorf("moved %+v", moved)
		}
		if diff := cmp.Diff(before, contentOf(t, a)); diff != "" {
			t.Errorf("the source was changed: %s", diff)
		}
		after := contentOf(t, b)
		if diff := cmp.Diff(before, after, withoutLeases); diff != "" {
			t.Error(diff)
		}
		for _, o := range after.Orders {
			if !o.OwnerUntil.IsZero() || !o.CardOwnerUntil.IsZero() {
				t.Errorf("%s belongs to a dead process until %s and %s", o.ID, o.OwnerUntil, o.CardOwnerUntil)
			}
		}
		if _, err := ledger.Open(t.Context(), ledger.Config{URL: a, Serve: true}); !errors.Is(err, ledger.ErrMoved) {
			t.Errorf("serving from the source: %v, want ErrMoved", err)
		}
		if again := mustMove(t, a, b); !again.AlreadyThere || again.Proof != moved.Proof || again.Baselines != moved.Baselines || again.Due != 0 {
			t.Errorf("first %+v, then %+v", moved, again)
		}
		for _, change := range []string{"UPDATE history SET who = 'nobody'", "DELETE FROM history"} {
			if _, err := to.raw(t, b).ExecContext(t.Context(), change); err == nil {
				t.Errorf("%s succeeded", change)
			}
		}
	})
}

// A ledger that was moved to PostgreSQL and back is what it was.
func TestMove_ThereAndBack(t *testing.T) {
	t.Parallel()
	file, server, back := full(t, databases[0]), databases[1].url(t), databases[0].url(t)
	before := contentOf(t, file)
	there := mustMove(t, file, server)
	home := mustMove(t, server, back)
	if there.Digest == "" || there.Digest != home.Digest || there.Proof != home.Proof {
		t.Errorf("moved %+v and back %+v", there, home)
	}
	if diff := cmp.Diff(before, contentOf(t, back), withoutLeases); diff != "" {
		t.Error(diff)
	}
}

// Nothing of the queue is moved, and everything that is due is done at the destination.
func TestMove_DueWork(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		b := to.url(t)
		moved := mustMove(t, full(t, from), b)
		type call struct {
			work order.Work
			id   order.ID
		}
		want := map[call]bool{
			{order.WorkReconcile, "placed"}: true, {order.WorkReconcile, "pending"}: true, {order.WorkReconcile, "kept"}: true,
			{order.WorkReconcile, "approved"}: true, {order.WorkPlace, "approved"}: true,
			{order.WorkReconcile, "placing"}: true, {order.WorkPlace, "placing"}: true,
			{order.WorkReconcile, "unknown"}: true, {order.WorkLookup, "unknown"}: true,
			{order.WorkReconcile, "asked"}: true, {order.WorkLookup, "asked"}: true,
		}
		if moved.Due != 7 {
			t.Errorf("due for %d orders, want 7", moved.Due)
		}
		done := make(chan call, 100)
		handle := map[order.Work]ledger.Handler{}
		for _, w := range order.Works() {
			handle[w] = func(_ context.Context, id order.ID) error { done <- call{w, id}; return nil }
		}
		workWith(t, open(t, b, true), handle)
		got := map[call]bool{}
		for len(got) < len(want) {
			select {
			case c := <-done:
				if !want[c] {
					t.Errorf("%s for %s", c.work, c.id)
				}
				got[c] = true
			case <-time.After(2 * time.Minute):
				t.Fatalf("done: %v", got)
			}
		}
	})
}

// A ledger without orders can be moved.
func TestMove_EmptyLedger(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := from.url(t), to.url(t)
		withServing(t, a, func(*ledger.Ledger) {})
		if moved := mustMove(t, a, b); moved.Orders != 0 || moved.AlreadyThere {
			t.Errorf("moved %+v", moved)
		}
	})
}

// A destination that holds anything else is refused and not changed, even if only one
// column of one row differs.
func TestMove_DestinationNotEmpty(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := full(t, from), to.url(t)
		withServing(t, b, func(l *ledger.Ledger) { create(t, l, sample("other")) })
		before := contentOf(t, b)
		_, err := move(t, a, b)
		wantNotEmpty(t, err, 1)
		if diff := cmp.Diff(before, contentOf(t, b)); diff != "" {
			t.Error(diff)
		}

		// As many rows, and of one order another card.
		c := to.url(t)
		mustMove(t, a, c)
		exec(t, to.raw(t, c), "UPDATE orders SET card_ref = 'elsewhere' WHERE id = 'done'")
		_, err = move(t, a, c)
		wantNotEmpty(t, err, fullOrders)
	})
}

func wantNotEmpty(t *testing.T, err error, orders int) {
	t.Helper()
	if e, ok := errors.AsType[*ledger.NotEmptyError](err); !ok || e.Orders != orders || !strings.Contains(err.Error(), "nothing was moved: ") {
		t.Errorf("want a destination that is not empty with %d orders, got: %v", orders, err)
	}
}

// A ledger that is served from is neither source nor destination of a move.
func TestMove_LedgerIsServed(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			served, idle := d.url(t), databases[0].url(t)
			serving(t, served)
			if _, err := move(t, served, idle); !errors.Is(err, ledger.ErrInUse) || !strings.Contains(err.Error(), "the source") {
				t.Errorf("moved from a ledger that is served from: %v", err)
			}
			if _, err := move(t, idle, served); !errors.Is(err, ledger.ErrInUse) || !strings.Contains(err.Error(), "the destination") {
				t.Errorf("moved to a ledger that is served from: %v", err)
			}
		})
	}
}

// serving works on a ledger until the test ends, and waits until that shows.
func serving(t *testing.T, url string) {
	t.Helper()
	work(t, open(t, url, true), func(context.Context, order.ID) error { return nil })
	if strings.HasPrefix(url, "sqlite:") {
		return
	}
	db := databases[1].raw(t, url)
	await(t, "a process leads", func() bool {
		var led bool
		err := db.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT FROM river_leader)").Scan(&led)
		return err == nil && led
	})
}

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came to that: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A ledger is not moved onto itself, whatever its URL looks like.
func TestMove_SameDatabase(t *testing.T) {
	t.Parallel()
	file := full(t, databases[0])
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(strings.TrimPrefix(file, "sqlite:"), link); err != nil {
		t.Fatal(err)
	}
	server := databases[1].url(t)
	withServing(t, server, func(l *ledger.Ledger) { create(t, l, sample("a")) })
	for _, pair := range [][2]string{{file, file}, {file, "sqlite:" + link}, {server, server}, {server, server + "&application_name=other"}} {
		if _, err := move(t, pair[0], pair[1]); !errors.Is(err, ledger.ErrSameDatabase) {
			t.Errorf("moved onto itself: %v", err)
		}
	}
}

// A move neither creates its source nor brings it up to date.
func TestMove_SourceMissingOrOlder(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		none := from.bare(t)
		if _, err := move(t, none, to.url(t)); !errors.Is(err, ledger.ErrNoDatabase) {
			t.Errorf("no source: %v", err)
		}
		if path, ok := strings.CutPrefix(none, "sqlite:"); ok {
			if _, err := os.Stat(path); err == nil {
				t.Error("it was made")
			}
		}
		older := from.altered(t)
		exec(t, from.raw(t, older), "DELETE FROM extendbot_version WHERE version_id > 3")
		if _, err := move(t, older, to.url(t)); !errors.Is(err, ledger.ErrOlderSchema) || !strings.Contains(err.Error(), "run extendbot migrate") {
			t.Errorf("an older source: %v", err)
		}
	})
}

// A source that is not as the program wrote it is not moved; the error lists some of the
// differences.
func TestMove_SourceTampered(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := full(t, from), to.url(t)
		exec(t, from.raw(t, a), "UPDATE orders SET hours = 1")
		_, err := move(t, a, b)
		e, ok := errors.AsType[*ledger.TamperedError](err)
		if !ok || e.Total != fullOrders || len(e.First) != 5 {
			t.Fatalf("moved: %v", err)
		}
		for _, words := range []string{"order approved: hours is 1, its history says 72", "and 5 more", "extendbot orders verify"} {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("it does not say %q: %v", words, err)
			}
		}
		if c := contentOf(t, b); len(c.Orders) > 0 {
			t.Errorf("it holds %d orders", len(c.Orders))
		}
	})
}

// The error names the column of a text that PostgreSQL does not take.
func TestMove_TextPostgreSQLRejects(t *testing.T) {
	t.Parallel()
	file := full(t, databases[0])
	exec(t, databases[0].raw(t, file), "UPDATE orders SET card_ref = 'a' || char(0) WHERE id = 'done'")
	_, err := move(t, file, testpg.Database(t))
	if err == nil || !strings.Contains(err.Error(), `column card_ref of order "done"`) {
		t.Errorf("moved: %v", err)
	}
}
