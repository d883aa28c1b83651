package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"extendbot/ledger"
	"extendbot/order"
)

// olderOrders records two finished orders, and one that waits.
func olderOrders(t *testing.T) func(l *ledger.Ledger) {
	return func(l *ledger.Ledger) {
		t.Helper()
		onTheWay(t, l, "a", []order.State{order.Approved, order.Placing, order.Placed})
		onTheWay(t, l, "b", []order.State{order.Cancelled})
		onTheWay(t, l, "waiting", nil)
	}
}

const olderRows = 4 + 2 + 1

// What earlier versions wrote is no difference, and its orders can still end. The
// seal is made once, whoever starts, and whenever.
func TestSeal_CoversOlderHistory(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := older(t, d, olderOrders(t))
		for range 2 {
			l := open(t, url, true)
			proof, found := verify(t, l, start.Add(never))
			if len(found) > 0 || proof.Unkeyed != olderRows || proof.History != olderRows || len(proof.UnknownKeys) > 0 {
				t.Fatalf("proof %+v, found %q", proof, found)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		l := open(t, url, true)
		o, err := l.Order(t.Context(), "waiting")
		if err != nil {
			t.Fatal(err)
		}
		step(t, l, o, order.Expired)
		create(t, l, sample("new"))
		proof, found := verify(t, l, start.Add(never))
		if len(found) > 0 || proof.Unkeyed != olderRows || proof.History != olderRows+2 {
			t.Errorf("proof %+v, found %q", proof, found)
		}
		var seals int
		if err := d.raw(t, url).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM seal").Scan(&seals); err != nil || seals != 1 {
			t.Errorf("%d seals (%v)", seals, err)
		}
	})
}

// The log says how much is sealed, once. If it does so at another start than that of the
// upgrade, somebody removed the seal and every MAC.
func TestSeal_IsLogged(t *testing.T) {
	t.Parallel()
	d := databases[0] // which one makes no difference
	url := older(t, d, olderOrders(t))
	for i, want := range []int{1, 0, 1} {
		if i == 2 {
			exec(t, d.raw(t, url), append(d.dropTriggers, "DELETE FROM seal", "UPDATE history SET mac = '', key_id = ''")...)
		}
		log, hook := logtest.NewNullLogger()
		l := openWith(t, ledger.Config{Keys: testKeys, URL: url, Serve: true, Log: log})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		logged := slices.DeleteFunc(hook.AllEntries(), func(e *logrus.Entry) bool { return e.Data["rows"] != olderRows })
		if len(logged) != want {
			t.Errorf("start %d: logged %d times", i, len(logged))
		}
	}
}

// forgedChain changes a sealed row and, as somebody who knows the program, every hash
// that follows from it.
func forgedChain(t *testing.T, l *ledger.Ledger) []string {
	t.Helper()
	rows, err := l.History(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	var (
		before  string
		queries []string
	)
	for _, r := range rows {
		r.Facts = strings.Replace(r.Facts, `"acc-1"`, `"acc-9"`, 1)
		before = ledger.ChainHash(before, r)
		queries = append(queries, fmt.Sprintf("UPDATE history SET facts = '%s', chain = '%s' WHERE order_id = 'a' AND version = %d", r.Facts, before, r.Version))
	}
	return append(queries, "UPDATE orders SET account = 'acc-9', chain = '"+before+"' WHERE id = 'a'")
}

// Nothing that claims to be from an earlier version can be changed, added, or removed
// without a difference, and no start makes another seal for it.
func TestSeal_FindsChanges(t *testing.T) {
	t.Parallel()
	unkeyed := "UPDATE history SET mac = '', key_id = '' WHERE order_id = 'new'"
	for name, queries := range map[string][]string{
		"a forged chain":                nil, // depends on the rows
		"an order added":                {unkeyed},
		"an order added, the seal gone": {unkeyed, "DELETE FROM seal"},
		"an order removed":              {"DELETE FROM history WHERE order_id = 'b'", "DELETE FROM orders WHERE id = 'b'"},
		"an order exchanged":            {unkeyed, "DELETE FROM history WHERE order_id = 'waiting'", "DELETE FROM orders WHERE id = 'waiting'"},
		"the seal gone":                 {"DELETE FROM seal"},
		"another seal":                  {"INSERT INTO seal SELECT at + 1, history_rows, digest, key_id, mac FROM seal"},
		"the seal's time":               {"UPDATE seal SET at = at + 1"},
		"the seal's rows":               {"UPDATE seal SET history_rows = history_rows + 1"},
		"the seal's digest":             {"UPDATE seal SET digest = 'x'"},
		"the seal's MAC":                {"UPDATE seal SET mac = 'x'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDatabase(t, func(t *testing.T, d database) {
				url := older(t, d, olderOrders(t))
				l := open(t, url, true)
				create(t, l, sample("kept"))
				create(t, l, sample("new"))
				changes := queries
				if changes == nil {
					changes = forgedChain(t, l)
				}
				db := d.raw(t, url)
				db.SetMaxOpenConns(1)
				exec(t, db, d.unguard)
				exec(t, db, changes...)
				for _, when := range []string{"at once", "after a start"} {
					if _, found := verify(t, l, start.Add(never)); len(found) == 0 {
						t.Errorf("%s: nothing was found", when)
					}
					if when == "at once" {
						if err := l.Close(); err != nil {
							t.Fatal(err)
						}
						l = open(t, url, true)
					}
				}
			})
		})
	}
}

// The id of an unknown key of the seal is reported, and is no difference.
func TestSeal_UnknownKey(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := older(t, d, olderOrders(t))
		l := open(t, url, true)
		exec(t, d.raw(t, url), "UPDATE seal SET key_id = 'another'")
		proof, found := verify(t, l, start)
		if len(found) > 0 || proof.UnknownKeys["another"] != 1 {
			t.Errorf("proof %+v, found %q", proof, found)
		}
	})
}

// A ledger that is served needs a key. One that is read does not, but then nothing can
// be recorded, nor before the seal was made.
func TestOpen_NeedsAKeyToWrite(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := older(t, d, olderOrders(t))
		if _, err := ledger.Open(t.Context(), ledger.Config{URL: url, Serve: true}); !errors.Is(err, ledger.ErrNoKey) {
			t.Errorf("serving: %v", err)
		}
		recordsNothing := func(why string, c ledger.Config) {
			t.Helper()
			l := openWith(t, c)
			if list, err := l.List(t.Context(), start, 10); err != nil || len(list) != 3 {
				t.Errorf("%s: reads %d orders, %v", why, len(list), err)
			}
			o := sample("new")
			_, created := l.Create(t.Context(), o, order.Entry{Version: 1, At: start, To: order.Pending})
			waiting, err := l.Order(t.Context(), "waiting")
			_, changed := try(t, l, waiting, order.Cancelled)
			if err != nil || created == nil || changed == nil {
				t.Errorf("%s: created %v, changed %v, %v", why, created, changed, err)
			}
		}
		recordsNothing("without a key", ledger.Config{URL: url})
		recordsNothing("without the seal", ledger.Config{URL: url, Keys: testKeys})
		if err := open(t, url, true).Close(); err != nil {
			t.Fatal(err)
		}
		create(t, open(t, url, false), sample("new"))
	})
}

// Without a key, the tables are migrated, and the first start makes the seal.
func TestMigrate_WithoutAKey(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.bare(t)
		for range 2 {
			if err := ledger.Migrate(t.Context(), ledger.Config{URL: url}); err != nil {
				t.Fatal(err)
			}
		}
		l := open(t, url, true)
		create(t, l, sample("a"))
		if _, found := verify(t, l, start); len(found) > 0 {
			t.Errorf("found %q", found)
		}
	})
}

// A trigger or its function that does something else than it did is found, although
// its name is still there. So is a trigger that the program did not make.
func TestVerify_ChangedTrigger(t *testing.T) {
	t.Parallel()
	queries := map[string][]string{
		"sqlite": {
			"DROP TRIGGER history_no_update",
			"CREATE TRIGGER history_no_update BEFORE UPDATE ON history WHEN 1 = 0 BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
			"DROP TRIGGER history_authenticated",
			"CREATE TRIGGER history_authenticated BEFORE INSERT ON history BEGIN SELECT 1; END",
			"CREATE TRIGGER back AFTER UPDATE OF state ON orders WHEN NEW.state = 'placing' BEGIN UPDATE orders SET state = 'approved' WHERE id = NEW.id; END",
		},
		"postgres": {
			"CREATE OR REPLACE FUNCTION extendbot_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END; $$",
			"DROP TRIGGER history_authenticated ON history",
			"CREATE TRIGGER history_authenticated BEFORE UPDATE ON history FOR EACH ROW EXECUTE FUNCTION extendbot_history_is_append_only()",
			"CREATE TRIGGER back BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION extendbot_history_is_append_only()",
		},
	}
	want := map[string][]string{
		"sqlite":   {"the trigger history_authenticated was changed", "the trigger history_no_update was changed", "the trigger back is none of this program's"},
		"postgres": {"the function extendbot_history_is_append_only was changed", "the trigger history_authenticated was changed", "the trigger back is none of this program's"},
	}
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.altered(t)
		l := open(t, url, true)
		found := func() (list []string) {
			_, err := l.Verify(t.Context(), start, func(d ledger.Difference) error {
				list = append(list, strings.TrimPrefix(d.String(), "history is no longer protected: "))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if list := found(); len(list) > 0 {
			t.Errorf("unchanged: found %q", list)
		}
		exec(t, d.raw(t, url), queries[d.name]...)
		if list := found(); !slices.Equal(list, want[d.name]) {
			t.Errorf("found %q, want %q", list, want[d.name])
		}
	})
}
