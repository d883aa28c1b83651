package service_test

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
)

// unkeyedRows is how many rows of history the ledgers in testdata/upgrade have.
const unkeyedRows = 28

// upgrade is a ledger of the last version that did not authenticate, whose process was
// killed, and a Slack that has its messages. The time goes on two minutes after that.
type upgrade struct {
	*servicetest.Harness

	cards map[string]slacksim.Message // by what became of the order, see selectOlder

	mu    sync.Mutex
	fixed time.Time // what the clock shows; zero: it goes on
	ahead time.Duration
}

// selectOlder names each order of the ledger by its state. Of the two that are approved,
// 0xhost throttled one.
const selectOlder = "SELECT CASE WHEN throttled_at <> 0 THEN 'throttled' ELSE state END, changed_at, card_ref, word_ref FROM orders"

func (u *upgrade) now() time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.fixed.IsZero() {
		return u.fixed
	}
	return time.Now().Add(u.ahead)
}

func (u *upgrade) setClock(at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.fixed = at
}

// goOn lets the clock go on from a time.
func (u *upgrade) goOn(from time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.fixed, u.ahead = time.Time{}, time.Until(from)
}

// eachUpgrade runs a test on the ledger of each kind of database, before the first start
// of this version.
func eachUpgrade(t *testing.T, test func(u *upgrade)) {
	t.Helper()
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		u := &upgrade{cards: map[string]slacksim.Message{}}
		u.Harness = servicetest.New(t, slacksim.Config{Now: u.now})
		if err := os.WriteFile(u.DatabasePath(), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		// The queue goes by the clock of this machine.
		u.load("sqlite.sql", "UPDATE river_job SET scheduled_at = datetime('now') WHERE state <> 'completed'")
		test(u)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		database := testpg.Database(t) // removed last
		u := &upgrade{cards: map[string]slacksim.Message{}}
		u.Harness = servicetest.New(t, slacksim.Config{Now: u.now})
		u.UseDatabase(database)
		u.load("postgres.sql", "UPDATE river_job SET scheduled_at = now() WHERE state <> 'completed'")
		test(u)
	})
}

// load fills the database, and posts the cards of its orders.
func (u *upgrade) load(file string, more ...string) {
	u.T.Helper()
	dump, err := os.ReadFile(filepath.Join("testdata", "upgrade", file))
	if err != nil {
		u.T.Fatal(err)
	}
	u.Exec(append([]string{string(dump), "DELETE FROM river_leader"}, more...)...)
	var newest time.Time
	cards, threads := map[string]string{}, map[string]string{} // by reference: the state; the card that it is below
	queryDatabase(u.Harness, selectOlder, nil, func(rows *sql.Rows) error {
		var (
			state, card, reply string
			changed            int64
		)
		err := rows.Scan(&state, &changed, &card, &reply)
		if at := time.UnixMicro(changed); at.After(newest) {
			newest = at
		}
		cards[card], threads[card] = state, ""
		if reply != "" {
			threads[reply] = strings.TrimPrefix(card, stage.Ops+"/")
		}
		return err
	})
	for _, ref := range slices.Sorted(maps.Keys(threads)) {
		if m := u.post(ref, threads[ref]); cards[ref] != "" {
			u.cards[cards[ref]] = m
		}
	}
	u.goOn(newest.Add(2 * time.Minute))
	u.Settings.Admins = []string{stage.Bob}
	u.Options = append(u.Options, service.WithWallClock(u.now), servicetest.FastLookups)
}

// post posts a message as the bot, which gets this reference.
func (u *upgrade) post(ref, thread string) slacksim.Message {
	u.T.Helper()
	channel, ts, _ := strings.Cut(ref, "/")
	seconds, micros, _ := strings.Cut(ts, ".")
	at, err := time.ParseDuration(seconds + "s" + micros + "us")
	if err != nil {
		u.T.Fatal(err)
	}
	u.setClock(time.Unix(0, 0).Add(at))
	form := url.Values{"channel": {channel}, "thread_ts": {thread}, "text": {"from the previous version"}}
	req, err := http.NewRequestWithContext(u.Ctx, http.MethodPost, u.Slack.APIURL()+"chat.postMessage", strings.NewReader(form.Encode()))
	if err != nil {
		u.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+u.Slack.BotToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		u.T.Fatal(err)
	}
	_ = res.Body.Close()
	m, ok := u.Slack.Message(channel, ts)
	if !ok {
		u.T.Fatalf("the message has another reference than %s", ref)
	}
	return m
}

// press presses a button that a card had, and returns what the person is told.
func (u *upgrade) press(user, card, action string) string {
	u.T.Helper()
	before := len(u.Slack.Ephemerals(user))
	u.ClickRaw(user, u.cards[card], action, string(u.id(card)))
	u.WaitEphemerals(user, before+1)
	return u.Slack.Ephemerals(user)[before].Text
}

func (u *upgrade) id(card string) (id order.ID) {
	of := []any{stage.Ops + "/" + u.cards[card].TS}
	queryDatabase(u.Harness, "SELECT id FROM orders WHERE card_ref = $1", of, func(rows *sql.Rows) error { return rows.Scan(&id) })
	return id
}

// differences returns what orders verify prints, as one text, and what it counts.
func (u *upgrade) differences() (found string, proof ledger.Proof) {
	u.T.Helper()
	proof, err := u.Service.Ledger.Verify(u.Ctx, u.now(), func(d ledger.Difference) error {
		found += d.String() + "\n"
		return nil
	})
	if err != nil {
		u.T.Fatal(err)
	}
	return found, proof
}

func (u *upgrade) wantIntact() {
	u.T.Helper()
	if found, proof := u.differences(); found != "" || proof.Unkeyed != unkeyedRows || len(proof.UnknownKeys) > 0 {
		u.T.Errorf("proof %+v, found:\n%s", proof, found)
	}
}

// A ledger of the version that did not authenticate, with an order in each state, is
// upgraded. Nothing that was approved before is sent, and this is not called tampering;
// people are told what to do, unknown outcomes can be settled, what was placed counts
// against limits, and the bot works.
func TestUpgrade_OrdersInFlight(t *testing.T) {
	eachUpgrade(t, func(u *upgrade) {
		u.Start()
		u.wantIntact()
		u.wantCounted()
		u.WaitReply(u.cards["approved"], "Nothing was charged: `it was approved by the previous version of this program`")
		u.WaitCard(u.cards["approved"], "did not go through")
		for card, state := range map[string]order.State{
			"pending": order.Pending, "approved": order.Refused, "placed": order.Placed, "refused": order.Refused,
			"cancelled": order.Cancelled, "expired": order.Expired,
		} {
			if o, err := u.Service.Ledger.Order(u.Ctx, u.id(card)); err != nil || o.State != state {
				u.T.Errorf("the %s order is %s (%v)", card, o.State, err)
			}
		}
		if got := u.press(stage.Mallory, "pending", "order_confirm"); strings.Contains(got, "previous version") {
			u.T.Errorf("a stranger is told: %s", got)
		}
		if got := u.press(stage.Alice, "pending", "order_confirm"); !strings.Contains(got, "recorded by the previous version of this bot, so it no longer counts. Ask again: `/extend web-1 ") {
			u.T.Errorf("a press on the pending card is answered: %s", got)
		}
		u.WaitReply(u.cards["pending"], "recorded by the previous version")
		u.WaitCard(u.cards["pending"], "recorded by the previous version")
		if got := u.press(stage.Alice, "placed", "order_confirm"); !strings.Contains(got, "already decided") || !strings.Contains(got, "runs until") {
			u.T.Errorf("a press on the old card of a placed order is answered: %s", got)
		}
		u.settleUnknown()
		u.WantCharges(0, 0)
		u.Order("web-1 24")
		u.Order("web-1 48")
		u.WantCharges(2, 2)
		if strings.Contains(u.Log.String(), "tampered") {
			u.T.Error("the log says that an order was tampered with")
		}
		u.wantIntact()
	})
}

// wantCounted checks that what was placed before the upgrade counts against limits on
// amounts, from its approval on.
func (u *upgrade) wantCounted() {
	u.T.Helper()
	placed, err := u.Service.Ledger.Order(u.Ctx, u.id("placed"))
	if err != nil {
		u.T.Fatal(err)
	}
	amount := func(cents int64) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.New(cents, -2)) }
	limit := order.Limit{Per: order.PerPerson, Within: 24 * time.Hour, Amount: amount(150)}
	next := order.Order{Person: placed.Person, Estimate: order.Estimate{Amount: amount(21)}}
	states, err := u.Service.Ledger.LimitStates(u.Ctx, next, []order.Limit{limit}, u.now())
	if err != nil || !states[0].UsedAmount.Equal(amount(130).Decimal) || states[0].Allows || !states[0].FreeAt.Equal(placed.DecidedAt.Add(24*time.Hour)) {
		u.T.Errorf("%+v, %v; the order was approved at %s", states, err, placed.DecidedAt)
	}
}

// settleUnknown settles what is unknown after the upgrade: an attempt whose answer was
// lost, one that was cut off, and one that 0xhost throttled.
func (u *upgrade) settleUnknown() {
	u.T.Helper()
	for i, card := range []string{"unknown", "placing", "throttled"} {
		question := u.WaitQuestion(u.cards[card])
		if i == 0 {
			u.SettlePlaced(stage.Bob, question, "seen in the client area")
			u.WaitReply(u.cards[card], "seen in the client area")
			continue
		}
		u.Click(stage.Bob, question, "order_settle_not_placed")
		u.WaitUntil(func() bool {
			o, _ := u.Service.Ledger.Order(u.Ctx, u.id(card))
			return o.State == order.NotPlaced
		}, func() string { return fmt.Sprintf("the %s order was not settled", card) })
	}
}

// A process of the version before that was not stopped can record nothing. Whoever adds
// a row that is not authenticated, or changes one of that version, although the database
// refuses that, is found.
func TestUpgrade_SealFindsChanges(t *testing.T) {
	eachUpgrade(t, func(u *upgrade) {
		u.Start()
		u.wantIntact()
		placed := string(u.id("placed"))
		const insert = "INSERT INTO history (order_id, version, at, who, from_state, to_state, why, facts, chain)" +
			" SELECT 'another', version, at, who, from_state, to_state, why, facts, chain FROM history WHERE order_id = $1 AND version = 1"
		db := u.OpenDatabase()
		defer func() { _ = db.Close() }()
		if _, err := db.ExecContext(u.Ctx, insert, placed); err == nil || !strings.Contains(err.Error(), "stop this older version of extendbot") {
			u.T.Errorf("a row that is not authenticated: %v", err)
		}
		of := ""
		if strings.HasPrefix(u.Settings.Database.Reveal(), "postgres") {
			of = " ON history"
		}
		u.Exec("DROP TRIGGER history_authenticated"+of, "DROP TRIGGER history_no_update"+of,
			strings.ReplaceAll(insert, "$1", "'"+placed+"'"), "UPDATE history SET who = 'U0BOB' WHERE order_id = '"+placed+"' AND version = 2")
		found, _ := u.differences()
		for _, want := range []string{
			"29 rows of history are not authenticated, but 28 were when earlier versions last wrote",
			"order another: ", "order " + placed + ", row 2 of its history: ", "history_authenticated", "history_no_update",
		} {
			if !strings.Contains(found, want) {
				u.T.Errorf("%q is not in:\n%s", want, found)
			}
		}
	})
}
