package service_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// withExpiry starts a service in which the expiry of web-1 is known, and returns
// it. Alice is in New York.
func withExpiry(t *testing.T, config slacksim.Config, edit ...func(*settings.Settings)) (*servicetest.Harness, time.Time) {
	t.Helper()
	h := servicetest.New(t, config)
	h.Slack.AddUser(slacksim.User{ID: stage.Alice, Name: "alice", TZ: "America/New_York"})
	for _, e := range edit {
		e(&h.Settings)
	}
	h.Start()
	o := h.Recorded(h.Order("web-1 1"))
	if o.Receipt == nil || o.Receipt.ExpiresAt.IsZero() {
		t.Fatalf("the expiry is not known: %+v", o.Receipt)
	}
	return h, o.Receipt.ExpiresAt
}

// day returns what to type for 18:00, some days after a time, in a zone, and that
// time.
func day(t *testing.T, after time.Time, days int, zone string) (text string, at time.Time) {
	t.Helper()
	in, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	d := after.In(in).AddDate(0, 0, days)
	at = time.Date(d.Year(), d.Month(), d.Day(), 18, 0, 0, 0, in)
	return at.Format("2006-01-02 15:04"), at
}

// hoursFrom returns the hours from the expiry to a time, rounded up.
func hoursFrom(expiry, at time.Time) order.Hours {
	missing := at.Sub(expiry)
	hours := order.Hours(missing / time.Hour)
	if missing%time.Hour > 0 {
		hours++
	}
	return hours
}

// A time until which a server is to run is on the clock of the person who types
// it. The card says so, and the hours are those from the known expiry.
func TestUntil_OnThePersonsClock(t *testing.T) {
	t.Parallel()
	h, expiry := withExpiry(t, slacksim.Config{})
	text, at := day(t, expiry, 3, "America/New_York")
	card := h.Request(stage.Alice, "web-1 until "+text+" because the demo is then")
	o := h.Recorded(card)
	if want := hoursFrom(expiry, at); o.Hours != want || !strings.Contains(o.Typed, at.Format("2 Jan 15:04")) || o.Purpose != "the demo is then" {
		t.Errorf("%d hours, typed %q, purpose %q; want %d until %s", o.Hours, o.Typed, o.Purpose, want, at)
	}
	if strings.Contains(o.Typed, "EST") || strings.Contains(o.Typed, "EDT") {
		t.Errorf("typed %q names the zone although it is the person's", o.Typed)
	}
	wantParts(t, card.Flat(), fmt.Sprint(int(o.Hours)), at.Format("2 Jan 15:04"), "the demo is then")
	h.Request(stage.Alice, "web-1 until "+at.AddDate(0, 0, 1).Format("2006-01-02 15:04"))
	if n := len(h.Slack.Calls("users.info")); n != 1 {
		t.Errorf("Slack was asked %d times for the zone", n)
	}
	h.Confirm(card)
	h.WaitReply(card, "web-1")
	rented, _ := h.Oxhost.Rented(stage.Web)
	if late := rented.ExpireDate.Sub(at); late < 0 || late >= time.Hour {
		t.Errorf("the server runs until %s, want %s", rented.ExpireDate, at)
	}
}

// Without the scope users:read, the time is on the clock of OXHOST_TIMEZONE, and
// the order names the zone.
func TestUntil_WithoutScope(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	h, expiry := withExpiry(t, slacksim.Config{Scopes: []string{"chat:write", "commands"}}, func(s *settings.Settings) { s.OxhostTimezone = berlin })
	text, at := day(t, expiry, 3, "Europe/Berlin")
	o := h.Recorded(h.Request(stage.Alice, "web-1 until "+text))
	if zone, _ := at.Zone(); o.Hours != hoursFrom(expiry, at) || !strings.Contains(o.Typed, zone) {
		t.Errorf("%d hours, typed %q; want %d in %s", o.Hours, o.Typed, hoursFrom(expiry, at), zone)
	}
	h.WaitReady(200, "")
}

// With "utc", Slack is not asked, and the order says so.
func TestUntil_UTC(t *testing.T) {
	t.Parallel()
	h, expiry := withExpiry(t, slacksim.Config{})
	text, at := day(t, expiry, 3, "UTC")
	o := h.Recorded(h.Request(stage.Alice, "web-1 until "+text+" UTC"))
	if o.Hours != hoursFrom(expiry, at) || !strings.Contains(o.Typed, "UTC") || len(h.Slack.Calls("users.info")) != 0 {
		t.Errorf("%d hours, typed %q, %d calls", o.Hours, o.Typed, len(h.Slack.Calls("users.info")))
	}
}

// If Slack cannot be asked for the zone now, nothing is recorded, and the answer
// says what works; in time for the ack.
func TestUntil_SlackCannotBeAsked(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slacksim.Fault{
		"hangs": {Before: slacksim.Hang}, "slow": {Delay: 10 * time.Second}, "429": {RetryAfter: time.Minute}, "503": {Status: 503},
		"internal error": {Error: "internal_error"}, "reset": {Before: slacksim.Reset}, "HTML": {Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, expiry := withExpiry(t, slacksim.Config{})
			text, _ := day(t, expiry, 3, "America/New_York")
			h.Slack.Fail("users.info", fault, -1)
			d := h.Extend(stage.Alice, "web-1 until "+text)
			if d.Took > servicetest.SlackTimeout {
				t.Errorf("acked after %s", d.Took)
			}
			wantParts(t, d.AckText(), "/extend web-1 until "+text+" utc")
			if list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 10); err != nil || len(list) != 1 {
				t.Errorf("%d orders, %v", len(list), err)
			}
			if fault.RetryAfter > 0 { // the bot does not ask before that
				return
			}
			h.Slack.Clear("users.info")
			h.Request(stage.Alice, "web-1 until "+text)
		})
	}
}

// A time that buys nothing, or too much, or from an expiry that is not known, is
// refused with what works.
func TestUntil_Refused(t *testing.T) {
	t.Parallel()
	h, expiry := withExpiry(t, slacksim.Config{})
	in := func(days int) string {
		text, _ := day(t, expiry, days, "America/New_York")
		return text
	}
	for name, text := range map[string]string{
		"runs longer": "web-1 until " + in(-2), "too long": "web-1 until " + in(40), "no expiry": "db-1 until " + in(3),
		"has passed": "web-1 until 2020-01-01 18:00", "no time": "web-1 until friday", "bare hour": "web-1 until 18", "two meanings": "web-1 until next friday 18:00",
	} {
		if answer := h.Answer(stage.Alice, text); !strings.Contains(answer, "/extend") {
			t.Errorf("%s: %s was answered\n%s", name, text, answer)
		}
	}
	if list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 10); err != nil || len(list) != 1 {
		t.Errorf("%d orders, %v", len(list), err)
	}
}

// Until the first receipt, a server expires when the policy file says so, on the clock
// of OXHOST_TIMEZONE: in "until", on the card, and in the list. Then the receipt
// counts.
func TestUntil_ExpiryFromPolicy(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	expires := time.Now().In(berlin).AddDate(0, 0, 2).Truncate(time.Minute)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	text := fmt.Sprintf("servers: {web-1: {id: %s, expires: %q}}\npeople: {%s: {account: %s}}\n",
		stage.Web, expires.Format("2006-01-02 15:04"), stage.Alice, stage.AliceAccount)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h := servicetest.Start(t, func(s *settings.Settings) {
		s.Allowlist, s.Servers, s.PolicyFile, s.OxhostTimezone = nil, nil, path, berlin
	})
	shown := fmt.Sprintf("<!date^%d^", expires.Unix())
	wantParts(t, h.Answer(stage.Alice, "list"), shown)
	at := expires.Add(90 * time.Minute)
	card := h.Request(stage.Alice, "web-1 until "+at.UTC().Format("2006-01-02 15:04")+" UTC")
	if o := h.Recorded(card); o.Hours != 2 {
		t.Errorf("%d hours", o.Hours)
	}
	wantParts(t, card.Flat(), shown)
	h.Confirm(card)
	h.WaitReply(card, "web-1")
	o := h.Recorded(card)
	if o.Receipt == nil || o.Receipt.ExpiresAt.IsZero() || o.Receipt.ExpiresAt.Equal(expires) {
		t.Fatalf("receipt %+v", o.Receipt)
	}
	wantParts(t, h.Answer(stage.Alice, "list"), fmt.Sprintf("<!date^%d^", o.Receipt.ExpiresAt.Unix()))
}
