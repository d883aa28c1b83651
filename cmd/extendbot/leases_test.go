package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/stage"
	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/leases"
)

// someLeases returns a report with each kind of evidence, and a name from outside.
func someLeases(t *testing.T) leasesReport {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	r := leasesReport{TimeZone: "Europe/Berlin", Unread: []string{}, now: now, zone: berlin}
	price := order.Estimate{Amount: decimal.NewNullDecimal(decimal.RequireFromString("12.9"))}
	stated := now.Add(-time.Hour)
	for _, c := range []struct {
		lease order.Lease
		price order.Estimate
		stop  string
	}{
		{order.Lease{Server: order.Server{Name: "web-1", ID: webID}, ExpiresAt: now.Add(5*time.Hour + 59*time.Minute), From: order.LeaseFromReceipt, Order: "06ppv9a8-kx3n7d2q", StatedAt: stated, Elsewhere: 24}, price, "U0BOB"},
		{order.Lease{Server: order.Server{Name: "db-1", ID: dbID}, ExpiresAt: now.Add(72 * time.Hour), From: order.LeaseFromReceipt, Order: "06ppv9a8-aaaaaaaa", StatedAt: stated, Unstated: 48, AutoRenew: true, RenewStatedAt: stated}, order.Estimate{}, ""},
		{order.Lease{Server: order.Server{Name: "evil\x1b[2J\nx", ID: "srv-1"}, ExpiresAt: now.Add(-90 * time.Second), From: order.LeaseFromPolicy, StatedAt: stated}, price, ""},
		{order.Lease{Server: order.Server{ID: "srv-2"}}, order.Estimate{}, "U0BOB"},
	} {
		record := leases.Record{Lease: c.lease.ExpiresAt, StoppedBy: c.stop}
		r.Leases = append(r.Leases, rowOf(leases.Found{Lease: c.lease, Record: record}, c.price, "EUR"))
	}
	return r
}

// The table has when each server runs out, on the clock of OXHOST_TIMEZONE, its price, and all
// evidence. Nothing from outside moves the cursor. Without servers, it says why.
func TestLeases_Table(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := someLeases(t)
	if err := r.writeTable(&out); err != nil {
		t.Fatal(err)
	}
	const want = `SERVER          EXPIRES           IN         720 HOURS  KNOWN FROM
web-1           2026-11-27 18:59  5 h        12.90 EUR  receipt of 06ppv9a8-kx3n7d2q + 24 h bought outside Slack; reminders stopped by U0BOB
db-1            2026-11-30 13:00  3 days     -          receipt of 06ppv9a8-aaaaaaaa + 48 h whose receipt states no expiry; 0xhost renews it, as of 2026-11-27
evil\x1b[2J\nx  2026-11-27 12:58  1 min ago  12.90 EUR  policy
srv-2           not known                    -          -

Times are those of Europe/Berlin (OXHOST_TIMEZONE).
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if ansi.Strip(out.String()) != out.String() {
		t.Error("the table has escape sequences")
	}
	out.Reset()
	r.Leases = nil
	if err := r.writeTable(&out); err != nil || out.String() != "No server is known: the policy lists none, and none was extended yet.\n" {
		t.Errorf("without servers: %v %s", err, &out)
	}
}

// JSON has every field, also if it is not known, in UTC.
func TestLeases_JSON(t *testing.T) {
	t.Parallel()
	r := someLeases(t)
	r.Leases = append(r.Leases[:1], r.Leases[3])
	got, err := json.Marshal(r)
	const want = `{"time_zone":"Europe/Berlin","leases":[` +
		`{"server":"web-1","server_id":"` + webID + `","expires_at":"2026-11-27T17:59:00Z","from":"receipt","order":"06ppv9a8-kx3n7d2q","stated_at":"2026-11-27T11:00:00Z","hours_bought_outside":24,"hours_without_expiry":0,"auto_renew":false,"auto_renew_stated_at":null,"price_720_hours":"12.90","currency":"EUR","reminders_stopped_by":"U0BOB"},` +
		`{"server":"","server_id":"srv-2","expires_at":null,"from":"","order":"","stated_at":null,"hours_bought_outside":0,"hours_without_expiry":0,"auto_renew":false,"auto_renew_stated_at":null,"price_720_hours":"","currency":"","reminders_stopped_by":""}` +
		`],"unread_accounts":[]}`
	if err != nil || string(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	l := order.Lease{Server: order.Server{ID: webID}, ExpiresAt: r.now, From: order.LeaseFromPolicy}
	earlier := leases.Record{Lease: r.now.Add(-24 * time.Hour), StoppedBy: "U0BOB"}
	if by := rowOf(leases.Found{Lease: l, Record: earlier}, order.Estimate{}, "EUR").StoppedBy; by != "" {
		t.Errorf("the reminders of an earlier lease were stopped, and the report says so of this one: %s", by)
	}
}

// The command lists what the ledger, the policy, and 0xhost's lists say while the bot serves.
// If 0xhost cannot be asked, it warns, and what is recorded counts.
func TestLeases_OfTheLedger(t *testing.T) {
	h := servicetest.Start(t)
	for _, row := range settings.List() {
		t.Setenv(row.Name, "")
		_ = os.Unsetenv(row.Name)
	}
	settleEnv(t, h)
	t.Setenv("OXHOST_TIMEZONE", "UTC")
	t.Setenv("ALLOWLIST", "U0ALICE:"+stage.AliceAccount)
	if code, out := command(t, "leases"); code != exitOK || !strings.HasPrefix(out, "No server is known") {
		t.Errorf("before the first order: %d %s", code, out)
	}
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	o := h.Recorded(card)
	t.Setenv("SERVERS", "web-1:"+stage.Web+",db-1:"+stage.DB)
	day := 24 * time.Hour
	want := func(expires time.Time, parts ...string) {
		t.Helper()
		code, out := command(t, "leases")
		for _, part := range append(parts, "web-1", expires.UTC().Format("2006-01-02 15:04"), "receipt of "+string(o.ID), "12.99 EUR", "\ndb-1 ") {
			if code != exitOK || !strings.Contains(out, part) {
				t.Errorf("%q is missing: %d\n%s", part, code, out)
			}
		}
	}
	want(o.Receipt.ExpiresAt)
	h.Oxhost.AddOrder(oxhostsim.Order{AccountID: stage.AliceAccount, ServerID: stage.Web, Hours: 48, At: time.Now().Add(time.Hour)})
	want(o.Receipt.ExpiresAt.Add(2*day), "+ 48 h bought outside Slack")
	code, out := command(t, "leases", "--json")
	if code != exitOK || !strings.Contains(out, `"hours_bought_outside": 48`) || !strings.Contains(out, `"unread_accounts": []`) {
		t.Errorf("as JSON: %d\n%s", code, out)
	}

	code, out = command(t, "leases", "--server", "WEB-1")
	if code != exitOK || !strings.Contains(out, "\nweb-1 ") || strings.Contains(out, "db-1") {
		t.Errorf("one server: %d\n%s", code, out)
	}
	for server, want := range map[string]string{"wbe-1": "; did you mean web-1?", "mail": "; there are db-1, web-1", " ": "--server must be the name or id of a server"} {
		if code, out := command(t, "leases", "--server", server, "--json"); code != exitUsage || !strings.Contains(out, want) {
			t.Errorf("the server %q: %d %s", server, code, out)
		}
	}

	wantUnread := func() {
		t.Helper()
		if code, out := command(t, "leases", "--json"); code != exitOK || !strings.Contains(out, "\"unread_accounts\": [\n    \""+stage.AliceAccount+"\"\n  ]") {
			t.Errorf("the account whose list was not read is missing: %d\n%s", code, out)
		}
	}
	t.Setenv("OXHOST_API_KEY", "")
	want(o.Receipt.ExpiresAt, "warning: OXHOST_API_KEY is not set")
	wantUnread()
	settleEnv(t, h)
	err := withKeys(t.Context(), true, func(l *ledger.Ledger) error {
		return l.SaveLeaseRecord(t.Context(), leases.Record{ServerID: stage.Web, Base: o.Receipt.ExpiresAt, BaseOrder: o.ID, BaseSince: o.ChangedAt, Elsewhere: 24, ElsewhereAt: o.ChangedAt.Add(time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("OXHOST_API_KEY", "")
	want(o.Receipt.ExpiresAt.Add(day), "+ 24 h bought outside Slack")
	t.Setenv("OXHOST_API_KEY", "another")
	want(o.Receipt.ExpiresAt.Add(day), "warning: the list of orders of account "+stage.AliceAccount+" cannot be read: 0xhost refuses the key")
	wantUnread()

	for name, value := range map[string]string{"ALLOWLIST": "", "OXHOST_TIMEZONE": "Mars", "DATABASE_URL": "mysql://x"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			if code, out := command(t, "leases"); code != exitUsage || !strings.Contains(out, name) {
				t.Errorf("%d %s", code, out)
			}
		})
	}
	if code, out := command(t, "leases", "web-1"); code != exitUsage {
		t.Errorf("an argument: %d %s", code, out)
	}
}
