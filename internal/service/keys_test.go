package service_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/ledger/mac"
	"extendbot/order"
)

// Two values for APPROVAL_KEY.
const (
	oldKey = "the-old-key-which-is-long-enough-0"
	newKey = "the-new-key-which-is-long-enough-1"
)

// noKey is what a person is told whose press a process cannot judge.
const noKey = "I do not have the key that this order was recorded with"

// keysOf returns the keys of a process with these values of APPROVAL_KEY and
// OXHOST_API_KEY; "" for that of the stage.
func keysOf(h *servicetest.Harness, approvalKey, oxhostKey string) mac.Keys {
	h.T.Helper()
	env := h.Env("sqlite:unused")
	if approvalKey != "" {
		env["APPROVAL_KEY"] = approvalKey
	}
	if oxhostKey != "" {
		env["OXHOST_API_KEY"] = oxhostKey
	}
	s, err := settings.Parse(env)
	if err != nil {
		h.T.Fatal(err)
	}
	return s.ApprovalKeys
}

// restartWith restarts the service with this APPROVAL_KEY.
func restartWith(h *servicetest.Harness, approvalKey string) {
	h.T.Helper()
	h.Settings.ApprovalKeys = keysOf(h, approvalKey, "")
	h.Restart()
}

// webNeedsTwo makes the harness use a policy in which two have to approve orders for
// web-1, and nobody those for web-2.
func webNeedsTwo(h *servicetest.Harness) {
	h.T.Helper()
	const id = "c8ddf01e-c6df-11f0-8cdf-525400792197"
	h.AddServer(stage.Server{ID: id, Hostname: "vm-web-2", Account: stage.AliceAccount, PlanID: 5})
	rule := fmt.Sprintf("{name: web, when: {servers: [web-1]}, approvers: [%s, %s, %s], count: 2}", stage.Bob, stage.Carol, stage.Mallory)
	h.UsePolicy(strings.Replace(policyWith(rule), "servers: {", "servers: {web-2: "+id+", ", 1))
}

// unreachable makes the harness use an address where nobody listens, until reachable is
// called. Orders that were approved wait for that.
func unreachable(h *servicetest.Harness) (reachable func()) {
	h.T.Helper()
	addr, release := closedPort(h.T)
	h.Settings.OxhostAPIURL = (&url.URL{Scheme: "http", Host: addr, Path: "/API/"}).String()
	h.Options = append(h.Options, service.WithPauses(order.Pauses{Window: 10 * time.Minute, NeverSent: time.Millisecond}))
	return func() {
		release()
		forward(h, addr)
	}
}

// waitAttempt waits until an approved order is tried again.
func waitAttempt(h *servicetest.Harness, card slacksim.Message) {
	h.T.Helper()
	before := h.Recorded(card).Attempts
	h.WaitUntil(func() bool { return h.Recorded(card).Attempts > before }, func() string { return "there was no further attempt" })
}

// queryDatabase reads the service's database, past the service.
func queryDatabase(h *servicetest.Harness, query string, args []any, each func(*sql.Rows) error) {
	h.T.Helper()
	db := h.OpenDatabase()
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(h.Ctx, query, args...)
	if err != nil {
		h.T.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows); err != nil {
			h.T.Error(err)
		}
	}
	if err := rows.Err(); err != nil {
		h.T.Error(err)
	}
}

// keysOfHistory returns the ids of the keys with which the history of an order was
// written.
func keysOfHistory(h *servicetest.Harness, card slacksim.Message) (keys []string) {
	h.T.Helper()
	of := []any{string(h.Recorded(card).ID)}
	queryDatabase(h, "SELECT DISTINCT key_id FROM history WHERE order_id = $1", of, func(rows *sql.Rows) error {
		keys = append(keys, "")
		return rows.Scan(&keys[len(keys)-1])
	})
	slices.Sort(keys)
	return keys
}

// unknownKeys returns the ids of the keys that Verify does not know. There must be no
// difference.
func unknownKeys(h *servicetest.Harness) (ids []string) {
	h.T.Helper()
	proof, err := h.Service.Ledger.Verify(h.Ctx, time.Now(), func(d ledger.Difference) error { h.T.Error(d); return nil })
	if err != nil {
		h.T.Error(err)
	}
	for id := range proof.UnknownKeys {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// The key is changed as docs/operations.md says, while orders wait for approvals, and for
// 0xhost: they are placed. Only after the old key was removed, what it signed is called
// unknown, and not tampered with.
func TestKeys_ChangedWithOpenOrders(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		webNeedsTwo(h)
		reachable := unreachable(h)
		h.Settings.ApprovalKeys = keysOf(h, oldKey, "")
		h.Start()
		waiting := h.Request(stage.Alice, "web-2 24")
		h.Confirm(waiting)
		waitAttempt(h, waiting)
		pending, left := h.Request(stage.Alice, "web-1 24"), h.Request(stage.Bob, "web-1 48")
		h.Click(stage.Carol, pending, "order_confirm")
		waitApprovals(h, pending, stage.Carol)

		restartWith(h, oldKey+","+newKey)
		waitAttempt(h, waiting)

		restartWith(h, newKey+","+oldKey)
		waitAttempt(h, waiting)
		h.Click(stage.Bob, pending, "order_confirm")
		fresh := h.Request(stage.Alice, "web-1 72")
		reachable()
		for _, card := range []slacksim.Message{waiting, pending} {
			h.WaitReply(card, servicetest.Receipt)
			if keys := keysOfHistory(h, card); len(keys) != 2 {
				h.T.Errorf("the history was written with the keys %q", keys)
			}
		}
		h.WantCharges(2, 2)
		if ids := unknownKeys(h); ids != nil {
			h.T.Errorf("unknown: %q", ids)
		}

		restartWith(h, newKey)
		if ids := unknownKeys(h); !slices.Equal(ids, []string{keysOf(h, oldKey, "").ID()}) {
			h.T.Errorf("unknown: %q", ids)
		}
		if got := h.AnswerToClick(stage.Carol, left, "order_confirm"); !strings.Contains(got, noKey) {
			h.T.Errorf("a press on a card of the old key is answered: %s", got)
		}
		h.WantState(left, order.Pending)
		for _, user := range []string{stage.Carol, stage.Bob} {
			h.Click(user, fresh, "order_confirm")
		}
		h.WaitReply(fresh, servicetest.Receipt)
		h.WantCharges(3, 3)
		if strings.Contains(h.Log.String(), "tampered") {
			h.T.Error("the log says that an order was tampered with")
		}
	})
}

// What happens to a pending order when a setting that has a key is changed and the program
// is restarted: with APPROVAL_KEY, the key that followed from OXHOST_API_KEY still counts.
func TestKeys_SettingChanged(t *testing.T) {
	t.Parallel()
	const other = "another-key-of-0xhost"
	for name, c := range map[string]struct {
		before, after string // APPROVAL_KEY
		oxhostAfter   string // OXHOST_API_KEY
		known         bool
	}{
		"APPROVAL_KEY is set":                          {"", newKey, "", true},
		"OXHOST_API_KEY is changed":                    {"", "", other, false},
		"OXHOST_API_KEY is changed, with APPROVAL_KEY": {oldKey, oldKey, other, true},
		"OXHOST_API_KEY is changed with APPROVAL_KEY":  {"", newKey, other, false},
		"APPROVAL_KEY is removed":                      {oldKey, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.Start(t, func(s *settings.Settings) {})
			h.Settings.ApprovalKeys = keysOf(h, c.before, "")
			h.Restart()
			card := h.Request(stage.Alice, "web-1 24")
			h.Settings.ApprovalKeys = keysOf(h, c.after, c.oxhostAfter)
			h.Restart()
			if c.known {
				h.Confirm(card)
				h.WaitReply(card, servicetest.Receipt)
				h.WantCharges(1, 1)
				return
			}
			if got := h.AnswerToClick(stage.Alice, card, "order_confirm"); !strings.Contains(got, noKey) {
				t.Errorf("a press is answered: %s", got)
			}
			h.WantState(card, order.Pending)
			h.Order("web-1 48")
			h.WantCharges(1, 1)
		})
	}
}

// A process whose key is gone does not call anything tampered with. A pending order
// expires at its deadline, an approved one is refused after an hour, and the server can be
// asked for again.
// Hours pass in it, which takes minutes while other tests run, so it runs alone.
func TestKeys_Gone(t *testing.T) {
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.ApprovalKeys = keysOf(h, oldKey, "")
		h.Start()
		pending, waiting := h.Request(stage.Carol, "web-1 12"), h.Request(stage.Alice, "web-1 24")
		h.RefuseOxhost(true)
		h.Confirm(waiting)
		waitAttempt(h, waiting)
		h.Stop()
		h.RefuseOxhost(false)
		h.Settings.ApprovalKeys = keysOf(h, newKey, "")
		h.Start()
		if got := h.AnswerToClick(stage.Carol, pending, "order_confirm"); !strings.Contains(got, noKey) {
			t.Errorf("a press is answered: %s", got)
		}
		servicetest.Pass(14 * time.Minute)
		h.WantState(pending, order.Pending)
		servicetest.Pass(2 * time.Minute)
		h.WaitCard(pending, "Expired")
		servicetest.Pass(42 * time.Minute)
		h.WantState(waiting, order.Approved)
		servicetest.Pass(3 * time.Minute)
		h.WaitReply(waiting, "no process had the key that authenticates it for 1h")
		h.WaitCard(waiting, "did not go through")
		h.WantCharges(0, 0)
		h.Order("web-1 24")
		h.WantCharges(1, 1)
		if text := h.Log.String(); strings.Contains(text, "tampered") || !strings.Contains(text, "this process does not have the key that authenticates the order") {
			t.Error("the log does not say that the key is unknown")
		}
		h.Stop()
	})
}

// withReplica starts two processes with one connection each on PostgreSQL, so that each
// of them receives every other press. The second one, which start starts, has other keys.
func withReplica(t *testing.T) (h *servicetest.Harness, start func(keys mac.Keys) (stop func())) {
	t.Helper()
	database := testpg.Database(t) // removed last
	h = servicetest.New(t, slacksim.Config{})
	h.UseDatabase(database)
	h.Settings.SlackConnections = 1
	h.Options = append(h.Options, service.WithPollEvery(200*time.Millisecond))
	return h, func(keys mac.Keys) func() {
		own := h.Settings.ApprovalKeys
		h.Settings.ApprovalKeys = keys
		stop := startReplica(h)
		h.Settings.ApprovalKeys = own
		h.WaitConnections(2)
		return stop
	}
}

// One of two replicas does not have the key of an order. A press that reaches that one is
// answered, and changes nothing; the other one records approvals and places the order.
func TestKeys_ReplicaWithoutKey(t *testing.T) {
	t.Parallel()
	h, startOther := withReplica(t)
	webNeedsTwo(h)
	h.Settings.ApprovalKeys = keysOf(h, oldKey, "")
	reachable := unreachable(h)
	h.Start()
	pending, waiting := h.Request(stage.Alice, "web-1 24"), h.Request(stage.Alice, "web-2 24")
	h.Confirm(waiting)
	waitAttempt(h, waiting)
	startOther(keysOf(h, newKey, ""))
	id := string(h.Recorded(pending).ID)
	for range 2 {
		h.ClickRaw(stage.Carol, pending, "order_confirm", id)
	}
	if got := h.WaitEphemeral(stage.Carol, noKey); !strings.Contains(got.Text, "Try again in a minute") {
		t.Errorf("the press is answered: %s", got.Text)
	}
	waitApprovals(h, pending, stage.Carol)
	reachable()
	h.WaitReply(waiting, servicetest.Receipt)
	for range 2 {
		h.ClickRaw(stage.Bob, pending, "order_confirm", id)
	}
	h.WaitReply(pending, servicetest.Receipt)
	h.WantCharges(2, 2)
	h.WaitLogged("this process does not have the key that authenticates the order")
	if strings.Contains(h.Log.String(), "tampered") {
		t.Error("the log says that an order was tampered with")
	}
}

// Two replicas get the new key one after the other, as docs/operations.md says. At each
// step, each of them accepts what the other one recorded.
func TestKeys_ChangedReplicaByReplica(t *testing.T) {
	t.Parallel()
	h, startOther := withReplica(t)
	keys := func(value string) mac.Keys { return keysOf(h, value, "") }
	h.Settings.ApprovalKeys = keys(oldKey)
	h.Start()
	stop := startOther(keys(oldKey))
	hours := 0
	// One presses what the other one recorded, both ways: the third click is for the turn.
	orders := func() {
		t.Helper()
		for range 2 {
			hours++
			card := h.Request(stage.Alice, fmt.Sprintf("web-1 %d", hours))
			h.Confirm(card)
			h.WaitReply(card, servicetest.Receipt)
			h.ClickRaw(stage.Mallory, card, "order_confirm", "nothing")
		}
	}
	for _, value := range []string{oldKey + "," + newKey, newKey + "," + oldKey} {
		h.Settings.ApprovalKeys = keys(value)
		h.Restart()
		h.WaitConnections(2)
		orders()
		stop()
		h.WaitConnections(1)
		stop = startOther(keys(value))
		orders()
	}
	h.WantCharges(hours, hours)
	if strings.Contains(h.Log.String(), "does not have the key") {
		t.Error("a replica did not have the key of the other one")
	}
}
