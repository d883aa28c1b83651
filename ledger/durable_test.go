package ledger_test

import (
	"path/filepath"
	"testing"

	"extendbot/order"
)

// The levels of SQLite's PRAGMA synchronous.
const (
	syncNormal = 1 // the log is not synced at a commit
	syncFull   = 2 // it is
)

func TestWhatMustSurviveAPowerCutIsCommittedWithASync(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	// SQLite itself notes the level at which each row of history is committed.
	raw(t, path, "CREATE TABLE seen (state TEXT, level INTEGER)")
	raw(t, path, "CREATE TRIGGER look AFTER INSERT ON history BEGIN"+
		" INSERT INTO seen SELECT NEW.to_state, synchronous FROM pragma_synchronous; END")
	eventful(t, l, "a")
	for id, to := range map[order.ID]order.State{"b": order.Cancelled, "c": order.Expired} {
		o := sample(id)
		o.Server.ID = string(id)
		step(t, l, create(t, l, o), to)
	}
	seen := map[order.State]int{}
	found, err := rawDB(t, path).QueryContext(t.Context(), "SELECT state, level FROM seen")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var (
			state order.State
			level int
		)
		if err := found.Scan(&state, &level); err != nil {
			t.Fatal(err)
		}
		seen[state]++
		want := syncNormal
		if state.Durable() {
			want = syncFull
		}
		if level != want {
			t.Errorf("%s was committed at level %d, want %d", state, level, want)
		}
	}
	if err := found.Err(); err != nil || len(seen) < 7 {
		t.Errorf("states seen: %v, error %v", seen, err)
	}
}

func TestTheLogIsAWriteAheadLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	open(t, "sqlite:"+path, true)
	var mode string
	if err := rawDB(t, path).QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, error %v", mode, err)
	}
}
