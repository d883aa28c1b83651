package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/internal/secret"
	"extendbot/ledger"
	"extendbot/ledger/mac"
	"extendbot/order"
	"extendbot/order/ordertest"
)

// What has a MAC of its own, beside history: baselines, and answers about an unknown
// outcome.

// A baseline that was changed, copied, or added in the database is not used.
func TestBaseline_ChangedInDatabase(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		create(t, l, sample("a"))
		b := sample("b")
		b.Server.ID = "srv-2"
		create(t, l, b)
		want := order.Baseline{IDs: []string{"h-1"}, Complete: true, At: start}
		if err := l.AddBaseline(t.Context(), "a", want); err != nil {
			t.Fatal(err)
		}
		x := tampering{t: t, d: d, db: d.raw(t, url)}
		for _, column := range ledger.TableColumns["notes"] {
			if column == "order_id" {
				continue
			}
			x.each("notes", column, "order_id = 'a'", func(to string) {
				_, err := l.Baseline(t.Context(), "a")
				if code := order.CodeOf(err); code != order.CodeTampered && (code != order.CodeKeyUnknown || column != "key_id") {
					t.Errorf("%s was set to %s: %v", column, to, err)
				}
			})
		}
		if got, err := l.Baseline(t.Context(), "a"); err != nil || !cmp.Equal(want, got) {
			t.Errorf("everything was restored: %+v, %v", got, err)
		}
		exec(t, x.db, "UPDATE notes SET order_id = 'b'")
		_, err := l.Baseline(t.Context(), "b")
		wantCode(t, err, order.CodeTampered)
		exec(t, x.db, "UPDATE notes SET mac = '', key_id = ''")
		_, err = l.Baseline(t.Context(), "b")
		wantCode(t, err, order.CodeOldVersion)
	})
}

// A baseline of a version that did not authenticate is not used, and one that was
// recorded with another key only by processes that have it.
func TestBaseline_OlderVersionAndKeys(t *testing.T) {
	t.Parallel()
	keys := func(text string) mac.Keys { return mac.Derived(secret.New(text)) }
	onEachDatabase(t, func(t *testing.T, d database) {
		url := older(t, d, func(l *ledger.Ledger) {
			create(t, l, sample("old"))
			if err := l.AddBaseline(t.Context(), "old", order.Baseline{Complete: true, At: start}); err != nil {
				t.Fatal(err)
			}
		})
		for _, step := range []struct {
			keys mac.Keys
			add  order.ID
			want map[order.ID]order.Code
		}{
			{keys("one"), "one", map[order.ID]order.Code{"old": order.CodeOldVersion, "one": ""}},
			{keys("two").And(keys("one")), "two", map[order.ID]order.Code{"one": "", "two": ""}},
			{keys("two"), "", map[order.ID]order.Code{"old": order.CodeOldVersion, "one": order.CodeKeyUnknown, "two": ""}},
		} {
			l, err := ledger.Open(t.Context(), ledger.WithLongTimeouts(ledger.Config{URL: url, Serve: true, Keys: step.keys}))
			if err != nil {
				t.Fatal(err)
			}
			if o := sample(step.add); step.add != "" {
				o.Server.ID = "srv-" + string(step.add)
				create(t, l, o)
				if err := l.AddBaseline(t.Context(), step.add, order.Baseline{Complete: true, At: start}); err != nil {
					t.Fatal(err)
				}
			}
			for id, want := range step.want {
				_, err := l.Baseline(t.Context(), id)
				if got := order.CodeOf(err); got != want {
					t.Errorf("the baseline of %q: %v, want %q", id, err, want)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// An answer about an unknown outcome that was changed, copied, or added in the database
// does not verify. The order itself does.
func TestFinding_ChangedInDatabase(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		db := d.raw(t, url)
		way := []order.State{order.Approved, order.Placing, order.Unknown}
		onTheWay(t, l, "a", way)
		onTheWay(t, l, "b", way)
		said := order.Finding{By: "U0CARO", Placed: true, Why: "looked", At: start}
		if _, err := l.RecordFinding(t.Context(), "a", said); err != nil {
			t.Fatal(err)
		}
		check := func(id order.ID, name string, want order.Code) {
			t.Helper()
			o, err := l.Verified(t.Context(), id)
			if err != nil || o.Finding.Unverified != want {
				t.Errorf("%s: %v, the finding is %+v", name, err, o.Finding)
			}
		}
		check("a", "as recorded", "")
		var stored string
		if err := db.QueryRowContext(t.Context(), "SELECT finding FROM orders WHERE id = 'a'").Scan(&stored); err != nil {
			t.Fatal(err)
		}
		set := func(id order.ID, text string) {
			exec(t, db, fmt.Sprintf("UPDATE orders SET finding = '%s' WHERE id = '%s'", text, id))
		}
		for _, c := range []struct {
			old, text string
			want      order.Code
		}{
			{`"by":"U0CARO"`, `"by":"U0DAVE"`, order.CodeTampered},
			{`"placed":true`, `"placed":false`, order.CodeTampered},
			{`"placed":true`, `"placed":true,"placed":false`, order.CodeTampered},
			{`"why":"looked"`, `"why":"did not look"`, order.CodeTampered},
			{`"at":`, `"at":1`, order.CodeTampered},
			{`"mac":"`, `"mac":"x`, order.CodeTampered},
			{`"key_id":"`, `"key_id":"x`, order.CodeKeyUnknown},
			{`"key_id":`, `"no":`, order.CodeKeyUnknown},
			{`"mac":`, `"no":`, order.CodeTampered},
		} {
			changed := strings.Replace(stored, c.old, c.text, 1)
			if changed == stored {
				t.Fatalf("%s is not in %s", c.old, stored)
			}
			set("a", changed)
			check("a", c.text, c.want)
		}
		set("b", stored)
		check("b", "a copy", order.CodeTampered)
		set("b", fmt.Sprintf(`{"by":"U0CARO","at":%d}`, start.UnixMicro()))
		check("b", "without a MAC", order.CodeOldVersion)
	})
}

// An answer that does not verify does not keep people from giving another one, and that
// it was refused and shown does not change whether it verifies.
func TestFinding_ReplacesUnverified(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		onTheWay(t, l, "a", []order.State{order.Approved, order.Placing, order.Unknown})
		exec(t, d.raw(t, url), fmt.Sprintf(`UPDATE orders SET finding = '{"by":"U0CARO","at":%d}' WHERE id = 'a'`, start.UnixMicro()))
		for _, f := range []order.Finding{{By: "U0CARO", At: start.Add(time.Second)}, {By: "U0CARO", At: start.Add(time.Minute)}} {
			o, err := l.RecordFinding(t.Context(), "a", f)
			if err != nil || !o.Finding.At.Equal(start.Add(time.Second)) || o.Finding.Unverified != "" {
				t.Errorf("recorded %+v, %v", o.Finding, err)
			}
		}
		_, err := l.RecordFinding(t.Context(), "a", order.Finding{By: "U0DAVE", At: start})
		wantCode(t, err, order.CodeConflict)
		at := start.Add(time.Second)
		err = errors.Join(l.RefuseFinding(t.Context(), "a", at, "it is listed"), l.RecordShown(t.Context(), order.Shown{ID: "a", FindingAt: at}))
		o, readErr := l.Verified(t.Context(), "a")
		if f := o.Finding; err != nil || readErr != nil || f.Unverified != "" || !f.Shown || f.Refused == "" {
			t.Errorf("the finding is %+v, %v, %v", f, err, readErr)
		}
	})
}

// chargingHost answers 429 to the first send, and charges all the same if charges says
// so. It lists every charge.
type chargingHost struct {
	mu      sync.Mutex
	charges bool
	sends   int
	lines   []order.HostOrder
}

func (h *chargingHost) ExtendServer(_ context.Context, e order.Extension) (order.Receipt, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sends++
	id := fmt.Sprintf("h-%d", h.sends)
	if h.charges || h.sends > 1 {
		h.lines = append(h.lines, order.HostOrder{ID: id, AccountID: e.Account, ServerID: e.ServerID, Hours: e.Hours})
	}
	if h.sends > 1 {
		return order.Receipt{OrderID: id, Hours: e.Hours}, nil
	}
	return order.Receipt{}, &order.PlaceError{Verdict: order.Throttled, Reason: "slow down"}
}

func (h *chargingHost) Orders(context.Context, string) (order.HostOrderList, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return order.HostOrderList{Orders: append([]order.HostOrder(nil), h.lines...), Complete: true}, nil
}

// Whoever can write to the database cannot have an order that was throttled, and charged
// all the same, sent again: not with a baseline that has the charge, and not with an order
// that claims it. Without them it would be sent again only if it was not charged.
func TestDesk_ThrottledOrderIsNotSentAgain(t *testing.T) {
	t.Parallel()
	const (
		copyOrder = "CREATE TEMPORARY TABLE forged AS SELECT * FROM orders WHERE id = '%s'"
		claims    = "UPDATE forged SET id = 'forged', request_key = 'forged', server_id = 'srv-9', state = 'placed', host_order = 'h-1', receipt = '{\"OrderID\":\"h-1\"}'"
		insert    = "INSERT INTO orders SELECT * FROM forged"
	)
	for name, c := range map[string]struct {
		charged bool
		queries []string
		want    order.State
	}{
		"nothing is changed":                {false, nil, order.Placed},
		"nothing is changed, it is charged": {true, nil, order.Unknown},
		"the charge is in its baseline":     {true, []string{"UPDATE notes SET ids = '[\"h-1\"]' WHERE order_id = '%s'"}, order.Unknown},
		"the same, without a MAC":           {true, []string{"UPDATE notes SET ids = '[\"h-1\"]', mac = '', key_id = '' WHERE order_id = '%s'"}, order.Unknown},
		"an older baseline":                 {false, []string{"UPDATE notes SET mac = '', key_id = '' WHERE order_id = '%s'"}, order.Unknown},
		"another order claims the charge":   {true, []string{copyOrder, claims, insert}, order.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDatabase(t, func(t *testing.T, d database) {
				url, host := d.url(t), &chargingHost{charges: c.charged}
				l := open(t, url, true)
				desk := order.NewDesk(order.Config{
					Ledger: l, Baselines: l, Host: host, HostOrders: host, ProcessID: "p1",
					Policy:     ordertest.NewPolicy(ordertest.Rules{People: []string{"U0ALICE"}}),
					ConfirmTTL: time.Hour, MaxHours: 100, HostTimeout: time.Minute, Pauses: order.Pauses{Lists: time.Millisecond},
				})
				who := order.Person{Team: "T1", User: "U0ALICE"}
				o, err := desk.Request(t.Context(), order.Request{Key: "k", Person: who, Server: "srv-1", Hours: 1})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := desk.RecordBaseline(t.Context(), o.ID); err != nil {
					t.Fatal(err)
				}
				if _, err := desk.Decide(t.Context(), order.Decision{ID: o.ID, Person: who, Yes: true}); err != nil {
					t.Fatal(err)
				}
				_ = desk.Place(t.Context(), o.ID) // it has to wait
				db := d.raw(t, url)
				db.SetMaxOpenConns(1) // the temporary table belongs to a connection
				for _, q := range c.queries {
					exec(t, db, strings.Replace(q, "%s", string(o.ID), 1))
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				placeToTheEnd(ctx, desk, l, o.ID)
				sends := map[order.State]int{order.Placed: 2, order.Unknown: 1}[c.want]
				if got, err := l.Order(t.Context(), o.ID); err != nil || got.State != c.want || host.sends != sends {
					t.Errorf("it is %s (%s), %v; sent %d times, want %d", got.State, got.Reason, err, host.sends, sends)
				}
			})
		})
	}
}

// Whoever can write to the database cannot settle an order in the name of an admin.
func TestDesk_ForgedFindingSettlesNothing(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url, seen := d.url(t), &alarms{}
		l := open(t, url, true)
		desk := order.NewDesk(order.Config{
			Ledger: l, Observer: seen, ProcessID: "p1", Policy: ordertest.NewPolicy(ordertest.Rules{Admins: []string{"U0CARO"}}),
			Now: func() time.Time { return start.Add(time.Minute) },
		})
		way := []order.State{order.Approved, order.Placing, order.Unknown}
		onTheWay(t, l, "a", way)
		onTheWay(t, l, "b", way)
		who := order.Person{Team: "T0TEAM", User: "U0CARO"}
		if _, err := desk.SettleBy(t.Context(), who, order.Settlement{ID: "b", Why: "looked"}); err != nil {
			t.Fatal(err)
		}
		db := d.raw(t, url)
		for name, finding := range map[string]string{
			"made up": fmt.Sprintf(`'{"by":"U0CARO","why":"looked","at":%d}'`, start.UnixMicro()),
			"copied":  "(SELECT finding FROM orders WHERE id = 'b')",
		} {
			exec(t, db, "UPDATE orders SET finding = "+finding+" WHERE id = 'a'")
			if err := desk.CheckFinding(t.Context(), "a"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			o, err := l.Order(t.Context(), "a")
			if err != nil || o.State != order.Unknown || !o.RefusalDue() {
				t.Errorf("%s: it is %s, %v, the finding is %+v", name, o.State, err, o.Finding)
			}
		}
		if !seen.raised() {
			t.Error("nothing was reported")
		}
		if err := desk.CheckFinding(t.Context(), "b"); err != nil {
			t.Error(err)
		}
		if o, err := l.Order(t.Context(), "b"); err != nil || o.State != order.NotPlaced || o.SettledBy != "U0CARO" {
			t.Errorf("the answer that was given: it is %s, %v", o.State, err)
		}
	})
}

// What the format of a MAC covers does not change: rows that were written before would no
// longer verify. Another format gets another name.
func TestEncode_MACsStayTheSame(t *testing.T) {
	t.Parallel()
	keys, err := mac.New(secret.New(strings.Repeat("pinned", 8)))
	if err != nil {
		t.Fatal(err)
	}
	o := order.Order{
		ID: "pinned", RequestKey: "key", Version: 1, State: order.Pending, Person: order.Person{Team: "T1", User: "U0ALICE"}, Channel: "C1",
		Account: "acc-1", Server: order.Server{Name: "web-1", ID: "srv-1"}, Hours: 72, CreatedAt: start, ChangedAt: start, Deadline: start.Add(time.Hour),
	}
	priced := o
	priced.Estimate = order.Estimate{Amount: decimal.NewNullDecimal(decimal.RequireFromString("1.30")), From: order.PriceFromReceipt}
	priced.Currency = "EUR"
	for _, c := range []struct {
		order order.Order
		want  string
	}{{o, "9qd3U2AOXkbZGIUVE2xcly9beNyle2760vjgOA_ZnGQ"}, {priced, "Tsjqbf7fM86c9PeEyHjmzL6jrNiU3bwh6jgiOd3-PRQ"}} {
		rows, err := ledger.Encode(keys, []ledger.Transition{{Order: c.order, Entry: order.Entry{Version: 1, At: start, Who: "U0ALICE", To: order.Pending}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := rows.History[0][slices.Index(ledger.HistoryColumns(), "mac")]; got != c.want {
			t.Errorf("the estimate %v: the MAC is %v, want %s", c.order.Estimate.Amount, got, c.want)
		}
	}
}
