package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/ledgerfill"
	"extendbot/ledger"
	"extendbot/order"
)

// limitsPolicy has a limit on hours and one on amounts, a rule on amounts, and one server
// without a price.
const limitsPolicy = `servers:
  web-1: {id: 4f3c9a, price: "7.20"}
  db-1: 9a1b22
people:
  U0BOB: {account: acc-17}
  U0OLGA: {account: acc-23}
approvals:
  - name: dear
    when: {amount_over: "3.00"}
    approvers: [U0DAVE]
limits:
  - {per: person, within: 36h, hours: 240}
  - {per: all, within: 30d, amount: "10.00"}
admins: [U0CARO]
`

// purchase is one order that was placed.
type purchase struct {
	user, account, serverID string
	hours                   order.Hours
	amount                  string
	ago                     time.Duration
}

// parsePurchase returns the purchase in one line of the documentation.
func parsePurchase(t *testing.T, line string) (p purchase) {
	t.Helper()
	var ago string
	_, err := fmt.Sscanf(line, "%s ago: %s extended %s for %d hours, paid %s by %s\n", &ago, &p.user, &p.serverID, &p.hours, &p.amount, &p.account)
	if err == nil {
		p.ago, err = time.ParseDuration(ago)
	}
	if err != nil {
		t.Fatalf("%q is no purchase: %v", line, err)
	}
	return p
}

// useLedgerOf makes a new database with these purchases the one in the environment, and
// returns the time from which they are counted.
func useLedgerOf(t *testing.T, all ...purchase) (now time.Time) {
	t.Helper()
	empty, err := ledgerfill.EmptySQLite()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "extendbot.db")
	if err := os.WriteFile(path, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", "sqlite:"+path)
	l, err := ledger.Open(t.Context(), ledger.Config{URL: "sqlite:" + path, Serve: true, Keys: ledgerfill.Keys()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	now = time.Now()
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b purchase) int { return cmp.Compare(b.ago, a.ago) })
	before := map[string]order.ID{} // the order before, by server
	for i, p := range all {
		id := order.ID(fmt.Sprintf("order-%d", i))
		p.record(t, l, id, before[p.serverID], now)
		before[p.serverID] = id
	}
	return now
}

// record records the order of a purchase, after another one for the server.
func (p purchase) record(t *testing.T, l *ledger.Ledger, id, after order.ID, now time.Time) {
	t.Helper()
	at := now.Add(-p.ago)
	amount := decimal.NewNullDecimal(decimal.RequireFromString(p.amount))
	o := order.Order{
		ID: id, RequestKey: string(id), Version: 1, State: order.Pending, Person: order.Person{Team: "T0TEAM", User: p.user}, Account: p.account,
		Server: order.Server{ID: p.serverID}, Hours: p.hours, CreatedAt: at, ChangedAt: at, Deadline: at.Add(time.Hour),
		Estimate: order.Estimate{Amount: amount, From: order.PriceFromPolicy}, Currency: "EUR", ToldExtendedBy: after,
	}
	e := order.Entry{Version: 1, At: at, Who: p.user, To: order.Pending}
	o, err := l.Create(t.Context(), o, e)
	for _, to := range []order.State{order.Approved, order.Placing, order.Placed} {
		if err != nil {
			t.Fatal(err)
		}
		e = order.Entry{Version: o.Version + 1, At: at, Who: p.user, From: o.State, To: to}
		o.State = to
		switch to {
		case order.Approved:
			o.Approvals, o.DecidedBy, o.DecidedAt = []order.Approval{{User: p.user, At: at}}, p.user, at
			o, err = l.Approve(t.Context(), o, e, nil)
			continue
		case order.Placed:
			price := decimal.NewNullDecimal(amount.Decimal.Mul(decimal.NewFromInt(720)).Div(decimal.NewFromInt(int64(p.hours))))
			o.Receipt = &order.Receipt{OrderID: string(id), Hours: p.hours, Amount: amount, PlanPrice: price, Currency: "EUR"}
		}
		o, err = l.Change(t.Context(), o, e)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// minute returns the time as the command writes when enough is free.
func minute(t time.Time) string {
	return t.Add(time.Minute - 1).UTC().Truncate(time.Minute).Format("2006-01-02 15:04 UTC")
}

// boughtBefore are purchases of the last days. For bob's limit on hours, only the first
// counts.
var boughtBefore = []purchase{
	{"U0BOB", "acc-17", "4f3c9a", 72, "0.90", 30 * time.Hour},
	{"U0OLGA", "acc-23", "4f3c9a", 100, "5.90", 20 * time.Hour},
	{"U0BOB", "acc-17", "4f3c9a", 100, "1.00", 100 * time.Hour},
}

// policy explain shows what a request is expected to cost, and what is left of each
// limit. A limit stops a request as in Slack.
func TestPolicyExplain_LimitsAndPrice(t *testing.T) {
	usePolicy(t, policyFile(t, limitsPolicy))
	now := useLedgerOf(t, boughtBefore...)
	const (
		notDear  = "rule     dear, line 8: does not match, because "
		dear     = "rule     dear, line 8: matches, because "
		dave     = "         needs 1 of: U0DAVE"
		oneOrder = "limit    720 hours (30 days) in one order"
		refused  = "extendbot: the policy refuses this request"
	)
	web := []string{"server   4f3c9a", "entry    U0BOB, line 5", "account  acc-17", oneOrder}
	for name, c := range map[string]struct {
		server string
		hours  int
		want   []string
	}{
		"within the limits": {"web-1", 24, append(append([]string{"yes      U0BOB may ask for web-1 for 24 hours (1 day)"}, web...),
			"price    about 1.42 EUR, from the last receipt",
			"limit    240 hours within 36 hours per person: 168 hours left",
			"limit    10.00 EUR within 30 days for all: 2.20 EUR left",
			notDear+"1.42 is not more than 3.00",
			"then     the requester confirms the order")},
		"too expensive now": {"web-1", 40, append(append([]string{"no       it is over the limit of 10.00 EUR within 30 days for all (over_limit)"}, web...),
			"price    about 2.36 EUR, from the last receipt",
			"limit    240 hours within 36 hours per person: 168 hours left",
			"limit    10.00 EUR within 30 days for all: 2.20 EUR left, enough again "+minute(now.Add(620*time.Hour)),
			notDear+"2.36 is not more than 3.00",
			refused)},
		"over both now": {"web-1", 169, append(append([]string{"no       it is over the limit of 10.00 EUR within 30 days for all (over_limit)"}, web...),
			"price    about 9.97 EUR, from the last receipt",
			"limit    240 hours within 36 hours per person: 168 hours left, enough again "+minute(now.Add(6*time.Hour)),
			"limit    10.00 EUR within 30 days for all: 2.20 EUR left, enough again "+minute(now.Add(700*time.Hour)),
			dear+"9.97 is more than 3.00", dave,
			refused)},
		"never": {"web-1", 241, append(append([]string{"no       it is over the limit of 10.00 EUR within 30 days for all (over_limit)"}, web...),
			"price    about 14.22 EUR, from the last receipt",
			"limit    240 hours within 36 hours per person: 168 hours left, and this order alone is more than the limit",
			"limit    10.00 EUR within 30 days for all: 2.20 EUR left, and this order alone is more than the limit",
			dear+"14.22 is more than 3.00", dave,
			refused)},
		"price not known": {"db-1", 24, []string{
			"yes      U0BOB may ask for db-1 for 24 hours (1 day)", "server   9a1b22", web[1], web[2], oneOrder,
			"price    not known: neither a receipt nor the policy has it",
			"limit    240 hours within 36 hours per person: 168 hours left",
			"limit    10.00 EUR within 30 days for all: 2.20 EUR left",
			notDear + "the price is not known",
			"rule     price not known: matches, because the price is not known, and a limit on amounts needs it",
			"         needs 1 of: U0CARO",
			"then     the order is placed when the rule has its approvals",
		}},
		"another refusal": {"web-1", 721, append(append([]string{"no       an order of U0BOB is for 1 to 720 hours (bad_hours)"}, web...),
			"price    about 42.54 EUR, from the last receipt",
			"limit    240 hours within 36 hours per person: 168 hours left, and this order alone is more than the limit",
			"limit    10.00 EUR within 30 days for all: 2.20 EUR left, and this order alone is more than the limit",
			dear+"42.54 is more than 3.00", dave,
			refused)},
	} {
		t.Run(name, func(t *testing.T) {
			exit := exitOK
			if strings.HasPrefix(c.want[0], "no ") {
				exit = exitFailure
			}
			wantOutput(t, exit, c.want, "policy", "explain", "--user", "U0BOB", "--server", c.server, "--hours", fmt.Sprint(c.hours))
		})
	}
}

// Without a database, policy explain decides as far as the policy alone does, and says
// what is not known and why, if the policy needs it.
func TestPolicyExplain_NoDatabase(t *testing.T) {
	const missing = "DATABASE_URL: open the ledger extendbot.db: there is no database yet: run extendbot serve or extendbot migrate to create it"
	ask := []string{"policy", "explain", "--user", "U0BOB", "--server", "web-1", "--hours", "24"}
	usePolicy(t, policyFile(t, limitsPolicy))
	t.Setenv("CURRENCY", "usd")
	allowed := []string{
		"yes      U0BOB may ask for web-1 for 24 hours (1 day)",
		"server   4f3c9a",
		"entry    U0BOB, line 5",
		"account  acc-17",
		"limit    720 hours (30 days) in one order",
		"price    about 0.24 USD, from the policy",
		"limit    240 hours within 36 hours per person: what is left is not known",
		"limit    10.00 USD within 30 days for all: what is left is not known",
		"rule     dear, line 8: does not match, because 0.24 is not more than 3.00",
		"then     the requester confirms the order",
		"note     what is left of the limits is not known: " + missing,
	}
	wantOutput(t, exitOK, allowed, ask...)

	// Whatever is left, an order does not fit into a limit on hours that is less than it.
	wantOutput(t, exitFailure, []string{
		"no       it is over the limit of 240 hours within 36 hours per person (over_limit)",
		"server   4f3c9a",
		"entry    U0BOB, line 5",
		"account  acc-17",
		"limit    720 hours (30 days) in one order",
		"price    about 2.41 USD, from the policy",
		"limit    240 hours within 36 hours per person: this order alone is more than the limit",
		"limit    10.00 USD within 30 days for all: what is left is not known",
		"rule     dear, line 8: does not match, because 2.41 is not more than 3.00",
		"note     what is left of the limits is not known: " + missing,
		"extendbot: the policy refuses this request",
	}, "policy", "explain", "--user", "U0BOB", "--server", "web-1", "--hours", "241")

	before, after, _ := strings.Cut(limitsPolicy, "limits:")
	_, admins, _ := strings.Cut(after, "admins:")
	noLimits := before + "admins:" + admins
	usePolicy(t, policyFile(t, strings.Replace(noLimits, ", price: \"7.20\"", "", 1)))
	wantOutput(t, exitOK, append(append([]string{}, allowed[:5]...),
		"price    not known: the policy does not have it, and receipts cannot be read",
		"rule     dear, line 8: does not match, because the price is not known",
		"rule     price not known: matches, because the price is not known, and rule dear needs it",
		"         needs 1 of: U0CARO",
		"then     the order is placed when the rule has its approvals",
		"note     receipts are not known: "+missing), ask...)

	before, after, _ = strings.Cut(noLimits, "approvals:") // nothing that needs a price
	_, admins, _ = strings.Cut(after, "admins:")
	usePolicy(t, policyFile(t, before+"admins:"+admins))
	wantOutput(t, exitOK, append(append([]string{}, allowed[:5]...), "price    about 0.24 EUR, from the policy", allowed[9]), ask...)

	usePolicy(t, policyFile(t, strings.Replace(limitsPolicy, "admins: [U0CARO]", "", 1)))
	code, out := command(t, "policy", "explain", "--user", "U0BOB", "--server", "db-1", "--hours", "24")
	if code != exitFailure || !strings.HasPrefix(out, "no       the price is not known, a limit on amounts needs it, and no admin but the requester could approve: put a price into the policy file (price_unknown)\n") {
		t.Errorf("no admin: exit code %d: %s", code, out)
	}
}

// policy check has a note about a policy that refuses orders without a known price, also if
// the service would not use the file from here.
func TestPolicyCheck_NoteOnPrices(t *testing.T) {
	path := policyFile(t, strings.Replace(limitsPolicy, "admins: [U0CARO]", "", 1))
	const note = "note: orders whose price is not known are refused, because no admin could approve them: add admins, or the price of each server\n"
	for _, mode := range []os.FileMode{0o600, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		code, out := command(t, "policy", "check", path)
		if code != exitOK || strings.Count(out, note) != 1 || !strings.Contains(out, "2 servers, 2 people, 0 groups, 1 approval rule, 2 limits, 0 admins\n") ||
			strings.Contains(out, "the service would not use") != (mode == 0o666) {
			t.Errorf("mode %o: exit code %d: %s", mode, code, out)
		}
	}
	path = policyFile(t, limitsPolicy)
	wantOutput(t, exitOK, []string{path + ": no mistakes; 2 servers, 2 people, 0 groups, 1 approval rule, 2 limits, 1 admin"}, "policy", "check", path)
}

// The rows of limits and prices are also there for other programs, and what is not known
// is absent.
func TestPolicyExplain_LimitsJSON(t *testing.T) {
	usePolicy(t, policyFile(t, limitsPolicy))
	now := useLedgerOf(t, boughtBefore...)
	read := func(exit int, server, hours string) (x explained, out string) {
		t.Helper()
		code, out := command(t, "policy", "explain", "--json", "--user", "U0BOB", "--server", server, "--hours", hours)
		if err := json.NewDecoder(strings.NewReader(out)).Decode(&x); err != nil || code != exit {
			t.Fatalf("exit code %d, %v: %s", code, err, out)
		}
		return x, out
	}
	x, _ := read(exitFailure, "web-1", "40")
	if x.Allowed || x.Code != order.CodeOverLimit || len(x.Limits) != 2 || x.Estimate == nil || *x.Estimate != (explainedEstimate{"2.36", "EUR", order.PriceFromReceipt}) {
		t.Fatalf("got %+v", x)
	}
	hours, all := x.Limits[0], x.Limits[1]
	if hours.Per != order.PerPerson || hours.Within != "36h0m0s" || hours.Hours != 240 || hours.Amount != "" || *hours.LeftHours != 168 || !*hours.Allows || !hours.FreeAt.IsZero() {
		t.Errorf("got %+v", hours)
	}
	if all.Amount != "10.00" || all.LeftAmount != "2.20" || all.LeftHours != nil || *all.Allows || !all.FreeAt.Equal(now.Add(620*time.Hour).UTC().Truncate(time.Microsecond)) {
		t.Errorf("got %+v", all)
	}
	if x, _ = read(exitOK, "db-1", "24"); !x.Allowed || x.Estimate != nil || len(x.Rules) != 2 || x.Rules[0].Price || x.Rules[0].Matches || !x.Rules[1].Price {
		t.Errorf("got %+v", x)
	}
	t.Setenv("DATABASE_URL", "sqlite:/nonexistent/x.db")
	x, out := read(exitOK, "web-1", "40")
	if x.Unread == "" || x.Limits[0].LeftHours != nil || x.Limits[1].Allows != nil || strings.Contains(out, "left_") || x.Estimate == nil || x.Estimate.From != order.PriceFromPolicy {
		t.Errorf("got %s", out)
	}
}

// What is left is that of the person in the workspace of the ledger, of the server, and
// of the account.
func TestPolicyExplain_LimitsOfEach(t *testing.T) {
	usePolicy(t, policyFile(t, "servers: {web-1: 4f3c9a, db-1: 9a1b22}\npeople: {U0BOB: {account: acc-17}, U0OLGA: {account: acc-23}, U0EVE: {account: acc-23}}\nlimits:\n"+
		"  - {per: person, within: 30d, hours: 500}\n  - {per: server, within: 30d, hours: 500}\n  - {per: account, within: 30d, hours: 500}\n  - {per: all, within: 90m, hours: 1}\n"))
	useLedgerOf(t, append(slices.Clone(boughtBefore), purchase{"U0BOB", "acc-17", "9a1b22", 10, "1.00", time.Hour})...)
	for _, c := range []struct{ user, server, person, ofServer, account string }{
		{"U0BOB", "web-1", "318", "228", "318"},
		{"U0OLGA", "web-1", "400", "228", "400"},
		{"U0EVE", "db-1", "500", "490", "400"},
	} {
		code, out := command(t, "policy", "explain", "--user", c.user, "--server", c.server, "--hours", "1")
		want := "limit    500 hours within 30 days per person: " + c.person + " hours left\n" +
			"limit    500 hours within 30 days per server: " + c.ofServer + " hours left\n" +
			"limit    500 hours within 30 days per account: " + c.account + " hours left\n" +
			"limit    1 hour within 90 minutes for all: 0 hours left, enough again "
		if code != exitFailure || !strings.Contains(out, want) {
			t.Errorf("%s %s: exit code %d: %s", c.user, c.server, code, out)
		}
	}
	useLedgerOf(t) // nothing was bought
	if code, out := command(t, "policy", "explain", "--user", "U0BOB", "--server", "web-1", "--hours", "1"); code != exitOK || strings.Count(out, ": 500 hours left\n") != 3 {
		t.Errorf("exit code %d: %s", code, out)
	}
}
