package ledger_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"extendbot/ledger"
)

func TestADatabaseOfANewerVersionIsRefused(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.altered(t)
		exec(t, d.raw(t, url), "INSERT INTO extendbot_version (version_id, is_applied) VALUES (9999, TRUE)")
		for _, serve := range []bool{false, true} {
			if _, err := ledger.Open(t.Context(), ledger.Config{URL: url, Serve: serve}); !errors.Is(err, ledger.ErrNewerSchema) {
				t.Errorf("serving %v: got %v, want ErrNewerSchema", serve, err)
			}
		}
	})
}

func TestHistoryCannotBeChanged(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		create(t, open(t, url, true), sample("a"))
		db := d.raw(t, url)
		queries := []string{"UPDATE history SET why = 'x'", "DELETE FROM history"}
		if d.shared {
			queries = append(queries, "TRUNCATE history")
		} else {
			queries = append(queries, "INSERT OR REPLACE INTO history SELECT * FROM history", "REPLACE INTO history SELECT * FROM history")
		}
		for _, q := range queries {
			if _, err := db.ExecContext(t.Context(), q); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", q, err)
			}
		}
	})
}

func TestWhoeverOnlyLooksNeitherMakesNorChangesTables(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.bare(t)
		for range 2 { // the first look leaves nothing that the second could take for a ledger
			if _, err := ledger.Open(t.Context(), ledger.Config{URL: url}); !errors.Is(err, ledger.ErrNoDatabase) {
				t.Errorf("no ledger: %v", err)
			}
		}
		if err := open(t, url, true).Close(); err != nil {
			t.Fatal(err)
		}
		exec(t, d.raw(t, url), "DELETE FROM extendbot_version WHERE version_id > 1")
		if _, err := ledger.Open(t.Context(), ledger.Config{URL: url}); !errors.Is(err, ledger.ErrOlderSchema) {
			t.Errorf("an older ledger: %v", err)
		}
	})
}

func TestProcessesThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.bare(t)
		var group sync.WaitGroup
		opened := make(chan error, 8)
		for range cap(opened) {
			group.Go(func() {
				l, err := ledger.Open(t.Context(), ledger.Config{URL: url, Serve: true})
				if err == nil {
					defer func() { _ = l.Close() }()
					_, err = l.List(t.Context(), start, 1)
				}
				opened <- err
			})
		}
		group.Wait()
		close(opened)
		served := 0
		for err := range opened {
			switch {
			case err == nil:
				served++
			case !d.shared && errors.Is(err, ledger.ErrInUse):
			default:
				t.Error(err)
			}
		}
		if served == 0 || (d.shared && served != cap(opened)) {
			t.Errorf("%d of %d could serve", served, cap(opened))
		}
		var versions int
		count := d.raw(t, url).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM extendbot_version WHERE version_id = 1")
		if err := count.Scan(&versions); err != nil || versions != 1 {
			t.Errorf("the first migration ran %d times (%v)", versions, err)
		}
	})
}
